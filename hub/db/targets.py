"""What an errand is about: a message as its provider knows it, and the person it is to or from."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from hub.db.session import Tx
from hub.db.tables.core import CONTACT, CONVERSATION, IDENTITY, MESSAGE, SENDER
from hub.types import Direction, MessageStatus, Person


@dataclass(frozen=True, slots=True)
class Target:
    """A message at its provider. `sender_id` None: it never was there; `current`: its channel still sends from there.

    `theirs`: a person wrote it to us; `ours`: one of our people wrote it here.
    """

    id: str
    conversation_id: str
    sender_id: str | None
    current: bool
    external_id: str | None
    person: Person
    status: MessageStatus
    theirs: bool
    ours: bool
    taken_back: bool
    suspended: bool


@dataclass(frozen=True, slots=True)
class Listener:
    """The person of a conversation; `newest`: the provider's id of the last message they wrote to the sender."""

    sender_id: str
    identity_id: str
    person: Person
    newest: str | None


def find(tx: Tx, message_id: str) -> Target | None:
    row = tx.first(
        _persons(MESSAGE, SENDER.c.state.label("sender_state"))
        .join(MESSAGE, MESSAGE.c.conversation_id == CONVERSATION.c.id)
        .outerjoin(SENDER, SENDER.c.id == MESSAGE.c.sender_id)
        .where(MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.id == message_id)
    )
    if row is None:
        return None
    return Target(
        id=row.id,
        conversation_id=row.conversation_id,
        sender_id=row.sender_id,
        current=row.sender_state == "current",
        external_id=row.external_id,
        person=_person(row),
        status=MessageStatus(row.status),
        theirs=row.direction == Direction.INBOUND,
        ours=row.direction == Direction.OUTBOUND and row.author_type == "user",
        taken_back=row.taken_back_at is not None,
        suspended=row.suspended_at is not None,
    )


def find_listener(tx: Tx, conversation_id: str) -> Listener | None:
    """Return whom a conversation is with, by its channel's current sender; None when it has none."""
    row = tx.first(
        _persons(SENDER.c.id.label("sender_id"), IDENTITY.c.id.label("identity_id"))
        .join(SENDER, (SENDER.c.channel_id == CONVERSATION.c.channel_id) & (SENDER.c.state == "current"))
        .where(CONVERSATION.c.organization_id == tx.organization_id, CONVERSATION.c.id == conversation_id)
    )
    if row is None:
        return None
    return Listener(row.sender_id, row.identity_id, _person(row), _newest(tx, conversation_id, row.sender_id))


def _newest(tx: Tx, conversation_id: str, sender_id: str) -> str | None:
    return tx.scalar(
        select(MESSAGE.c.external_id)
        .where(
            MESSAGE.c.organization_id == tx.organization_id,
            MESSAGE.c.conversation_id == conversation_id,
            MESSAGE.c.sender_id == sender_id,
            MESSAGE.c.direction == Direction.INBOUND,
            MESSAGE.c.external_id.is_not(None),
        )
        .order_by(MESSAGE.c.position.desc(), MESSAGE.c.sequence.desc(), MESSAGE.c.id.desc())
        .limit(1)
    )


def _persons(*columns: Any) -> Select[Any]:
    """Conversations with their person's address."""
    return (
        select(*columns, IDENTITY.c.address, IDENTITY.c.scope, CONTACT.c.name.label("contact_name"))
        .select_from(CONVERSATION)
        .join(IDENTITY, IDENTITY.c.id == CONVERSATION.c.identity_id)
        .join(CONTACT, CONTACT.c.id == CONVERSATION.c.contact_id)
    )


def _person(row: Any) -> Person:
    return Person(row.address, row.scope, row.contact_name)
