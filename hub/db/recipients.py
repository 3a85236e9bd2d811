"""The people of banned senders, and how far they are on their way to the new one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select, update

from hub.db.among import among
from hub.db.paging import page_by_id
from hub.db.people_of_sender import PersonOfSender
from hub.db.session import Tx
from hub.db.tables.core import RECIPIENT
from hub.ids import new_id
from hub.numbers.policy.codes import IssuedCode
from hub.numbers.policy.ledger import Entry, Progress
from hub.numbers.policy.ways import Why
from hub.types import ChannelKind, Page
from hub.types.numbers import RecipientState

_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a line of a ledger begins. `next_at`: when to look for their first step; None: never."""

    state: RecipientState
    next_at: datetime | None = None
    verified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecipientRecord:
    """Somebody's line of a ledger. `code`: the one they were sent, None when none was or it was taken back."""

    id: str
    case_id: str
    identity_id: str | None
    contact_id: str | None
    conversation_id: str | None
    entry: Entry
    way: ChannelKind | None
    why: Why | None
    code: IssuedCode | None
    claimed_by: str | None
    invited_at: datetime | None
    verified_at: datetime | None
    next_at: datetime | None

    def is_due(self, now: datetime) -> bool:
        """Whether their next step is to be looked for."""
        return self.next_at is not None and self.next_at <= now


# --- the ledger -----------------------------------------------------------------------------------------


def insert(tx: Tx, case_id: str, people: Sequence[PersonOfSender], beginning: Beginning) -> set[str]:
    """Add people to a ledger, each identity once; return the identities that were not in it."""
    rows = [
        {
            "id": new_id(),
            "identity_id": each.identity_id,
            "contact_id": each.contact_id,
            "conversation_id": each.conversation_id,
        }
        for each in people
    ]
    same = {
        "organization_id": tx.organization_id,
        "case_id": case_id,
        "state": beginning.state,
        "verified_at": beginning.verified_at,
        "next_at": beginning.next_at,
    }
    return {row.identity_id for row in tx.insert_new(RECIPIENT, rows, ("identity_id",), same)}


def count(tx: Tx, case_id: str) -> Progress:
    """Return how many people of a ledger stand where."""
    rows = tx.all(select(RECIPIENT.c.state, func.count().label("people")).where(of_case(tx, case_id)).group_by("state"))
    return Progress({RecipientState(row.state): row.people for row in rows})


def count_left(tx: Tx, case_id: str) -> dict[Why, int]:
    """Return how many people only what is published can reach, by the reason."""
    left = RECIPIENT.c.why != "", RECIPIENT.c.next_at.is_not(None)
    rows = tx.all(
        select(RECIPIENT.c.why, func.count().label("people"))
        .where(of_case(tx, case_id), *left)
        .group_by(RECIPIENT.c.why)
    )
    return {Why(row.why): row.people for row in rows}


def save(tx: Tx, record: RecipientRecord) -> None:
    """Keep somebody's line as it stands now; its row is locked."""
    code = record.code
    values = {
        "state": record.entry.state,
        "invitations": record.entry.invitations,
        "claimed": record.entry.claimed,
        "way": record.way or "",
        "why": record.why or "",
        "code_digest": code.digest if code else None,
        "code_signature": code.signature if code else None,
        "code_expires_at": code.expires_at if code else None,
        "code_used_at": code.used_at if code else None,
        "claimed_by": record.claimed_by,
        "invited_at": record.invited_at,
        "verified_at": record.verified_at,
        "next_at": record.next_at,
    }
    mine = RECIPIENT.c.organization_id == tx.organization_id, RECIPIENT.c.id == record.id
    tx.execute(update(RECIPIENT).where(*mine).values(**values))


def put_off(tx: Tx, case_id: str, recipient_ids: Collection[str], next_at: datetime | None, why: Why | None) -> None:
    """Look for these people's next step at `next_at`, unless they have gone on meanwhile."""
    ids = list(recipient_ids)
    for start in range(0, len(ids), _CHUNK):
        tx.execute(
            update(RECIPIENT)
            .where(
                of_case(tx, case_id), RECIPIENT.c.id.in_(ids[start : start + _CHUNK]), RECIPIENT.c.next_at.is_not(None)
            )
            .values(next_at=next_at, why=why or "")
        )


