"""Which conversation a mail goes into, who is believed, and who wants no more mails."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from hub.channels.email.envelope import Envelope, Form
from hub.channels.email.headers import mailbox, message_ids
from hub.channels.email.parameters import parameterised
from hub.types import InboundEvent, JournalEvent, MessageReceived, NothingToDo, ReachabilityChanged, Receipt
from tests.conformance.kit import RECEIVED_AT
from tests.fixtures.email.kit import KIT, email_adapter

OURS = "01KAGVDE11VERY000000000001@reply.hub.example"
ROOT = "conversation.01KAGVC0N0ERSAT10N00000001@reply.hub.example"
REPLY = "reply+01kagvc0n0ersat10n00000001jzs72m2b44h2kjhl@reply.hub.example"


def events_of(
    head: str, body: str = "Hi", envelope: Envelope | None = None, settings: dict[str, object] | None = None
) -> Sequence[InboundEvent]:
    raw = f"From: Ada <ada@mail.example>\r\n{head}\r\n\r\n{body}".encode()
    event = JournalEvent("k", {}, (envelope or Envelope(Form.MIME)).wrap(raw), RECEIVED_AT)
    return email_adapter().parse(event, replace(KIT.sender, settings=settings or {}))


def message_of(head: str, body: str = "Hi", **more: Any) -> MessageReceived:
    found = events_of(head, body, **more)[0]
    assert isinstance(found, MessageReceived)
    return found


# --- threads ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["To", "Cc", "Delivered-To", "X-Forwarded-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "Resent-To"],
)
def test_a_reply_address_counts_in_any_header_of_a_recipient(name: str) -> None:
    assert message_of(f"{name}: a@b.example, <{REPLY}>").conversation_id == "01KAGVC0N0ERSAT10N00000001"
    assert message_of(f"{name}: {REPLY.replace('reply+', 'r-')}").conversation_id == "01KAGVC0N0ERSAT10N00000001"


def test_a_reply_address_counts_in_the_envelope() -> None:
    found = message_of("To: list@b.example", envelope=Envelope(Form.SES, "ada@mail.example", REPLY))
    assert found.conversation_id == "01KAGVC0N0ERSAT10N00000001"


def test_a_reply_address_in_the_text_or_the_subject_counts_nowhere() -> None:
    assert message_of(f"Subject: {REPLY}\r\nX-Note: {REPLY}", f"{REPLY} {ROOT}").conversation_id is None


def test_the_mail_that_is_answered_comes_before_references_from_the_right() -> None:
    found = message_of("References: <a@x> <b@x> <c@x>\r\nIn-Reply-To: <z@x> <y@x>")
    assert found.reply_to_external_id == "z@x"
    assert found.thread_external_ids == ("z@x", "y@x", "c@x", "b@x", "a@x")


def test_our_root_id_names_the_conversation_and_is_no_mail() -> None:
    for header in (f"In-Reply-To: <{ROOT}>", f"References: <a@x> <{ROOT.upper()}> <b@x>"):
        found = message_of(header)
        assert found.conversation_id == "01KAGVC0N0ERSAT10N00000001"
        assert found.reply_to_external_id is None
        assert all("conversation" not in each.lower() for each in found.thread_external_ids)


def test_the_root_id_of_another_domain_names_nothing() -> None:
    found = message_of(f"References: <{ROOT.replace('hub.example', 'evil.example')}>")
    assert found.conversation_id is None


@pytest.mark.parametrize("header", ["X: y", "References: <a@x>", f"X-Note: {OURS}"])
def test_where_the_channel_wants_answers_only_another_mail_changes_nothing_and_says_why(header: str) -> None:
    assert isinstance(events_of(header)[0], MessageReceived)
    assert isinstance(events_of(header, settings={"new_conversations": "yes"})[0], MessageReceived)
    [found] = events_of(header, settings={"new_conversations": "no"})
    assert isinstance(found, NothingToDo)
    assert "settings" in found.reason


@pytest.mark.parametrize(
    "header",
    [
        f"To: {REPLY}",
        f"References: <{ROOT}>",
        f"In-Reply-To: <{OURS}>",
        "References: <010a-b-c-d-e-f-g-h@x.amazonses.com>",
    ],
)
def test_where_the_channel_wants_answers_only_an_answer_is_let_in(header: str) -> None:
    assert isinstance(events_of(header, settings={"new_conversations": "no"})[0], MessageReceived)


# --- who is believed -------------------------------------------------------------------------------------

RESULTS = "Authentication-Results: mx.shop.example"


@pytest.mark.parametrize(
    ("head", "believed"),
    [
        (f"{RESULTS}; dmarc=pass header.from=mail.example", True),
        (f"{RESULTS} 1; spf=fail; dkim=pass (good; really) header.d=mail.example", True),
        (f"{RESULTS}; dkim=pass header.i=@mail.example", True),
        (f"{RESULTS}; dmarc=fail header.from=mail.example", False),
        (f"{RESULTS}; dmarc=pass header.from=evil.example", False),
        (f"{RESULTS}; dkim=pass header.d=evil.example", False),
        (f"{RESULTS}; dkim=pass header.d=example", False),
        (f"{RESULTS}; spf=pass smtp.mailfrom=mail.example", False),
        (f"{RESULTS}; dmarc=pass", False),
        ("Authentication-Results: mx.shop.example.evil.example; dmarc=pass header.from=mail.example", False),
        (f"Authentication-Results: other.example; none\r\n{RESULTS}; dmarc=pass header.from=mail.example", False),
        (f"{RESULTS}; dmarc=pass header.from=mail.example\r\nFrom: b@evil.example", False),
    ],
)
def test_a_raw_mail_is_believed_by_the_topmost_verdict_of_the_own_server_alone(head: str, believed: bool) -> None:
    assert message_of(head).author.verified is believed


def test_without_the_servers_name_no_raw_mail_is_believed() -> None:
    raw = f"From: ada@mail.example\r\n{RESULTS}; dmarc=pass header.from=mail.example\r\n\r\nHi".encode()
    event = JournalEvent("k", {}, Envelope(Form.MIME).wrap(raw), RECEIVED_AT)
    [found] = email_adapter(mail_authserv_id="").parse(event, KIT.sender)
    assert isinstance(found, MessageReceived)
    assert not found.author.verified


def test_a_reply_address_proves_nothing_about_the_author() -> None:
    assert not message_of(f"To: {REPLY}").author.verified


# --- wishes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "body", "reachable"),
    [
        (f"To: {REPLY}\r\nSubject: Unsubscribe", "", False),
        (f"To: {REPLY}\r\nSubject: Re: Sale", "Bitte abbestellen!", False),
        (f"To: {REPLY}\r\nSubject: STOP", "stop", False),
        (f"{RESULTS}; dmarc=pass header.from=mail.example\r\nSubject: subscribe", "", True),
        (f"{RESULTS}; dmarc=pass header.from=mail.example\r\nSubject: unsubscribe", "", False),
    ],
)
def test_one_word_ends_mails_or_brings_them_back(head: str, body: str, reachable: bool) -> None:
    message, wish = events_of(head, body)
    assert isinstance(message, MessageReceived)
    assert isinstance(wish, ReachabilityChanged)
    assert (wish.person.address, wish.reachable, wish.opted_out) == ("ada@mail.example", reachable, True)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f"To: {REPLY}\r\nSubject: Re: Shall we go on?", "Stop."),
        (f"To: {REPLY}\r\nSubject: Unsubscribe", "How do I unsubscribe from your rival?"),
        ("Subject: Unsubscribe", ""),
        # a reply address does not say who writes, and a root id is no secret: neither takes back another person's word
        (f"To: {REPLY}\r\nSubject: subscribe", ""),
        (f"References: <{ROOT}>\r\nSubject: unsubscribe", ""),
        (f"To: {REPLY}\r\nSubject: Re: Sale", "I will not unsubscribe."),
    ],
)
def test_an_answer_or_an_unproven_wish_is_only_shown(head: str, body: str) -> None:
    [found] = events_of(head, body)
    assert isinstance(found, MessageReceived)


# --- reports ---------------------------------------------------------------------------------------------


def report(action: str, status: str, returned: str) -> InboundEvent:
    [found] = events_of(
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: {action}\r\n"
        f"Status: {status}\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{returned}\r\n--b--",
    )
    return found


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, "recipient") for status in ("5.1.1", "5.0.0", "", "5.4.4", "5.2.1")),
        *((status, "try_later") for status in ("5.2.2", "4.4.7", "5.4.7")),
        *((status, "content") for status in ("5.7.26", "5.3.4")),
    ],
)
def test_only_the_end_of_an_address_ends_reachability(status: str, kind: str) -> None:
    found = report("failed", status, f"Message-ID: <{OURS}>")
    assert isinstance(found, Receipt)
    assert found.failure is not None
    assert found.failure.kind == kind


def test_a_report_without_a_mail_of_ours_changes_nothing() -> None:
    for returned in (
        "Message-ID: <a@b.example>",
        "X-Mailgun-Variables: [1]",
        'X-Mailgun-Variables: {"delivery_id":7}',
        "",
    ):
        assert report("failed", "5.1.1", returned) == NothingToDo("a report about a mail that is not ours")


# --- headers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Ada <ADA@b.example>", ("Ada", "ada@b.example")),
        ("ada@b.example (Ada Nowak)", ("Ada Nowak", "ada@b.example")),
        ("ada@b.example;Ada", ("", "ada@b.example")),
        ("Ada [mailto:ada@b.example]", ("", "ada@b.example")),
        ("undisclosed-recipients:;", ("", "")),
        ("MAILER-DAEMON", ("", "")),
        ("<>", ("", "")),
        ('"a@b.example" <c@d.example>', ("a@b.example", "c@d.example")),
    ],
)
def test_an_author_is_read_however_a_program_writes_them(value: str, found: tuple[str, str]) -> None:
    assert mailbox(value) == found


def test_ids_are_found_folded_bare_and_many() -> None:
    assert message_ids(["< long@x.example>"]) == ["long@x.example"]
    assert message_ids(["a@x, b@x junk"]) == ["a@x", "b@x"]
    assert message_ids(["<a@x><b@x>\t<a@x>"]) == ["a@x", "b@x"]
    assert message_ids(["", "<>", "<<<<"]) == []


def test_segments_of_a_parameter_are_joined_before_they_are_decoded() -> None:
    value = "attachment; filename*1*=%BC.pdf; filename*0*=utf-8''%C3; filename=plain.pdf"
    assert parameterised(value).parameters["filename"] == "ü.pdf"
    assert parameterised("a/b; n*0=x; n*1*=%C3%BC; n*2=y").parameters["n"] == "xüy"
    assert parameterised("a/b; x*=klingon''%41; y*=''%42").parameters == {"x": "A", "y": "B"}
