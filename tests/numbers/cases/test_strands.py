"""What cannot be done for a case holds up what has to come behind it, and nothing else."""

import pytest
from sqlalchemy import select

from hub.db.tables.core import NOTIFICATION
from hub.errors import Unavailable
from hub.numbers import cases
from hub.numbers.cases import effects, working
from hub.numbers.cases.letters import STUCK
from hub.numbers.cases.tasks import Done, Task
from hub.numbers.policy.effects import Hold, MakeOffer, TellPlatform
from hub.types import Level
from hub.wiring import Services
from tests.numbers.cases.bans import Bans, judgement
from tests.numbers.cases.test_doors import platform_token


def refuse(_services: Services, _task: Task) -> Done:
    raise Unavailable("the supplier does not answer")


def test_every_effect_has_its_strand() -> None:
    assert effects.STRANDS.keys() == effects.HANDLERS.keys()


def test_who_is_told_does_not_wait_for_what_fails_and_whoever_runs_the_platform_hears_of_it(
    bans: Bans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(effects.HANDLERS, Hold.__name__, refuse)
    told: list[str] = []

    def tell(_services: Services, task: Task) -> Done:
        told.append(task.data["about"])
        return Done()

    monkeypatch.setitem(effects.HANDLERS, TellPlatform.__name__, tell)
    case_id = bans.judge()
    assert case_id
    bans.work(case_id)
    assert bans.state(case_id) == "offered"
    assert set(bans.left(case_id)) == {Hold.__name__}
    for wait in working.BACK_OFF[:-1]:
        assert STUCK not in told
        bans.stage.clock.forward(seconds=wait + 1)
        bans.work(case_id)
    assert told.count(STUCK) == 1


def test_the_quick_job_tells_and_leaves_what_takes_long_to_the_other(bans: Bans) -> None:
    case_id = bans.judge()
    assert case_id
    cases.tell(bans.services, case_id)
    assert bans.state(case_id) in ("informed", "remedy")
    assert bans.left(case_id) == ["MakeOffer"]
    cases.act(bans.services, case_id)
    cases.tell(bans.services, case_id)
    assert (bans.state(case_id), bans.left(case_id)) == ("offered", [])


def test_whoever_runs_the_platform_hears_of_each_trouble_though_the_timeline_says_nothing_of_it(
    bans: Bans, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform_token(bans, bans.stage.world.organization("Platform Inc").actor)
    case_id = bans.offered()
    for effect in (MakeOffer, Hold):
        monkeypatch.setitem(effects.HANDLERS, effect.__name__, refuse)
    bans.judge(judgement(bans.services, Level.RESTRICTED))
    bans.post(case_id, "decline")
    bans.post(case_id, "offer")
    bans.work(case_id)
    for wait in working.BACK_OFF:
        bans.stage.clock.forward(seconds=wait + 1)
        bans.work(case_id)
    told = select(NOTIFICATION.c.event_id).where(NOTIFICATION.c.trigger == STUCK)
    with bans.platform() as tx:
        assert len({row.event_id for row in tx.all(told)}) == 2