# --- finding them ---------------------------------------------------------------------------------------


def find(tx: Tx, case_id: str, recipient_id: str) -> RecipientRecord | None:
    row = tx.first(select(RECIPIENT).where(of_case(tx, case_id), RECIPIENT.c.id == recipient_id))
    return _record(row) if row else None


def list_ids(tx: Tx, case_id: str, identity_ids: Collection[str]) -> dict[str, str]:
    """Return identity → its line of a ledger, of those that have one."""
    found = tx.all(
        select(RECIPIENT.c.identity_id, RECIPIENT.c.id).where(
            of_case(tx, case_id), among(tx, RECIPIENT.c.identity_id, identity_ids)
        )
    )
    return {row.identity_id: row.id for row in found}


def list_page(
    tx: Tx, case_id: str, state: RecipientState | None, limit: int, cursor: str | None
) -> Page[RecipientRecord]:
    """Return a ledger's people by their ids; the cursor is the last one's."""
    wanted = select(RECIPIENT).where(of_case(tx, case_id), RECIPIENT.c.id > (cursor or ""))
    if state is not None:
        wanted = wanted.where(RECIPIENT.c.state == state)
    rows = tx.all(wanted.order_by(RECIPIENT.c.id).limit(limit + 1))
    return page_by_id([_record(row) for row in rows], limit)


def lock(tx: Tx, case_id: str, recipient_id: str) -> RecipientRecord | None:
    """Take one person's line for this transaction."""
    return next(iter(locked(tx, of_case(tx, case_id) & (RECIPIENT.c.id == recipient_id))), None)


def lock_many(tx: Tx, case_id: str, recipient_ids: Collection[str]) -> list[RecipientRecord]:
    """Take the lines of several people for this transaction."""
    return locked(tx, of_case(tx, case_id) & RECIPIENT.c.id.in_(list(recipient_ids))) if recipient_ids else []


def list_due(tx: Tx, case_id: str, now: datetime, limit: int) -> list[RecipientRecord]:
    """Return whose next step is to be looked for now, the longest waiting first."""
    due = RECIPIENT.c.next_at <= now
    ordered = select(RECIPIENT).where(of_case(tx, case_id), due).order_by(RECIPIENT.c.next_at, RECIPIENT.c.id)
    return [_record(row) for row in tx.all(ordered.limit(limit))]


def locked(tx: Tx, which: ColumnElement[bool]) -> list[RecipientRecord]:
    """Take lines in the order of their ids, so that no two transactions wait for each other."""
    wanted = select(RECIPIENT).where(which).order_by(RECIPIENT.c.id)
    return [_record(row) for row in tx.all(wanted.with_for_update(key_share=True))]


def of_case(tx: Tx, case_id: str) -> ColumnElement[bool]:
    """The condition for the lines of one ledger."""
    return (RECIPIENT.c.organization_id == tx.organization_id) & (RECIPIENT.c.case_id == case_id)


def _record(row: Any) -> RecipientRecord:
    code = None
    if row.code_digest is not None:
        code = IssuedCode(
            row.case_id, row.id, row.code_digest, row.code_signature, row.code_expires_at, row.code_used_at
        )
    return RecipientRecord(
        id=row.id,
        case_id=row.case_id,
        identity_id=row.identity_id,
        contact_id=row.contact_id,
        conversation_id=row.conversation_id,
        entry=Entry(RecipientState(row.state), row.invitations, row.claimed, _wrote(row)),
        way=ChannelKind(row.way) if row.way else None,
        why=Why(row.why) if row.why else None,
        code=code,
        claimed_by=row.claimed_by,
        invited_at=row.invited_at,
        verified_at=row.verified_at,
        next_at=row.next_at,
    )


def _wrote(row: Any) -> bool:
    """Whether they wrote to the new sender themselves: whoever was taken for them did not make them write."""
    return row.verified_at is not None and not row.claimed
