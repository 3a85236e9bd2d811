"""What providers call messages: one id each, and further ones of what is several messages at the provider."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select, update

from hub.db.messages import MessageRef, below
from hub.db.session import Tx
from hub.db.tables.core import ALIAS, MESSAGE
from hub.types import MessageStatus

_COLUMNS = (MESSAGE.c.id, MESSAGE.c.conversation_id, MESSAGE.c.status)


def find_messages(tx: Tx, sender_id: str, external_ids: Sequence[str]) -> dict[str, MessageRef]:
    """Return the messages that a sender's provider knows under these ids, by whichever of its ids was asked for."""
    if not external_ids:
        return {}
    own = MESSAGE.c.sender_id == sender_id, MESSAGE.c.external_id.in_(list(external_ids))
    found = _refs(tx, *own)
    left = [each for each in external_ids if each not in found]
    return found | _further(tx, left, ALIAS.c.sender_id == sender_id)


def find_in_channel(tx: Tx, channel_id: str, external_ids: Sequence[str]) -> dict[str, MessageRef]:
    """Return the messages of any sender of a channel, by the provider's ids."""
    if not external_ids:
        return {}
    here = MESSAGE.c.channel_id == channel_id
    found = _refs(tx, here, MESSAGE.c.external_id.in_(list(external_ids)))
    left = [each for each in external_ids if each not in found]
    return found | _further(tx, left, here)


def find_albums(tx: Tx, sender_id: str, albums: Collection[str]) -> dict[str, MessageRef]:
    """Return album → its message, of those a sender has heard of."""
    if not albums:
        return {}
    rows = tx.all(
        select(*_COLUMNS, MESSAGE.c.external_id, MESSAGE.c.album).where(
            MESSAGE.c.organization_id == tx.organization_id,
            MESSAGE.c.sender_id == sender_id,
            MESSAGE.c.album.in_(list(albums)),
        )
    )
    return {row.album: _ref(row) for row in rows}


def add_further(tx: Tx, sender_id: str, messages: Mapping[str, str]) -> None:
    """Note further ids of messages (provider's id → message). One that is known already stays whose it was."""
    rows = [
        {
            "organization_id": tx.organization_id,
            "sender_id": sender_id,
            "external_id": external_id,
            "message_id": message_id,
        }
        for external_id, message_id in messages.items()
    ]
    tx.insert_new(ALIAS, rows, returning=("external_id",))


def note_sent(tx: Tx, sent: Mapping[str, str], status: MessageStatus, now: datetime) -> set[str]:
    """Raise messages (id → what the provider calls it) by its answers to their sends; return those that moved.

    As `messages.learn_external_id` and `messages.raise_status` do one by one: an id that is known stays, no status goes
    back, and the time of a first word counts.
    """
    rows = tx.all(
        update(MESSAGE)
        .where(
            MESSAGE.c.organization_id == tx.organization_id,
            MESSAGE.c.id.in_(list(sent)),
            MESSAGE.c.status.in_(below(status)),
        )
        .values(
            external_id=func.coalesce(MESSAGE.c.external_id, case(dict(sent), value=MESSAGE.c.id)),
            status=status,
            error_kind=None,
            error_detail=None,
            sent_at=func.coalesce(MESSAGE.c.sent_at, literal(now, MESSAGE.c.sent_at.type)),
        )
        .returning(MESSAGE.c.id)
    )
    return {row.id for row in rows}


def list_all(tx: Tx, message_id: str) -> list[str]:
    """Return every id the provider knows a message by, its own first."""
    own = select(MESSAGE.c.external_id).where(MESSAGE.c.organization_id == tx.organization_id)
    first = tx.scalar(own.where(MESSAGE.c.id == message_id, MESSAGE.c.external_id.is_not(None)))
    rows = tx.all(
        select(ALIAS.c.external_id).where(
            ALIAS.c.organization_id == tx.organization_id, ALIAS.c.message_id == message_id
        )
    )
    return [*([first] if first else []), *sorted(row.external_id for row in rows)]


def _refs(tx: Tx, *conditions: ColumnElement[bool]) -> dict[str, MessageRef]:
    rows = tx.all(
        select(*_COLUMNS, MESSAGE.c.external_id).where(MESSAGE.c.organization_id == tx.organization_id, *conditions)
    )
    return {row.external_id: _ref(row) for row in rows}


def _further(tx: Tx, external_ids: Collection[str], condition: ColumnElement[bool]) -> dict[str, MessageRef]:
    if not external_ids:
        return {}
    rows = tx.all(
        select(*_COLUMNS, ALIAS.c.external_id.label("further"), MESSAGE.c.external_id)
        .join(ALIAS, ALIAS.c.message_id == MESSAGE.c.id)
        .where(
            MESSAGE.c.organization_id == tx.organization_id,
            ALIAS.c.organization_id == tx.organization_id,
            ALIAS.c.external_id.in_(list(external_ids)),
            condition,
        )
    )
    return {row.further: _ref(row) for row in rows}


def _ref(row: Any) -> MessageRef:
    return MessageRef(row.id, row.conversation_id, row.external_id, MessageStatus(row.status))
