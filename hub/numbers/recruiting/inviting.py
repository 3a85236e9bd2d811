"""Inviting people to write to the new sender: whom the limits allow now, each in a transaction of its own.

The message, its delivery, the note that they were invited and their line of the ledger are that transaction, which
holds the sender it goes out by and the case: what was queued is counted again each time, so a job may be killed
anywhere, and two of them at once do no harm.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from hub import audit
from hub.access.permissions import Permission, require
from hub.db import ban_cases, notices, recipients, recruitings
from hub.db.ban_cases import CaseRecord
from hub.db.recipients import RecipientRecord
from hub.db.session import PlatformWork, Tx
from hub.errors import Conflict
from hub.failpoints import reach
from hub.log import get_logger
from hub.numbers.policy.ledger import Event, advance, may
from hub.numbers.policy.ways import Invite, OnlyByPublishing, Step, Wait, Why
from hub.numbers.recruiting import limits, means, writing
from hub.numbers.recruiting.issuing import key_of
from hub.numbers.recruiting.means import Known, Means, Person
from hub.numbers.recruiting.writing import Setting, is_inviting
from hub.types import Actor
from hub.types.bans import BanState
from hub.types.numbers import RecipientState
from hub.wiring import Services

INVITE_JOB: Final = "workers.bans.invite"
"""Its one argument is the case's id."""
QUEUE: Final = "asking"
_BATCH: Final = 100
_TURN_SECONDS: Final = 5.0
"""After so long other jobs have the worker."""
_LATER: Final = timedelta(days=1)
"""When to look again whether somebody agreed, wrote elsewhere, or can be reached again."""
_HELD: Final = timedelta(minutes=15)
_MOST_CASES: Final = 1_000

log = get_logger(__name__)


# --- letting them go out, and stopping them ---------------------------------------------------------------


def start_inviting(services: Services, case_id: str) -> None:
    """Let invitations of a case go out from now on, unless a person stopped them. Safe to repeat."""
    _switch(services, case_id, on=True)
    services.queue.wake(QUEUE, INVITE_JOB, case_id)


def stop_inviting(services: Services, case_id: str) -> None:
    """Let no invitation of a case go out until they are begun again. Safe to repeat."""
    _switch(services, case_id, on=False)


def stop_invitations(services: Services, actor: Actor, case_id: str) -> CaseRecord:
    """A person stops the invitations of a case. Raises NotFound, Conflict when nobody is being won at present."""
    return _switch_by(services, actor, case_id, on=False)


def resume_invitations(services: Services, actor: Actor, case_id: str) -> CaseRecord:
    """A person lets the invitations of a case go on. Raises NotFound, Conflict when nobody is being won at present."""
    case = _switch_by(services, actor, case_id, on=True)
    services.queue.wake(QUEUE, INVITE_JOB, case_id)
    return case


def _switch(services: Services, case_id: str, *, on: bool) -> None:
    organization_id = _organization_of(services, case_id)
    if organization_id is None:
        return
    with services.db.transaction(organization_id) as tx:
        case = ban_cases.lock(tx, case_id)
        may = case.case.state is BanState.RECRUITING and not case.stopped_by_person
        ban_cases.save(tx, replace(case, inviting=on and may))
        reach("inviting.before_switch_commit")


def _switch_by(services: Services, actor: Actor, case_id: str, *, on: bool) -> CaseRecord:
    require(actor, Permission.MANAGE_CHANNELS)
    with services.db.transaction(actor.organization_id) as tx:
        case = ban_cases.lock(tx, case_id)
        if case.case.state is not BanState.RECRUITING:
            raise Conflict("nobody is being invited in this ban case; that begins when its new sender is in place")
        switched = replace(case, inviting=on, stopped_by_person=not on)
        ban_cases.save(tx, switched)
        differs = audit.difference({"inviting": case.inviting}, {"inviting": on})
        action = "ban.invitations_resumed" if on else "ban.invitations_stopped"
        audit.record(services, tx, actor, audit.Change(action, "ban", case_id, **differs))
        notices.add(tx, [("ban", {"id": case_id})])
        tx.after_commit(lambda: services.queue.notify(actor.organization_id))
    return switched


def _organization_of(services: Services, case_id: str) -> str | None:
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        return ban_cases.find_organization(tx, case_id)


def wake_inviting(services: Services) -> None:
    """Wake the jobs of the cases that have somebody to be looked at now: for the scheduler's tick."""
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        due = recruitings.list_inviting(tx, services.clock(), _MOST_CASES)
    if due:
        services.queue.wake_many(QUEUE, INVITE_JOB, due)


# --- a turn ---------------------------------------------------------------------------------------------


