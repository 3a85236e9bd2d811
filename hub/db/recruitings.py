"""For which cases people are being won, and where somebody stands with the sender they are won for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Exists, and_, or_, select

from hub.db.among import among
from hub.db.session import Tx
from hub.db.tables.core import BAN_CASE, CONVERSATION, IDENTITY, MESSAGE, RECIPIENT
from hub.types import Direction
from hub.types.numbers import RecipientState


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the person of a conversation stands with a sender of a channel on which a banned one was replaced.

    state     of their line in the newest ledger; None: they are not in it, or it is not written yet
    claimed   somebody unknown is, or was, taken for them there
    wrote     they wrote to this sender themselves, from the identity of the conversation
    known     something was said with them over another sender of the channel
    """

    state: RecipientState | None
    claimed: bool
    wrote: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a ledger. `settled`: they wrote to the new sender themselves, so writing again changes nothing."""

    id: str
    settled: bool


def list_inviting(tx: Tx, now: datetime, limit: int) -> list[str]:
    """Return the cases whose invitations go out and that have somebody to look at now. Platform work."""
    due = select(RECIPIENT.c.id).where(RECIPIENT.c.case_id == BAN_CASE.c.id, RECIPIENT.c.next_at <= now).exists()
    wanted = select(BAN_CASE.c.id).where(BAN_CASE.c.inviting, BAN_CASE.c.over_at.is_(None), due)
    return [row.id for row in tx.all(wanted.order_by(BAN_CASE.c.id).limit(limit))]


def list_cases_of(tx: Tx, new_sender_id: str) -> list[str]:
    """Return the cases in which a sender took the place of another: several, where one channel took over for many."""
    wanted = select(BAN_CASE.c.id).where(
        BAN_CASE.c.organization_id == tx.organization_id, BAN_CASE.c.new_sender_id == new_sender_id
    )
    return [row.id for row in tx.all(wanted.order_by(BAN_CASE.c.id))]


@dataclass(frozen=True, slots=True)
class Succession:
    """A case in which another sender took the place of one. `running`: people are still won for it."""

    case_id: str
    new_sender_id: str
    running: bool


def find_succession(tx: Tx, sender_id: str) -> Succession | None:
    """Return the newest case in which a sender was replaced; None: it never was."""
    row = tx.first(
        select(BAN_CASE.c.id, BAN_CASE.c.new_sender_id, BAN_CASE.c.over_at)
        .where(
            BAN_CASE.c.organization_id == tx.organization_id,
            BAN_CASE.c.sender_id == sender_id,
            BAN_CASE.c.new_sender_id.is_not(None),
        )
        .order_by(BAN_CASE.c.id.desc())
        .limit(1)
    )
    return Succession(row.id, row.new_sender_id, row.over_at is None) if row else None


def list_lines(tx: Tx, case_id: str, identity_ids: Collection[str], kind: str) -> dict[str, list[Line]]:
    """Return identity → its line of a ledger, or those of its contact's addresses on other kinds than `kind`.

    On the same kind another address of the contact says nothing of whom the line's own address belongs to. Table by
    table and each by its keys: as joins PostgreSQL plans it wrong for as long as it has no statistics (hub/db/due.py).
    """
    contacts = _contacts(tx, among(tx, IDENTITY.c.id, identity_ids))
    of_contacts = among(tx, IDENTITY.c.contact_id, set(contacts.values()))
    others = _contacts(tx, and_(of_contacts, IDENTITY.c.kind != kind)) if contacts else {}
    lines = _lines(tx, case_id, {*identity_ids, *others})
    found: dict[str, list[Line]] = {}
    for identity_id in identity_ids:
        contact_id = contacts.get(identity_id)
        same = [line for other, line in lines.items() if contact_id and others.get(other) == contact_id]
        own = [lines[identity_id]] if identity_id in lines else same
        if own:
            found[identity_id] = own
    return found


def _contacts(tx: Tx, which: ColumnElement[bool]) -> dict[str, str]:
    rows = tx.all(
        select(IDENTITY.c.id, IDENTITY.c.contact_id).where(IDENTITY.c.organization_id == tx.organization_id, which)
    )
    return {row.id: row.contact_id for row in rows}


def _lines(tx: Tx, case_id: str, identity_ids: Collection[str]) -> dict[str, Line]:
    columns = RECIPIENT.c.id, RECIPIENT.c.identity_id, RECIPIENT.c.verified_at, RECIPIENT.c.claimed
    rows = tx.all(
        select(*columns).where(
            RECIPIENT.c.organization_id == tx.organization_id,
            RECIPIENT.c.case_id == case_id,
            among(tx, RECIPIENT.c.identity_id, identity_ids),
        )
    )
    return {row.identity_id: Line(row.id, row.verified_at is not None and not row.claimed) for row in rows}


def standing_on(tx: Tx, conversation_id: str, sender_id: str) -> Standing | None:
    """Return where the person of a conversation stands with a sender of its channel; None: no banned sender of the
    channel was replaced. One statement, so that it is one moment, and it does not rest on the ledger alone.
    """
    row = tx.first(
        select(
            RECIPIENT.c.state,
            RECIPIENT.c.claimed,
            or_(
                and_(RECIPIENT.c.verified_at.is_not(None), BAN_CASE.c.new_sender_id == sender_id), _heard(sender_id)
            ).label("wrote"),
            _talked_with_another(sender_id).label("talked"),
        )
        .select_from(CONVERSATION)
        .join(BAN_CASE, BAN_CASE.c.channel_id == CONVERSATION.c.channel_id)
        .outerjoin(
            RECIPIENT, and_(RECIPIENT.c.case_id == BAN_CASE.c.id, RECIPIENT.c.identity_id == CONVERSATION.c.identity_id)
        )
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.id == conversation_id,
            BAN_CASE.c.new_sender_id.is_not(None),
        )
        .order_by(BAN_CASE.c.id.desc())
        .limit(1)
    )
    if row is None:
        return None
    state = RecipientState(row.state) if row.state is not None else None
    return Standing(
        state=state,
        claimed=bool(row.claimed),
        wrote=bool(row.wrote),
        known=state is not None or row.talked,
    )


def _heard(sender_id: str) -> Exists:
    """Whether the person of the conversation wrote to a sender, there or in another of theirs on the channel."""
    theirs = CONVERSATION.alias("theirs")
    return (
        select(MESSAGE.c.id)
        .select_from(theirs)
        .join(MESSAGE, MESSAGE.c.conversation_id == theirs.c.id)
        .where(
            theirs.c.organization_id == CONVERSATION.c.organization_id,
            theirs.c.identity_id == CONVERSATION.c.identity_id,
            theirs.c.channel_id == CONVERSATION.c.channel_id,
            MESSAGE.c.sender_id == sender_id,
            MESSAGE.c.direction == Direction.INBOUND,
            MESSAGE.c.verified,
        )
        .correlate(CONVERSATION)
        .exists()
    )


def _talked_with_another(sender_id: str) -> Exists:
    """Whether something was said in the conversation over another sender; notes go over none."""
    return (
        select(MESSAGE.c.id)
        .where(MESSAGE.c.conversation_id == CONVERSATION.c.id, MESSAGE.c.sender_id != sender_id)
        .correlate(CONVERSATION)
        .exists()
    )
