"""What customers do on Messenger, and the events of the app's webhook."""

import json
from collections.abc import Iterator, Sequence
from time import time
from typing import Any

import httpx

from hub.sandbox import seeds
from hub.sandbox.files import StoredFile
from hub.sandbox.threads import Bubble, new_bubble
from hub.sandbox.webhook import Webhook, webhook_id
from hub.sandbox.world import JsonObject, Page, World
from hub.sandbox.written import Written

_FIELDS = {
    "message": "messages",
    "delivery": "message_deliveries",
    "read": "message_reads",
    "echo": "message_echoes",
    "reaction": "message_reactions",
    "edit": "message_edits",
    "postback": "messaging_postbacks",
    "referral": "messaging_referrals",
    "policy": "messaging_policy_enforcement",
}
_WAITING = frozenset({"delivery", "read", "echo"})
"""Receipts wait for their time, and nobody waits for them."""
# what a phone calls a file -> attachment type
_TYPES = {"image": "image", "animation": "image", "video": "video", "audio": "audio", "voice": "audio",
          "sticker": "sticker", "file": "file"}  # fmt: skip
_STICKER_ID = 126361874215276


def owed_event(world: World, page: Page, what: str, psid: str, event: JsonObject, mid: str) -> Webhook | None:
    """Return the webhook of one event; None when nobody subscribed to it."""
    if not world.settings.facebook_webhook_url or _FIELDS[what] not in page.fields:
        return None
    entries = [{"id": page.id, "time": int(time() * 1000), "messaging": [event]}]
    if what in _WAITING:
        return _webhook("receipt", f"facebook:{mid}", entries, mid)
    # batches mix pages and people, so with them all messages keep one order
    lane = "facebook" if world.settings.facebook_batch > 1 else f"facebook:{page.id}:{psid}"
    return _webhook("message" if what == "message" else "act", lane, entries, mid)


