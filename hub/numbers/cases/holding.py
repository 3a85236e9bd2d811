"""What is done at once because something happened to a case: columns of the sender and of the case, in its transaction.

A hold stops what its acts name, and nothing else: an SMS sender on a number whose WhatsApp sender is banned goes on.
"""

from dataclasses import replace
from datetime import datetime

from hub.db import held_messages, holds, notices
from hub.db.ban_cases import CaseRecord
from hub.db.session import Tx
from hub.numbers import detecting
from hub.numbers.policy import effects as e
from hub.numbers.policy.limits import LIMITS
from hub.outbound.jobs import DELIVER_JOB
from hub.types import Level
from hub.types.bans import Act
from hub.wiring import Services


def at_once(services: Services, tx: Tx, record: CaseRecord, effect: e.Effect, reason: str, now: datetime) -> CaseRecord:
    """Do what of an effect cannot wait; return the case as it is then. The sender and the case are locked."""
    match effect:
        case e.Hold():
            _hold(services, tx, record, effect, reason, now)
        case e.Reopen():
            holds.reopen(tx, record.sender_id)
            _deliver(services, tx, record, now)
        case e.Look():
            holds.look_at(tx, record.sender_id, now)
            tx.after_commit(lambda: detecting.wake(services, [record.sender_id]))
        case e.ReleaseOffer():
            return replace(record, reserved={})
        case e.StopInvitations():
            return replace(record, inviting=False)
        case _:
            pass
    return record


def announce(services: Services, tx: Tx, record: CaseRecord) -> None:
    """Tell the organization's browsers that a case and its channel changed."""
    organization_id = tx.organization_id
    # drawing notice numbers locks the organization's row: last of all
    tx.before_commit(lambda: notices.add(tx, [("ban", {"id": record.id}), ("channel", {"id": record.channel_id})]))
    tx.after_commit(lambda: services.queue.notify(organization_id) and None)


def _hold(services: Services, tx: Tx, record: CaseRecord, effect: e.Hold, reason: str, now: datetime) -> None:
    case = record.case
    what = None
    if Act.REPLIES in effect.acts:
        what = holds.CREDENTIALS if case.level is Level.CREDENTIALS else holds.BANNED
    freed = holds.forbid(
        tx, record.sender_id, holds.Forbidden(case.level, case.reach, effect.acts, effect.until, what, reason)
    )
    if freed:
        _deliver(services, tx, record, now)


def _deliver(services: Services, tx: Tx, record: CaseRecord, now: datetime) -> None:
    """Let what waited go out, but what is too late for that or was said otherwise meanwhile: a person decides on it."""
    held_messages.hold_overtaken(tx, record.sender_id, now - LIMITS.goes_out)
    tx.after_commit(lambda: services.queue.wake("delivery", DELIVER_JOB, record.sender_id) and None)
