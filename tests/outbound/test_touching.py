"""What operators do to messages that are there: errands, run until they are done, refused or worthless."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from hub.conversations import commands
from hub.db import errands as stored
from hub.db.session import PlatformWork
from hub.errors import Conflict, UnsupportedContent
from hub.outbound import errands, touching
from hub.provisioning.channels import delete_channel
from hub.types import (
    Chore,
    DeleteSent,
    EditSent,
    Errand,
    FailureKind,
    InboundEvent,
    MarkSeen,
    MessageView,
    Person,
    PersonNamed,
    React,
    Reactions,
    Sender,
    SendFailure,
)
from tests.outbound.stage import RefusedError, Stage
from tests.world import Channel

DOWN = SendFailure(FailureKind.UNCERTAIN, "no answer")
REFUSED = SendFailure(FailureKind.CONTENT, "it is too old to be changed")


class Provider:
    """What the scripted provider was asked to do; `answers` as for sends, else it is done."""

    def __init__(self, stage: Stage) -> None:
        self.done: list[Errand] = []
        self.answers: list[SendFailure | Sequence[InboundEvent]] = []
        provider = stage.provider()
        provider.__dict__["run_errand"] = self.run
        provider.capabilities = replace(
            provider.capabilities,
            reactions=Reactions.LISTED,
            reaction_list=("👍", "🔥"),
            edits=True,
            deletions=True,
            seen=True,
        )

    async def run(self, errand: Errand, _sender: Sender) -> Sequence[InboundEvent]:
        self.done.append(errand)
        answer = self.answers.pop(0) if self.answers else ()
        if isinstance(answer, SendFailure):
            raise RefusedError(answer)
        return answer


@pytest.fixture
def provider(stage: Stage) -> Provider:
    return Provider(stage)


def question_of(stage: Stage, bot: Channel) -> MessageView:
    conversation = stage.open_conversation(bot)
    return next(each for each in stage.thread(conversation) if each.direction == "inbound")


def sent_answer(stage: Stage, bot: Channel) -> MessageView:
    answer = stage.answer(stage.open_conversation(bot), "Good mornig")
    stage.deliver(bot)
    return stage.look(answer)


def run(stage: Stage, bot: Channel) -> None:
    errands.run(stage.services, bot.sender_id)


def reactions(stage: Stage, message: MessageView) -> list[tuple[str, str]]:
    return [(each["emoji"], each["state"]) for each in stage.look(message).reactions]


def test_a_reaction_shows_at_once_with_its_state_and_only_the_newest_is_sent(
    stage: Stage, bot: Channel, provider: Provider
) -> None:
    question = question_of(stage, bot)
    touching.react(stage.services, stage.operator, question.id, "🔥")
    touching.react(stage.services, stage.operator, question.id, "👍")
    assert reactions(stage, question) == [("👍", "queued")]
    run(stage, bot)
    assert [(type(each), each.emoji) for each in provider.done if isinstance(each, React)] == [(React, "👍")]
    assert reactions(stage, question) == [("👍", "done")]
    touching.react(stage.services, stage.operator, question.id, "")
    run(stage, bot)
    assert reactions(stage, question) == []


def test_a_reaction_that_is_done_says_nothing_of_a_newer_wish(stage: Stage, bot: Channel, provider: Provider) -> None:
    """The first is under way while the operator changes their mind, and changes it back."""
    question, wishes = question_of(stage, bot), ["👍", "🔥", ""]
    told: list[list[tuple[str, str]]] = []

    async def change_mind(errand: Errand, _sender: Sender) -> Sequence[InboundEvent]:
        provider.done.append(errand)
        told.append(reactions(stage, question))
        if wishes:
            touching.react(stage.services, stage.operator, question.id, wishes.pop(0))
        return ()

    stage.provider().__dict__["run_errand"] = change_mind
    touching.react(stage.services, stage.operator, question.id, "🔥")
    run(stage, bot)
    assert [each.emoji for each in provider.done if isinstance(each, React)] == ["🔥", "👍", "🔥", ""]
    assert told == [[("🔥", "queued")], [("👍", "queued")], [("🔥", "queued")], [("🔥", "queued")]]
    assert reactions(stage, question) == []


def test_what_a_released_sender_was_asked_wakes_nobody(stage: Stage, bot: Channel, provider: Provider) -> None:
    touching.react(stage.services, stage.operator, question_of(stage, bot).id, "👍")
    delete_channel(stage.services, stage.org.actor, bot.id)
    run(stage, bot)
    assert provider.done == []
    with stage.services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        assert stored.senders_due(tx, stage.clock()) == []


def test_what_a_channel_has_not_is_refused_before_anything_is_stored(
    stage: Stage, bot: Channel, provider: Provider
) -> None:
    question, answer = question_of(stage, bot), sent_answer(stage, stage.channel("sms", "+15550001111"))
    with pytest.raises(UnsupportedContent, match="👍"):
        touching.react(stage.services, stage.operator, question.id, "🤡")
    for act in (
        lambda: touching.edit(stage.services, stage.operator, answer.id, "Good morning"),
        lambda: touching.take_back(stage.services, stage.operator, answer.id),
        lambda: touching.show_typing(stage.services, stage.operator, answer.conversation_id),
    ):
        with pytest.raises(UnsupportedContent):
            act()
    run(stage, bot)
    assert (provider.done, reactions(stage, question)) == ([], [])


def test_a_changed_text_shows_once_the_person_sees_it_and_keeps_the_earlier_one(
    stage: Stage, bot: Channel, provider: Provider
) -> None:
    answer = sent_answer(stage, bot)
    touching.edit(stage.services, stage.operator, answer.id, "Good morning")
    assert stage.look(answer).text == "Good mornig"
    provider.answers.append(DOWN)
    run(stage, bot)
    assert stage.look(answer).text == "Good mornig"
    stage.clock.forward(seconds=2)
    run(stage, bot)
    now = stage.look(answer)
    assert (now.text, now.edited_at, [each["text"] for each in now.earlier]) == (
        "Good morning",
        stage.clock(),
        ["Good mornig"],
    )
    assert [type(each) for each in provider.done] == [EditSent, EditSent]


def test_a_message_taken_back_leaves_nothing_of_itself(stage: Stage, bot: Channel, provider: Provider) -> None:
    answer = sent_answer(stage, bot)
    touching.take_back(stage.services, stage.operator, answer.id)
    run(stage, bot)
    now = stage.look(answer)
    assert (now.text, now.taken_back_at) == ("", stage.clock())
    assert provider.done == [DeleteSent(Person("500", name="Carla"), (str(answer.external_id),))]
    with pytest.raises(Conflict):
        touching.edit(stage.services, stage.operator, answer.id, "again")


def test_what_the_platform_refuses_is_told_in_the_thread_and_the_message_stays(
    stage: Stage, bot: Channel, provider: Provider
) -> None:
    answer = sent_answer(stage, bot)
    provider.answers += [REFUSED, REFUSED]
    touching.edit(stage.services, stage.operator, answer.id, "Good morning")
    touching.take_back(stage.services, stage.operator, answer.id)
    run(stage, bot)
    [conversation] = stage.conversations()
    assert stage.look(answer).text == "Good mornig"
    assert "take_back_failed" in stage.activities(conversation)
    assert any("too old" in each.text for each in stage.thread(conversation))


def test_only_a_sent_message_of_ours_is_changed(stage: Stage, bot: Channel, provider: Provider) -> None:
    question = question_of(stage, bot)
    waiting = stage.answer(stage.conversations()[0])
    for message in (question, waiting):
        with pytest.raises(Conflict):
            touching.edit(stage.services, stage.operator, message.id, "no")
    assert provider.done == []


def test_an_errand_nobody_could_do_in_time_ends(stage: Stage, bot: Channel, provider: Provider) -> None:
    question = question_of(stage, bot)
    touching.react(stage.services, stage.operator, question.id, "👍")
    provider.answers.append(DOWN)
    run(stage, bot)
    stage.clock.forward(hours=1)
    errands.end_expired(stage.services)
    assert reactions(stage, question) == [("👍", "failed")]
    run(stage, bot)
    assert len(provider.done) == 1


def test_a_held_sender_runs_no_errand(stage: Stage, bot: Channel, provider: Provider) -> None:
    question = question_of(stage, bot)
    touching.react(stage.services, stage.operator, question.id, "👍")
    provider.answers.append(SendFailure(FailureKind.CREDENTIALS, "revoked"))
    run(stage, bot)
    assert stage.hold(bot)[0] == "credentials"
    stage.clock.forward(minutes=30)
    run(stage, bot)
    assert (len(provider.done), reactions(stage, question)) == (1, [("👍", "queued")])


def test_what_comes_to_light_by_an_errand_is_applied(stage: Stage, bot: Channel, provider: Provider) -> None:
    stage.hear(bot, stage.message("Hello"), Chore("look_up_name", {"address": "500"}))
    provider.answers.append((PersonNamed(Person("500"), "Carla Kunde"),))
    run(stage, bot)
    assert [type(each) for each in provider.done] == [Chore]


def test_reading_shows_the_person_once_that_it_was_read(stage: Stage, bot: Channel, provider: Provider) -> None:
    question = question_of(stage, bot)
    for reader in (stage.operator, stage.org.actor):
        commands.mark_read(stage.services, reader, question.conversation_id)
        run(stage, bot)
    assert provider.done == [MarkSeen(Person("500", name="Carla"), str(question.external_id))]


@pytest.mark.parametrize(
    "errand",
    [
        React(Person("500", "scope", "Carla"), "m1", "👍"),
        EditSent(Person("500"), "m1", "text"),
        DeleteSent(Person("500"), ("m1", "m2")),
        MarkSeen(Person("500"), "m1"),
        Chore("answer_press", {"id": "1", "deep": {"list": [1, None]}}),
    ],
)
def test_an_errand_is_read_as_it_was_written(errand: Errand) -> None:
    assert stored.from_json(stored.to_json(errand)) == errand
