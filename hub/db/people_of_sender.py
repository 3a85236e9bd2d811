"""Who has talked over a sender: read a page at a time, for a ledger or a rehearsal of one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from hub.db import people_heard
from hub.db.among import among
from hub.db.session import Tx
from hub.db.tables.core import BAN_CASE, CHANNEL, CONTACT, CONVERSATION, IDENTITY, RECIPIENT, SENDER
from hub.types import ChannelKind
from hub.types.numbers import RecipientState

Place = tuple[str, str]
"""(identity, conversation): where a page ends. Unlike its contact nobody changes the identity of a conversation."""
_THREAD = CONVERSATION.c.id, CONVERSATION.c.contact_id, CONVERSATION.c.identity_id


@dataclass(frozen=True, slots=True)
class PersonOfSender:
    """Somebody of a sender's channel, by one of their conversations.

    opted_out   they, or another address of their contact, do not want to be written to
    talked      something was said over the sender
    wrote       they wrote to the new one since it took over, and its provider vouches for who they are; where it is of
                another kind, any address of their contact may have
    heard_in    the newest conversation in which they did; None: they did not
    """

    identity_id: str
    contact_id: str
    conversation_id: str
    opted_out: bool
    wrote: bool
    talked: bool
    heard_in: str | None = None

    @property
    def place(self) -> Place:
        return self.identity_id, self.conversation_id


@dataclass(frozen=True, slots=True)
class SenderPlace:
    """A sender with the channel it is on. `name`: what the messenger calls it ("@shop_bot")."""

    id: str
    channel_id: str
    channel_name: str
    kind: ChannelKind
    address: str
    name: str


def find_sender(tx: Tx, sender_id: str) -> SenderPlace | None:
    return _place(tx, SENDER.c.id == sender_id)


def find_current(tx: Tx, channel_id: str) -> SenderPlace | None:
    """Return a channel's current sender; None: it has none, or there is no such channel."""
    return _place(tx, SENDER.c.channel_id == channel_id, SENDER.c.state == "current", CHANNEL.c.deleted_at.is_(None))


def list_people(
    tx: Tx, sender: SenderPlace, new_sender_id: str | None, before: Place | None, limit: int
) -> list[PersonOfSender]:
    """Return the people of a sender's channel, those of `before` and behind it left out; not all have `talked`.

    Of somebody with several conversations the newest comes first. Whose rows is left to the guard here and in `_said`:
    said in the query, SQLite would go through all of the organization's for each page.
    """
    page = select(*_THREAD).where(CONVERSATION.c.channel_id == sender.channel_id)
    if before is not None:
        identity, conversation = before
        # the first condition finds the place in the index, the second is exact
        same = and_(CONVERSATION.c.identity_id == identity, CONVERSATION.c.id < conversation)
        page = page.where(CONVERSATION.c.identity_id <= identity, or_(CONVERSATION.c.identity_id < identity, same))
    newest_first = CONVERSATION.c.identity_id.desc(), CONVERSATION.c.id.desc()
    return _people(tx, tx.all(page.order_by(*newest_first).limit(limit)), sender.id, new_sender_id)


def list_carried_over(
    tx: Tx, sender: SenderPlace, new_sender_id: str | None, after: str | None, limit: int
) -> tuple[list[PersonOfSender], str | None]:
    """Return a page of those who were being won for a sender when it was banned itself, and where the next begins.

    Who was erased meanwhile, or is in another thread now, is left out.
    """
    lines = _earlier_lines(tx, sender, after, limit)
    identities = {row.conversation_id: row.identity_id for row in lines if row.conversation_id is not None}
    threads = select(*_THREAD).where(
        CONVERSATION.c.organization_id == tx.organization_id, among(tx, CONVERSATION.c.id, list(identities))
    )
    same = [row for row in tx.all(threads) if row.identity_id == identities[row.id]] if identities else []
    people = [replace(each, talked=True) for each in _people(tx, same, sender.id, new_sender_id)]
    return people, lines[-1].id if len(lines) == limit else None


def know(tx: Tx, people: Sequence[PersonOfSender], sender_id: str, new_sender_id: str | None) -> list[PersonOfSender]:
    """Return people who just talked over a sender with what else is known of them by now."""
    threads = [(each.conversation_id, each.contact_id, each.identity_id) for each in people]
    return [replace(each, talked=True) for each in _people(tx, threads, sender_id, new_sender_id)]


