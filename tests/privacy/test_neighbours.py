"""What belongs to others stays, whatever a person calls themselves and wherever they are quoted."""

import json
from typing import Any

import pytest
from sqlalchemy import select, update

from hub.db import attachments, senders
from hub.db.session import PlatformWork
from hub.db.tables.core import (
    ATTACHMENT,
    AUDIT_ENTRY,
    CONVERSATION,
    EVENT,
    IDENTITY,
    MESSAGE,
    OPT_OUT,
    PRIVACY_CASE,
    QUARANTINE,
)
from hub.ids import new_id
from hub.inbound import fetch
from hub.privacy import cases, exporting, work
from hub.types import ChannelKind, Machine, RawEvent
from tests.line import telegram_update
from tests.privacy.scene import TELEGRAM_ID, Scene, insert_event, insert_row
from tests.privacy.test_rights import contact_again, contact_on_telegram, count, write

XAVER = "Xaver <xaver@example.com>"
YVONNE = "Yvonne <yvonne@example.com>"


def mail(scene: Scene, message_id: str, text: str, sender: str, *headers: str) -> None:
    assert scene.receive_mail(scene.mail(f"{message_id}@example.com", text, *headers, sender=sender)) == 200


def said(scene: Scene) -> list[str]:
    with scene.services.db.reading(scene.org.id) as tx:
        return sorted(row.text for row in tx.all(select(MESSAGE).where(MESSAGE.c.direction == "inbound")))


def document(files: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["person.json"])
    return found


@pytest.mark.parametrize("name", ["reason", "the"])
def test_a_name_that_is_a_common_word_reaches_nothing_of_others(scene: Scene, name: str) -> None:
    mail(scene, "1", "Hello", YVONNE)
    scene.drain()
    other = scene.contact_of("yvonne@example.com")
    thread = scene.conversation_of(other)
    note = "the reason is that the support team belongs to the group"
    scene.owner("POST", f"/conversations/{thread}/messages", json={"text": note, "note": True})
    scene.owner("PATCH", f"/contacts/{other}", json={"name": "Ivonne"})
    named = telegram_update(1, "Hello", person=TELEGRAM_ID)
    named["message"]["from"]["first_name"] = named["message"]["chat"]["first_name"] = name
    scene.receive_telegram(named)
    scene.drain()
    contact_id = scene.contact_of(str(TELEGRAM_ID))

    found = document(scene.export(contact_id))
    assert found["mentions"] == []
    assert "Ivonne" not in json.dumps(found)
    scene.erase(contact_id)

    with scene.services.db.reading(scene.org.id) as tx:
        entries = tx.all(select(AUDIT_ENTRY).where(AUDIT_ENTRY.c.subject_id == other))
        assert [row.content is not None for row in entries] == [True]
    items = scene.owner("GET", f"/conversations/{thread}/messages").json()["items"]
    assert note in [each["text"] for each in items]


def test_of_an_entry_about_others_an_export_shows_only_what_says_the_person(scene: Scene) -> None:
    mail(scene, "1", "Hello", "Xaver Zimmermann <xaver@example.com>")
    mail(scene, "2", "Hello", YVONNE)
    scene.drain()
    fields = {"fields": {"husband": "Xaver Zimmermann", "iban": "DE00 secret"}}
    assert scene.owner("PATCH", f"/contacts/{scene.contact_of('yvonne@')}", json=fields).status_code == 200
    found = document(scene.export(scene.contact_of("xaver@")))
    assert ["Xaver Zimmermann"] in [each.get("said") for each in found["audit"]]
    assert "secret" not in json.dumps(found)


@pytest.mark.parametrize("header", ["Cc: xaver@example.com", "X-Quoted: xaver@example.com"])
def test_a_pending_mail_of_somebody_else_that_names_the_person_is_left_to_the_line(scene: Scene, header: str) -> None:
    mail(scene, "1", "Hello", XAVER)
    scene.drain()
    contact_id = scene.contact_of("xaver@")
    mail(scene, "2", "My parcel is broken", YVONNE, header)
    mail(scene, "3", "And mine", XAVER)
    files = scene.export(contact_id)
    assert not [path for path, body in files.items() if b"yvonne" in body]
    assert [path for path, body in files.items() if path.startswith("events/") and b"And mine" in body]
    scene.erase(contact_id)
    scene.drain()
    assert said(scene) == ["My parcel is broken"]


