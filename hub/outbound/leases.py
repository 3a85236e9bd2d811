"""What the sweep does for sending: ends the leases of processes that died, wakes senders that have something due."""

from hub.conversations.changes import Changes
from hub.db import attempts, deliveries, errands, messages
from hub.db.deliveries import ExpiredLease
from hub.db.session import PlatformWork
from hub.outbound.jobs import DELIVER_JOB, ERRANDS_JOB
from hub.outbound.recording import leave_uncertain
from hub.types import FailureKind, SendFailure
from hub.wiring import Services

_INTERRUPTED = SendFailure(FailureKind.UNCERTAIN, "the hub was interrupted while sending; it may have arrived")


def end_leases(services: Services) -> None:
    """Turn sends whose process died into `uncertain`: a receipt, a look-up or a person decides what was."""
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        expired = deliveries.list_expired(tx, services.clock())
    for each in expired:
        _end(services, each)


def _end(services: Services, expired: ExpiredLease) -> None:
    now, rules = services.clock(), services.adapters[expired.kind].capabilities
    with services.db.transaction(expired.organization_id) as tx:
        found = deliveries.find(tx, expired.delivery_id)
        if found is None or found.state != deliveries.SENDING:
            return
        attempts.finish(tx, [found.id], FailureKind.UNCERTAIN, "", _INTERRUPTED.detail, now)
        leave_uncertain(tx, rules, found.id, found.message_id, _INTERRUPTED, now)
        view = messages.find(tx, found.message_id)
        changes = Changes()
        if view is not None:
            changes.tell("message", id=view.id, conversation_id=view.conversation_id, direction=view.direction)
        changes.write(tx)
    services.queue.notify(expired.organization_id)


def wake_due(services: Services) -> None:
    """Wake the senders that have something due: what lost its wake-up, and what waited for its time."""
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        due = deliveries.senders_due(tx, services.clock())
        with_errands = errands.senders_due(tx, services.clock())
    if due:
        services.queue.wake_many("delivery", DELIVER_JOB, due)
    if with_errands:
        services.queue.wake_many("delivery", ERRANDS_JOB, with_errands)
