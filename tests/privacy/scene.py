"""One person whose every place of data carries a word of its own, another person beside them, and looking for words."""

import base64
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import insert, select, update

from hub.conversations.content import content_of
from hub.conversations.corrections import Edit
from hub.conversations.parking import park_correction
from hub.db import attachments, errands, journal, provider_ids
from hub.db import tables as t
from hub.db.errands import NewErrand
from hub.db.journal import NewEvent
from hub.db.tables.core import ATTACHMENT, ATTEMPT, CONVERSATION, DELIVERY, EVENT, MESSAGE
from hub.filing.keeping import place_of
from hub.ids import new_id
from hub.inbound import drain
from hub.privacy import work
from hub.types import Chore, Person, Text
from hub.wiring import Services
from tests.api.conftest import Api
from tests.intake.kit import posted
from tests.line import post_mime, post_telegram, telegram_update
from tests.world import Organization, World

WORD = "zebrafink"
ADDRESS = f"{WORD}address@example.com"
TELEGRAM_ID = 7_440_011_223
NAME = f"Z{WORD[1:]}name Carla"
NEIGHBOUR = "neighbour"
"""Begins words beside the person's name in what is about others: they stay, only the name goes."""
PHOTO = {"file_id": "1", "file_unique_id": "1", "width": 1, "height": 1}


def marker(place: str) -> str:
    """A word that stands at one place only."""
    return WORD + place


@dataclass
class Scene:
    """Everything goes through webhooks and the API; what no door can bring about is written into the tables."""

    services: Services
    world: World
    org: Organization
    api: Api

    def mail(self, message_id: str, text: str, *headers: str, sender: str = f"{NAME} <{ADDRESS}>") -> bytes:
        to = self.org.channels["email"].address
        lines = [f"From: {sender}", f"To: {to}", f"Message-ID: <{message_id}>", *headers, "", text]
        return "\r\n".join(lines).encode()

    def receive_mail(self, raw: bytes, token: str | None = None) -> int:
        channel = self.org.channels["email"]
        return posted(self.services, lambda http: post_mime(http, token or channel.intake_token, raw))[0].status_code

    def receive_telegram(self, update: dict[str, Any]) -> int:
        return posted(self.services, lambda http: post_telegram(http, self.org.channels["telegram"], update))[
            0
        ].status_code

    def drain(self) -> None:
        for channel in self.org.channels.values():
            drain.drain(self.services, channel.sender_id)

    def owner(self, method: str, path: str, **content: Any) -> httpx.Response:
        return self.api.owner(method, path, **content)

    def contact_of(self, name: str) -> str:
        """The id of the only contact that a search finds."""
        [found] = self.owner("GET", "/contacts", params={"q": name}).json()["items"]
        return str(found["id"])

    def conversation_of(self, contact_id: str) -> str:
        [found] = self.owner("GET", "/conversations", params={"contact": contact_id}).json()["items"]
        return str(found["id"])

    def run_case(self, case_id: str) -> dict[str, Any]:
        """Let the job work until the case is done; return the case as the API shows it."""
        while not work.work_on(self.services, case_id, 60):
            continue
        case: dict[str, Any] = self.owner("GET", f"/privacy/cases/{case_id}").json()
        return case

    def begin(self, contact_id: str, right: str, reason: str = "she asked for it") -> dict[str, Any]:
        answer = self.owner("POST", f"/contacts/{contact_id}/{right}", json={"reason": reason})
        assert answer.status_code in {200, 202}, answer.text
        case: dict[str, Any] = answer.json()
        return case

    def export(self, contact_id: str, reason: str = "she asked for it") -> dict[str, bytes]:
        """Ask for an export, let it be made, and fetch it: path in the ZIP → bytes."""
        case = self.run_case(self.begin(contact_id, "export", reason)["id"])
        assert case["state"] == "done", case
        answer = self.owner("GET", f"/contacts/{contact_id}/export")
        assert answer.status_code == 200, answer.text
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def erase(self, contact_id: str, reason: str = "she asked for it") -> dict[str, Any]:
        return self.run_case(self.begin(contact_id, "erase", reason)["id"])