def test_a_failed_event_of_somebody_else_stays_and_one_nobody_understands_goes(scene: Scene) -> None:
    mail(scene, "1", "Hello", XAVER)
    scene.drain()
    mail(scene, "2", "xaver@example.com is my husband", YVONNE)
    with scene.services.db.transaction(scene.org.id) as tx:
        tx.execute(update(EVENT).where(EVENT.c.state == "pending").values(state="failed", error="a bug"))
    insert_event(scene, "odd", b"no mail at all: xaver@example.com", unreadable="no mail")
    counts = scene.erase(scene.contact_of("xaver@"))["result"]["counts"]
    assert counts["events_nobody_understood"] == 1
    with scene.services.db.reading(scene.org.id) as tx:
        rows = tx.all(select(EVENT.c.state, EVENT.c.body).order_by(EVENT.c.id))
    assert [(row.state, row.body is not None) for row in rows] == [
        ("handled", False),
        ("failed", True),
        ("handled", False),
    ]


def test_a_letter_into_the_thread_of_another_is_exported_renamed_and_erased(scene: Scene) -> None:
    mail(scene, "1", "I am Xaver", XAVER)
    scene.drain()
    mail(scene, "2", "Private words of Yvonne", YVONNE, "References: <1@example.com>")
    scene.drain()
    yvonne, thread = scene.contact_of("yvonne@"), scene.conversation_of(scene.contact_of("xaver@"))
    with scene.services.db.transaction(scene.org.id) as tx:
        letter = tx.first(select(MESSAGE).where(MESSAGE.c.text == "Private words of Yvonne"))
        assert letter.conversation_id == thread
    content = b"a photo of Yvonne"
    insert_row(
        scene, ATTACHMENT, id=new_id(), message_id=letter.id, name="p", size=1, content_type="text/plain", sha256="0",
        body=scene.services.vault.of(scene.org.id).seal(content, attachments.SEALED), created_at=scene.services.clock(),
    )  # fmt: skip
    scene.owner("PATCH", f"/contacts/{yvonne}", json={"name": "Yvonne"})
    scene.owner("PATCH", f"/contacts/{yvonne}", json={"name": "Ivonne"})
    with scene.services.db.reading(scene.org.id) as tx:
        assert tx.scalar(select(MESSAGE.c.author_name).where(MESSAGE.c.id == letter.id)) == "Ivonne"
    files = scene.export(yvonne)
    assert "Private words of Yvonne" in [each["text"] for each in document(files)["messages"]]
    assert content in files.values()
    scene.erase(yvonne)
    assert (said(scene), count(scene, ATTACHMENT)) == (["I am Xaver"], 0)
    [listed] = scene.owner("GET", "/conversations").json()["items"]
    assert "Yvonne" not in json.dumps(listed)
    with scene.services.db.reading(scene.org.id) as tx:
        assert tx.scalar(select(CONVERSATION.c.preview)) == "I am Xaver"
        assert [row.body is None for row in tx.all(select(EVENT.c.body).order_by(EVENT.c.id))] == [False, True]


def test_a_letter_of_another_in_the_persons_thread_stays_with_its_author(scene: Scene) -> None:
    mail(scene, "1", "I am Xaver", XAVER)
    scene.drain()
    mail(scene, "2", "I need help", YVONNE, "References: <1@example.com>")
    scene.drain()
    case = scene.erase(scene.contact_of("xaver@"))
    assert case["result"]["counts"]["letters_of_others_moved"] == 1
    assert said(scene) == ["I need help"]
    [listed] = scene.owner("GET", "/conversations").json()["items"]
    assert listed["contact"]["id"] == scene.contact_of("yvonne@")


def test_what_was_erased_does_not_come_back_when_they_wrote_again_in_between(scene: Scene) -> None:
    scene.erase(contact_on_telegram(scene))
    contact_again(scene)
    write(scene, 1, "Hello")
    assert said(scene) == ["It is me again"]


