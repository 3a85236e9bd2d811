"""Reading mail: automatic mail, dates, layout, caps, history, and input made to hang a reader."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.channels.email.charset import decode, decode_words
from hub.channels.email.envelope import Envelope, Form
from hub.channels.email.guard import Excess, OverCaps
from hub.channels.email.html import text_of
from hub.channels.email.mime import read_mail
from hub.channels.email.reply_address import ReplyAddresses
from hub.channels.email.stripping import SEPARATOR, strip
from hub.crypto import DataKey
from hub.types import (
    JournalEvent,
    MessageReceived,
    NothingToDo,
)
from tests.conformance.hostile import mutations
from tests.conformance.kit import RECEIVED_AT
from tests.fixtures.email.kit import KIT, email_adapter

CONVERSATION = "01KAGVC0N0ERSAT10N00000001"
RAW_MAILS = [name for name in KIT.inbound_names() if KIT.request(name).path == "/webhooks/email/mime"]


def addresses(domain: str = "reply.hub.example") -> ReplyAddresses:
    return ReplyAddresses(lambda: DataKey(b"k" * 32), domain)


def parse_raw(raw: bytes) -> Any:
    made = email_adapter()
    [event] = made.split(KIT.make(raw, {"path": "/webhooks/email/mime"}))
    [found] = made.parse(JournalEvent(event.key, {}, event.body, RECEIVED_AT), KIT.sender)
    return found


# --- reading ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied; owner-email=x",
        "X-Autoreply: yes",
        "Precedence: bulk",
        "List-Id: <news.example>",
        "Return-Path: <>",
        "X-Failed-Recipients: a@b.example",
        "X-Auto-Response-Suppress: All\r\nX-MS-Exchange-Inbox-Rules-Loop: a@b.example",
        "Subject: =?utf-8?Q?Out_of_Office=3A_holiday?=",
        "Subject: Abwesenheitsnotiz: Urlaub",
        "Subject: =?utf-8?Q?R=C3=A9ponse_automatique_=3A_absente?=",
        "Subject: Respuesta automática: vacaciones",
        "Subject: Automatisch antwoord: afwezig",
        "Subject: 自動応答: 不在",
        "Auto-Submitted: auto-replied (vacation)",
        "X-Loop: a@b.example",
        "X-Vacation: yes",
        "Delivered-To: Autoresponder",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=x",
        "From: MAILER-DAEMON@mx.example",
        "From: support@shop.example",
        f"From: {addresses().make(CONVERSATION)}",
    ],
)
def test_mail_that_no_person_wrote_changes_nothing_and_says_why(header: str) -> None:
    assert isinstance(parse_raw(f"{header}\r\nFrom: a@b.example\r\n\r\nHi".encode()), NothingToDo)


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: no",
        "Auto-Submitted: No (I wrote it)",
        "X-Auto-Response-Suppress: All",
        "Subject: Auto: Kauf",
        "Subject: Re: Out of office",
        "Precedence: first-class",
    ],
)
def test_mail_of_a_person_is_not_taken_for_automatic(header: str) -> None:
    assert isinstance(parse_raw(f"{header}\r\nFrom: a@b.example\r\n\r\nHi".encode()), MessageReceived)


def test_a_mail_without_author_is_shown_under_an_address_of_its_own() -> None:
    first, second = parse_raw(b"Subject: one\r\n\r\nHi"), parse_raw(b"Subject: two\r\n\r\nHi")
    assert first.author.address.endswith("@invalid")
    assert first.author.address != second.author.address


def test_a_date_is_clamped_to_the_week_before_arrival() -> None:
    def position(date: str) -> datetime | None:
        found: datetime | None = parse_raw(f"From: a@b.example\r\nDate: {date}\r\n\r\nHi".encode()).position
        return found

    assert position("Sat, 21 Nov 2026 12:00:00 +0000") == RECEIVED_AT
    assert position("Thu, 1 Jan 1970 00:00:00 +0000") == RECEIVED_AT - timedelta(days=7)
    assert position("Fri, 20 Nov 2026 11:00:00 -0000") == RECEIVED_AT - timedelta(hours=1)
    assert position("soon") is None


def test_html_layout_cannot_multiply_its_size() -> None:
    page = "<table><tr><td>" + "y" * 20_000 + "</td></tr>" + "<tr><td style='padding-left:99999em'>x" * 1_000
    assert len(text_of(page)) < 2 * len(page)
    assert text_of("<div>" * 5_000 + "the words stay") == "the words stay"


def test_each_cap_is_named_to_the_operator() -> None:
    parts = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 600
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(40))
    cases = {
        Excess.RAW: b"\r\n" + b"x" * (37 << 20),
        Excess.HEADER_BLOCK: b"X: y\r\n" * 20_000 + b"\r\nx",
        Excess.PARTS: parts,
        Excess.NESTING: nested,
    }
    for excess, raw in cases.items():
        with pytest.raises(OverCaps) as found:
            read_mail(raw)
        assert found.value.excess is excess
        [part] = parse_raw(raw).parts
        assert excess.value in part.summary


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        ("Grüße".encode("cp1252"), "utf-8", "Grüße"),
        ("Grüße".encode(), "iso-8859-1", "GrÃ¼ÃŸe"),
        ("„so“".encode("cp1252"), "iso-8859-1", "„so“"),
        (b"\xff\xfeA\x00", "us-ascii", "A"),
        ("注文".encode("iso2022_jp"), "utf-8", "注文"),
        (b"\x1b$B-!\x1b(B", "iso-2022-jp", "①"),
        ("髙".encode("cp932"), "shift_jis", "髙"),
        ("뷁".encode("cp949"), "ks_c_5601-1987", "뷁"),
        (b"\x81\x8d", "klingon", "\x81\x8d"),
        (b"a\x00b\xef\xbb\xbf", "utf-8", "ab"),
    ],
)
def test_bytes_become_text_whatever_their_label_says(data: bytes, label: str, text: str) -> None:
    assert decode(data, label) == text


def test_a_character_cut_by_two_encoded_words_is_whole_again() -> None:
    assert decode_words("=?utf-8?B?w6Q=?= =?UTF-8?Q?=C3?=\r\n =?utf-8?Q?=BC?=") == "äü"


# --- stripping -------------------------------------------------------------------------------------------

HISTORY = f"> {SEPARATOR}\n>\n> Hello"


@pytest.mark.parametrize(
    ("full", "short"),
    [
        (f"Yes\n\nOn Fri, Nov 20 Shop <a@b> wrote:\n\n{HISTORY}", "Yes"),
        (f"Ja\n\nAm 20.11.2026 um 10:00 schrieb Shop\n<reply+x@y>:\n{HISTORY}\n", "Ja"),
        (f"Ja\n\nAm Freitag hat Shop <a@b> geschrieben:\n\n{SEPARATOR}\n\nHello", "Ja"),
        ("Yes\n\n-----Original Message-----\nFrom: x\nHello", "Yes"),
        ("Ja\n\n________________________________\nVon: Shop\nGesendet: heute\nAn: ich\nBetreff: x\n\nHello", "Ja"),
        ("Yes\n\n-- \nAda\nExample Ltd", "Yes"),
        ("> Which size?\n\n42", "> Which size?\n\n42"),
        ("See the list:\n- Rezept\n-- keep --", "See the list:\n- Rezept\n-- keep --"),
        (f"On Fri Shop wrote:\n{HISTORY}", f"On Fri Shop wrote:\n{HISTORY}"),
        ("From: here to there\nis far", "From: here to there\nis far"),
    ],
)
def test_history_is_cut_and_no_word_of_the_person_is(full: str, short: str) -> None:
    assert strip(full).text == short


# --- hostile input ---------------------------------------------------------------------------------------


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    if isinstance(value, tuple):
        for item in value:
            yield from texts_of(item)
    if is_dataclass(value):
        for field in fields(value):
            yield from texts_of(getattr(value, field.name))


def assert_readable(body: bytes) -> None:
    """Every verb that reads a journal row takes it, and what they say can be stored."""
    made, event = email_adapter(), JournalEvent("k", {}, body, RECEIVED_AT)
    for text in texts_of((*made.parse(event, KIT.sender), made.show_raw(event))):
        assert "\x00" not in text
        text.encode()


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(
    name=st.sampled_from(RAW_MAILS),
    other=st.sampled_from(RAW_MAILS),
    cut=st.tuples(st.integers(0, 2_000), st.integers(0, 2_000)),
    between=st.one_of(
        st.binary(max_size=40), st.sampled_from([b"\r\n\r\n", b"--", b"\r\n ", b"=?utf-8?B?", b"%", b"<"])
    ),
)
def test_mails_cut_and_glued_together_at_any_place_are_read(
    name: str, other: str, cut: tuple[int, int], between: bytes
) -> None:
    first, second = (KIT.request(each).body for each in (name, other))
    glued = first[: cut[0]] + between + second[cut[1] :]
    for form in (Envelope(Form.MIME), Envelope(Form.SES, None, "x@y.example", verdict="pass")):
        assert_readable(form.wrap(glued))


@pytest.mark.parametrize("name", KIT.inbound_names())
def test_a_damaged_mail_is_read_without_raising_and_can_be_stored(name: str) -> None:
    made, request = email_adapter(), KIT.request(name)
    for body in islice(mutations(name, request.body), 40):
        for raw in made.split(replace(request, body=body)):
            if raw.unreadable:
                continue
            assert_readable(raw.body)


def test_no_hostile_mail_or_form_takes_more_than_linear_time() -> None:
    """Each input may burn ten seconds of CPU; a reader that is not linear would need minutes and is killed."""
    command: Sequence[str] = (sys.executable, "-m", "tests.fixtures.email.hostile", "10")
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout[-200:] + done.stderr[-500:]
    assert "read all" in done.stdout
