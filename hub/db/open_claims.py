"""Claims: somebody used a person's code, and nobody has decided yet whether it is them; and those confirmed since."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from hub.db.session import Tx
from hub.db.tables.core import CONTACT, CONVERSATION, IDENTITY, RECIPIENT
from hub.types import ChannelKind
from hub.types.numbers import RecipientState

_CLAIMER, _THEIRS = IDENTITY.alias("claimer"), IDENTITY.alias("theirs")
_WHO, _WHOM = CONTACT.alias("who"), CONTACT.alias("whom")


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """Somebody's line of a ledger that is to be decided.

    name, address             of the person they claim to be, whose thread `old_talk` is
    claimer, claimer_address  of who used the code, whose thread `talk` is
    way, invited_at           by which kind the person was invited last, and when
    """

    id: str
    case_id: str
    name: str
    address: str
    old_talk: str | None
    claimer: str
    claimer_address: str
    talk: str | None
    way: ChannelKind | None
    invited_at: datetime | None


def find_open(tx: Tx, conversation_id: str) -> OpenClaim | None:
    """Return the newest claim of whoever writes in a conversation."""
    theirs = RECIPIENT.c.organization_id == tx.organization_id, CONVERSATION.c.id == conversation_id
    # not ordered there: SQLite would go through all of the organization's lines in their order
    row = max(tx.all(_claims(tx).where(*theirs)), key=lambda row: row.id, default=None)
    return _claim(row) if row else None


def list_open(tx: Tx, case_id: str, limit: int) -> list[OpenClaim]:
    """Return the claims of a case, newest first."""
    # whose it is the guard says: said here as well, SQLite would go through all of the organization's in their order
    of_case = _claims(tx).where(RECIPIENT.c.case_id == case_id)
    found: dict[str, OpenClaim] = {}
    for row in tx.all(of_case.order_by(RECIPIENT.c.id.desc(), CONVERSATION.c.id.desc()).limit(limit)):
        # whoever has several conversations is named with the newest
        found.setdefault(row.id, _claim(row))
    return list(found.values())


def find_confirmed(tx: Tx, conversation_id: str) -> str | None:
    """Return the line whose claim was confirmed for whoever writes in a conversation: that can be undone."""
    rows = tx.all(
        select(RECIPIENT.c.id)
        .join(CONVERSATION, CONVERSATION.c.identity_id == RECIPIENT.c.claimed_by)
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.id == conversation_id,
            RECIPIENT.c.organization_id == tx.organization_id,
            RECIPIENT.c.state == RecipientState.VERIFIED,
            RECIPIENT.c.claimed,
        )
    )
    return max((row.id for row in rows), default=None)


def find_case(tx: Tx, recipient_id: str) -> str | None:
    """Return the case that a line of a ledger belongs to."""
    mine = RECIPIENT.c.organization_id == tx.organization_id, RECIPIENT.c.id == recipient_id
    found: str | None = tx.scalar(select(RECIPIENT.c.case_id).where(*mine))
    return found


def _claims(tx: Tx) -> Select[Any]:
    return (
        select(
            RECIPIENT.c.id,
            RECIPIENT.c.case_id,
            RECIPIENT.c.conversation_id.label("old_talk"),
            RECIPIENT.c.way,
            RECIPIENT.c.invited_at,
            _WHOM.c.name,
            _THEIRS.c.address,
            _WHO.c.name.label("claimer"),
            _CLAIMER.c.address.label("claimer_address"),
            CONVERSATION.c.id.label("talk"),
        )
        .join(CONVERSATION, CONVERSATION.c.identity_id == RECIPIENT.c.claimed_by)
        .join(_CLAIMER, _CLAIMER.c.id == RECIPIENT.c.claimed_by)
        .join(_WHO, _WHO.c.id == _CLAIMER.c.contact_id)
        .join(_THEIRS, _THEIRS.c.id == RECIPIENT.c.identity_id)
        .join(_WHOM, _WHOM.c.id == RECIPIENT.c.contact_id)
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            RECIPIENT.c.state == RecipientState.CLAIMED,
            _WHOM.c.restricted_at.is_(None),
        )
    )


def _claim(row: Any) -> OpenClaim:
    return OpenClaim(
        id=row.id,
        case_id=row.case_id,
        name=row.name,
        address=row.address,
        old_talk=row.old_talk,
        claimer=row.claimer,
        claimer_address=row.claimer_address,
        talk=row.talk,
        way=ChannelKind(row.way) if row.way else None,
        invited_at=row.invited_at,
    )
