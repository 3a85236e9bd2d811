"""Removing a person's rows, a bounded portion at a time. Each call may be repeated: it takes what is still there."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, and_, delete, or_, select, update

from hub.db import file_removals, recipient_wishes
from hub.db.json_rows import chunks
from hub.db.person import PersonRecord
from hub.db.person_rows import notices_about
from hub.db.session import Tx
from hub.db.tables.core import (
    ALIAS,
    ASSIGNMENT,
    ATTEMPT,
    AUTOMATIC_ANSWER,
    CONSENT,
    CONTACT,
    CONVERSATION,
    DELIVERY,
    ERRAND,
    IDEMPOTENCY_KEY,
    IDENTITY,
    MESSAGE,
    NOTICE,
    PARKED,
    READ_MARK,
)
from hub.types import JsonObject

Counts = dict[str, int]
"""place → rows removed or changed."""


def remove_messages(tx: Tx, person: PersonRecord, limit: int) -> Counts:
    """Remove up to `limit` messages of the person's conversations with all that hangs on them.

    The bytes of their files go behind the transaction (hub.filing.removing).
    """
    rows = tx.all(
        select(MESSAGE.c.id, MESSAGE.c.external_id)
        .where(
            MESSAGE.c.organization_id == tx.organization_id,
            MESSAGE.c.conversation_id.in_(person.conversation_ids),
        )
        # the order of an index, without which SQLite would read all the organization's messages
        .order_by(MESSAGE.c.conversation_id, MESSAGE.c.position, MESSAGE.c.sequence, MESSAGE.c.id)
        .limit(limit)
    )
    return remove_rows(tx, {row.id: row.external_id for row in rows})


def remove_rows(tx: Tx, messages: Mapping[str, str | None]) -> Counts:
    """Remove messages (id → the provider's id) and all that hangs on them."""
    if not messages:
        return {}
    ids = list(messages)
    delivery_ids = _ids(tx, DELIVERY, DELIVERY.c.message_id, ids)
    further = [each for some in chunks(ids) for each in _further_ids(tx, some)]
    named = [external_id for external_id in (*messages.values(), *further) if external_id]
    return {
        "parked_receipts": _remove_parked(tx, named, delivery_ids),
        "delivery_attempts": _remove(tx, ATTEMPT, ATTEMPT.c.delivery_id, delivery_ids),
        "deliveries": _remove(tx, DELIVERY, DELIVERY.c.id, delivery_ids),
        "attachments": file_removals.remove_of_messages(tx, ids),
        "messages": _remove(tx, MESSAGE, MESSAGE.c.id, ids),
    }


def _further_ids(tx: Tx, message_ids: Sequence[str]) -> list[str]:
    mine = ALIAS.c.organization_id == tx.organization_id, ALIAS.c.message_id.in_(message_ids)
    return [row.external_id for row in tx.all(select(ALIAS.c.external_id).where(*mine))]


def remove_errands(tx: Tx, ids: Sequence[str]) -> int:
    return _remove(tx, ERRAND, ERRAND.c.id, ids)


def remove_parked(tx: Tx, ids: Sequence[str]) -> int:
    return _remove(tx, PARKED, PARKED.c.id, ids)


def remove_notices(tx: Tx, person: PersonRecord) -> int:
    ids = [*person.conversation_ids, *person.contact_ids]
    return sum(tx.execute(delete(NOTICE).where(notices_about(tx, some))).rowcount for some in chunks(ids))


def remove_answers(tx: Tx, rows: Sequence[JsonObject]) -> int:
    """Remove answers kept for repeated requests, as `person_rows.kept_answers` gave them."""
    key = IDEMPOTENCY_KEY.c
    names = ("token_id", "method", "path", "key")
    same = [and_(*(key[name] == row[name] for name in names)) for row in rows]
    if not same:
        return 0
    return tx.execute(delete(IDEMPOTENCY_KEY).where(key.organization_id == tx.organization_id, or_(*same))).rowcount


def remove_conversations(tx: Tx, person: PersonRecord) -> Counts:
    """Remove the person's conversations that nothing is left in."""
    left = select(MESSAGE.c.id).where(MESSAGE.c.conversation_id == CONVERSATION.c.id).exists()
    empty = [
        row.id
        for some in chunks(person.conversation_ids)
        for row in tx.all(
            select(CONVERSATION.c.id).where(
                CONVERSATION.c.organization_id == tx.organization_id, CONVERSATION.c.id.in_(some), ~left
            )
        )
    ]
    recipient_wishes.forget_conversations(tx, empty)
    return {
        "read_marks": _remove(tx, READ_MARK, READ_MARK.c.conversation_id, empty),
        "assignments": _remove(tx, ASSIGNMENT, ASSIGNMENT.c.conversation_id, empty),
        "automatic_answers": _remove(tx, AUTOMATIC_ANSWER, AUTOMATIC_ANSWER.c.conversation_id, empty),
        "conversations": _remove(tx, CONVERSATION, CONVERSATION.c.id, empty),
    }


def remove_person(tx: Tx, person: PersonRecord) -> Counts:
    """Remove identities and contacts, which nothing refers to any more."""
    mine = (CONTACT.c.organization_id == tx.organization_id, CONTACT.c.id.in_(person.contact_ids))
    tx.execute(update(CONTACT).where(*mine).values(merged_into_id=None))
    return {
        "consents": _remove(tx, CONSENT, CONSENT.c.identity_id, person.identity_ids),
        "identities": _remove(tx, IDENTITY, IDENTITY.c.id, person.identity_ids),
        "contacts": _remove(tx, CONTACT, CONTACT.c.id, person.contact_ids),
    }


def change_message(tx: Tx, message_id: str, values: Mapping[str, Any]) -> None:
    _change(tx, MESSAGE, message_id, values)


def change_conversation(tx: Tx, conversation_id: str, values: Mapping[str, Any]) -> None:
    _change(tx, CONVERSATION, conversation_id, values)


def _remove_parked(tx: Tx, external_ids: Sequence[str], delivery_ids: Sequence[str]) -> int:
    return _remove(tx, PARKED, PARKED.c.external_id, external_ids) + _remove(
        tx, PARKED, PARKED.c.delivery_id, delivery_ids
    )


def _ids(tx: Tx, table: Table, column: Any, ids: Collection[str]) -> list[str]:
    found = []
    for some in chunks(ids):
        rows = tx.all(select(table.c.id).where(table.c.organization_id == tx.organization_id, column.in_(some)))
        found += [row.id for row in rows]
    return found


def _remove(tx: Tx, table: Table, column: Any, ids: Collection[str]) -> int:
    mine = table.c.organization_id == tx.organization_id
    return sum(tx.execute(delete(table).where(mine, column.in_(some))).rowcount for some in chunks(ids))


def _change(tx: Tx, table: Table, row_id: str, values: Mapping[str, Any]) -> None:
    tx.execute(update(table).where(table.c.organization_id == tx.organization_id, table.c.id == row_id).values(values))
