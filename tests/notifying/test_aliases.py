"""End users see an operator's alias, else the organization's name; the operator's own name never leaves the hub."""

import asyncio
from dataclasses import asdict

from hub.access.profile_values import Profile
from hub.access.profiles import change_profile
from hub.notifying import sending
from hub.notifying.by_mail import answer_by_mail
from hub.notifying.transcripts import To, mail_transcript
from hub.types import OutboundMessage, Trigger
from tests.fixtures.email.kit import KIT, email_adapter
from tests.fixtures.email.smtp_wire import ScriptedRelay, described
from tests.notifying.conftest import Told

OWN_NAME = ("Ben", "Operator")


def call_me(told: Told, alias: str) -> None:
    profile = Profile(first_name="Benjamin", surname="Operator", alias=alias)
    change_profile(told.stage.services, told.stage.org.actor, told.stage.operator.user_id, profile)


def names_in(messages: list[OutboundMessage]) -> set[str]:
    """What of the operator's own name any of these messages carries, anywhere."""
    said = " ".join(str(asdict(each)) for each in messages)
    return {name for name in OWN_NAME if name in said}


def test_the_alias_stands_on_every_answer_and_without_one_the_organization(told: Told) -> None:
    stage = told.stage
    for kind, channel in (("facebook", told.page), ("email", told.mailbox)):
        conversation = next(each for each in stage.conversations() if each.channel.kind == kind)
        sent = stage.provider(kind).sent
        for alias in ("", "Kim", ""):
            call_me(told, alias)
            stage.clock.forward(seconds=5)
            stage.answer(conversation, "It is on its way")
            stage.deliver(channel)
            assert sent[-1].author_name == (alias or "Acme"), (kind, alias)
        assert names_in(sent) == set()


def test_the_sender_of_a_mail_is_called_by_the_alias(told: Told) -> None:
    call_me(told, "Kim")
    by_mail = next(each for each in told.stage.conversations() if each.channel.kind == "email")
    told.stage.answer(by_mail, "It is on its way")
    told.stage.deliver(told.mailbox)
    with ScriptedRelay() as relay:
        adapter = email_adapter(mail_primary_url=f"smtp://127.0.0.1:{relay.port}")
        asyncio.run(adapter.send(told.mails[-1], KIT.sender))
    [mail] = relay.mails
    assert described(mail)["headers"]["from"] == "Kim <answers@hub.example>"
    assert not [name for name in OWN_NAME if name.encode() in mail]


def test_an_answer_by_mail_and_a_mail_about_an_unread_answer_tell_no_name_of_ours(told: Told) -> None:
    for alias in ("", "Kim"):
        call_me(told, alias)
        told.stage.clock.forward(seconds=5)
        answer_by_mail(told.stage.services, told.stage.operator, told.conversation.id, f"By {alias or 'nobody'}")
        sending.send_due(told.stage.services)
        assert told.mails[-1].author_name == (alias or "Acme")
    told.wish(people=True)
    told.bring_about(Trigger.UNREACHABLE)
    told.run()
    assert "It is on its way" in told.mails[-1].text
    assert names_in(told.mails) == set()


def test_a_transcript_calls_colleagues_by_name_for_us_and_by_alias_for_the_customer(told: Told) -> None:
    call_me(told, "Kim")
    told.answer("Where do you live?")
    for to in (To.ME, To.CUSTOMER):
        mail_transcript(told.stage.services, told.stage.operator, told.conversation.id, to)
        sending.send_due(told.stage.services)
    ours, theirs = told.mails[-2:]
    assert "Ben Operator:\nWhere do you live?" in ours.text
    assert "Kim:\nWhere do you live?" in theirs.text
    assert "Carla:\nHello" in theirs.text
    assert names_in([theirs]) == set()
    call_me(told, "")
    told.answer("Are you there?")
    mail_transcript(told.stage.services, told.stage.operator, told.conversation.id, To.CUSTOMER)
    sending.send_due(told.stage.services)
    assert "Acme:\nWhere do you live?" in told.mails[-1].text
    assert names_in([told.mails[-1]]) == set()


def test_colleagues_read_the_name_in_the_thread(told: Told) -> None:
    call_me(told, "Kim")
    assert told.answer().author.name == "Ben Operator"
