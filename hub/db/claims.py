"""Codes of invitations, and whoever claims to be somebody by one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from hub.db.recipients import RecipientRecord, locked, of_case
from hub.db.session import Tx
from hub.db.tables.core import BAN_CASE, CONVERSATION, RECIPIENT, SENDER
from hub.types.numbers import RecipientState


def lock_by_code(tx: Tx, case_id: str, digest: str) -> RecipientRecord | None:
    """Take the line of whoever was sent a code; None when nobody was, or it is not clear who."""
    # whose it is the guard says: said here as well, SQLite would go through all of the organization's in their order
    found = locked(tx, (RECIPIENT.c.case_id == case_id) & (RECIPIENT.c.code_digest == digest))
    return found[0] if len(found) == 1 else None


def has_code(tx: Tx, case_id: str, digest: str) -> bool:
    """Whether somebody of a ledger was sent this code."""
    return tx.first(select(RECIPIENT.c.id).where(of_case(tx, case_id), RECIPIENT.c.code_digest == digest)) is not None


def conversation_of_claim(tx: Tx, case_id: str, claimed_by: str) -> str | None:
    """Return where whoever claims to be somebody writes to the new sender."""
    return tx.scalar(
        select(func.max(CONVERSATION.c.id))
        .join(SENDER, SENDER.c.channel_id == CONVERSATION.c.channel_id)
        .join(BAN_CASE, BAN_CASE.c.new_sender_id == SENDER.c.id)
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.identity_id == claimed_by,
            BAN_CASE.c.id == case_id,
        )
    )


def conversation_of_claimed(tx: Tx, conversation_id: str) -> str | None:
    """Return where the person of a conversation writes now, when they were verified by a claim; None: they were not."""
    # not ordered there: SQLite would go through all of the organization's lines in their order
    rows: Sequence[Any] = tx.all(
        select(RECIPIENT.c.id, RECIPIENT.c.case_id, RECIPIENT.c.claimed_by)
        .join(CONVERSATION, CONVERSATION.c.identity_id == RECIPIENT.c.identity_id)
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.id == conversation_id,
            RECIPIENT.c.organization_id == tx.organization_id,
            RECIPIENT.c.state == RecipientState.VERIFIED,
            RECIPIENT.c.claimed,
        )
    )
    newest = max((row for row in rows if row.claimed_by), key=lambda row: row.id, default=None)
    return conversation_of_claim(tx, newest.case_id, newest.claimed_by) if newest else None
