"""Sending mail over real SMTP conversations: relays in order, secrets, addresses, health."""

import asyncio
import email
import email.policy
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.channels.egress import Egress
from hub.channels.email.adapter import EmailAdapter
from hub.channels.email.client import Breaker, Limits, Relays
from hub.channels.email.errors import NeedsTls, RelayFailed, Stage, classify
from hub.channels.email.relay import read_relay
from hub.channels.email.render import Rendered
from hub.channels.email.reply_address import ReplyAddresses
from hub.crypto import DataKey
from hub.errors import Invalid, Misconfigured, UnsupportedContent
from hub.ids import new_id
from hub.settings import load
from hub.types import (
    FailureKind,
    HealthState,
    JournalEvent,
    LookUp,
    Media,
    MediaKind,
    NotConfirmed,
    NothingToDo,
    NotKnown,
    OutboundFile,
    OutboundMessage,
    Person,
    Uncertain,
)
from tests.conformance.kit import RECEIVED_AT
from tests.fixtures.email.kit import KIT, email_adapter
from tests.fixtures.email.smtp_wire import CLOSE, HANG, ScriptedRelay, described, free_port

CONVERSATION = "01KAGVC0N0ERSAT10N00000001"
MAIL = Rendered("ada@mail.example", "D@reply.hub.example", b"Subject: x\r\n\r\nHello\r\n")


def addresses(domain: str = "reply.hub.example") -> ReplyAddresses:
    return ReplyAddresses(lambda: DataKey(b"k" * 32), domain)


def parse_raw(raw: bytes) -> Any:
    made = email_adapter()
    [event] = made.split(KIT.make(raw, {"path": "/webhooks/email/mime"}))
    [found] = made.parse(JournalEvent(event.key, {}, event.body, RECEIVED_AT), KIT.sender)
    return found


def relays(*ports: int, before: float = 5.0, content: float = 5.0) -> Relays:
    """Relays at these ports: the primary, and the backup, whose provider is activated."""
    urls = dict(zip(("mail_primary_url", "mail_backup_url"), map(url, ports), strict=False))
    made = tuple(read_relay(f"HUB_{name.upper()}", value) for name, value in urls.items())
    return Relays(made, egress(urls), "hub.example", Limits(before, content))


def url(port: int) -> str:
    return f"smtp://127.0.0.1:{port}?tls=off"


def egress(urls: Mapping[str, str]) -> Egress:
    return Egress(load(_env_file=None, secret_key="k" * 32, **urls), lambda: frozenset({"mailgun"}))


def hand_over(to: Relays) -> None:
    asyncio.run(to.send(MAIL, "answers@hub.example"))


# --- a relay that keeps failing is gone round ------------------------------------------------------------


def test_a_primary_that_keeps_failing_is_gone_round_and_comes_back_after_its_rest() -> None:
    with ScriptedRelay({"MAIL": "421 4.3.0 busy"}) as primary, ScriptedRelay() as backup:
        both = relays(primary.port, backup.port)
        clock = [0.0]
        both.breaker = Breaker(lambda: clock[0])
        for _ in range(5):
            hand_over(both)
        assert (len(primary.mails), len(backup.mails)) == (3, 5)
        primary.script["MAIL"] = "250 2.1.0 ok"
        clock[0] = 61.0
        for _ in range(2):
            hand_over(both)
        assert [mail.get("data") for mail in primary.mails[3:]] == [MAIL.data, MAIL.data]
        assert len(backup.mails) == 5


def test_a_resting_primary_is_tried_rather_than_nothing() -> None:
    with ScriptedRelay({"MAIL": "421 4.3.0 busy"}) as primary:
        alone = relays(primary.port)
        for _ in range(5):
            with pytest.raises(RelayFailed):
                hand_over(alone)
    assert len(primary.mails) == 5


