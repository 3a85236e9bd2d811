"""Invitations that were queued: to which address, by which channel, resting on which consent."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, select

from hub.db.session import Tx
from hub.db.tables.core import BAN_CASE, CONVERSATION, DELIVERY, IDENTITY, MESSAGE, RECIPIENT, SENT_INVITATION
from hub.ids import new_id
from hub.numbers.policy.ways import Invitation, Outcome
from hub.types import ChannelKind, MessageStatus
from hub.types.bans import BanState
from hub.types.numbers import RecipientState


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """One that is queued now."""

    case_id: str
    recipient_id: str
    identity_id: str
    channel_id: str
    kind: ChannelKind
    message_id: str
    consent_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there were, and when the oldest of them was."""

    count: int
    oldest: datetime | None


def insert(tx: Tx, invitation: NewInvitation) -> None:
    """Note an invitation, in the transaction that queues its message."""
    row = {name: getattr(invitation, name) for name in NewInvitation.__dataclass_fields__}
    tx.insert(SENT_INVITATION, [{"id": new_id(), "organization_id": tx.organization_id, **row}])


def list_of(tx: Tx, recipient_ids: Collection[str]) -> dict[str, tuple[Invitation, ...]]:
    """Return recipient → their invitations, oldest first; one whose message failed has certainly not arrived."""
    rows = tx.all(
        select(SENT_INVITATION, MESSAGE.c.status)
        .outerjoin(MESSAGE, MESSAGE.c.id == SENT_INVITATION.c.message_id)
        .where(
            SENT_INVITATION.c.organization_id == tx.organization_id,
            SENT_INVITATION.c.recipient_id.in_(sorted(recipient_ids)),
        )
        .order_by(SENT_INVITATION.c.at, SENT_INVITATION.c.id)
    )
    found: dict[str, tuple[Invitation, ...]] = {}
    for row in rows:
        outcome = Outcome.RETURNED if row.status == MessageStatus.FAILED else Outcome(row.outcome)
        found[row.recipient_id] = (*found.get(row.recipient_id, ()), Invitation(row.identity_id, row.at, outcome))
    return found


@dataclass(frozen=True, slots=True)
class WaitingInvitation:
    """One whose message is about to go out. `wanted`: its person is still to be invited, and its case still invites."""

    id: str
    message_id: str
    identity_id: str
    wanted: bool


def list_waiting(tx: Tx, message_ids: Collection[str]) -> list[WaitingInvitation]:
    """Return the invitations among messages."""
    to = IDENTITY.alias("invited")
    refused = (
        select(IDENTITY.c.id)
        .where(IDENTITY.c.contact_id == to.c.contact_id, IDENTITY.c.opted_out_at.is_not(None))
        .correlate(to)
    )
    stands = and_(
        RECIPIENT.c.state == RecipientState.INVITED,
        BAN_CASE.c.inviting,
        BAN_CASE.c.over_at.is_(None),
        BAN_CASE.c.state == BanState.RECRUITING,
        ~refused.exists(),
    )
    of = SENT_INVITATION.c.id, SENT_INVITATION.c.message_id, SENT_INVITATION.c.identity_id
    rows = tx.all(
        select(*of, stands.label("wanted"))
        .join(RECIPIENT, RECIPIENT.c.id == SENT_INVITATION.c.recipient_id)
        .join(BAN_CASE, BAN_CASE.c.id == SENT_INVITATION.c.case_id)
        .join(to, to.c.id == SENT_INVITATION.c.identity_id)
        .where(
            SENT_INVITATION.c.organization_id == tx.organization_id,
            SENT_INVITATION.c.message_id.in_(sorted(message_ids)),
        )
    )
    return [WaitingInvitation(row.id, row.message_id, row.identity_id, bool(row.wanted)) for row in rows]


def forget(tx: Tx, invitation_ids: Collection[str]) -> None:
    """Take back the note of invitations that were never sent: they count nowhere."""
    mine = SENT_INVITATION.c.organization_id == tx.organization_id
    tx.execute(delete(SENT_INVITATION).where(mine, SENT_INVITATION.c.id.in_(sorted(invitation_ids))))


def count_of_channel(tx: Tx, channel_id: str, since: datetime) -> Counted:
    """Count what went out by a channel after `since`."""
    return _count(tx, SENT_INVITATION.c.at, SENT_INVITATION.c.channel_id == channel_id, SENT_INVITATION.c.at > since)


def count_people(tx: Tx, kind: ChannelKind, since: datetime) -> Counted:
    """Count the people to whom the organization has queued something unasked on a messenger after `since`."""
    row = tx.first(
        select(func.count(func.distinct(IDENTITY.c.id)).label("all"), func.min(DELIVERY.c.created_at).label("oldest"))
        .join(MESSAGE, MESSAGE.c.id == DELIVERY.c.message_id)
        .join(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id)
        .join(IDENTITY, IDENTITY.c.id == CONVERSATION.c.identity_id)
        .where(
            DELIVERY.c.organization_id == tx.organization_id,
            DELIVERY.c.unasked,
            DELIVERY.c.created_at > since,
            IDENTITY.c.kind == kind,
        )
    )
    return Counted(int(row.all), row.oldest) if row else Counted(0, None)


def count_unasked(tx: Tx, since: datetime) -> Counted:
    """Count what the organization has queued unasked after `since`, invitations among it."""
    return _count(tx, DELIVERY.c.created_at, DELIVERY.c.unasked, DELIVERY.c.created_at > since)


def _count(tx: Tx, at: ColumnElement[datetime], *which: ColumnElement[bool]) -> Counted:
    own = at.table.c.organization_id == tx.organization_id
    row = tx.first(select(func.count().label("all"), func.min(at).label("oldest")).where(own, *which))
    return Counted(int(row.all), row.oldest) if row else Counted(0, None)
