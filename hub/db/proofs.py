"""Codes sent to a sender's address: who sends the code back has shown that they read what arrives there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from hub.db.session import Tx
from hub.db.tables.core import AUDIT_ENTRY, SENDER


@dataclass(frozen=True, slots=True)
class Proof:
    """How far a sender's proof has come. `code_hash` is None when no code is out."""

    code_hash: str | None
    expires_at: datetime | None
    attempts: int
    proven_at: datetime | None


def find(tx: Tx, sender_id: str) -> Proof | None:
    row = tx.first(
        select(SENDER.c.proof_hash, SENDER.c.proof_expires_at, SENDER.c.proof_attempts, SENDER.c.proven_at).where(
            SENDER.c.organization_id == tx.organization_id, SENDER.c.id == sender_id
        )
    )
    return Proof(row.proof_hash, row.proof_expires_at, row.proof_attempts, row.proven_at) if row else None


def begin(tx: Tx, sender_id: str, code_hash: str, expires_at: datetime) -> None:
    """Note that a code is out; an earlier one counts no more."""
    _set(tx, sender_id, {"proof_hash": code_hash, "proof_expires_at": expires_at, "proof_attempts": 0})


def count_sent(tx: Tx, action: str, since: datetime, channel_id: str | None = None) -> int:
    """Return how many codes were sent since then, by their audit entries: of the organization, or of one channel."""
    wanted = (
        select(func.count())
        .select_from(AUDIT_ENTRY)
        .where(AUDIT_ENTRY.c.organization_id == tx.organization_id)
        .where(AUDIT_ENTRY.c.action == action, AUDIT_ENTRY.c.at > since)
    )
    return int(tx.scalar(wanted.where(AUDIT_ENTRY.c.subject_id == channel_id) if channel_id else wanted) or 0)


def take_attempt(tx: Tx, sender_id: str, most: int) -> bool:
    """Count one try of the code; False when all are used up. Two at once count as two."""
    done = tx.execute(
        update(SENDER)
        .where(SENDER.c.organization_id == tx.organization_id, SENDER.c.id == sender_id)
        .where(SENDER.c.proof_attempts < most)
        .values(proof_attempts=SENDER.c.proof_attempts + 1)
    )
    return done.rowcount == 1


def end(tx: Tx, sender_id: str, now: datetime) -> None:
    """Note that the code came back."""
    _set(tx, sender_id, {"proof_hash": None, "proof_expires_at": None, "proof_attempts": 0, "proven_at": now})


def _set(tx: Tx, sender_id: str, values: Mapping[str, object]) -> None:
    mine = (SENDER.c.organization_id == tx.organization_id, SENDER.c.id == sender_id)
    tx.execute(update(SENDER).where(*mine).values(values))
