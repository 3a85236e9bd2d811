"""Mails that one person wrote into the thread of another: the references of a mail may name any message."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update

from hub.db.person import PersonRecord
from hub.db.session import Tx
from hub.db.tables.core import CONVERSATION, IDENTITY, MESSAGE
from hub.types import Direction


def letters_of(tx: Tx, person: PersonRecord) -> ColumnElement[bool]:
    """What a person wrote into a thread that is somebody else's: the references of a mail may name any."""
    return and_(
        MESSAGE.c.organization_id == tx.organization_id,
        MESSAGE.c.direction == Direction.INBOUND,
        MESSAGE.c.author_type == "contact",
        MESSAGE.c.author_id.in_(person.contact_ids),
        MESSAGE.c.conversation_id.not_in(person.conversation_ids),
    )


def list_letters(tx: Tx, person: PersonRecord, limit: int) -> list[Any]:
    """Return (id, external_id, conversation_id) of what a person wrote into threads of others."""
    columns = MESSAGE.c.id, MESSAGE.c.external_id, MESSAGE.c.conversation_id
    return list(tx.all(select(*columns).where(letters_of(tx, person)).limit(limit)))


def list_of_others(tx: Tx, person: PersonRecord, limit: int) -> list[Any]:
    """Return (id, conversation_id, author_id) of what others wrote into the threads of a person."""
    return list(
        tx.all(
            select(MESSAGE.c.id, MESSAGE.c.conversation_id, MESSAGE.c.author_id)
            .where(
                MESSAGE.c.organization_id == tx.organization_id,
                MESSAGE.c.conversation_id.in_(person.conversation_ids),
                MESSAGE.c.direction == Direction.INBOUND,
                MESSAGE.c.author_type == "contact",
                MESSAGE.c.author_id.not_in(person.contact_ids),
            )
            .order_by(MESSAGE.c.position, MESSAGE.c.id)
            .limit(limit)
        )
    )


def forget_answered(tx: Tx, conversation_ids: Collection[str], message_ids: Collection[str]) -> None:
    """Let entries of these conversations answer no message that is gone."""
    tx.execute(
        update(MESSAGE)
        .where(
            MESSAGE.c.organization_id == tx.organization_id,
            MESSAGE.c.conversation_id.in_(conversation_ids),
            MESSAGE.c.reply_to_id.in_(message_ids),
        )
        .values(reply_to_id=None)
    )


def newest_said(tx: Tx, conversation_id: str) -> Any:
    """Return (text, direction, parts, taken_back_at) of a conversation's newest message, notes and activity aside."""
    return tx.first(
        select(MESSAGE.c.text, MESSAGE.c.direction, MESSAGE.c.parts, MESSAGE.c.taken_back_at)
        .where(
            MESSAGE.c.organization_id == tx.organization_id,
            MESSAGE.c.conversation_id == conversation_id,
            MESSAGE.c.direction.in_((Direction.INBOUND, Direction.OUTBOUND)),
        )
        .order_by(MESSAGE.c.position.desc(), MESSAGE.c.sequence.desc(), MESSAGE.c.id.desc())
        .limit(1)
    )


def find_conversation(tx: Tx, contact_ids: Sequence[str], channel_id: str) -> str | None:
    """Return the newest conversation of a contact on a channel."""
    return tx.scalar(
        select(CONVERSATION.c.id)
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.channel_id == channel_id,
            CONVERSATION.c.contact_id.in_(contact_ids),
        )
        .order_by(CONVERSATION.c.last_activity_at.desc(), CONVERSATION.c.id)
        .limit(1)
    )


def get_conversation(tx: Tx, conversation_id: str) -> Mapping[str, Any]:
    """Return a conversation with every column, and the `kind` of its identity."""
    row = tx.first(
        select(CONVERSATION, IDENTITY.c.kind)
        .join(IDENTITY, IDENTITY.c.id == CONVERSATION.c.identity_id)
        .where(CONVERSATION.c.organization_id == tx.organization_id, CONVERSATION.c.id == conversation_id)
    )
    return dict(row._mapping) if row else {}


def insert_conversation(tx: Tx, values: Mapping[str, Any]) -> None:
    """Make a conversation of what `get_conversation` gave, changed."""
    tx.insert(CONVERSATION, [{name: value for name, value in values.items() if name != "kind"}])


def move(tx: Tx, message_ids: Sequence[str], conversation_id: str) -> None:
    """Put messages into another conversation of the same channel; they answer nothing that is left behind."""
    tx.execute(
        update(MESSAGE)
        .where(MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.id.in_(message_ids))
        .values(conversation_id=conversation_id, reply_to_id=None)
    )
