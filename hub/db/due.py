"""What is due: a sender's queued deliveries whose time has come, with all that sending them needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, func, select

from hub.db import unasked
from hub.db.deliveries import QUEUED, UNDER_WAY
from hub.db.session import Tx
from hub.db.tables.core import CONTACT, CONVERSATION, DELIVERY, IDENTITY, MESSAGE, ORGANIZATION, USER
from hub.types import JsonObject, Person

_FIRST_PAGE = 48

_DELIVERY = DELIVERY.c.id, DELIVERY.c.message_id, DELIVERY.c.state, DELIVERY.c.due_at, DELIVERY.c.attempts
_PLACE = MESSAGE.c.id, MESSAGE.c.conversation_id, MESSAGE.c.suspended_at
_MESSAGE = (
    MESSAGE.c.id,
    MESSAGE.c.conversation_id,
    MESSAGE.c.text,
    MESSAGE.c.parts,
    MESSAGE.c.author_type,
    MESSAGE.c.author_id,
    MESSAGE.c.automatic,
    MESSAGE.c.reply_to_id,
)
_CONVERSATION = (
    CONVERSATION.c.id,
    CONVERSATION.c.contact_id,
    CONVERSATION.c.identity_id,
    CONVERSATION.c.topic,
    CONVERSATION.c.last_inbound_at,
)
_CONTACT = CONTACT.c.id, CONTACT.c.name, CONTACT.c.restricted_at
_IDENTITY = IDENTITY.c.id, IDENTITY.c.address, IDENTITY.c.scope, IDENTITY.c.unreachable, IDENTITY.c.opted_out_at
_ANSWERED = MESSAGE.c.id, MESSAGE.c.external_id
_AUTHOR = USER.c.id, USER.c.alias


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery whose time has come, with all that an adapter needs to know of its message.

    parts             the message's, as they are stored
    author_name       what the person may know of whoever wrote it: their alias, else the organization's name
    by_person         one of our people wrote it, nothing automatic
    last_inbound_at   when the person last wrote in this conversation: what reply windows are counted from
    attempts          how often it was tried before
    """

    id: str
    message_id: str
    conversation_id: str
    recipient: Person
    unreachable: str | None
    opted_out: bool
    text: str
    parts: tuple[JsonObject, ...]
    topic: str | None
    author_name: str
    by_person: bool
    last_inbound_at: datetime | None
    reply_to_external_id: str | None
    attempts: int


def list_due(tx: Tx, sender_id: str, now: datetime, limit: int) -> list[DueDelivery]:
    """Return a sender's due deliveries, oldest first; of one conversation none overtakes an earlier one.

    Suspended messages (B6) and those to restricted contacts (F20) are not due, and let the others pass; so do messages
    that nobody asked for while the sender may only answer.
    """
    asked = (DELIVERY.c.unasked.is_(False),) if unasked.are_forbidden(tx, sender_id, now) else ()
    last, size = _last_due(tx, sender_id, now, *asked), _FIRST_PAGE
    while last is not None:
        # a longer page begins anew: only within one statement nothing can come between two of a conversation
        page = _under_way(tx, sender_id, last, size, *asked)
        known = _know(tx, page)
        chosen = _choose(page, known, now)[:limit]
        if len(chosen) == limit or len(page) < size:
            return _load(tx, chosen, known)
        size *= 4
    return []


def _last_due(tx: Tx, sender_id: str, now: datetime, *which: ColumnElement[bool]) -> str | None:
    """The newest delivery that may be sent by its time: nothing behind it needs to be looked at."""
    return tx.scalar(
        select(func.max(DELIVERY.c.id)).where(
            DELIVERY.c.organization_id == tx.organization_id,
            DELIVERY.c.sender_id == sender_id,
            DELIVERY.c.state == QUEUED,
            UNDER_WAY,
            DELIVERY.c.due_at <= now,
            *which,
        )
    )


def find_tried(tx: Tx, delivery_id: str) -> DueDelivery | None:
    """Return a delivery in whatever state, as it was sent."""
    found = tx.all(
        select(*_DELIVERY).where(DELIVERY.c.organization_id == tx.organization_id, DELIVERY.c.id == delivery_id)
    )
    return next(iter(_load(tx, found, _know(tx, found))), None)