def test_a_recovery_does_not_fetch_what_was_erased(scene: Scene) -> None:
    contact_id = contact_on_telegram(scene)
    with scene.services.db.reading(scene.org.id) as tx:
        key = tx.scalar(select(EVENT.c.event_key))
    scene.erase(contact_id)
    with scene.services.db.platform_reading(PlatformWork.LINE) as tx:
        sender = senders.find(tx, scene.org.channels["telegram"].sender_id).sender
    listed = [RawEvent(ChannelKind("telegram"), each, b"{}") for each in (key, "new")]
    assert [each.key for each in fetch._missed(scene.services, sender, listed)] == ["new"]


def test_an_export_that_ends_after_the_erasure_keeps_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    contact_id = contact_on_telegram(scene)
    case, real = scene.begin(contact_id, "export"), exporting._zip

    def overtaken(*arguments: Any) -> bytes:
        archive = real(*arguments)
        scene.erase(contact_id)
        return archive

    monkeypatch.setattr(exporting, "_zip", overtaken)
    done = scene.run_case(case["id"])
    assert (done["state"], done["error"]) == ("failed", "the contact does not exist any more")
    with scene.services.db.reading(scene.org.id) as tx:
        assert [row.archive for row in tx.all(select(PRIVACY_CASE.c.archive))] == [None, None]


def test_a_damaged_row_stops_neither_export_nor_erasure(scene: Scene) -> None:
    contact_id = contact_on_telegram(scene)
    row_id = insert_event(scene, "odd", b"abc")
    with scene.services.db.transaction(scene.org.id) as tx:
        body = bytes(tx.scalar(select(EVENT.c.body).where(EVENT.c.id == row_id)))
        damaged = body[:-1] + bytes([body[-1] ^ 1])
        tx.execute(update(EVENT).where(EVENT.c.id == row_id).values(body=damaged))
    assert document(scene.export(contact_id))["messages"]
    case = scene.erase(contact_id)
    assert case["state"] == "done"
    assert list(case["result"]["left"].values()) == [1]
    assert "do not open" in next(iter(case["result"]["left"]))


def test_a_case_that_moves_on_in_none_of_five_rounds_fails_and_says_why(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact_id = contact_on_telegram(scene)

    def breaks(*_: Any) -> bytes:
        raise ValueError("a bug")

    monkeypatch.setattr(exporting, "_zip", breaks)
    case = scene.begin(contact_id, "export")
    rounds = [work.work_on(scene.services, case["id"], 60) for _ in range(5)]
    assert rounds == [False, False, False, False, True]
    failed = scene.owner("GET", f"/privacy/cases/{case['id']}").json()
    assert (failed["state"], "ValueError" in failed["error"]) == ("failed", True)
    monkeypatch.undo()
    assert scene.export(contact_id)


def test_an_opt_out_holds_for_who_was_entered_and_ends_for_who_writes(scene: Scene) -> None:
    contact_id = contact_on_telegram(scene)
    with scene.services.db.transaction(scene.org.id) as tx:
        tx.execute(update(IDENTITY).values(unreachable="they blocked us"))
    scene.erase(contact_id)
    assert count(scene, OPT_OUT) == 1
    [identity] = scene.owner("GET", f"/contacts/{contact_again(scene)}").json()["identities"]
    assert (identity["unreachable"], count(scene, OPT_OUT)) == (None, 0)


def test_what_is_in_quarantine_for_nobody_is_the_platforms(scene: Scene) -> None:
    mail(scene, "1", "Hello", XAVER)
    scene.drain()
    contact_id = scene.contact_of("xaver@")
    secret = scene.mail("9@example.com", "my secret for another company", sender=XAVER)
    assert scene.receive_mail(secret, token="an old token of another company") == 403
    assert not [path for path, body in scene.export(contact_id).items() if b"my secret" in body]
    scene.erase(contact_id)
    assert held(scene) == 1
    mail(scene, "2", "Hello", XAVER)
    scene.drain()
    request = cases.Request(scene.org.id, Machine("cli"), scene.contact_of("xaver@"), "by letter")
    scene.run_case(cases.begin_erasure(scene.services, request).id)
    assert held(scene) == 0


def held(scene: Scene) -> int:
    with scene.services.db.platform_reading(PlatformWork.JOURNAL) as tx:
        return len(tx.all(select(QUARANTINE.c.id)))
