"""A ban from its judgement to a declined offer, as far as it is not there yet: what is run again after every kill."""

from hub.db import ban_cases, senders
from hub.numbers import cases
from hub.numbers.cases import acting
from hub.numbers.policy import happenings as h
from hub.wiring import Services
from tests.numbers.cases.bans import judgement


def drive(services: Services, organization_id: str, sender_id: str) -> str:
    """Judge, work, decline; return the case."""
    with services.db.transaction(organization_id) as tx:
        sender = senders.lock(tx, sender_id)
        assert sender
        known = ban_cases.lock_open_of(tx, sender_id)
        case_id = known.id if known else cases.judged(services, tx, sender, judgement(services), services.clock())
    assert case_id
    cases.work(services, case_id)
    with services.db.transaction(organization_id) as tx:
        case = acting.lock(tx, case_id).case
        if case.state == "offered" and case.offer:
            acting.happen(services, tx, case_id, h.Declined(case.offer.id), acting.HUB, services.clock())
    cases.work(services, case_id)
    return case_id
