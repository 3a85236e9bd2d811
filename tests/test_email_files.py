"""Files of mails: what is fetched of them, which pictures are shown, and what "show raw" shows."""

import asyncio
import base64
from typing import Any

import pytest

from hub.channels.email.envelope import Envelope, Form
from hub.channels.email.tnef import read_tnef
from hub.channels.email.uuencode import without_blocks
from hub.channels.fetching import Fetched, Gone, TooLarge
from hub.types import JournalEvent, Media, MediaKind, MessageReceived, Unsupported
from tests.conformance.kit import RECEIVED_AT
from tests.fixtures.email.kit import KIT, email_adapter

PICTURE = base64.b64encode(b"\x89PNG" + b"\x00" * 100).decode()


def event_of(name: str) -> JournalEvent:
    [raw] = email_adapter().split(KIT.signed(name))
    return JournalEvent(raw.key, {}, raw.body, RECEIVED_AT)


def mail_event(raw: bytes) -> JournalEvent:
    return JournalEvent("k", {}, Envelope(Form.MIME).wrap(raw), RECEIVED_AT)


def message_in(event: JournalEvent) -> MessageReceived:
    found = email_adapter().parse(event, KIT.sender)[0]
    assert isinstance(found, MessageReceived)
    return found


def files_in(event: JournalEvent) -> list[Media]:
    return [part for part in message_in(event).parts if isinstance(part, Media)]


def fetched(source: str, event: JournalEvent, limit: int = 1 << 20) -> Fetched:
    return asyncio.run(email_adapter().download(source, event, KIT.sender, limit))


# --- downloads -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KIT.inbound_names())
def test_every_file_a_mail_shows_can_be_fetched_and_has_the_size_it_says(name: str) -> None:
    for raw in email_adapter().split(KIT.signed(name)):
        event = JournalEvent(raw.key, {}, raw.body, RECEIVED_AT)
        events = [] if raw.unreadable else email_adapter().parse(event, KIT.sender)
        media = [p for e in events if isinstance(e, MessageReceived) for p in e.parts if isinstance(p, Media)]
        assert len({each.source for each in media}) == len(media)
        assert len({each.name.lower() for each in media}) == len(media)
        for each in media:
            assert len(fetched(each.source, event).body) == each.size


def test_files_come_with_their_own_bytes() -> None:
    assert fetched("part:5", event_of("multipart_with_attachment")).body == b"%PDF-1.4\n"
    assert fetched("part:3/tnef:1", event_of("outlook_winmail_dat")) == Fetched(
        b"%PDF-1.4\n", "application/pdf", "Angebot Größe 42.pdf"
    )
    assert fetched("part:1/uu:1", event_of("uuencoded_file")).body == b"Die Liste\n\x00\x00"
    assert fetched("field:12", event_of("mailgun_parsed_inline_pictures")).body == b"%PDF"


def test_a_file_that_is_too_large_or_gone_says_so() -> None:
    event = event_of("multipart_with_attachment")
    assert len(fetched("part:5", event, limit=9).body) == 9
    with pytest.raises(TooLarge):
        fetched("part:5", event, limit=8)
    gone = JournalEvent("k", {}, b"", RECEIVED_AT)
    for source, found in (("part:99", event), ("", event), ("part:5/tnef:1", event), ("part:5", gone)):
        with pytest.raises(Gone):
            fetched(source, found)


# --- pictures in the text --------------------------------------------------------------------------------


def page_with(body: str, size: int = 100, kind: str = "image/png") -> JournalEvent:
    picture = base64.b64encode(b"x" * size).decode()
    return mail_event(
        f"From: a@b.example\r\nContent-Type: multipart/related; boundary=r\r\n\r\n"
        f"--r\r\nContent-Type: text/html\r\n\r\n{body}\r\n"
        f"--r\r\nContent-Type: {kind}; name=x.png\r\nContent-ID: <Pic%41@x>\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{picture}\r\n--r--\r\n".encode()
    )


HISTORY = "<div id=appendonsend></div><div>-- Please reply above this line --</div><div>Hello</div>"


@pytest.mark.parametrize(
    ("body", "size", "shown"),
    [
        ("<p>See</p><img src='cid:pica@x'>", 100, True),
        ("<p>See</p><img src='cid:Pic%41@x'>" + HISTORY, 100, True),
        ("<p>See</p>" + HISTORY + "<img src='cid:PicA@x'>", 100, False),
        ("<p>See</p>" + HISTORY + "<img src='cid:PicA@x'>", 200_000, True),
        ("<p>See</p><img src='cid:picA@x'>" + HISTORY + "<img src='cid:PicA@x'>", 100, True),
        ("<p>See</p>" + HISTORY, 100, True),
        ("<p>See</p><img src='cid:other@x'>", 100, True),
        ("<p>See</p><p style='background:url(cid:PicA@x)'>x</p>" + HISTORY, 100, True),
        (f"<p>{'see ' * 40_000}</p><img src='cid:PicA@x'>", 100, True),
        ("<p>See</p>" + "<!-- -->" * 40_000 + "<img src='cid:PicA@x'>", 100, True),
    ],
)
def test_only_a_small_picture_that_nothing_but_the_history_shows_is_left_out(body: str, size: int, shown: bool) -> None:
    message = message_in(page_with(body, size))
    assert [part.kind for part in message.parts if isinstance(part, Media)] == [MediaKind.IMAGE] * shown
    assert "\ue010" not in repr(message)


