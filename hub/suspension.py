"""Suspending an organization, a channel or one message (B6), and lifting it. Only whoever runs the hub may.

While it lasts nothing of it is shown or sent, and what arrives is kept: events stay pending, deliveries queued. Lifting
wakes what waits, and it goes on in its order.

What is suspended takes no slot. When a channel's suspension is lifted, whoever has its conversations has them all at
once again, more than their slots if they were given others meanwhile; they get no more until slots are free.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from hub import audit
from hub.access.permissions import Permission, require
from hub.audit import Change
from hub.conversations.changes import Changes
from hub.conversations.content import line_of
from hub.db import conversations, notices, people, suspension
from hub.db.session import PlatformWork, Tx
from hub.db.suspension import SuspensionView
from hub.errors import Conflict, Invalid, NotFound
from hub.inbound.intake import DRAIN_JOB
from hub.outbound.jobs import DELIVER_JOB
from hub.routing.assignment import ASSIGN_JOB
from hub.types import Actor, Machine
from hub.wiring import Services

_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Suspendable:
    """A kind of thing that can be suspended: how it is found, and what a change of it does.

    change: called in a transaction of its organization with (services, tx, id, since when or None, reason).
    """

    name: str
    find: Callable[[Tx, str], SuspensionView | None]
    change: Callable[[Services, Tx, str, datetime | None, str | None], None]


def suspend(services: Services, by: Actor | Machine, what: Suspendable, subject_id: str, reason: str) -> SuspensionView:
    """Suspend something; what is suspended already gets the new reason.

    Raises Forbidden without platform scope, NotFound, Invalid without a reason.
    """
    found = _find(services, by, what, subject_id)
    since = found.suspended_at or services.clock()
    return _set(services, by, what, found, since, _clean(reason))


def resume(services: Services, by: Actor | Machine, what: Suspendable, subject_id: str, reason: str) -> SuspensionView:
    """Lift a suspension; what waited goes on at once.

    Raises Forbidden without platform scope, NotFound, Conflict when it is not suspended, Invalid without a reason.
    """
    found = _find(services, by, what, subject_id)
    if found.suspended_at is None:
        raise Conflict(f"this {what.name} is not suspended; there is nothing to resume")
    return _set(services, by, what, found, None, _clean(reason))


def _find(services: Services, by: Actor | Machine, what: Suspendable, subject_id: str) -> SuspensionView:
    if isinstance(by, Actor):
        require(by, Permission.PLATFORM)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        found = what.find(tx, subject_id)
    if found is None:
        raise NotFound(f"there is no {what.name} {subject_id}")
    return found


def _clean(reason: str) -> str:
    if not reason.strip():
        raise Invalid("say why; the reason is shown to those it concerns and kept in the audit log")
    return reason.strip()[:_LONGEST_REASON]


def _set(
    services: Services, by: Actor | Machine, what: Suspendable, found: SuspensionView, at: datetime | None, reason: str
) -> SuspensionView:
    now = replace(found, suspended_at=at, suspended_reason=reason if at else None)
    done = "suspended" if at else "resumed"
    change = Change(f"{what.name}.{done}", what.name, found.id, **audit.difference(found, now))
    with services.db.transaction(found.organization_id) as tx:
        what.change(services, tx, found.id, at, now.suspended_reason)
        audit.record(services, tx, replace(by, reason=reason), change)
    return now


def _change_organization(
    services: Services, tx: Tx, organization_id: str, at: datetime | None, reason: str | None
) -> None:
    suspension.set_organization(tx, at, reason)
    if at is None:
        _wake_after_commit(services, tx, suspension.list_senders(tx))
    tx.after_commit(lambda: services.queue.notify(organization_id) and None)


def _change_channel(services: Services, tx: Tx, channel_id: str, at: datetime | None, reason: str | None) -> None:
    suspension.set_channel(tx, channel_id, at, reason)
    if at is None:
        _wake_after_commit(services, tx, suspension.list_senders(tx, channel_id))
    notices.add(tx, [("channel", {"id": channel_id})])
    organization_id = tx.organization_id
    tx.after_commit(lambda: services.queue.notify(organization_id) and None)


def _change_message(services: Services, tx: Tx, message_id: str, at: datetime | None, _reason: str | None) -> None:
    place = suspension.set_message(tx, message_id, at)
    record = conversations.lock(tx, place.conversation_id)
    if record is None:
        raise NotFound(f"there is no message {message_id}")
    changes = Changes(restricted=people.restricted_among(tx, [record.contact_id]))
    direction, preview = _newest(tx, record.id)
    changes.put(replace(record, preview=preview, preview_direction=direction))
    changes.tell("message", id=message_id, conversation_id=record.id, direction=place.direction)
    changes.write(tx)
    sender_id = place.sender_id
    if at is None and sender_id is not None:
        tx.after_commit(lambda: services.queue.wake("delivery", DELIVER_JOB, sender_id) and None)
    organization_id = tx.organization_id
    tx.after_commit(lambda: services.queue.notify(organization_id) and None)


def _newest(tx: Tx, conversation_id: str) -> tuple[str, str]:
    """Return direction and preview of the newest message that may be shown."""
    row = suspension.newest_said(tx, conversation_id)
    if row is None:
        return "inbound", ""
    return row.direction, line_of(row.text, row.parts, row.taken_back_at)


def _wake_after_commit(services: Services, tx: Tx, sender_ids: list[str]) -> None:
    """Set going what waited: events, deliveries, and conversations that have nobody."""
    organization_id = tx.organization_id

    def wake() -> None:
        if sender_ids:
            services.queue.wake_many("intake", DRAIN_JOB, sender_ids)
            services.queue.wake_many("delivery", DELIVER_JOB, sender_ids)
        services.queue.wake("routing", ASSIGN_JOB, organization_id)

    tx.after_commit(wake)


ORGANIZATION = Suspendable("organization", suspension.find_organization, _change_organization)
CHANNEL = Suspendable("channel", suspension.find_channel, _change_channel)
MESSAGE = Suspendable("message", suspension.find_message, _change_message)
EVERYTHING = (ORGANIZATION, CHANNEL, MESSAGE)