def _under_way(tx: Tx, sender_id: str, last: str, limit: int, *which: ColumnElement[bool]) -> Sequence[Any]:
    """What is queued or being sent, oldest first, up to the last that counts."""
    return tx.all(
        select(*_DELIVERY)
        .where(
            DELIVERY.c.organization_id == tx.organization_id,
            DELIVERY.c.sender_id == sender_id,
            UNDER_WAY,
            DELIVERY.c.id <= last,
            *which,
        )
        .order_by(DELIVERY.c.id)
        .limit(limit)
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """Rows by their ids."""

    messages: Mapping[str, Any]
    conversations: Mapping[str, Any]
    contacts: Mapping[str, Any]

    def contact_of(self, message: Any) -> Any:
        return self.contacts[self.conversations[message.conversation_id].contact_id]


def _choose(page: Sequence[Any], known: _Known, now: datetime) -> list[Any]:
    """Return what may be sent: of each conversation the first, if it is due."""
    chosen: list[Any] = []
    blocked: set[str] = set()
    for row in page:
        message = known.messages.get(row.message_id)
        if message is None or message.conversation_id in blocked:
            continue
        if row.state == QUEUED and message.suspended_at is not None:
            continue
        blocked.add(message.conversation_id)
        if row.state == QUEUED and row.due_at <= now and known.contact_of(message).restricted_at is None:
            chosen.append(row)
    return chosen


def _know(tx: Tx, deliveries: Sequence[Any]) -> _Known:
    """Read what deliveries are about, table by table and each by its primary key.

    As one join PostgreSQL plans it wrong for as long as it has no statistics: it takes an organization for one row, and
    goes through all its messages for each of its conversations.
    """
    messages = _by_id(tx, [row.message_id for row in deliveries], _PLACE)
    conversations = _by_id(tx, [row.conversation_id for row in messages.values()], _CONVERSATION)
    contacts = _by_id(tx, [row.contact_id for row in conversations.values()], _CONTACT)
    # of what is erased between two of these statements one is missing
    whole = {
        key: message
        for key, message in messages.items()
        if message.conversation_id in conversations and conversations[message.conversation_id].contact_id in contacts
    }
    return _Known(whole, conversations, contacts)


def _by_id(tx: Tx, ids: Sequence[str], columns: Sequence[Column[Any]]) -> dict[str, Any]:
    """Return rows of one table; the first column is its primary key."""
    key, *_ = columns
    if not ids:
        return {}
    rows = tx.all(select(*columns).where(key.table.c.organization_id == tx.organization_id, key.in_(sorted(set(ids)))))
    return {row.id: row for row in rows}


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around messages, by ids. `called`: the aliases of our people; `house`: the organization's name."""

    identities: Mapping[str, Any]
    answered: Mapping[str, Any]
    called: Mapping[str, Any]
    house: str

    def name_of(self, author_id: str | None) -> str:
        author = self.called.get(author_id or "")
        return (author.alias if author else "") or self.house


def _load(tx: Tx, deliveries: Sequence[Any], known: _Known) -> list[DueDelivery]:
    found = _by_id(tx, [row.message_id for row in deliveries if row.message_id in known.messages], _MESSAGE)
    there = [row for row in deliveries if row.message_id in found]
    messages = [found[row.message_id] for row in there]
    places = [known.conversations[message.conversation_id] for message in messages]
    if not there:
        return []
    around = _Around(
        _by_id(tx, [place.identity_id for place in places], _IDENTITY),
        _by_id(tx, [message.reply_to_id for message in messages if message.reply_to_id], _ANSWERED),
        _by_id(tx, [message.author_id for message in messages if message.author_id], _AUTHOR),
        tx.scalar(select(ORGANIZATION.c.name).where(ORGANIZATION.c.id == tx.organization_id)) or "",
    )
    return [
        _due(row, message, place, known, around)
        for row, message, place in zip(there, messages, places, strict=True)
        if place.identity_id in around.identities
    ]


def _due(row: Any, message: Any, conversation: Any, known: _Known, around: _Around) -> DueDelivery:
    identity, answered = around.identities[conversation.identity_id], around.answered.get(message.reply_to_id or "")
    return DueDelivery(
        id=row.id,
        message_id=message.id,
        conversation_id=conversation.id,
        recipient=Person(identity.address, identity.scope, known.contact_of(message).name),
        unreachable=identity.unreachable,
        opted_out=identity.opted_out_at is not None,
        text=message.text,
        parts=tuple(message.parts),
        topic=conversation.topic,
        author_name=around.name_of(message.author_id),
        by_person=message.author_type == "user" and not message.automatic,
        last_inbound_at=conversation.last_inbound_at,
        reply_to_external_id=answered.external_id if answered else None,
        attempts=row.attempts,
    )
