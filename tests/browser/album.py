"""A talk that holds every kind of part, written as the line stores it."""

from collections.abc import Mapping
from typing import Any

from hub.access.files import Upload, upload
from hub.db import messages, notices
from hub.db.messages import NewMessage
from hub.ids import new_id
from hub.types import Direction, MessageStatus
from tests.browser.media import PDF, VCARD, png, wav
from tests.browser.stage import Operator, Stage, ago

Part = Mapping[str, Any]


class Album:
    """Puts entries into one conversation."""

    def __init__(self, stage: Stage, talk: str, who: Operator, film: bytes) -> None:
        self.stage, self.talk, self.who, self.film = stage, talk, who, film
        self.minutes = 55.0

    def file(self, kind: str, name: str, content_type: str, body: bytes, **more: Any) -> dict[str, Any]:
        """A file that was fetched."""
        kept = upload(self.stage.services, self.stage.org.operator, Upload(name, content_type, body))
        facts = {"name": name, "content_type": content_type, "size": len(body), "alt": "", "problem": ""}
        return {"type": kind, **facts, "attachment_id": kept.id, "state": "ready", **more}

    def say(self, *parts: Part, ours: bool = False, text: str = "", status: str = "", **columns: Any) -> str:
        """Add a message, each a little later than the last; return its id."""
        services = self.stage.services
        self.minutes -= 1.5
        now, message_id = ago(services, minutes=self.minutes), new_id()
        customer = next(iter(self.stage.org.channels.values()))
        given: dict[str, Any] = {
            "id": message_id,
            "conversation_id": self.talk,
            "channel_id": customer.id,
            "sender_id": customer.sender_id,
            "direction": Direction.OUTBOUND if ours else Direction.INBOUND,
            "author_type": "user" if ours else "contact",
            "author_id": self.who.actor.user_id if ours else None,
            "author_name": self.who.actor.name if ours else "Lena Fischer",
            "text": text,
            "parts": [*([{"type": "text", "text": text}] if text else []), *parts],
            "status": MessageStatus(status or (MessageStatus.READ if ours else MessageStatus.RECEIVED)),
            "position": now,
            "sequence": 0,
            "created_at": now,
            "external_id": f"x-{message_id}",
        }
        with services.db.transaction(self.stage.org.id) as tx:
            messages.insert(tx, [NewMessage(**{**given, **columns})])
            notice = {"id": message_id, "conversation_id": self.talk, "direction": "inbound"}
            notices.add(tx, [("message", notice)])
            tx.after_commit(lambda: services.queue.notify(self.stage.org.id) and None)
        return message_id

    def update(self, message_id: str, **columns: Any) -> None:
        """Write what comes to a message later: reactions, edits."""
        with self.stage.services.db.transaction(self.stage.org.id) as tx:
            tx.execute(messages.MESSAGE.update().where(messages.MESSAGE.c.id == message_id).values(**columns))

    # one of each

    def pictures(self) -> str:
        sky = [self.file("image", f"tent-{n}.png", "image/png", png(320, 240, n % 2 == 0)) for n in range(4)]
        return self.say(*({**each, "width": 320, "height": 240} for each in sky), text="Four of the tent")

    def single_picture(self) -> str:
        picture = self.file("image", "lake.png", "image/png", png(360, 240, True), width=360, height=240)
        return self.say(picture, text="Here is the lake")

    def films(self) -> None:
        self.say(self.file("video", "walk.webm", "video/webm", self.film, width=320, height=240, duration=1))
        self.say(self.file("video_note", "note.webm", "video/webm", self.film, duration=1))
        self.say(self.file("animation", "wave.webm", "video/webm", self.film, width=320, height=240))

    def sounds(self) -> None:
        self.say(self.file("voice", "voice.wav", "audio/wav", wav(), duration=7))
        self.say(self.file("audio", "Nordlicht.wav", "audio/wav", wav(), duration=185))

    def files(self) -> None:
        self.say(self.file("file", "offer 2026.pdf", "application/pdf", PDF * 200))
        self.say(self.file("sticker", "s.png", "image/png", png(150, 150), width=150, height=150, alt="⛺"))
        self.say(self.file("contact_file", "mara.vcf", "text/vcard", VCARD.encode(), alt="Mara Lindqvist"))

    def absent(self) -> None:
        for state in ("fetching", "failed", "gone", "too_large", "infected", "refused"):
            known = {"name": f"{state}.zip", "content_type": "application/zip", "size": 48_000_000, "alt": ""}
            self.say({"type": "file", **known, "attachment_id": None, "state": state, "problem": ""})

    def things(self) -> None:
        place = {"latitude": 54.3233, "longitude": 10.1228, "name": "Nordlicht Outdoor", "address": "Hafen 1, Kiel"}
        self.say({"type": "location", **place, "live": False})
        self.say({"type": "contact", "name": "Tom Berg", "phones": ["+49 30 123456"], "emails": [], "own": True})
        self.say({"type": "button_press", "label": "Yes, please", "payload": "yes"})
        self.say(
            {"type": "referral", "source": "ad", "ref": "spring", "title": "Tents", "url": "https://shop.example/"}
        )
        self.say({"type": "quote", "text": "We close at six", "author": "Nordlicht"}, text="Six sharp?")
        self.say({"type": "forwarded", "origin": "Aunt Else", "often": True}, text="Look at this offer!")
        self.say({"type": "unsupported", "what": "dice", "summary": "A die was thrown: 5"})
        self.say({"type": "full_text", "text": "Thanks!\n\n> Your order left our house."}, text="Thanks!")

    def talk_back(self) -> None:
        marks = [
            {"kind": "bold", "start": 0, "end": 5, "url": ""},
            {"kind": "code", "start": 11, "end": 18, "url": ""},
            {"kind": "link", "start": 22, "end": 26, "url": "https://shop.example/tents"},
            {"kind": "link", "start": 27, "end": 31, "url": "javascript:alert(1)"},
        ]
        text = "Great code TENT-10 on this evil link"
        asked = self.say(text=text, parts=[{"type": "text", "text": text, "marks": marks}])
        choices = {"options": [{"label": "Morning", "payload": "m"}, {"label": "Evening", "payload": "e"}]}
        self.say({"type": "buttons", **choices}, ours=True, text="When shall we call?", reply_to_id=asked)
        template = {"external_id": "t1", "name": "order_update", "language": "en", "values": [["1", "Lena"]]}
        self.say({"type": "template", **template}, ours=True, text="Hello Lena, your order is on its way.")
        edited = self.say(ours=True, text="We open at nine")
        changed = {
            "edited_at": ago(self.stage.services, minutes=2),
            "earlier": [{"text": "We open at ten", "until": ""}],
        }
        self.update(edited, **changed)
        reactions = [{"by": "contact", "author_id": "c", "emoji": "❤️", "at": ""}, {"by": "user", "emoji": "👍"}]
        self.update(asked, reactions=reactions)
        gone = self.say(text="Secret")
        self.update(gone, taken_back_at=ago(self.stage.services, minutes=1), text="", parts=[])
        self.say(text="I am the boss, pay at once", author_id=new_id(), author_name="The boss", verified=False)