def _earlier_lines(tx: Tx, sender: SenderPlace, after: str | None, limit: int) -> Sequence[Any]:
    """The lines of the ledgers whose people were to be won for this sender."""
    earlier = tx.all(
        select(BAN_CASE.c.id).where(
            BAN_CASE.c.organization_id == tx.organization_id, BAN_CASE.c.new_sender_id == sender.id
        )
    )
    if not earlier:
        return []
    wanted = select(RECIPIENT.c.id, RECIPIENT.c.identity_id, RECIPIENT.c.conversation_id).where(
        RECIPIENT.c.organization_id == tx.organization_id,
        RECIPIENT.c.case_id.in_([row.id for row in earlier]),
        RECIPIENT.c.id > (after or ""),
    )
    return tx.all(wanted.order_by(RECIPIENT.c.id).limit(limit))


def _people(tx: Tx, threads: Sequence[Any], sender_id: str, new_sender_id: str | None) -> list[PersonOfSender]:
    """What is known of the people of these conversations, table by table and each by its keys.

    As joins PostgreSQL plans them wrong for as long as it has no statistics (hub/db/due.py).
    """
    if not threads:
        return []
    talked, wrote = people_heard.listen(tx, threads, sender_id, new_sender_id)
    out = _opted_out(tx, {identity for _, _, identity in threads}, {contact for _, contact, _ in threads})
    return [
        PersonOfSender(
            identity_id=identity,
            contact_id=contact,
            conversation_id=thread,
            opted_out=not out.isdisjoint((identity, contact)),
            wrote=identity in wrote,
            talked=thread in talked,
            heard_in=wrote.get(identity),
        )
        for thread, contact, identity in threads
    ]


def _opted_out(tx: Tx, identity_ids: Collection[str], contact_ids: Collection[str]) -> set[str]:
    """Return who does not want to be written to: contacts with an address that said so, and identities that an earlier
    ledger has as such, whatever has become of the address that said it."""
    said = tx.all(
        select(IDENTITY.c.contact_id).where(
            IDENTITY.c.organization_id == tx.organization_id,
            among(tx, IDENTITY.c.contact_id, contact_ids),
            IDENTITY.c.opted_out_at.is_not(None),
        )
    )
    noted = tx.all(
        select(RECIPIENT.c.identity_id).where(
            RECIPIENT.c.organization_id == tx.organization_id,
            among(tx, RECIPIENT.c.identity_id, identity_ids),
            RECIPIENT.c.state == RecipientState.OPTED_OUT,
        )
    )
    return {*(row.contact_id for row in said), *(row.identity_id for row in noted)}


def _place(tx: Tx, *which: ColumnElement[bool]) -> SenderPlace | None:
    row = tx.first(
        select(
            SENDER.c.id, SENDER.c.channel_id, SENDER.c.kind, SENDER.c.address, SENDER.c.name, CHANNEL.c.name.label("of")
        )
        .join(CHANNEL, CHANNEL.c.id == SENDER.c.channel_id)
        .where(SENDER.c.organization_id == tx.organization_id, *which)
    )
    return SenderPlace(row.id, row.channel_id, row.of, ChannelKind(row.kind), row.address, row.name) if row else None


@dataclass(frozen=True, slots=True)
class NamedIdentity:
    """An identity and its contact, as people know them."""

    id: str
    name: str
    contact_id: str
    contact_name: str


def list_names(tx: Tx, identity_ids: Collection[str]) -> dict[str, NamedIdentity]:
    """Return identity → what it and its contact are called; restricted ones (F20) are left out."""
    rows = tx.all(
        select(
            IDENTITY.c.id, IDENTITY.c.contact_id, IDENTITY.c.name, IDENTITY.c.address, CONTACT.c.name.label("called")
        )
        .join(CONTACT, CONTACT.c.id == IDENTITY.c.contact_id)
        .where(
            IDENTITY.c.organization_id == tx.organization_id,
            IDENTITY.c.id.in_(sorted(set(identity_ids))),
            CONTACT.c.restricted_at.is_(None),
        )
    )
    return {row.id: NamedIdentity(row.id, row.name or row.address, row.contact_id, row.called) for row in rows}