def test_a_file_goes_as_bytes_inside_the_mail() -> None:
    picture = Media(MediaKind.IMAGE, "A1", "Grün.png", "image/png", 4)
    page = Media(MediaKind.FILE, "A2", "a\r\nBcc: x@y.example", "message/rfc822", 2)
    files = {
        "A1": OutboundFile("Grün.png", "image/png", b"\x89PNG"),
        "A2": OutboundFile(page.name, page.content_type, b"x"),
    }
    message = OutboundMessage(new_id(), CONVERSATION, Person("ada@mail.example"), "Look", (picture, page), files)
    with ScriptedRelay() as relay:
        made = email_adapter(mail_primary_url=f"smtp://127.0.0.1:{relay.port}")
        asyncio.run(made.send(message, KIT.sender))
    mail = email.message_from_bytes(relay.mails[0]["data"], policy=email.policy.default)
    text, first, second = mail.iter_parts()
    assert "Look" in text.get_content()
    assert (first.get_content_type(), first.get_filename(), first.get_content()) == (
        "image/png",
        "Grün.png",
        b"\x89PNG",
    )
    assert (second.get_content_type(), second.get_content()) == ("application/octet-stream", b"x")
    assert mail["Bcc"] is None


def test_an_automatic_mail_says_that_no_person_wrote_it_and_how_to_end_such_mails() -> None:
    link = "https://hub.example/unsubscribe/x"
    message = OutboundMessage(
        new_id(), CONVERSATION, Person("ada@mail.example"), "Hello", automatic=True, unsubscribe=link
    )
    with ScriptedRelay() as relay:
        asyncio.run(email_adapter(mail_primary_url=f"smtp://127.0.0.1:{relay.port}").send(message, KIT.sender))
    headers = described(relay.mails[0])["headers"]
    assert (headers["auto-submitted"], headers["list-unsubscribe"]) == ("auto-generated", f"<{link}>")
    assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"


def test_only_a_proven_address_stands_as_the_author() -> None:
    message = OutboundMessage(new_id(), CONVERSATION, Person("ada@mail.example"), "Hello", author_name="Ben")
    with ScriptedRelay() as relay:
        made = email_adapter(mail_primary_url=f"smtp://127.0.0.1:{relay.port}")
        for sender in (KIT.sender, replace(KIT.sender, proven=True)):
            asyncio.run(made.send(message, sender))
    assert [described(mail)["headers"]["from"] for mail in relay.mails] == [
        "Ben <answers@hub.example>",
        "Ben <support@shop.example>",
    ]


def test_the_id_that_ses_gives_a_mail_is_learned_from_its_answer() -> None:
    message = OutboundMessage(new_id(), CONVERSATION, Person("ada@mail.example"), "Hello")
    with ScriptedRelay({"CONTENT": "250 Ok 0107018cAAAA-bbbb-cccc"}) as relay:
        sent = asyncio.run(email_adapter(mail_primary_url=f"smtp://127.0.0.1:{relay.port}").send(message, KIT.sender))
    assert sent.also == ("0107018caaaa-bbbb-cccc@amazonses.com",)


def test_a_mail_that_no_relay_confirmed_is_given_up_only_where_relays_would_have_told() -> None:
    message = OutboundMessage(new_id(), CONVERSATION, Person("ada@mail.example"), "Hello")
    now = datetime.now(UTC)
    told, untold = email_adapter(), email_adapter(mailgun_signing_key="")

    def looked_up(adapter: EmailAdapter, seconds: int) -> LookUp:
        return asyncio.run(adapter.look_up(Uncertain(message, now - timedelta(seconds=seconds)), KIT.sender))

    assert isinstance(looked_up(told, 200), NotKnown)
    assert isinstance(looked_up(told, 400), NotConfirmed)
    assert isinstance(looked_up(untold, 4000), NotKnown)


# --- sending ---------------------------------------------------------------------------------------------


def test_the_backup_relay_sends_when_the_primary_failed_before_the_content() -> None:
    for script in ({"CONNECT": CLOSE}, {"MAIL": "421 4.3.0 busy"}, {"RCPT": "451 4.3.0 later"}, {"MAIL": HANG}):
        with ScriptedRelay(script) as primary, ScriptedRelay() as backup:
            hand_over(relays(primary.port, backup.port, before=0.5))
        assert [mail["data"] for mail in backup.mails] == [MAIL.data]