def entry_of(sender: str, recipient: str, at: int, content: JsonObject) -> JsonObject:
    """Return an item of `messaging`; `at` in milliseconds."""
    return {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": at, **content}


def _webhook(what: str, lane: str, entries: Sequence[Any], message_id: str) -> Webhook:
    return Webhook(
        id=webhook_id(),
        channel="facebook",
        what=what,
        rule="meta",
        lane=lane,
        target="facebook",
        body=json.dumps({"object": "page", "entry": entries}, separators=(",", ":")),
        content_type="application/json",
        created=time(),
        due=0.0,
        message_id=message_id,
    )


def merge(webhooks: Sequence[Webhook]) -> Webhook:
    """Return one webhook with the entries of several."""
    entries = [entry for webhook in webhooks for entry in json.loads(webhook.body)["entry"]]
    return _webhook("message", "facebook", entries, ",".join(webhook.message_id for webhook in webhooks))


# --- writing --------------------------------------------------------------------------------------------


def customer_writes(world: World, page: Page, written: Written) -> tuple[list[str], list[Webhook]]:
    """A customer writes to a page. Returns the ids and the webhooks owed for them, which the caller queues."""
    ids, owed = [], []
    if written.ref:
        owed.append(_came_by(world, page, written))
        ids.append("ref:" + written.ref)
    for content, parts in _contents(world, written):
        bubble = _bubble(world, page, written, str(content.get("text", "")), parts)
        message = {"mid": bubble.id, **content}
        if written.answered:
            message["reply_to"] = {"mid": written.answered.id}
        event = entry_of(written.address, page.id, int(bubble.at * 1000), {"message": message})
        owed.append(owed_event(world, page, "message", written.address, event, bubble.id))
        ids.append(bubble.id)
    return ids, [each for each in owed if each]


def _contents(world: World, written: Written) -> Iterator[tuple[JsonObject, list[JsonObject]]]:
    """Yield the fields of one message at a time, and what the phone shows of it: pictures go together."""
    if written.press:
        press = written.press
        content = {"text": press["label"], "quick_reply": {"payload": press["payload"]}}
        yield content, [{"type": "press"} | press]
        return
    if written.text:
        yield {"text": written.text}, []
    for files in _together(written.media):
        yield {"attachments": [attachment(world, each.as_part()) for each in files]}, [each.as_part() for each in files]
    if written.location:
        at = {"lat": written.location["latitude"], "long": written.location["longitude"]}
        named = {"title": written.location["name"]} if written.location["name"] else {}
        place = {"type": "location", "payload": {"coordinates": at}, **named}
        yield {"attachments": [place]}, [{"type": "location"} | written.location]


def _together(files: Sequence[StoredFile]) -> Iterator[list[StoredFile]]:
    pictures = [each for each in files if each.kind == "image"]
    if pictures:
        yield pictures
    yield from ([each] for each in files if each.kind != "image")


def attachment(world: World, part: JsonObject) -> JsonObject:
    """Return a file as Meta tells of it: a link that needs nothing else."""
    place = world.place
    payload: JsonObject = {"url": f"http://{place.host}:{place.port}/facebook-files/{part['file']}/{part['name']}"}
    if part["type"] == "sticker":
        payload["sticker_id"] = _STICKER_ID
    return {"type": _TYPES.get(part["type"], "file"), "payload": payload}


def _bubble(world: World, page: Page, written: Written, text: str, parts: list[JsonObject]) -> Bubble:
    mid = "m_" + seeds.derive(f"mid {world.next_id('facebook')}", 40)
    bubble = new_bubble("facebook", written.address, page.id, "customer", text, mid)
    bubble.parts = parts
    bubble.reply_to = written.answered.public_id if written.answered else ""
    world.threads.add(bubble)
    return bubble


def _came_by(world: World, page: Page, written: Written) -> Webhook | None:
    """A link with a start parameter: into a thread that is there, or by Get Started into a new one."""
    referral = {"ref": written.ref, "source": "SHORTLINK", "type": "OPEN_THREAD"}
    now, known = int(time() * 1000), world.threads.last_from_customer("facebook", written.address, page.id)
    if known:
        event = entry_of(written.address, page.id, now, {"referral": referral})
        return owed_event(world, page, "referral", written.address, event, f"ref:{written.ref}")
    bubble = _bubble(world, page, written, "Get Started", [])
    postback = {"title": "Get Started", "payload": "GET_STARTED", "mid": bubble.id, "referral": referral}
    event = entry_of(written.address, page.id, now, {"postback": postback})
    return owed_event(world, page, "postback", written.address, event, bubble.id)


# --- acts on a message that stands there already --------------------------------------------------------


def customer_reacts(world: World, bubble: Bubble, emoji: str) -> Webhook | None:
    """Tell of a reaction; "" takes back the one that stood, which Meta names no more."""
    reaction: JsonObject = {"mid": bubble.id, "action": "react" if emoji else "unreact"}
    if emoji:
        reaction |= {"reaction": "other", "emoji": emoji}
    return _act(world, bubble, "reaction", {"reaction": reaction})


def customer_edits(world: World, bubble: Bubble, text: str) -> Webhook | None:
    edit = {"mid": bubble.id, "text": text, "num_edit": world.next_id(f"edits of {bubble.id}") - 1000}
    return _act(world, bubble, "edit", {"message_edit": edit})


def customer_deletes(world: World, bubble: Bubble) -> Webhook | None:
    return _act(world, bubble, "message", {"message": {"mid": bubble.id, "is_deleted": True}})


def _act(world: World, bubble: Bubble, what: str, content: JsonObject) -> Webhook | None:
    page = world.pages[bubble.endpoint]
    event = entry_of(bubble.address, page.id, int(time() * 1000), content)
    return owed_event(world, page, what, bubble.address, event, bubble.id)


async def check_webhook(url: str, verify_token: str) -> str:
    """Ask an URL the challenge, as Meta does before it takes one. Returns what is wrong, "" if nothing."""
    challenge = seeds.derive(f"challenge {time()}", 16)
    query = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": challenge}
    try:
        async with httpx.AsyncClient(timeout=10.0) as client:
            reply = await client.get(url, params=query)
    except httpx.HTTPError as error:
        return f"the webhook URL cannot be reached ({type(error).__name__}); start the hub first"
    if reply.status_code != 200 or reply.text != challenge:
        return f"the challenge was answered {reply.status_code} without its text; check the verify token"
    return ""
