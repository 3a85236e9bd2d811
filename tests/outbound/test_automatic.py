"""What routing wants said is said once, and is nobody's answer."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from hub.conversations import commands
from hub.db import audit as entries
from hub.db import automatic_answers
from hub.errors import Unavailable
from hub.failpoints import FAILPOINTS
from hub.outbound import automatic
from hub.outbound.automatic import SPEAKER, say_due
from tests.outbound.stage import Stage
from tests.outbound.wishes import CLOSED, now, ours, state_of, want
from tests.world import Channel

OF_SAYING = [name for name in FAILPOINTS if name.startswith("say.")]


class PowerCutError(BaseException):
    """The process ends here; nothing of it is caught."""


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
