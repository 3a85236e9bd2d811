"""Conversations as the line and the operators change them. Whoever changes one has it locked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from hub.db.session import Tx
from hub.db.suspension import shown_anywhere
from hub.db.tables.core import CHANNEL, CONVERSATION, READ_MARK
from hub.types import ConversationStatus, WaitingFor

_CHANGING = (
    "identity_id",
    "status",
    "waiting_for",
    "answered",
    "topic",
    "priority",
    "group_id",
    "assignee_id",
    "assigned_at",
    "routing",
    "needs",
    "queued_at",
    "told_at",
    "last_assignee_id",
    "language",
    "waiting_since",
    "snoozed_until",
    "last_inbound_at",
    "last_activity_at",
    "preview",
    "preview_direction",
    "inbound_count",
)
_DERIVED = ("urgency", "choose_until")


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """A conversation's row, the value that `hub.conversations.life` turns into the next one.

    needs             what an operator must have, as `hub.routing.policy.needs` writes it; "" nothing
    queued_at         since when it stands in its group's line; `told_at`: when the supervisors were told of it
    last_assignee_id  who had it last
    language          of the text it was routed by
    """

    id: str
    channel_id: str
    contact_id: str
    identity_id: str
    status: ConversationStatus
    waiting_for: WaitingFor
    answered: bool
    topic: str | None
    priority: int
    group_id: str | None
    assignee_id: str | None
    assigned_at: datetime | None
    routing: Mapping[str, Any]
    waiting_since: datetime | None
    snoozed_until: datetime | None
    last_inbound_at: datetime | None
    last_activity_at: datetime
    preview: str
    preview_direction: str
    inbound_count: int
    created_at: datetime
    needs: str = ""
    queued_at: datetime | None = None
    told_at: datetime | None = None
    last_assignee_id: str | None = None
    language: str = ""


def lock(tx: Tx, conversation_id: str) -> ConversationRecord | None:
    """Take one conversation for this transaction."""
    found = lock_many(tx, [conversation_id])
    return found[0] if found else None


def find(tx: Tx, conversation_id: str) -> ConversationRecord | None:
    mine = CONVERSATION.c.organization_id == tx.organization_id, CONVERSATION.c.id == conversation_id
    row = tx.first(select(CONVERSATION).where(*mine))
    return _record(row) if row else None


def lock_many(tx: Tx, conversation_ids: Sequence[str]) -> list[ConversationRecord]:
    """Take conversations for this transaction, in the order of their ids so that no two wait for each other."""
    return _locked(tx, CONVERSATION.c.id.in_(conversation_ids))


def lock_of_contacts(tx: Tx, channel_id: str, contact_ids: Sequence[str]) -> list[ConversationRecord]:
    """Take every conversation of some contacts on one channel, oldest first."""
    if not contact_ids:
        return []
    return _locked(tx, CONVERSATION.c.channel_id == channel_id, CONVERSATION.c.contact_id.in_(contact_ids))


def _locked(tx: Tx, *conditions: Any) -> list[ConversationRecord]:
    rows = tx.all(
        select(CONVERSATION)
        .where(CONVERSATION.c.organization_id == tx.organization_id, *conditions)
        .order_by(CONVERSATION.c.id)
        .with_for_update(key_share=True)
    )
    return [_record(row) for row in rows]


def find_open_beside(tx: Tx, record: ConversationRecord) -> str | None:
    """Return another open conversation of the same identity and channel."""
    return tx.scalar(
        select(CONVERSATION.c.id).where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.channel_id == record.channel_id,
            CONVERSATION.c.identity_id == record.identity_id,
            CONVERSATION.c.status != ConversationStatus.CLOSED,
            CONVERSATION.c.id != record.id,
        )
    )


def find_identity(tx: Tx, conversation_id: str) -> str | None:
    """Return under which identity the person is answered, None when the conversation is gone."""
    mine = CONVERSATION.c.organization_id == tx.organization_id, CONVERSATION.c.id == conversation_id
    return tx.scalar(select(CONVERSATION.c.identity_id).where(*mine))


def insert(tx: Tx, records: Sequence[ConversationRecord]) -> None:
    tx.insert(CONVERSATION, [_all_values(tx, record) for record in records])


def save(tx: Tx, records: Sequence[ConversationRecord]) -> None:
    """Write what may change of conversations that this transaction has locked."""
    if not records:
        return
    statement = (
        update(CONVERSATION)
        .where(CONVERSATION.c.id == bindparam("key"), CONVERSATION.c.organization_id == bindparam("organization"))
        .values({name: bindparam(f"new_{name}") for name in (*_CHANGING, *_DERIVED)})
    )
    tx.execute(statement, [_new_values(tx, record) for record in records])


def _new_values(tx: Tx, record: ConversationRecord) -> dict[str, object]:
    changed = {name: getattr(record, name) for name in _CHANGING} | _derived(record)
    values: dict[str, object] = {f"new_{name}": value for name, value in changed.items()}
    return values | {"key": record.id, "organization": tx.organization_id}


def _all_values(tx: Tx, record: ConversationRecord) -> dict[str, object]:
    values = {name: getattr(record, name) for name in ConversationRecord.__dataclass_fields__}
    return values | {"organization_id": tx.organization_id} | _derived(record)


def _derived(record: ConversationRecord) -> dict[str, object]:
    """What lines and choices are found by, of what the record says."""
    until = record.routing.get("choose_until")
    return {"urgency": -record.priority, "choose_until": until and datetime.fromisoformat(until)}


def mark_read(tx: Tx, user_id: str, record: ConversationRecord) -> bool:
    """Set a user's read mark to all that has come in so far; False when it stood there."""
    values = {"organization_id": tx.organization_id, "user_id": user_id, "conversation_id": record.id}
    if tx.insert_new(READ_MARK, [values | {"inbound_count": record.inbound_count}], ("user_id",)):
        return True
    mine = (READ_MARK.c.user_id == user_id, READ_MARK.c.conversation_id == record.id)
    moved = tx.execute(
        update(READ_MARK)
        .where(*mine, READ_MARK.c.inbound_count != record.inbound_count)
        .values(inbound_count=record.inbound_count)
    )
    return moved.rowcount == 1


