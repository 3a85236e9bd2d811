"""What a person's own word and an erasure do to the ledgers they are in, in the transaction that brings it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, case, delete, literal, null, or_, select, update

from hub.db.session import Tx
from hub.db.tables.core import IDENTITY, RECIPIENT, SENT_INVITATION, WRONG_CODE
from hub.numbers.policy.ledger import MOVES, Event
from hub.types.numbers import RecipientState as S

_NOTHING: Final[Mapping[str, Any]] = {
    "identity_id": None,
    "contact_id": None,
    "conversation_id": None,
    "claimed_by": None,
    "claimed": False,
    "code_digest": None,
    "code_signature": None,
    "code_expires_at": None,
    "next_at": None,
    "why": "",
}
"""What is left of an erased person: how often they were invited and when, for the sums."""


def note_opt_out(tx: Tx, identity_id: str) -> None:
    """They do not want to be written to: whatever ledger has them or another address of theirs invites them no more."""
    # whoever was verified by a claim is known by another address than the one that is about
    known = case((RECIPIENT.c.claimed, null()), else_=RECIPIENT.c.verified_at)
    tx.execute(
        update(RECIPIENT)
        .where(*_lines(tx, _addresses(tx, identity_id), Event.OPTED_OUT))
        .values(state=S.OPTED_OUT, next_at=None, why="", claimed=False, claimed_by=None, verified_at=known)
    )


def note_opt_in(tx: Tx, identity_id: str, now: datetime) -> None:
    """They want to be written to again: whoever has not come yet is invited anew from `now` on.

    Nothing changes for as long as they have said of another address of theirs that they do not.
    """
    theirs = _addresses(tx, identity_id)
    out = IDENTITY.c.organization_id == tx.organization_id, IDENTITY.c.opted_out_at.is_not(None)
    if tx.first(select(IDENTITY.c.id).where(*out, IDENTITY.c.id.in_(theirs), IDENTITY.c.id != identity_id)) is not None:
        return
    came = RECIPIENT.c.verified_at.is_not(None)
    to = case((came, S.VERIFIED.value), (RECIPIENT.c.invitations > 0, S.INVITED.value), else_=S.TO_RECRUIT.value)
    tx.execute(
        update(RECIPIENT)
        .where(*_lines(tx, theirs, Event.OPTED_IN))
        .values(state=to, next_at=case((came, null()), else_=literal(now, RECIPIENT.c.next_at.type)))
    )


def _addresses(tx: Tx, identity_id: str) -> list[str]:
    """The identities of somebody's contact, this one among them."""
    contact_id = tx.scalar(
        select(IDENTITY.c.contact_id).where(
            IDENTITY.c.organization_id == tx.organization_id, IDENTITY.c.id == identity_id
        )
    )
    same = IDENTITY.c.organization_id == tx.organization_id, IDENTITY.c.contact_id == contact_id
    return [row.id for row in tx.all(select(IDENTITY.c.id).where(*same))]


def _lines(tx: Tx, identity_ids: Collection[str], event: Event) -> tuple[ColumnElement[bool], ...]:
    """The conditions for the lines of these identities to which an event makes a difference, by the policy's table."""
    before = [state for state, moves in MOVES.items() if moves.get(event, state) is not state]
    mine = RECIPIENT.c.organization_id == tx.organization_id
    return mine, RECIPIENT.c.identity_id.in_(identity_ids), RECIPIENT.c.state.in_(before)


def erase(tx: Tx, identity_ids: Collection[str]) -> dict[str, int]:
    """Take what ledgers know of a person; that somebody opted out stays counted. Of what address is in `opt_outs`.

    What they claimed to be is open again.
    """
    ids = list(identity_ids)
    mine = RECIPIENT.c.organization_id == tx.organization_id
    _drop_claims(tx, ids)
    theirs = mine, RECIPIENT.c.identity_id.in_(ids)
    rows = tx.all(select(RECIPIENT.c.id, RECIPIENT.c.state).where(*theirs))
    invitations = _remove_invitations(tx, [row.id for row in rows], ids)
    for row in rows:
        gone = {**_NOTHING, "state": MOVES[S(row.state)][Event.ERASED]}
        tx.execute(update(RECIPIENT).where(mine, RECIPIENT.c.id == row.id).values(gone))
    wrong = delete(WRONG_CODE).where(
        WRONG_CODE.c.organization_id == tx.organization_id, WRONG_CODE.c.identity_id.in_(ids)
    )
    return {"recipients": len(rows), "sent_invitations": invitations, "wrong_codes": tx.execute(wrong).rowcount}


def forget_conversations(tx: Tx, conversation_ids: Collection[str]) -> None:
    """These conversations are removed: nobody is led to them any more."""
    gone = RECIPIENT.c.organization_id == tx.organization_id, RECIPIENT.c.conversation_id.in_(conversation_ids)
    if conversation_ids:
        tx.execute(update(RECIPIENT).where(*gone).values(conversation_id=None))


def _drop_claims(tx: Tx, identity_ids: Collection[str]) -> None:
    """Whoever used somebody's code is gone: the claim is neither true nor false any more."""
    claims = RECIPIENT.c.organization_id == tx.organization_id, RECIPIENT.c.claimed_by.in_(identity_ids)
    to = case((RECIPIENT.c.invitations > 0, S.INVITED.value), else_=S.TO_RECRUIT.value)
    tx.execute(
        update(RECIPIENT)
        .where(*claims, RECIPIENT.c.state == S.CLAIMED)
        .values(state=to, claimed=False, claimed_by=None, next_at=RECIPIENT.c.invited_at)
    )
    tx.execute(update(RECIPIENT).where(*claims).values(claimed_by=None))


def _remove_invitations(tx: Tx, recipient_ids: Collection[str], identity_ids: Collection[str]) -> int:
    named = or_(SENT_INVITATION.c.recipient_id.in_(recipient_ids), SENT_INVITATION.c.identity_id.in_(identity_ids))
    mine = SENT_INVITATION.c.organization_id == tx.organization_id
    return tx.execute(delete(SENT_INVITATION).where(mine, named)).rowcount
