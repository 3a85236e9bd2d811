"""Look-ups: which uncertain deliveries the provider is to be asked about, and what follows from its answer."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select, update

from hub.db.deliveries import QUEUED, SENDING, UNCERTAIN
from hub.db.session import Tx
from hub.db.suspension import resting_senders
from hub.db.tables.core import ALIAS, ATTEMPT, CONVERSATION, DELIVERY, MESSAGE
from hub.types import Direction, MessageStatus


@dataclass(frozen=True, slots=True)
class LookUpRef:
    """A delivery to one person to be looked up.

    `number` says which look-up it is (0 the first) and guards against a stale answer.
    """

    organization_id: str
    sender_id: str
    delivery_id: str
    identity_id: str
    number: int


def schedule(tx: Tx, delivery_id: str, at: datetime | None) -> None:
    """Let an uncertain delivery be looked up at a time; None: never again, a person decides."""
    mine = DELIVERY.c.organization_id == tx.organization_id, DELIVERY.c.id == delivery_id
    tx.execute(update(DELIVERY).where(*mine, DELIVERY.c.state == UNCERTAIN).values(look_up_at=at))


def cancel(tx: Tx, message_id: str) -> None:
    """Ask no more about a message: a person has decided."""
    mine = DELIVERY.c.organization_id == tx.organization_id, DELIVERY.c.message_id == message_id
    tx.execute(update(DELIVERY).where(*mine, DELIVERY.c.look_up_at.is_not(None)).values(look_up_at=None))


def list_due(tx: Tx, now: datetime, limit: int) -> list[LookUpRef]:
    """Return the deliveries to be looked up by now, the longest waiting first. Platform work."""
    rows = tx.all(
        select(
            DELIVERY.c.organization_id,
            DELIVERY.c.sender_id,
            DELIVERY.c.id,
            DELIVERY.c.look_ups,
            CONVERSATION.c.identity_id,
        )
        .join(MESSAGE, MESSAGE.c.id == DELIVERY.c.message_id)
        .join(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id)
        .where(
            DELIVERY.c.look_up_at <= now,
            DELIVERY.c.state == UNCERTAIN,
            DELIVERY.c.sender_id.not_in(resting_senders()),
        )
        .order_by(DELIVERY.c.look_up_at, DELIVERY.c.id)
        .limit(limit)
    )
    return [LookUpRef(row.organization_id, row.sender_id, row.id, row.identity_id, row.look_ups) for row in rows]


def claim(tx: Tx, ref: LookUpRef, until: datetime) -> LookUpRef | None:
    """Take a look-up for this process until a time; None when another one did, or the message is known meanwhile."""
    done = tx.execute(
        update(DELIVERY).where(_still(tx, ref)).values(look_ups=DELIVERY.c.look_ups + 1, look_up_at=until)
    )
    if done.rowcount != 1:
        return None
    return replace(ref, number=ref.number + 1)


def is_open(tx: Tx, ref: LookUpRef) -> bool:
    """Whether the answer to a claimed look-up still counts: no receipt, person or other process was faster."""
    return tx.scalar(select(DELIVERY.c.id).where(_still(tx, ref))) is not None


def queue_again(tx: Tx, ref: LookUpRef, message_id: str, due_at: datetime) -> None:
    """Put a delivery that was certainly not sent back among the queued ones, its message too."""
    done = tx.execute(
        update(DELIVERY).where(_still(tx, ref)).values(state=QUEUED, lease_until=None, look_up_at=None, due_at=due_at)
    )
    if done.rowcount == 1:
        tx.execute(
            update(MESSAGE)
            .where(MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.id == message_id)
            .where(MESSAGE.c.status == MessageStatus.UNCERTAIN)
            .values(status=MessageStatus.QUEUED, error_kind=None, error_detail=None)
        )


def tried_at(tx: Tx, delivery_id: str) -> datetime | None:
    """Return when a delivery's last attempt began."""
    return tx.scalar(
        select(func.max(ATTEMPT.c.started_at)).where(
            ATTEMPT.c.organization_id == tx.organization_id, ATTEMPT.c.delivery_id == delivery_id
        )
    )


def is_sending_to(tx: Tx, identity_id: str) -> bool:
    """Whether a message to a person is being sent: the provider may list it before its own answer names it."""
    return (
        tx.scalar(
            select(DELIVERY.c.id)
            .join(MESSAGE, MESSAGE.c.id == DELIVERY.c.message_id)
            .where(DELIVERY.c.organization_id == tx.organization_id, DELIVERY.c.state == SENDING)
            .where(MESSAGE.c.conversation_id.in_(_conversations_with(tx, identity_id)))
            .limit(1)
        )
        is not None
    )


def known_ids(tx: Tx, identity_id: str, since: datetime) -> frozenset[str]:
    """Return what the provider calls the messages to a person that were sent since a time."""
    sent = (
        (MESSAGE.c.organization_id == tx.organization_id)
        & MESSAGE.c.conversation_id.in_(_conversations_with(tx, identity_id))
        & (MESSAGE.c.direction == Direction.OUTBOUND)
        & ((MESSAGE.c.sent_at >= since) | (MESSAGE.c.created_at >= since))
    )
    own = tx.all(select(MESSAGE.c.external_id).where(sent, MESSAGE.c.external_id.is_not(None)))
    further = tx.all(
        select(ALIAS.c.external_id)
        .join(MESSAGE, MESSAGE.c.id == ALIAS.c.message_id)
        .where(ALIAS.c.organization_id == tx.organization_id, sent)
    )
    return frozenset(row.external_id for row in (*own, *further))


def _conversations_with(tx: Tx, identity_id: str) -> Select[tuple[str]]:
    return select(CONVERSATION.c.id).where(
        CONVERSATION.c.organization_id == tx.organization_id, CONVERSATION.c.identity_id == identity_id
    )


def _still(tx: Tx, ref: LookUpRef) -> ColumnElement[bool]:
    return (
        (DELIVERY.c.organization_id == tx.organization_id)
        & (DELIVERY.c.id == ref.delivery_id)
        & (DELIVERY.c.state == UNCERTAIN)
        & (DELIVERY.c.look_ups == ref.number)
        & DELIVERY.c.look_up_at.is_not(None)
    )
