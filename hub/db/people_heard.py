"""Who of the people of a banned sender has written to the one that took over, before the ledger had them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from hub.db.among import among
from hub.db.session import Tx
from hub.db.tables.core import BAN_CASE, BAN_EVENT, CONVERSATION, IDENTITY, MESSAGE, SENDER
from hub.types import Direction

Thread = tuple[str, str, str]
"""(conversation, contact, identity)."""


def listen(
    tx: Tx, threads: Sequence[Thread], sender_id: str, new_sender_id: str | None
) -> tuple[set[str], dict[str, str]]:
    """Return in which of the conversations something was said over a sender, and identity → the newest conversation in
    which they wrote to the new one. Table by table and each by its keys, as `people_of_sender` reads.
    """
    new = _find_new(tx, sender_id, new_sender_id) if new_sender_id else None
    talks = _talks_with(tx, new, {contact for _, contact, _ in threads}) if new else []
    talked, heard = _said(tx, {each[0] for each in (*threads, *talks)}, sender_id, new)
    return talked, _who_wrote(tx, threads, [each for each in talks if each[0] in heard], new)


@dataclass(frozen=True, slots=True)
class _New:
    """The sender that took over. `since`: what it was told before proves nothing; None: it is told nothing before."""

    id: str
    channel_id: str
    kind: str
    since: datetime | None


def _find_new(tx: Tx, sender_id: str, new_sender_id: str) -> _New | None:
    rows = tx.all(
        select(SENDER.c.id, SENDER.c.channel_id, SENDER.c.kind).where(
            SENDER.c.organization_id == tx.organization_id, SENDER.c.id.in_([sender_id, new_sender_id])
        )
    )
    found = {row.id: row for row in rows}
    if new_sender_id not in found:
        return None
    new, old = found[new_sender_id], found.get(sender_id)
    is_its_own = old is not None and old.channel_id == new.channel_id
    return _New(new.id, new.channel_id, new.kind, None if is_its_own else _replaced_at(tx, sender_id, new_sender_id))


def _replaced_at(tx: Tx, sender_id: str, new_sender_id: str) -> datetime | None:
    """When the other channel took over, or at the earliest may have."""
    row = tx.first(
        select(BAN_CASE.c.opened_at, func.max(BAN_EVENT.c.at).label("replaced_at"))
        .outerjoin(BAN_EVENT, and_(BAN_EVENT.c.case_id == BAN_CASE.c.id, BAN_EVENT.c.happening == "Replaced"))
        .where(
            BAN_CASE.c.organization_id == tx.organization_id,
            BAN_CASE.c.sender_id == sender_id,
            BAN_CASE.c.new_sender_id == new_sender_id,
        )
        .group_by(BAN_CASE.c.id, BAN_CASE.c.opened_at)
        .order_by(BAN_CASE.c.id.desc())
        .limit(1)
    )
    return (row.replaced_at or row.opened_at) if row else None


def _talks_with(tx: Tx, new: _New, contact_ids: Collection[str]) -> list[Thread]:
    """The conversations of people on the new sender's channel, oldest first; whose rows is left to the guard."""
    of_people = CONVERSATION.c.channel_id == new.channel_id, among(tx, CONVERSATION.c.contact_id, contact_ids)
    columns = CONVERSATION.c.id, CONVERSATION.c.contact_id, CONVERSATION.c.identity_id
    rows = tx.all(select(*columns).where(*of_people).order_by(CONVERSATION.c.id))
    return [(row.id, row.contact_id, row.identity_id) for row in rows]


def _said(tx: Tx, conversation_ids: Collection[str], sender_id: str, new: _New | None) -> tuple[set[str], set[str]]:
    """Return in which conversations something was said over the one sender, and in which the other was written to."""
    over: list[ColumnElement[bool]] = [MESSAGE.c.sender_id == sender_id]
    if new is not None:
        to_new = and_(MESSAGE.c.sender_id == new.id, MESSAGE.c.direction == Direction.INBOUND, MESSAGE.c.verified)
        over.append(to_new if new.since is None else and_(to_new, MESSAGE.c.created_at > new.since))
    rows: Sequence[Any] = tx.all(
        select(MESSAGE.c.conversation_id, MESSAGE.c.sender_id)
        .distinct()
        .where(among(tx, MESSAGE.c.conversation_id, conversation_ids), or_(*over))
    )
    talked = {row.conversation_id for row in rows if row.sender_id == sender_id}
    return talked, {row.conversation_id for row in rows if new is not None and row.sender_id == new.id}


def _who_wrote(tx: Tx, threads: Sequence[Thread], heard: Sequence[Thread], new: _New | None) -> dict[str, str]:
    """Return identity → the conversation in which they wrote to the new sender.

    On its own kind another address of the contact says nothing of whom an address belongs to.
    """
    if new is None or not heard:
        return {}
    by_identity = {identity: thread for thread, _, identity in heard}
    by_contact = {contact: thread for thread, contact, _ in heard}
    others = {identity: contact for _, contact, identity in threads if contact in by_contact}
    rows = tx.all(
        select(IDENTITY.c.id).where(
            IDENTITY.c.organization_id == tx.organization_id,
            among(tx, IDENTITY.c.id, list(others)),
            IDENTITY.c.kind != new.kind,
        )
    )
    return {row.id: by_contact[others[row.id]] for row in rows} | by_identity