def invite_due(services: Services, case_id: str) -> None:
    """Invite whom the limits allow now. Safe to run anywhere at once and to be killed anywhere."""
    services.queue.clear(INVITE_JOB, case_id)
    organization_id = _organization_of(services, case_id)
    if organization_id is None:
        return
    setting = Setting(services, organization_id, case_id, key_of(services.vault.of(organization_id)))
    until = time.monotonic() + _TURN_SECONDS
    while time.monotonic() < until:
        if not _invite_some(setting):
            return
    services.queue.wake(QUEUE, INVITE_JOB, case_id)


def _invite_some(setting: Setting) -> bool:
    """Take the next step for a page of people; False when nobody is due, or nothing goes out any more."""
    services, now = setting.services, setting.services.clock()
    with services.db.reading(setting.organization_id) as tx:
        case = ban_cases.get(tx, setting.case_id)
        due = recipients.list_due(tx, case.id, now, _BATCH) if is_inviting(case) else []
        if not due:
            return False
        plan = _plan(services, tx, case, due, now)
    reach("inviting.after_plan")
    _put_off(setting, plan, now)
    reach("inviting.after_put_off")
    for recipient_id, step in plan.invited:
        writing.invite(setting, recipient_id, step)
        reach("inviting.after_invite")
    return True


class _Plan:
    """What is to be done for a page of people: whom to invite, and when to look at the others again."""

    def __init__(self) -> None:
        self.invited: list[tuple[str, Invite]] = []
        self.later: dict[tuple[datetime | None, Why | None], list[str]] = {}
        self.moved: dict[Event, list[str]] = {}

    def put_off(self, recipient_id: str, until: datetime | None, why: Why | None = None) -> None:
        self.later.setdefault((until, why), []).append(recipient_id)


def _plan(services: Services, tx: Tx, case: CaseRecord, due: Sequence[RecipientRecord], now: datetime) -> _Plan:
    plan, ways = _Plan(), writing.means_of_case(services, tx, case)
    people = [_person(each) for each in due if each.identity_id]
    known = means.know(tx, ways, [each.identity_id for each in people])
    people = means.with_invitations(tx, case.id, known, people)
    left = {each: limits.allowed(services, tx, channel, now) for each, channel in ways.channels.items()}
    used: dict[str, int] = {}
    for person in people:
        if means.is_restricted(known, person.identity_id):
            plan.put_off(person.id, now + _LATER)
            continue
        if means.has_opted_out(known, person.identity_id):
            plan.moved.setdefault(Event.OPTED_OUT, []).append(person.id)
            plan.put_off(person.id, now + _LATER)
            continue
        step = means.step_of(services, ways, known, person, now)
        if not isinstance(step, Invite):
            _note(services, plan, ways, known, person, step, now)
            continue
        channel_id = step.way.channel_id
        used[channel_id] = used.get(channel_id, 0) + 1
        if used[channel_id] <= left[channel_id].count:
            plan.invited.append((person.id, step))
        elif not left[channel_id].count:
            plan.put_off(person.id, left[channel_id].again_at or now + _HELD)
    return plan


def _person(record: RecipientRecord) -> Person:
    return Person(record.id, record.identity_id or "", record.entry.state, record.conversation_id)


def _note(
    services: Services, plan: _Plan, ways: Means, known: Known, person: Person, step: Step, now: datetime
) -> None:
    """What is to be done for somebody who is not invited now."""
    match step:
        case Wait(until):
            plan.put_off(person.id, until or now + _HELD)
        case OnlyByPublishing(why):
            event = _change_of_reach(services, ways, known, person)
            if event is not None:
                plan.moved.setdefault(event, []).append(person.id)
            plan.put_off(person.id, now + _LATER, why)
        case _:
            plan.put_off(person.id, None)


def _change_of_reach(services: Services, ways: Means, known: Known, person: Person) -> Event | None:
    dead = means.is_out_of_reach(services, ways, known, person.identity_id)
    if person.state is RecipientState.UNREACHABLE:
        return None if dead else Event.IN_REACH
    return Event.OUT_OF_REACH if dead else None


def _put_off(setting: Setting, plan: _Plan, now: datetime) -> None:
    if not plan.later:
        return
    with setting.services.db.transaction(setting.organization_id) as tx:
        # in the order in which whoever hears them write takes them: else the two would wait for each other
        recipients.lock_many(tx, setting.case_id, {each for ids in plan.later.values() for each in ids})
        for (until, why), ids in plan.later.items():
            recipients.put_off(tx, setting.case_id, ids, until, why)
        for event, ids in plan.moved.items():
            for each in ids:
                _move(tx, setting.case_id, each, event, now)


def _move(tx: Tx, case_id: str, recipient_id: str, event: Event, now: datetime) -> None:
    """Lead somebody on unless something else has happened to them; who is in reach again is looked at at once."""
    record = recipients.lock(tx, case_id, recipient_id)
    if record is not None and record.next_at is not None and may(record.entry, event):
        then: dict[Event, datetime | None] = {Event.IN_REACH: now, Event.OPTED_OUT: None}
        next_at = then.get(event, record.next_at)
        recipients.save(tx, replace(record, entry=advance(record.entry, event), next_at=next_at))
