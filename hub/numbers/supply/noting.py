"""Keeping what the supplier shows of a registration, and when to look at it next."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from hub import audit
from hub.channels.numbers import RegisteredSender
from hub.db import registrations
from hub.db.registrations import RegistrationRecord
from hub.db.session import PlatformWork, Tx
from hub.errors import HubError, TooMany, Unavailable
from hub.numbers.policy.limits import LIMITS
from hub.numbers.policy.obstacles import Review
from hub.numbers.policy.registering import observe
from hub.numbers.supply.codes import AWAITED_IN, WRONG
from hub.types import Machine
from hub.types.numbers import RegistrationState as S
from hub.wiring import Services

BY_CLOCK: Final = Machine("system", "registration")
SOONEST, LATEST = timedelta(seconds=2), timedelta(minutes=15)
_SLOWER: Final = 10
"""A registration is looked at whenever a tenth of its age has passed, within these bounds."""
_GROWS, _LONGEST = 4.0, timedelta(minutes=30)
"""By how much the wait after an attempt whose answer is missing grows with each, and to what: 8 s, 32 s, 2 min, …"""
_REST: Final[Mapping[S, timedelta | None]] = {
    S.ONLINE: timedelta(hours=1),
    S.OFFLINE: timedelta(minutes=15),
    S.FAILED: None,
    S.REMOVED: None,
}
"""How soon one that has come to rest is looked at again."""


def note(services: Services, registration_id: str, seen: RegisteredSender) -> RegistrationRecord:
    """Keep what the supplier shows of a sender; return the registration as it stands then."""
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        return note_in(services, tx, registrations.get(tx, registration_id), seen)


def note_in(services: Services, tx: Tx, before: RegistrationRecord, seen: RegisteredSender) -> RegistrationRecord:
    """Keep what the supplier shows of a sender, in a transaction that has its registration."""
    now = services.clock()
    state = observe(before.state, seen.state)
    values: dict[str, Any] = {
        "external_id": seen.external_id,
        "state": state,
        "quality": seen.quality,
        "daily_limit": seen.daily_limit,
        "problems": _problems(before, state, seen),
        "name_review": _name_review(before, seen),
        "checked_at": now,
        # what turns up of one that is given up is taken off
        "due_at": now if before.removed_at else next_look(replace(before, state=state), now),
    }
    if state not in AWAITED_IN:
        values["code"] = None
    registrations.change(tx, before.id, values)
    record_move(services, tx, before, state)
    return registrations.get(tx, before.id)


def _problems(before: RegistrationRecord, state: S, seen: RegisteredSender) -> tuple[str, ...]:
    if state is S.CODE_NEEDED:
        came_back = before.state is S.VERIFYING
        return (WRONG,) if came_back else tuple(each for each in before.problems if each == WRONG)
    return seen.problems


def _name_review(before: RegistrationRecord, seen: RegisteredSender) -> str:
    if seen.name_declined:
        return Review.REFUSED
    return Review.APPROVED if seen.state is S.ONLINE else before.name_review


def next_look(stands: RegistrationRecord, now: datetime) -> datetime | None:
    """Return when a registration is to be looked at; None: nothing can come of that."""
    if stands.state in _REST:
        rest = _REST[stands.state]
        return None if rest is None else now + rest
    age = now - (stands.submitted_at or stands.created_at)
    return now + min(max(age / _SLOWER, SOONEST), LATEST)


def fail(services: Services, taken: RegistrationRecord, why: str) -> None:
    """Note that nothing will come of a registration, and why."""
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        before = registrations.get(tx, taken.id)
        due = services.clock() if before.removed_at else None
        failed = {"state": S.FAILED, "problems": (why,), "due_at": due, "code": None}
        registrations.change(tx, taken.id, failed)
        record_move(services, tx, before, S.FAILED)


def put_off(services: Services, taken: RegistrationRecord, error: HubError) -> None:
    """Try again later: the supplier is away or wants us to wait, or something it needs is missing."""
    now = services.clock()
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        stands = registrations.get(tx, taken.id)
        if isinstance(error, TooMany):
            due = now + max(timedelta(seconds=error.retry_after), _wait_to_ask(stands, now))
        else:
            due = now + _wait_to_ask(stands, now) if isinstance(error, Unavailable) else _next(taken, now)
        registrations.change(tx, taken.id, {"problems": (error.detail,), "due_at": due})


def _next(taken: RegistrationRecord, now: datetime) -> datetime:
    return next_look(taken, now) or now + LATEST


def _wait_to_ask(stands: RegistrationRecord, now: datetime) -> timedelta:
    """Return how long a supplier that is away is left alone. Each time a sender was asked for counts with the messenger
    (`LIMITS.most_registrations`), so that the wait grows by each: ten take hours, not half a minute.
    """
    if stands.state is not S.DRAFT or stands.removed_at is not None:
        return SOONEST
    recent = sum(1 for each in stands.attempts if each > now - LIMITS.registrations_within)
    return min(SOONEST * _GROWS**recent, _LONGEST)


def record_move(services: Services, tx: Tx, before: RegistrationRecord, state: S) -> None:
    """Leave an audit entry when a registration comes into another state."""
    moved = audit.difference({"state": str(before.state)}, {"state": str(state)})
    changed = audit.Change("registration.moved", "registration", before.id, **moved)
    audit.record(services, tx, BY_CLOCK, changed, audit.PLATFORM)