def test_a_document_is_never_left_out() -> None:
    event = page_with("<p>See</p>" + HISTORY + "<img src='cid:PicA@x'>", kind="application/pdf")
    assert len(files_in(event)) == 1


def test_pictures_come_in_the_order_of_the_text_before_other_files() -> None:
    parts = "".join(
        f"--r\r\nContent-Type: {kind}; name={name}\r\nContent-ID: <{name}>\r\n\r\nx\r\n"
        for kind, name in (("application/pdf", "bill"), ("image/png", "second"), ("image/png", "first"))
    )
    page = "<p>a</p><img src='cid:first'><p>b</p><img src='cid:second'>"
    head = "From: a@b.example\r\nContent-Type: multipart/related; boundary=r\r\n\r\n"
    raw = f"{head}--r\r\nContent-Type: text/html\r\n\r\n"
    event = mail_event((raw + page + "\r\n" + parts + "--r--\r\n").encode())
    assert [each.name for each in files_in(event)] == ["first", "second", "bill"]


def test_more_files_than_are_shown_are_counted() -> None:
    parts = b"--b\r\nContent-Type: application/pdf\r\n\r\nx\r\n" * 130
    event = mail_event(b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + parts + b"--b--")
    assert len(files_in(event)) == 100
    assert message_in(event).parts[-1] == Unsupported("attachment", "30 further attachments")


# --- what lies in files ----------------------------------------------------------------------------------


def test_a_damaged_winmail_is_read_as_far_as_it_goes() -> None:
    [part] = files_in(event_of("outlook_winmail_broken"))
    assert part.name == "winmail.dat"
    whole = fetched(part.source, event_of("outlook_winmail_broken")).body
    assert read_tnef(whole) is None
    made = base64.b64decode(event_of("outlook_winmail_text_inside").body.partition(b"\r\n\r\n")[2])
    for at in range(len(made)):
        for damaged in (made[:at], made[:at] + b"\xff\xff\xff\xff" + made[at + 4 :]):
            read_tnef(damaged)


def test_a_text_that_only_begins_like_a_file_stays_a_text() -> None:
    for text in ("begin 644 x\nhello there\nend\n", "begin 644 x\n", "begin 644 x\n#0V%T\n"):
        assert without_blocks(text) == (text, ())


# --- show raw --------------------------------------------------------------------------------------------


def raw_of(name: str) -> str:
    return email_adapter().show_raw(event_of(name))


def test_raw_shows_headers_and_texts_and_leaves_out_files() -> None:
    shown = raw_of("multipart_with_attachment")
    for line in ("Subject: Invoice for order 88", "The invoice is attached.", "Content-ID: <logo@correo>"):
        assert line in shown
    assert "[12 bytes of application/pdf are not shown here]" in shown
    assert "JVBERi0xLjQK" not in shown


def test_raw_masks_what_proves_a_reply_address() -> None:
    for name in ("outlook_web_delivered_to", "gmail_reply_address_in_cc", "gmail_reply_with_quote"):
        shown = raw_of(name)
        assert "jzs72m2b44h2kjhl" not in shown.lower()
        assert "01kagvc0n0ersat10n00000001…@reply.hub.example" in shown.lower()


def test_raw_masks_the_signature_of_a_posted_form() -> None:
    shown = raw_of("mailgun_parsed_multipart")
    assert "c0ffee" not in shown
    assert "token: …\nsignature: …" in shown
    assert "attachment-1: [3,500 bytes are not shown here]" in shown


def test_raw_masks_accounts_in_events() -> None:
    shown = raw_of("event_delivered")
    assert '"signature": "…"' in shown
    assert '"event": "delivered"' in shown


@pytest.mark.parametrize(
    "body", [b"", b"{}\n", b'{"form":"mime"}\n' + b"\x00\xff" * 400_000, b'{"form":"ses-event"}\n[']
)
def test_raw_is_bounded_and_never_raises(body: bytes) -> None:
    shown = email_adapter().show_raw(JournalEvent("k", {}, body, RECEIVED_AT))
    assert len(shown) < 201_000
    assert "\x00" not in shown


def test_raw_of_every_fixture_holds_no_secret() -> None:
    secrets: list[Any] = [str(secret.value) for secret in KIT.secrets]
    for name in KIT.inbound_names():
        for raw in email_adapter().split(KIT.signed(name)):
            shown = email_adapter().show_raw(JournalEvent(raw.key, {}, raw.body, RECEIVED_AT))
            assert [secret for secret in (*secrets, "c0ffee5555") if secret in shown and not raw.unreadable] == []