def list_snoozed_until(tx: Tx, now: datetime, limit: int, but: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return (organization, conversation) of snoozes that are over, of what may be shown. Platform work.

    `but`: organizations that are passed over.
    """
    rows = tx.all(
        select(CONVERSATION.c.organization_id, CONVERSATION.c.id)
        .where(
            CONVERSATION.c.snoozed_until <= now,
            CONVERSATION.c.status != ConversationStatus.CLOSED,
            *([CONVERSATION.c.organization_id.not_in(sorted(but))] if but else []),
            *shown_anywhere(),
        )
        .order_by(CONVERSATION.c.snoozed_until, CONVERSATION.c.id)
        .limit(limit)
    )
    return [(row.organization_id, row.id) for row in rows]


def group_of_channel(tx: Tx, channel_id: str) -> str | None:
    """Return the group that answers a channel."""
    return tx.scalar(
        select(CHANNEL.c.group_id).where(CHANNEL.c.organization_id == tx.organization_id, CHANNEL.c.id == channel_id)
    )


def _record(row: Any) -> ConversationRecord:
    return ConversationRecord(
        id=row.id,
        channel_id=row.channel_id,
        contact_id=row.contact_id,
        identity_id=row.identity_id,
        status=ConversationStatus(row.status),
        waiting_for=WaitingFor(row.waiting_for),
        answered=row.answered,
        topic=row.topic,
        priority=row.priority,
        group_id=row.group_id,
        assignee_id=row.assignee_id,
        assigned_at=row.assigned_at,
        routing=row.routing,
        waiting_since=row.waiting_since,
        snoozed_until=row.snoozed_until,
        last_inbound_at=row.last_inbound_at,
        last_activity_at=row.last_activity_at,
        preview=row.preview,
        preview_direction=row.preview_direction,
        inbound_count=row.inbound_count,
        created_at=row.created_at,
        needs=row.needs,
        queued_at=row.queued_at,
        told_at=row.told_at,
        last_assignee_id=row.last_assignee_id,
        language=row.language,
    )
