"""Presence by browser: it follows open pages with a grace, keeps what was chosen, and leaves other presence alone."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from hub.access import audit_log
from hub.access.presence import set_presence
from hub.access.tabs import LEFT_GRACE, beat, choose, end_silent, leave
from hub.db import tabs
from hub.db.routing_forms import wishes_to_json
from hub.db.session import PlatformWork, Tx
from hub.db.tables.core import ORGANIZATION, PRESENCE_TAB, USER
from hub.db.tabs import Quiet
from hub.errors import Conflict, Forbidden, Invalid
from hub.routing.assignment import ASSIGN_JOB
from hub.types import Actor, Presence, Role, RoutingWishes
from hub.upkeep import forget_old
from tests.outbound.stage import Stage

TAB, OTHER = "tab-number-one", "tab-number-two"
GRACE = 60


@pytest.fixture
def anna(stage: Stage) -> Actor:
    """Somebody who chose to be online in the browser, with one page open."""
    anna = stage.world.user(stage.org.id, "Anna Operator", Role.OPERATOR, "offline", stage.org.group_id)
    beat(stage.services, anna, TAB)
    choose(stage.services, anna, Presence.ONLINE)
    return anna


def presence_of(stage: Stage, who: Actor) -> str:
    with stage.services.db.reading(stage.org.id) as tx:
        return str(tx.scalar(select(USER.c.presence).where(USER.c.id == who.user_id)))


def after(stage: Stage, who: Actor, seconds: float) -> str:
    """The presence somebody has when so many seconds have passed and the job has run."""
    stage.clock.forward(seconds=seconds)
    end_silent(stage.services)
    return presence_of(stage, who)


def test_whoever_chose_online_stays_online_while_a_page_is_heard_of(stage: Stage, anna: Actor) -> None:
    for _ in range(20):
        assert after(stage, anna, 20) == "online"
        beat(stage.services, anna, TAB)


def test_silence_ends_it_with_the_grace_and_not_before(stage: Stage, anna: Actor) -> None:
    assert after(stage, anna, GRACE - 1) == "online"
    assert after(stage, anna, 1) == "offline"


def test_who_was_online_before_pages_were_counted_goes_offline_without_one_and_is_back_with_one(stage: Stage) -> None:
    bert = stage.world.user(stage.org.id, "Bert Operator", Role.OPERATOR, "online", stage.org.group_id)
    with stage.services.db.transaction(stage.org.id) as tx:
        # what the migration leaves of whoever was online
        by_browser = {"by_browser": True, "presence_wish": "online"}
        tx.execute(update(USER).where(USER.c.id == bert.user_id).values(by_browser))
    assert after(stage, bert, 24 * 3600) == "offline"
    beat(stage.services, bert, TAB)
    assert presence_of(stage, bert) == "online"


def test_the_grace_is_the_organization_s_own(stage: Stage, anna: Actor) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(ORGANIZATION).values(routing=wishes_to_json(RoutingWishes(browser_grace=300))))
    assert after(stage, anna, 299) == "online"
    assert after(stage, anna, 1) == "offline"


def test_a_page_that_is_loaded_again_changes_nothing(stage: Stage, anna: Actor) -> None:
    stage.clock.forward(seconds=50)
    beat(stage.services, anna, TAB)
    leave(stage.services, anna, TAB)
    assert after(stage, anna, 3) == "online"
    beat(stage.services, anna, OTHER)
    assert after(stage, anna, LEFT_GRACE.total_seconds() + 5) == "online"


def test_a_leave_that_is_told_late_harms_only_the_page_that_was_left(stage: Stage, anna: Actor) -> None:
    stage.clock.forward(seconds=50)
    beat(stage.services, anna, OTHER)
    leave(stage.services, anna, TAB)
    assert after(stage, anna, GRACE - 1) == "online"


def test_the_last_page_that_is_left_ends_it_soon_but_not_at_once(stage: Stage, anna: Actor) -> None:
    stage.clock.forward(seconds=50)
    for tab in (TAB, OTHER):
        beat(stage.services, anna, tab)
    leave(stage.services, anna, TAB)
    assert after(stage, anna, LEFT_GRACE.total_seconds() + 1) == "online"
    leave(stage.services, anna, OTHER)
    assert after(stage, anna, LEFT_GRACE.total_seconds() - 1) == "online"
    assert after(stage, anna, 1) == "offline"


def test_leaving_never_lengthens_a_grace_that_is_shorter(stage: Stage, anna: Actor) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(ORGANIZATION).values(routing=wishes_to_json(RoutingWishes(browser_grace=5))))
    stage.clock.forward(seconds=2)
    leave(stage.services, anna, TAB)
    assert after(stage, anna, 3) == "offline"


@pytest.mark.parametrize("chosen", [Presence.ONLINE, Presence.AWAY])
def test_a_laptop_that_slept_is_back_as_it_was_with_the_next_beat(stage: Stage, anna: Actor, chosen: Presence) -> None:
    choose(stage.services, anna, chosen)
    assert after(stage, anna, 8 * 3600) == "offline"
    beat(stage.services, anna, TAB)
    assert presence_of(stage, anna) == chosen
    assert after(stage, anna, 20) == chosen


def test_who_chose_offline_stays_offline_whatever_is_open(stage: Stage, anna: Actor) -> None:
    choose(stage.services, anna, Presence.OFFLINE)
    beat(stage.services, anna, TAB)
    assert after(stage, anna, 10) == "offline"


def test_away_stays_away_while_a_page_is_open(stage: Stage, anna: Actor) -> None:
    choose(stage.services, anna, Presence.AWAY)
    for _ in range(5):
        beat(stage.services, anna, TAB)
        assert after(stage, anna, 20) == "away"


def test_what_was_set_by_a_token_stands_without_any_page(stage: Stage, anna: Actor) -> None:
    set_presence(stage.services, anna, anna.user_id, Presence.ONLINE)
    assert after(stage, anna, 30 * 24 * 3600) == "online"


def test_what_somebody_else_set_is_not_undone_by_a_page(stage: Stage, anna: Actor) -> None:
    set_presence(stage.services, stage.org.actor, anna.user_id, Presence.OFFLINE)
    beat(stage.services, anna, TAB)
    assert presence_of(stage, anna) == "offline"
    choose(stage.services, anna, Presence.ONLINE)
    assert presence_of(stage, anna) == "online"
    assert after(stage, anna, GRACE) == "offline"


def test_a_choice_counts_like_a_page_until_the_first_beat(stage: Stage) -> None:
    ben = stage.world.user(stage.org.id, "Ben Second", Role.OPERATOR)
    choose(stage.services, ben, Presence.ONLINE)
    assert after(stage, ben, GRACE - 1) == "online"
    assert after(stage, ben, 1) == "offline"


def test_a_beat_that_comes_between_listing_and_ending_saves_the_presence(
    stage: Stage, anna: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = tabs.list_watched

    def list_then_beat(tx: Tx) -> list[Quiet]:
        found = listed(tx)
        beat(stage.services, anna, TAB)
        return found

    monkeypatch.setattr(tabs, "list_watched", list_then_beat)
    assert after(stage, anna, GRACE) == "online"


def test_ending_and_coming_back_are_told_and_leave_entries(stage: Stage, anna: Actor) -> None:
    listener = stage.services.queue.redis.pubsub(ignore_subscribe_messages=True)
    listener.subscribe(f"hub:notices:{stage.org.id}")
    while listener.get_message(timeout=0.2):
        pass
    stage.services.queue.redis.delete(*stage.services.queue.redis.keys("wake:*") or ["none"])
    after(stage, anna, GRACE)
    beat(stage.services, anna, TAB)
    told = [json.loads(found["data"]) for _ in range(2) if (found := listener.get_message(timeout=5))]
    assert [each["data"] for each in told] == [
        {"user_id": anna.user_id, "state": "offline"},
        {"user_id": anna.user_id, "state": "online"},
    ]
    assert stage.services.queue.redis.exists(f"wake:{ASSIGN_JOB}:{stage.org.id}")
    listener.close()
    entries = audit_log.list_entries(stage.services, stage.org.actor, audit_log.Wanted()).items
    ours = [each for each in entries if each.action == "user.presence_set" and each.subject.id == anna.user_id]
    shown = [(each.actor.type, each.after["presence"]) for each in reversed(ours) if each.after]
    assert shown == [("user", "online"), ("system", "offline"), ("user", "online")]


def test_a_beat_of_somebody_who_is_there_leaves_no_entry(stage: Stage, anna: Actor) -> None:
    before = audit_log.list_entries(stage.services, stage.org.actor, audit_log.Wanted()).items
    beat(stage.services, anna, TAB)
    leave(stage.services, anna, TAB)
    choose(stage.services, anna, Presence.ONLINE)
    assert audit_log.list_entries(stage.services, stage.org.actor, audit_log.Wanted()).items == before


def test_who_may_not_set_a_presence_has_none_by_browser(stage: Stage) -> None:
    auditor = stage.world.user(stage.org.id, "Cleo Auditor", Role.AUDITOR)
    for act in (beat, leave):
        with pytest.raises(Forbidden):
            act(stage.services, auditor, TAB)
    with pytest.raises(Forbidden):
        choose(stage.services, auditor, Presence.ONLINE)


@pytest.mark.parametrize("tab", ["", "short", "x" * 65, "with a blank in it", "x" * 20 + "\n"])
def test_a_page_without_a_proper_name_is_refused(stage: Stage, anna: Actor, tab: str) -> None:
    for act in (beat, leave):
        with pytest.raises(Invalid):
            act(stage.services, anna, tab)


def test_a_disabled_user_is_neither_watched_nor_brought_back(stage: Stage, anna: Actor) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        disabled = {"disabled_at": stage.clock(), "presence": "offline"}
        tx.execute(update(USER).where(USER.c.id == anna.user_id).values(disabled))
    beat(stage.services, anna, TAB)
    assert presence_of(stage, anna) == "offline"
    with pytest.raises(Conflict):
        choose(stage.services, anna, Presence.ONLINE)


def test_pages_that_were_left_long_ago_are_forgotten(stage: Stage, anna: Actor) -> None:
    stage.clock.forward(days=1, seconds=1)
    beat(stage.services, anna, OTHER)
    forget_old(stage.services)
    with stage.services.db.platform_reading(PlatformWork.MONITORING) as tx:
        assert tx.scalar(select(func.count()).select_from(PRESENCE_TAB)) == 1


def test_many_silent_people_of_several_organizations_end_at_once(stage: Stage) -> None:
    people = [stage.world.user(stage.org.id, f"Operator {each}", Role.OPERATOR) for each in range(3)]
    rival = stage.world.organization("Rival")
    for each in [*people, rival.operator]:
        choose(stage.services, each, Presence.ONLINE)
        beat(stage.services, each, TAB)
    stage.clock.now += timedelta(seconds=GRACE)
    end_silent(stage.services)
    assert {presence_of(stage, each) for each in people} == {"offline"}
    with stage.services.db.reading(rival.id) as tx:
        assert tx.scalar(select(USER.c.presence).where(USER.c.id == rival.operator.user_id)) == "offline"
