"""A look and a person who act on the same case at the same moment: one after the other, whoever comes first."""

from concurrent.futures import ThreadPoolExecutor

from hub.db import senders
from hub.errors import Conflict
from hub.numbers import cases
from hub.numbers.cases import commands
from hub.numbers.cases.commands import Acceptance
from hub.numbers.policy import happenings as h
from hub.types.bans import AppealState
from tests.locks import wait_until_it_waits
from tests.numbers.cases.bans import Bans, judgement
from tests.numbers.cases.test_life import well

SAID = Acceptance("We wrote to too many people", AppealState.FILED)


def test_who_accepts_while_a_look_finds_the_sender_well_is_told_that_nothing_is_offered_any_more(bans: Bans) -> None:
    case_id = bans.offered()
    with ThreadPoolExecutor(1) as pool:
        with bans.services.db.transaction(bans.org.id) as tx:
            sender = senders.lock(tx, bans.banned.sender_id)
            assert sender
            accepting = pool.submit(commands.accept, bans.services, bans.org.actor, case_id, SAID)
            wait_until_it_waits(bans.services, accepting)
            cases.judged(bans.services, tx, sender, well(bans), bans.services.clock())
        error = accepting.exception(30)
    assert isinstance(error, Conflict)
    assert (bans.state(case_id), bans.line(case_id)[-1]) == ("reinstated", "Reinstated")


def test_a_look_that_comes_while_a_person_accepts_finds_the_acceptance_and_asks_which_sender_stays(bans: Bans) -> None:
    case_id = bans.offered()
    with ThreadPoolExecutor(1) as pool:
        with bans.services.db.transaction(bans.org.id) as tx:
            senders.lock(tx, bans.banned.sender_id)
            looking = pool.submit(bans.judge, well(bans))
            wait_until_it_waits(bans.services, looking)
            offer = bans.record(case_id).case.offer
            assert offer
            for happening in (h.CauseRecorded(SAID.cause), h.AppealFiled(), h.Accepted(offer.id)):
                cases.happen(bans.services, tx, case_id, happening, bans.org.actor, bans.services.clock())
        looking.result(30)
    assert (bans.state(case_id), bans.record(case_id).case.undecided) == ("reinstated", "accepted")


def test_many_looks_and_workers_at_once_make_one_case_one_offer_and_no_line_twice(bans: Bans) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = [each.result(60) for each in [pool.submit(bans.judge, judgement(bans.services)) for _ in range(4)]]
        [case_id] = {each for each in found if each}
        for each in [pool.submit(bans.work, case_id) for _ in range(4)]:
            each.result(60)
    bans.stage.clock.forward(minutes=2)
    bans.work(case_id)
    assert bans.line(case_id) == ["Opened", "Confirmed", "Informed", "Proposed", "OfferMade"]
    assert bans.left(case_id) == []