def test_an_unreachable_primary_leaves_the_mail_to_the_backup() -> None:
    with ScriptedRelay() as backup:
        hand_over(relays(free_port(), backup.port))
    assert len(backup.mails) == 1


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ({"CONTENT": CLOSE}, FailureKind.UNCERTAIN),
        ({"CONTENT": HANG}, FailureKind.UNCERTAIN),
        ({"CONTENT": "451 4.3.0 later"}, FailureKind.TRY_LATER),
        ({"RCPT": "550 5.1.1 gone"}, FailureKind.RECIPIENT),
    ],
)
def test_the_backup_relay_never_gets_what_may_have_left_or_is_the_addresss_fault(
    script: dict[str, str], kind: FailureKind
) -> None:
    with (
        ScriptedRelay(script) as primary,
        ScriptedRelay() as backup,
        pytest.raises(RelayFailed) as failed,
    ):
        hand_over(relays(primary.port, backup.port, content=0.5))
    assert classify(failed.value).kind is kind
    assert backup.mails == []


def test_a_backup_relay_whose_provider_is_not_activated_gets_nothing() -> None:
    with ScriptedRelay({"MAIL": "421 4.3.0 busy"}) as primary, ScriptedRelay() as backup:
        made = email_adapter(mail_primary_url=url(primary.port), mail_backup_url=url(backup.port))
        message = OutboundMessage(new_id(), CONVERSATION, Person("ada@mail.example"), "Hello")
        with pytest.raises(RelayFailed) as failed:
            asyncio.run(made.send(message, KIT.sender))
        health = asyncio.run(made.health(KIT.sender))
    assert classify(failed.value).kind is FailureKind.TRY_LATER
    assert (backup.mails, backup.verbs) == ([], [])
    assert health.state is HealthState.OK


def test_when_both_relays_fail_early_the_first_one_says_why() -> None:
    with (
        ScriptedRelay({"MAIL": "421 4.3.0 busy"}) as primary,
        ScriptedRelay({"MAIL": "553 5.1.8 no"}) as backup,
        pytest.raises(RelayFailed) as failed,
    ):
        hand_over(relays(primary.port, backup.port))
    assert classify(failed.value).kind is FailureKind.TRY_LATER


def test_a_relay_that_fails_to_say_goodbye_has_still_taken_the_mail() -> None:
    with ScriptedRelay({"QUIT": CLOSE}) as relay:
        hand_over(relays(relay.port))
    assert relay.mails[0]["data"] == MAIL.data


def test_a_password_never_travels_without_tls() -> None:
    with pytest.raises(Misconfigured) as refused:
        read_relay("HUB_MAIL_BACKUP_URL", "smtp://u:secret-word@relay.example?tls=off")
    assert "HUB_MAIL_BACKUP_URL" in str(refused.value)
    assert "secret-word" not in str(refused.value)
    with ScriptedRelay() as relay, pytest.raises(RelayFailed) as failed:
        # a name for loopback that does not prove itself to be one
        remote = f"smtp://u:secret-word@127.1:{relay.port}"
        known = egress({"mail_primary_url": remote})
        hand_over(Relays((read_relay("HUB_MAIL_PRIMARY_URL", remote),), known, "hub.example"))
    assert isinstance(failed.value.cause, NeedsTls)
    assert "AUTH" not in relay.verbs


@pytest.mark.parametrize("url", ["smtp://h?tls=maybe", "smtp://u:p@h?tls=off"])
def test_a_wrong_relay_url_stops_the_start_with_its_settings_name(url: str) -> None:
    with pytest.raises(Misconfigured, match="HUB_MAIL_PRIMARY_URL"):
        email_adapter(mail_primary_url=url)


def test_a_from_address_with_a_name_in_it_stops_the_start() -> None:
    with pytest.raises(Misconfigured, match="HUB_MAIL_FROM"):
        email_adapter(mail_from="Shop <answers@hub.example>")


