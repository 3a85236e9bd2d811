"""Correcting a name (F18), and the copies of it that messages carry."""

from sqlalchemy import ColumnElement, or_, select, update

from hub.db import contacts
from hub.db.session import Tx
from hub.db.tables.core import CONTACT, CONVERSATION, IDENTITY, MESSAGE
from hub.types import Direction


def rename_identity(tx: Tx, contact_id: str, identity_id: str, name: str) -> str | None:
    """Give an identity of a contact another name; return the old one, None when the contact has no such identity."""
    mine = (
        IDENTITY.c.organization_id == tx.organization_id,
        IDENTITY.c.contact_id == contact_id,
        IDENTITY.c.id == identity_id,
    )
    old: str | None = tx.scalar(select(IDENTITY.c.name).where(*mine).with_for_update())
    if old is not None:
        tx.execute(update(IDENTITY).where(*mine).values(name=name, corrected=True))
        _rename_author(tx, CONVERSATION.c.identity_id == identity_id, contact_id, old, name)
    return old


def rename_contact(tx: Tx, contact_id: str, old: str, name: str) -> None:
    """Carry a contact's new name to the messages it wrote under the old one, and to those it will write."""
    called = (
        IDENTITY.c.organization_id == tx.organization_id,
        IDENTITY.c.contact_id == contact_id,
        or_(IDENTITY.c.name.in_((old, "")), IDENTITY.c.address == old),
    )
    tx.execute(update(IDENTITY).where(*called).values(name=name, corrected=True))
    _rename_author(tx, CONVERSATION.c.contact_id == contact_id, contact_id, old, name)


def name_person(tx: Tx, identity_id: str, name: str) -> bool:
    """Take what the provider calls a person, unless people named them; False when nothing changes.

    The contact follows as long as it has no better name: its address, or what the provider called them before.
    """
    here = IDENTITY.c.organization_id == tx.organization_id, IDENTITY.c.id == identity_id
    # the contact first, as everybody does who changes a person: two that met the other way round would block each other
    contacts.lock(tx, [row.contact_id for row in tx.all(select(IDENTITY.c.contact_id).where(*here))])
    row = tx.first(select(IDENTITY).where(*here).with_for_update())
    if row is None or row.corrected or not name or row.name == name:
        return False
    before = row.name or row.address
    tx.execute(update(IDENTITY).where(*here).values(name=name))
    contact = CONTACT.c.organization_id == tx.organization_id, CONTACT.c.id == row.contact_id
    tx.execute(update(CONTACT).where(*contact, CONTACT.c.name.in_((before, row.address))).values(name=name))
    _rename_author(tx, CONVERSATION.c.identity_id == identity_id, row.contact_id, before, name)
    return True


def _rename_author(tx: Tx, whose: ColumnElement[bool], contact_id: str, old: str, name: str) -> None:
    """In their conversations, and where they wrote into a thread of somebody else."""
    theirs = select(CONVERSATION.c.id).where(CONVERSATION.c.organization_id == tx.organization_id, whose)
    tx.execute(
        update(MESSAGE)
        .where(
            MESSAGE.c.organization_id == tx.organization_id,
            or_(MESSAGE.c.conversation_id.in_(theirs), MESSAGE.c.author_id == contact_id),
            MESSAGE.c.direction == Direction.INBOUND,
            MESSAGE.c.author_name == old,
        )
        .values(author_name=name)
    )
