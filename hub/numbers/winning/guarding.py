"""To whom a new sender may not write yet."""

from typing import Final

from hub.db import recruitings
from hub.db.session import Tx
from hub.numbers.policy.caps import Sending
from hub.types.numbers import RecipientState

_NOT_YET: Final = (
    "this person has not written to the new sender of this channel yet, so nothing is sent to them there; "
    "wait until they do, or write to them on another channel"
)
_ELSEWHERE: Final = "this person writes from another address now; answer them in that conversation"
_CLAIMED: Final = (
    "somebody claims to be this person, and nobody has said yet whether it is them; "
    "decide it on the page of the ban, or wait until this person writes"
)
_OPTED_OUT: Final = "this person does not want to be written to unasked; wait until they write"


def forbids_unasked(tx: Tx, conversation_id: str, sender_id: str, sending: Sending = Sending.UNASKED) -> str | None:
    """Say in one sentence why nothing may be sent in a conversation by a sender of its channel; None: it may.

    On a channel whose banned sender was replaced a sender writes to those who wrote to it, and to whom nobody has ever
    talked there. Before somebody wrote that holds for answers too: what they wrote before was written to another
    sender. It holds from the transaction on that changes the sender, whether the ledger is written or not.
    """
    standing = recruitings.standing_on(tx, conversation_id, sender_id)
    if standing is None:
        return None
    if standing.claimed:
        return _ELSEWHERE if standing.state is RecipientState.VERIFIED else _CLAIMED
    if standing.known and not standing.wrote:
        return _NOT_YET
    opted_out = standing.state is RecipientState.OPTED_OUT
    return _OPTED_OUT if opted_out and sending is Sending.UNASKED else None
