"""What has had its time: which rows, how many, and taking them away a portion at a time. Each call may be repeated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, exists, func, or_, select, update

from hub.db import file_removals
from hub.db.parked import UNMATCHED
from hub.db.quarantine import RELEASED
from hub.db.session import Tx
from hub.db.suspension import shown, shown_anywhere
from hub.db.tables.core import (
    ATTACHMENT,
    CONVERSATION,
    EVENT,
    MESSAGE,
    NOTIFICATION,
    ORGANIZATION,
    OUTGOING_CALL,
    PARKED,
    POOL_MESSAGE,
    PRIVACY_CASE,
    QUARANTINE,
    USER,
)
from hub.types import ConversationStatus, EventState

_ENDED = (EventState.HANDLED, EventState.DUPLICATE)


@dataclass(frozen=True, slots=True)
class Store:
    """One kind of thing that goes when its time is over.

    portion   how many go in one transaction: SQLite's write lock is held no longer than about 20 ms
    old       which rows went out of date before a time, of all organizations
    emptied   the columns that go; None: the whole row
    """

    name: str
    table: Table
    portion: int
    old: Callable[[datetime], ColumnElement[bool]]
    emptied: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class DueOrganization:
    """An organization that has something to lose. `days`: its period for closed conversations, None: for ever."""

    id: str
    days: int | None


@dataclass(frozen=True, slots=True)
class OldConversation:
    """A closed conversation that was silent for longer than its organization keeps them."""

    id: str
    contact_id: str
    identity_id: str


def _old_events(before: datetime) -> ColumnElement[bool]:
    """Handled that long ago. A repeated delivery keeps its bytes as long as the first one is not handled."""
    first = EVENT.alias("first")
    state_of_first = (
        select(first.c.state)
        .where(
            first.c.sender_id == EVENT.c.sender_id,
            first.c.event_key == EVENT.c.event_key,
            first.c.state != EventState.DUPLICATE,
        )
        .scalar_subquery()
    )
    repeated = and_(
        EVENT.c.state == EventState.DUPLICATE, func.coalesce(state_of_first, EventState.HANDLED) == EventState.HANDLED
    )
    return and_(
        EVENT.c.body.is_not(None),
        EVENT.c.handled_at < before,
        or_(EVENT.c.state == EventState.HANDLED, repeated),
    )


def _old_uploads(before: datetime) -> ColumnElement[bool]:
    """Nothing carries them: no message, and no user as their photo."""
    photos = select(USER.c.photo_id).where(USER.c.photo_id.is_not(None))
    return and_(ATTACHMENT.c.message_id.is_(None), ATTACHMENT.c.created_at < before, ATTACHMENT.c.id.not_in(photos))


def _old_archives(before: datetime) -> ColumnElement[bool]:
    return and_(PRIVACY_CASE.c.archive.is_not(None), PRIVACY_CASE.c.archive_until < before)


def _old_requests(before: datetime) -> ColumnElement[bool]:
    """Genuine ones were answered like any event: they stay until somebody releases or discards them."""
    return and_(QUARANTINE.c.received_at < before, or_(~QUARANTINE.c.genuine, QUARANTINE.c.state == RELEASED))


EVENT_BYTES = Store("event_bytes", EVENT, 60, _old_events, {"body": None, "headers": {}})
UPLOADS = Store("uploads", ATTACHMENT, 2, _old_uploads)
ARCHIVES = Store("archives", PRIVACY_CASE, 1, _old_archives, {"archive": None})
QUARANTINED = Store("quarantined_requests", QUARANTINE, 20, _old_requests)
# a receipt nobody claimed may quote an address
PARKED_RECEIPTS = Store(
    "parked_receipts", PARKED, 60, lambda before: and_(PARKED.c.state == UNMATCHED, PARKED.c.expires_at < before)
)
# the row stays: it is counted, and a second delivery of it is known
POOL_MESSAGES = Store(
    "pool_messages",
    POOL_MESSAGE,
    60,
    lambda before: and_(POOL_MESSAGE.c.received_at < before, func.length(POOL_MESSAGE.c.body) > 0),
    {"body": b""},
)

CALLS = Store("outgoing_calls", OUTGOING_CALL, 60, lambda before: OUTGOING_CALL.c.done_at < before)
# mails about a conversation go with it; these are about none
LETTERS = Store(
    "letters", NOTIFICATION, 60, lambda before: and_(NOTIFICATION.c.letter.is_not(None), NOTIFICATION.c.due_at < before)
)

OF_ORGANIZATIONS = (EVENT_BYTES, PARKED_RECEIPTS, UPLOADS, ARCHIVES, CALLS, LETTERS)
OF_PLATFORM = (QUARANTINED, POOL_MESSAGES)


def count(tx: Tx, store: Store, before: datetime) -> int:
    """Count what is old; in a session of one organization, of that one."""
    return int(tx.scalar(select(func.count()).select_from(store.table).where(store.old(before))) or 0)


def find(tx: Tx, store: Store, before: datetime) -> list[Any]:
    """Return the ids of the next portion."""
    rows = tx.all(select(store.table.c.id).where(store.old(before)).order_by(store.table.c.id).limit(store.portion))
    return [row.id for row in rows]


def remove(tx: Tx, store: Store, before: datetime, ids: Sequence[Any]) -> int:
    """Take away which of these rows are still old; return how many went."""
    here = store.table.c.id.in_(ids), store.old(before)
    if store is UPLOADS:
        old = tx.all(select(ATTACHMENT.c.id).where(*here))
        return file_removals.remove_files(tx, [row.id for row in old])
    if store.emptied is None:
        return tx.execute(delete(store.table).where(*here)).rowcount
    return tx.execute(update(store.table).where(*here).values(**store.emptied)).rowcount


def list_due(tx: Tx, cutoffs: Mapping[str, datetime], now: datetime) -> list[DueOrganization]:
    """Return the organizations that have something old, by id. Platform work."""
    has_old = [
        exists().where(store.table.c.organization_id == ORGANIZATION.c.id, store.old(cutoffs[store.name]))
        for store in OF_ORGANIZATIONS
    ]
    days = ORGANIZATION.c.conversation_retention_days
    rows = tx.all(
        select(ORGANIZATION.c.id, days, ORGANIZATION.c.suspended_at)
        .where(or_(*has_old, *_have_old_conversations(tx, now)))
        .order_by(ORGANIZATION.c.id)
    )
    return [DueOrganization(row.id, None if row.suspended_at else row.conversation_retention_days) for row in rows]


def _have_old_conversations(tx: Tx, now: datetime) -> list[ColumnElement[bool]]:
    """One condition for each period that some organization has."""
    days = ORGANIZATION.c.conversation_retention_days
    periods = [row.days for row in tx.all(select(days.label("days")).where(days.is_not(None)).distinct())]
    return [
        and_(
            days == period,
            ORGANIZATION.c.suspended_at.is_(None),
            exists().where(
                CONVERSATION.c.organization_id == ORGANIZATION.c.id,
                *_closed_before(now - timedelta(days=period)),
                *shown_anywhere(),
            ),
        )
        for period in periods
    ]


def _closed_before(before: datetime) -> tuple[ColumnElement[bool], ...]:
    """Closed, silent, and nothing in it suspended."""
    suspended = exists().where(
        MESSAGE.c.organization_id == CONVERSATION.c.organization_id,
        MESSAGE.c.conversation_id == CONVERSATION.c.id,
        MESSAGE.c.suspended_at.is_not(None),
    )
    closed = CONVERSATION.c.status == ConversationStatus.CLOSED
    return closed, CONVERSATION.c.last_activity_at < before, ~suspended


def _old_conversations(tx: Tx, before: datetime) -> tuple[ColumnElement[bool], ...]:
    """What is suspended or restricted stays: lifting that shows it again (B6, F20)."""
    return CONVERSATION.c.organization_id == tx.organization_id, *_closed_before(before), *shown(tx)


def count_conversations(tx: Tx, before: datetime) -> int:
    return int(tx.scalar(select(func.count()).select_from(CONVERSATION).where(*_old_conversations(tx, before))) or 0)


def find_conversation(tx: Tx, before: datetime) -> OldConversation | None:
    """Return the next conversation whose time is over."""
    columns = CONVERSATION.c.id, CONVERSATION.c.contact_id, CONVERSATION.c.identity_id
    order = CONVERSATION.c.last_activity_at, CONVERSATION.c.id
    row = tx.first(select(*columns).where(*_old_conversations(tx, before)).order_by(*order).limit(1))
    return OldConversation(row.id, row.contact_id, row.identity_id) if row else None


def lock_conversation(tx: Tx, conversation_id: str, before: datetime) -> bool:
    """Take a conversation for this transaction; False when it is not old any more: somebody wrote meanwhile."""
    here = CONVERSATION.c.id == conversation_id, *_old_conversations(tx, before)
    return tx.first(select(CONVERSATION.c.id).where(*here).with_for_update(key_share=True)) is not None


def empty_events_of(tx: Tx, identity_ids: Sequence[str], before: datetime) -> int:
    """Take the bytes of handled events about these identities that went out of date with their conversation."""
    here = (
        EVENT.c.organization_id == tx.organization_id,
        EVENT.c.identity_id.in_(identity_ids),
        EVENT.c.state.in_(_ENDED),
        EVENT.c.received_at < before,
        EVENT.c.body.is_not(None),
    )
    return tx.execute(update(EVENT).where(*here).values(body=None, headers={})).rowcount


def unlink_events(tx: Tx, identity_ids: Sequence[str]) -> None:
    """Forget whom events were about, once that person is gone."""
    mine = EVENT.c.organization_id == tx.organization_id, EVENT.c.identity_id.in_(identity_ids)
    tx.execute(update(EVENT).where(*mine).values(identity_id=None))