@dataclass(frozen=True)
class Planted:
    """The person with the markers, somebody else, and the places that were planted."""

    contact_id: str
    conversation_id: str
    other_id: str
    other_conversation_id: str
    places: tuple[str, ...]
    storage_key: str


def plant(scene: Scene) -> Planted:
    """Let a person write, be answered and be written about, until every place of data has its word."""
    contact_id, other_id = _let_them_write(scene)
    conversation_id, other_conversation_id = scene.conversation_of(contact_id), scene.conversation_of(other_id)
    _let_users_work(scene, contact_id, conversation_id, other_conversation_id)
    _write_into_tables(scene, contact_id, conversation_id, other_conversation_id)
    storage_key = _let_files_and_errands_be(scene, conversation_id)
    _journal(scene)
    _merge(scene, contact_id)
    scene.export(contact_id, reason=f"{marker('casereason')} by phone")
    return Planted(contact_id, conversation_id, other_id, other_conversation_id, PLACES, storage_key)


PLACES = (
    "text", "fulltext", "header", "subject", "messageid", "name", "address", "contactname", "contactbefore",
    "contactfield", "topic", "note", "answer", "kepttwice", "attempt", "parked", "variable", "error", "filename",
    "filecontent", "storedname", "storedcontent", "earlier", "further", "errand", "errandofnobody", "waitingedit",
    "notice", "failed", "failederror",
    "unreadable", "pending", "duplicate", "quarantined", "casereason", "merged", "mergedtext", "caption",
    "auditreason",
)  # fmt: skip
"""Where a word about a person can lie. Numbers, states, times and ids of providers without letters cannot hold one."""


NEIGHBOURS = ("othersnote", "othersactivity", "otherstopic", "othersrouting")
"""Where their name can lie in what is about somebody else."""


def _let_them_write(scene: Scene) -> tuple[str, str]:
    quoted = f"{marker('text')}\r\n\r\nOn Mon, 2 Nov 2026, Shop wrote:\r\n> {marker('fulltext')}"
    headers = (f"X-Origin: {marker('header')}", f"Subject: {marker('subject')}")
    assert scene.receive_mail(scene.mail(f"{marker('messageid')}@example.com", quoted, *headers)) == 200
    other = scene.mail("other@example.com", "Where is my parcel?", sender="Oscar Other <oscar@example.com>")
    assert scene.receive_mail(other) == 200
    scene.drain()
    return scene.contact_of(ADDRESS), scene.contact_of("oscar@example.com")


def _let_users_work(scene: Scene, contact_id: str, conversation_id: str, other_conversation_id: str) -> None:
    key = {"Idempotency-Key": "twice"}
    name = f"{marker('contactname')} Carla"
    changes = [
        ("PATCH", f"/contacts/{contact_id}", {"json": {"name": f"{marker('contactbefore')} Carla"}}),
        (
            "PATCH",
            f"/contacts/{contact_id}",
            {
                "json": {"name": name, "fields": {"nickname": marker("contactfield")}},
                "headers": {"X-Reason": marker("auditreason")},
            },
        ),
        ("POST", f"/conversations/{conversation_id}/topic", {"json": {"topic": marker("topic")}}),
        ("POST", f"/conversations/{conversation_id}/messages", {"json": {"text": marker("note"), "note": True}}),
        ("POST", f"/conversations/{conversation_id}/messages", {"json": {"text": marker("answer")}}),
        ("POST", f"/conversations/{conversation_id}/messages", {"json": {"text": marker("kepttwice")}, "headers": key}),
        (
            "POST",
            f"/conversations/{other_conversation_id}/messages",
            {"json": {"text": f"{name} called, {NEIGHBOUR}othersnote: see {ADDRESS}.", "note": True}},
        ),
    ]
    token = scene.api.token(scene.org.actor)
    for method, path, content in changes:
        answer = scene.api.call(method, path, token, **content)
        assert answer.status_code in {200, 202}, answer.text


