"""What routing wants said is said once, where it may be said, and is nobody's answer."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from hub.conversations import commands
from hub.db import audit as entries
from hub.db import automatic_answers
from hub.db.tables.core import AUTOMATIC_ANSWER, CHANNEL, CONTACT, CONVERSATION, SENDER
from hub.errors import Unavailable
from hub.failpoints import FAILPOINTS
from hub.outbound import automatic
from hub.outbound.automatic import SPEAKER, say_due
from hub.types import Buttons, ConversationView, MessageView, Person, ReachabilityChanged
from tests.outbound.stage import Stage
from tests.world import Channel

CLOSED = "We are closed. We answer tomorrow from nine."
WHOM = "Whom would you like to talk to?"
LABELS = ("Sales", "Support")
OF_SAYING = [name for name in FAILPOINTS if name.startswith("say.")]
NOT_SENT = "An automatic answer was not sent: "


class PowerCutError(BaseException):
    """The process ends here; nothing of it is caught."""


def want(stage: Stage, conversation: ConversationView, text: str = CLOSED, options: Sequence[str] = ()) -> str:
    """Store a wish as routing does; return its id."""
    with stage.services.db.transaction(stage.org.id) as tx:
        once = f"test:{next(stage.numbers)}"
        assert automatic_answers.want(tx, conversation.id, once, text, options, stage.clock())
        return str(tx.scalar(select(AUTOMATIC_ANSWER.c.id).where(AUTOMATIC_ANSWER.c.once == once)))


def offer(stage: Stage, conversation: ConversationView, text: str = WHOM, options: Sequence[str] = LABELS) -> str:
    """A choice, as routing offers it."""
    with stage.services.db.transaction(stage.org.id) as tx:
        waits = {"reason": "They choose", "rule": "r", "choice": {}}
        tx.execute(update(CONVERSATION).where(CONVERSATION.c.id == conversation.id).values(routing=waits))
    return want(stage, conversation, text, options)


def state_of(stage: Stage, answer_id: str) -> str:
    with stage.services.db.reading(stage.org.id) as tx:
        found = automatic_answers.find(tx, answer_id)
    assert found is not None
    return found.state


def ours(stage: Stage, conversation: ConversationView) -> list[MessageView]:
    return [each for each in stage.thread(conversation) if each.direction == "outbound"]


def why_not(stage: Stage, conversation: ConversationView) -> str:
    """Why the last automatic answer was not said, as the thread tells it; "" when nothing was refused."""
    told = [each for each in stage.thread(conversation) if each.parts and each.parts[0].get("what") == "not_said"]
    return told[-1].text.removeprefix(NOT_SENT) if told else ""


def now(stage: Stage, conversation: ConversationView) -> ConversationView:
    return next(each for each in stage.conversations() if each.id == conversation.id)


def set_row(stage: Stage, table: Any, row_id: str, **values: Any) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(table).where(table.c.id == row_id).values(**values))


# --- said, and by nobody --------------------------------------------------------------------------------


def test_it_goes_out_as_a_message_of_a_bot(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    wanted = want(stage, conversation)
    say_due(stage.services)
    [said] = ours(stage, conversation)
    assert (said.text, said.author.type, said.author.name, said.author.id) == (CLOSED, "bot", SPEAKER, None)
    assert (said.automatic, said.status, state_of(stage, wanted)) == (True, "queued", "said")
    stage.deliver(bot)
    [sent] = stage.provider().sent
    assert (sent.text, sent.automatic, sent.recipient.address) == (CLOSED, True, "500")
    assert stage.look(said).status == "sent"


def test_it_is_nobody_s_answer(stage: Stage, bot: Channel) -> None:
    before = stage.open_conversation(bot)
    want(stage, before)
    stage.clock.forward(seconds=5)
    say_due(stage.services)
    after = now(stage, before)
    assert (after.status, after.waiting_for, after.waiting_since) == ("new", "us", before.waiting_since)
    assert (after.preview, after.unread) == ("Hello", 1)
    commands.close(stage.services, stage.operator, before.id)
    assert commands.reopen(stage.services, stage.operator, before.id).status == "new"


def test_its_author_is_shown_to_the_person_as_the_organization(stage: Stage, bot: Channel) -> None:
    want(stage, stage.open_conversation(bot))
    say_due(stage.services)
    stage.deliver(bot)
    assert stage.provider().sent[0].author_name == "Acme"


def test_what_is_not_due_waits(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    wanted = want(stage, conversation)
    with stage.services.db.transaction(stage.org.id) as tx:
        later = stage.clock.now.replace(minute=5)
        automatic_answers.put_off(tx, wanted, later)
    say_due(stage.services)
    assert ours(stage, conversation) == []
    stage.clock.now = later
    say_due(stage.services)
    assert len(ours(stage, conversation)) == 1


def test_it_leaves_an_entry_of_the_hub_s_own_without_what_was_said(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    want(stage, conversation)
    say_due(stage.services)
    with stage.services.db.reading(stage.org.id) as tx:
        found = entries.list_page(tx, stage.org.id, entries.Wanted(), 10, None).items
    [entry] = [each for each in found if each.action == "message.sent"]
    assert (entry.actor_type, entry.subject_id) == ("system", ours(stage, conversation)[0].id)
    assert CLOSED not in str(entry.content)


# --- once -----------------------------------------------------------------------------------------------


def test_it_is_said_once_however_often_the_job_runs(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    want(stage, conversation)
    for _ in range(3):
        say_due(stage.services)
    assert len(ours(stage, conversation)) == 1


def test_it_is_said_once_by_jobs_at_once(stage: Stage, bot: Channel) -> None:
    talks = [stage.open_conversation(bot, str(person)) for person in range(500, 505)]
    for talk in talks:
        want(stage, talk)
    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(say_due, stage.services) for _ in range(8)]:
            each.result()
    assert [len(ours(stage, talk)) for talk in talks] == [1] * 5


@pytest.mark.parametrize("point", OF_SAYING)
def test_a_power_cut_anywhere_leaves_it_said_once_or_not_yet(
    stage: Stage, bot: Channel, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    conversation = stage.open_conversation(bot)
    wanted = want(stage, conversation)

    def cut(name: str) -> None:
        if name == point:
            raise PowerCutError

    monkeypatch.setattr(automatic, "reach", cut)
    with pytest.raises(PowerCutError):
        say_due(stage.services)
    assert (len(ours(stage, conversation)), state_of(stage, wanted)) in {(0, "queued"), (1, "said")}
    monkeypatch.undo()
    say_due(stage.services)
    [said] = ours(stage, conversation)
    assert (state_of(stage, wanted), len(stage.deliveries(said))) == ("said", 1)


def test_one_that_cannot_be_said_does_not_keep_the_others_from_it(
    stage: Stage, bot: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = stage.open_conversation(bot), stage.open_conversation(bot, "501")
    for each, text in ((first, "poison"), (second, CLOSED)):
        want(stage, each, text)
    provider, compose = stage.provider(), stage.provider().compose

    def stumble(said: Any) -> Any:
        if said.text == "poison":
            raise ZeroDivisionError
        return compose(said)

    monkeypatch.setattr(provider, "compose", stumble)
    say_due(stage.services)
    assert (len(ours(stage, first)), len(ours(stage, second))) == (0, 1)
    monkeypatch.undo()
    say_due(stage.services)
    assert ours(stage, first) == []
    stage.clock.forward(minutes=1)
    say_due(stage.services)
    assert [each.text for each in ours(stage, first)] == ["poison"]


def test_a_database_that_is_away_ends_the_job_and_nothing_is_put_off(
    stage: Stage, bot: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = stage.open_conversation(bot)
    want(stage, conversation)

    def away(*_: object) -> None:
        raise Unavailable("the database does not answer")

    monkeypatch.setattr(automatic, "_settle", away)
    with pytest.raises(Unavailable):
        say_due(stage.services)
    monkeypatch.undo()
    say_due(stage.services)
    assert len(ours(stage, conversation)) == 1


# --- not where it may not be, or means nothing any more -------------------------------------------------


def opt_out(stage: Stage, bot: Channel, _conversation: ConversationView) -> None:
    stage.hear(bot, ReachabilityChanged(Person("500"), reachable=False, reason="STOP", opted_out=True))


def disconnect(stage: Stage, bot: Channel, _conversation: ConversationView) -> None:
    set_row(stage, SENDER, bot.sender_id, state="past")


def close(stage: Stage, _bot: Channel, conversation: ConversationView) -> None:
    commands.close(stage.services, stage.operator, conversation.id)


def answer(stage: Stage, _bot: Channel, conversation: ConversationView) -> None:
    stage.answer(conversation, "I am here")


def wait_long(stage: Stage, _bot: Channel, _conversation: ConversationView) -> None:
    stage.clock.forward(hours=1, seconds=1)


REFUSED = [
    (opt_out, "asked not to be written to"),
    (disconnect, "is disconnected"),
    (close, "closed first"),
    (answer, "somebody answered first"),
    (wait_long, "could not be said in time"),
]


@pytest.mark.parametrize(("happen", "reason"), REFUSED, ids=[each[0].__name__ for each in REFUSED])
def test_it_is_not_said_where_it_may_not_be_or_means_nothing_any_more(
    stage: Stage, bot: Channel, happen: Any, reason: str
) -> None:
    conversation = stage.open_conversation(bot)
    wanted = want(stage, conversation)
    happen(stage, bot, conversation)
    before = len(ours(stage, conversation))
    say_due(stage.services)
    assert len(ours(stage, conversation)) == before
    assert (reason in why_not(stage, conversation), state_of(stage, wanted)) == (True, "cancelled")
    stage.deliver(bot)
    assert CLOSED not in stage.provider().texts


@pytest.mark.parametrize(("kind", "address"), [("facebook", "102030405060708"), ("whatsapp", "+15550001111")])
def test_it_is_not_said_into_a_closed_reply_window_nor_with_the_tag_for_people(
    stage: Stage, kind: str, address: str
) -> None:
    channel = stage.channel(kind, address)
    conversation = stage.open_conversation(channel, "+15557770001")
    stage.clock.forward(hours=24)
    wanted = want(stage, conversation)
    say_due(stage.services)
    assert (ours(stage, conversation), state_of(stage, wanted)) == ([], "cancelled")
    assert "the reply window is closed" in why_not(stage, conversation)


def test_a_window_that_closes_on_the_way_lets_it_fail_unsent(stage: Stage) -> None:
    page = stage.channel("facebook", "102030405060708")
    conversation = stage.open_conversation(page)
    want(stage, conversation)
    say_due(stage.services)
    stage.clock.forward(hours=24)
    stage.deliver(page)
    [said] = ours(stage, conversation)
    assert (said.status, stage.provider("facebook").sent) == ("failed", [])


@pytest.mark.parametrize("rests", ["channel", "contact"])
def test_while_it_may_not_be_shown_it_waits_and_nothing_is_told(stage: Stage, bot: Channel, rests: str) -> None:
    conversation = stage.open_conversation(bot)
    wanted = want(stage, conversation)
    table, row_id, column = {
        "channel": (CHANNEL, bot.id, "suspended_at"),
        "contact": (CONTACT, conversation.contact.id, "restricted_at"),
    }[rests]
    set_row(stage, table, row_id, **{column: stage.clock()})
    say_due(stage.services)
    assert state_of(stage, wanted) == "queued"
    set_row(stage, table, row_id, **{column: None})
    say_due(stage.services)
    assert (len(ours(stage, conversation)), why_not(stage, conversation)) == (1, "")


# --- choices --------------------------------------------------------------------------------------------


def test_a_choice_goes_out_as_buttons_where_the_channel_has_them(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    offer(stage, conversation)
    say_due(stage.services)
    stage.deliver(bot)
    [sent] = stage.provider().sent
    [buttons] = sent.parts
    assert isinstance(buttons, Buttons)
    assert [(each.label, each.payload) for each in buttons.options] == [(each, each) for each in LABELS]
    assert sent.text == WHOM


@pytest.mark.parametrize(
    ("kind", "address", "person"),
    [
        ("whatsapp", "+15550001111", "+15557770001"),
        ("sms", "+15550001112", "+15557770001"),
        ("email", "help@acme.example", "carla@example.com"),
    ],
)
def test_a_choice_goes_out_as_a_numbered_text_elsewhere(stage: Stage, kind: str, address: str, person: str) -> None:
    channel = stage.channel(kind, address)
    conversation = stage.open_conversation(channel, person)
    offer(stage, conversation)
    say_due(stage.services)
    stage.deliver(channel)
    [sent] = stage.provider(kind).sent
    assert (sent.text, sent.parts) == (f"{WHOM}\n\n1. Sales\n2. Support", ())


@pytest.mark.parametrize(
    "labels", [("Sales and everything about new orders", "Support"), [f"Group {n}" for n in range(14)]]
)
def test_what_its_buttons_cannot_carry_goes_out_numbered(stage: Stage, labels: Sequence[str]) -> None:
    """Messenger has 13 quick replies of 20 characters."""
    page = stage.channel("facebook", "102030405060708")
    conversation = stage.open_conversation(page)
    offer(stage, conversation, options=labels)
    say_due(stage.services)
    [said] = ours(stage, conversation)
    assert said.text.endswith(f"{len(labels)}. {labels[-1]}")
    assert [part["type"] for part in said.parts] == ["text"]


def test_a_choice_that_was_made_or_given_up_meanwhile_is_not_offered(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    wanted = offer(stage, conversation)
    set_row(stage, CONVERSATION, conversation.id, routing={"reason": "They waited long enough", "rule": "r"})
    say_due(stage.services)
    assert (ours(stage, conversation), state_of(stage, wanted)) == ([], "cancelled")
    assert "without a choice" in why_not(stage, conversation)


def test_a_text_that_the_channel_cannot_say_is_told_in_the_thread(stage: Stage) -> None:
    channel = stage.channel("email", "help@acme.example")
    provider = stage.provider("email")
    provider.capabilities = replace(provider.capabilities, text_limit=10, splits_text=False)
    conversation = stage.open_conversation(channel, "carla@example.com")
    wanted = want(stage, conversation)
    say_due(stage.services)
    assert (ours(stage, conversation), state_of(stage, wanted)) == ([], "cancelled")
    assert "at most 10 characters" in why_not(stage, conversation)


def test_a_long_text_goes_out_in_pieces_and_in_order(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    want(stage, conversation, "word " * 1200)
    say_due(stage.services)
    pieces = ours(stage, conversation)
    assert len(pieces) == 2
    stage.deliver(bot)
    assert stage.provider().texts == [each.text for each in pieces]