def test_header_lines_stay_short_and_whole() -> None:
    ids = tuple(f"{'x' * 150}{at}@mail.example" for at in range(30))
    message = OutboundMessage(
        new_id(), CONVERSATION, Person("ada@mail.example"), "Hello", thread_external_ids=ids, topic="Größe " * 20
    )
    with ScriptedRelay() as relay:
        made = email_adapter(mail_primary_url=f"smtp://127.0.0.1:{relay.port}")
        asyncio.run(made.send(message, KIT.sender))
    head = relay.mails[0]["data"].partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert max(map(len, head)) <= 400
    assert f"In-Reply-To: <{ids[0]}>".encode() in head
    assert all(len(word) <= 75 for line in head for word in line.split(b" ") if word.startswith(b"=?"))
    assert described(relay.mails[0])["headers"]["subject"] == "Re: " + ("Größe " * 20).strip()
    references = described(relay.mails[0])["headers"]["references"].split()
    assert references[0] == f"<conversation.{CONVERSATION}@reply.hub.example>"
    assert references[-2:] == [f"<{ids[1]}>", f"<{ids[0]}>"]
    assert len(references) <= 20


@pytest.mark.parametrize("address", ["a@b@c", "a b@c.example", "a@c.example>", "x", "a@c.example\r\nRCPT TO:<d@e>"])
def test_an_address_that_mail_cannot_go_to_is_refused_before_any_call(address: str) -> None:
    message = OutboundMessage(new_id(), CONVERSATION, Person(address), "Hello")
    with ScriptedRelay() as relay:
        port = relay.port
        with pytest.raises(UnsupportedContent):
            asyncio.run(email_adapter(mail_primary_url=f"smtp://127.0.0.1:{port}").send(message, KIT.sender))
    assert relay.verbs == []


def test_our_own_answer_that_comes_back_is_recognised_by_its_message_id() -> None:
    message = OutboundMessage(new_id(), CONVERSATION, Person("ada@mail.example"), "Hello", topic="x")
    with ScriptedRelay() as relay:
        made = email_adapter(mail_primary_url=f"smtp://127.0.0.1:{relay.port}", mail_from="Answers@hub.example")
        sent = asyncio.run(made.send(message, KIT.sender))
    assert sent.external_id == f"{message.delivery_id}@reply.hub.example"
    changed = relay.mails[0]["data"].replace(b"answers@hub.example", b"somebody@list.example")
    assert isinstance(parse_raw(changed), NothingToDo)


def test_mail_that_is_off_says_so_and_holds_the_messages() -> None:
    off = email_adapter(mail_primary_url=None)
    assert off.missing_settings() == ("HUB_MAIL_PRIMARY_URL",)
    assert asyncio.run(off.health(KIT.sender)).state is HealthState.UNKNOWN
    with pytest.raises(Exception, match="HUB_MAIL_PRIMARY_URL") as failed:
        asyncio.run(off.send(OutboundMessage(new_id(), CONVERSATION, Person("a@b.example"), "Hello"), KIT.sender))
    assert off.classify(failed.value).kind is FailureKind.CREDENTIALS
    assert off.classify(RelayFailed(Stage.AUTH, "X", NeedsTls())).kind is FailureKind.CREDENTIALS


def test_health_signs_in_to_the_relay_and_names_what_is_wrong() -> None:
    with ScriptedRelay() as relay:
        made = email_adapter(mail_primary_url=f"smtp://u:p@127.0.0.1:{relay.port}")
        assert asyncio.run(made.health(KIT.sender)).state is HealthState.OK
    assert relay.verbs == ["EHLO", "AUTH", "NOOP", "QUIT"]
    broken = asyncio.run(email_adapter(mail_primary_url=f"smtp://127.0.0.1:{relay.port}").health(KIT.sender))
    assert broken.state is HealthState.BROKEN
    assert "HUB_MAIL_PRIMARY_URL" in broken.problems[0]


def test_a_channel_is_connected_with_a_well_formed_address() -> None:
    made = email_adapter()
    assert asyncio.run(made.identify({"address": " Support@Shop.Example.COM "})).address == "support@shop.example.com"
    for wrong in ({}, {"address": 7}, {"address": "nobody"}, {"address": addresses().make(CONVERSATION)}):
        with pytest.raises(Invalid, match="address"):
            asyncio.run(made.identify(wrong))