def _write_into_tables(scene: Scene, contact_id: str, conversation_id: str, other_conversation_id: str) -> None:
    now, name = scene.services.clock(), f"{marker('contactname')} Carla"
    key = scene.services.vault.of(scene.org.id)
    with scene.services.db.transaction(scene.org.id) as tx:
        own = {"organization_id": scene.org.id}
        answer = tx.first(select(MESSAGE).where(MESSAGE.c.text == marker("answer")))
        delivery = tx.first(select(DELIVERY).where(DELIVERY.c.message_id == answer.id))
        attempt = {"id": new_id(), "delivery_id": delivery.id, "started_at": now, "detail": marker("attempt")}
        tx.insert(ATTEMPT, [{**own, **attempt}])
        parked = {
            "id": new_id(), "sender_id": delivery.sender_id, "delivery_id": delivery.id, "expires_at": now,
            "receipt": {"failure": {"detail": marker("parked")}},
        }  # fmt: skip
        tx.insert(t.ParkedReceipt, [{**own, **parked}])
        parts = [{"type": "template", "variables": {"1": marker("variable")}}]
        tx.execute(update(MESSAGE).where(MESSAGE.c.id == answer.id).values(parts=parts, error_detail=marker("error")))
        content = marker("filecontent").encode()
        tx.insert(
            ATTACHMENT,
            [
                {
                    **own, "id": new_id(), "message_id": answer.id, "name": f"{marker('filename')}.txt", "size": 9,
                    "content_type": "text/plain", "body": key.seal(content, attachments.SEALED), "created_at": now,
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
            ],
        )  # fmt: skip
        routing = {"reason": f"{name} {NEIGHBOUR}othersrouting"}
        others = {"topic": f"{name} {NEIGHBOUR}otherstopic", "routing": routing}
        tx.execute(update(CONVERSATION).where(CONVERSATION.c.id == other_conversation_id).values(others))
        note = tx.first(select(MESSAGE).where(MESSAGE.c.conversation_id == other_conversation_id).limit(1))
        activity = dict(note._mapping) | {
            "id": new_id(), "direction": "activity", "text": f"{name} {NEIGHBOUR}othersactivity", "external_id": None,
        }  # fmt: skip
        tx.insert(MESSAGE, [activity])
        notice = {"number": 10_000, "kind": "message", "created_at": now}
        data = {"id": answer.id, "conversation_id": conversation_id, "said": marker("notice")}
        tx.insert(t.Notice, [{**own, **notice, "data": data}])
    assert contact_id


def _let_files_and_errands_be(scene: Scene, conversation_id: str) -> str:
    """A file that lies in the storage, an edited message, errands, and an edit whose message never came.

    Return where in the storage the file lies.
    """
    own, now = {"organization_id": scene.org.id}, scene.services.clock()
    content, key = marker("storedcontent").encode(), scene.services.vault.of(scene.org.id)
    place = place_of(key, scene.org.id, content)
    scene.services.storage.put(place.storage_key, key.seal(content, attachments.SEALED))
    with scene.services.db.transaction(scene.org.id) as tx:
        said = tx.first(select(MESSAGE).where(MESSAGE.c.conversation_id == conversation_id).limit(1))
        of_conversation = select(CONVERSATION.c.identity_id).where(CONVERSATION.c.id == conversation_id)
        identity_id = tx.scalar(of_conversation)
        file = {
            "id": new_id(), "message_id": said.id, "name": f"{marker('storedname')}.txt", "size": len(content),
            "content_type": "text/plain", "storage_key": place.storage_key, "sha256": place.sha256, "created_at": now,
        }  # fmt: skip
        tx.insert(ATTACHMENT, [{**own, **file}])
        earlier = [{"text": marker("earlier"), "until": now.isoformat()}]
        tx.execute(update(MESSAGE).where(MESSAGE.c.id == said.id).values(earlier=earlier))
        sender_id = scene.org.channels["email"].sender_id
        provider_ids.add_further(tx, sender_id, {marker("further"): said.id})
        for what, whose in (("errand", identity_id), ("errandofnobody", None)):
            chore = Chore("look_up_name", {"address": ADDRESS, "said": marker(what)})
            errands.insert(tx, NewErrand(sender_id, chore, now, now + timedelta(days=1), identity_id=whose))
        edit = Edit("nobody knows it", content_of([Text(marker("waitingedit"))], 0, key), now)
        park_correction(tx, sender_id, edit, Person(ADDRESS), now)
    return place.storage_key


def _journal(scene: Scene) -> None:
    """Bytes that were never understood, or not yet."""
    failed = scene.mail("failed@example.com", marker("failed"), "Content-Type: text/plain")
    event_id = insert_event(scene, "failed", failed)
    with scene.services.db.transaction(scene.org.id) as tx:
        journal.mark_failed(tx, event_id, f"ValueError: {marker('failederror')}", scene.services.clock())
    inner = base64.b64encode(f"From: {ADDRESS}\r\n\r\n{marker('unreadable')}".encode())
    insert_event(scene, "unreadable", b"--x\r\nContent-Transfer-Encoding: base64\r\n\r\n" + inner, unreadable="no mail")
    again = scene.mail(f"{marker('messageid')}@example.com", marker("duplicate"))
    assert scene.receive_mail(again) == 200
    forged = telegram_update(3, marker("quarantined"), person=TELEGRAM_ID)
    channel = replace(scene.org.channels["telegram"], webhook_secret="wrong")
    assert posted(scene.services, lambda http: post_telegram(http, channel, forged))[0].status_code == 403


def insert_event(scene: Scene, key: str, body: bytes, unreadable: str | None = None) -> int:
    sealed = journal.seal(scene.services.vault.of(scene.org.id), body)
    event = NewEvent(
        scene.org.id, scene.org.channels["email"].sender_id, key, {}, sealed, b"e" * 32, scene.services.clock(),
        "verified", unreadable=unreadable,
    )  # fmt: skip
    with scene.services.db.transaction(scene.org.id) as tx:
        journal.insert(tx, [event])
        return int(tx.scalar(select(EVENT.c.id).where(EVENT.c.event_key == key)))


def _merge(scene: Scene, contact_id: str) -> None:
    """They write on another channel too, and a colleague joins the two; what comes last is not handled yet."""
    said = telegram_update(1, marker("mergedtext"), person=TELEGRAM_ID)
    photo = telegram_update(2, "", person=TELEGRAM_ID)
    for update_ in (said, photo):
        update_["message"]["from"]["first_name"] = update_["message"]["chat"]["first_name"] = marker("merged")
    assert scene.receive_telegram(said) == 200
    photo["message"] |= {"caption": marker("caption"), "photo": [PHOTO]}
    del photo["message"]["text"]
    assert scene.receive_telegram(photo) == 200
    scene.drain()
    merged = scene.contact_of(marker("merged"))
    assert scene.owner("POST", f"/contacts/{contact_id}/merge", json={"other_id": merged}).status_code == 200
    assert scene.receive_mail(scene.mail("pending@example.com", marker("pending"))) == 200


def rows_about(scene: Scene, contact_id: str) -> str:
    """Every row of one person, as text that is equal when nothing changed."""
    with scene.services.db.reading(scene.org.id) as tx:
        identities = select(t.Identity.id).where(t.Identity.contact_id == contact_id)
        conversations = select(CONVERSATION.c.id).where(CONVERSATION.c.contact_id == contact_id)
        found = [
            tx.all(select(t.Contact.__table__).where(t.Contact.id == contact_id)),
            tx.all(select(t.Identity.__table__).where(t.Identity.contact_id == contact_id)),
            tx.all(
                select(MESSAGE).where(MESSAGE.c.conversation_id.in_(conversations), MESSAGE.c.direction == "inbound")
            ),
            tx.all(select(EVENT).where(EVENT.c.identity_id.in_(identities))),
        ]
    return repr([[tuple(row) for row in rows] for rows in found])


def insert_row(scene: Scene, table: Any, **values: Any) -> None:
    with scene.services.db.transaction(scene.org.id) as tx:
        tx.insert(table, [{"organization_id": scene.org.id, **values}])


__all__ = ["Planted", "Scene", "insert", "json", "marker", "plant", "rows_about"]
