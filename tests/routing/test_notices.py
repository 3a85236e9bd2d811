"""The numbers of the live stream: gapless, in the order of commits, however many write at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.conversations import commands
from hub.db import notices
from hub.inbound.drain import drain
from hub.upkeep import forget_old
from tests.outbound.stage import Stage
from tests.world import Channel


def test_numbers_have_no_gap_under_writers_at_once(stage: Stage, bot: Channel) -> None:
    page = stage.channel("facebook", "102030405060708")
    conversations = [stage.open_conversation(bot, str(person)) for person in range(500, 504)]
    for channel in (bot, page):
        stage.journal(channel, *(stage.message("Hello", str(person)) for person in range(510, 530)))
    seen: list[int] = []

    def follow(_: object) -> None:
        """A stream that reads while others write: what it has passed never changes behind it."""
        for _ in range(30):
            with stage.services.db.reading(stage.org.id) as tx:
                found = notices.list_after(tx, seen[-1] if seen else 0, 200)
            seen.extend(each.number for each in found)

    with ThreadPoolExecutor(6) as pool:
        done = [pool.submit(drain, stage.services, channel.sender_id) for channel in (bot, page)]
        done.append(pool.submit(follow, None))
        for number, conversation in enumerate(conversations):
            done.append(pool.submit(stage.answer, conversation, str(number)))
            done.append(pool.submit(commands.set_topic, stage.services, stage.operator, conversation.id, str(number)))
        for each in done:
            each.result()
    follow(None)
    assert seen == list(range(1, len(seen) + 1))
    with stage.services.db.reading(stage.org.id) as tx:
        assert notices.newest(tx) == len(seen)


def test_a_transaction_that_fails_draws_no_number(stage: Stage, bot: Channel) -> None:
    with stage.services.db.reading(stage.org.id) as tx:
        before = notices.newest(tx)
    with pytest.raises(ZeroDivisionError), stage.services.db.transaction(stage.org.id) as tx:
        notices.add(tx, [("conversation", {"id": "x"})])
        tx.after_commit(lambda: pytest.fail("nothing was committed"))
        _ = 1 / 0
    with stage.services.db.reading(stage.org.id) as tx:
        assert notices.newest(tx) == before


def test_organizations_count_for_themselves(stage: Stage, bot: Channel) -> None:
    stage.open_conversation(bot)
    rival = stage.world.organization("Rival")
    with stage.services.db.transaction(rival.id) as tx:
        notices.add(tx, [("conversation", {"id": "x"}), ("conversation", {"id": "y"})])
    with stage.services.db.reading(rival.id) as tx:
        assert [each.number for each in notices.list_after(tx, 0, 10)] == [1, 2]


def test_a_notice_carries_ids_and_nothing_that_was_said(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    stage.answer(conversation, "a secret answer")
    with stage.services.db.reading(stage.org.id) as tx:
        found = notices.list_after(tx, 0, 100)
    assert {each.kind for each in found} == {"message", "conversation"}
    assert not any("secret" in str(each.data) or "Hello" in str(each.data) for each in found)


def test_notices_are_forgotten_after_a_day_and_their_numbers_are_not_used_again(stage: Stage, bot: Channel) -> None:
    stage.open_conversation(bot)
    with stage.services.db.reading(stage.org.id) as tx:
        before = notices.newest(tx)
        written_at = notices.list_after(tx, 0, 1)[0].created_at
    stage.clock.now = written_at
    stage.clock.forward(hours=25)
    forget_old(stage.services)
    stage.open_conversation(bot, "501")
    with stage.services.db.reading(stage.org.id) as tx:
        assert notices.list_after(tx, 0, 100)[0].number == before + 1
