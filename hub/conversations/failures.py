"""What a failure does beyond its message: to the person it was for and to the sender it left by."""

from datetime import datetime, timedelta

from hub.conversations.changes import Changes
from hub.db import conversations, people, senders
from hub.db.session import Tx
from hub.failure_policy import Consequence


def spread(
    tx: Tx, sender_id: str, conversation_id: str, follows: Consequence, detail: str, changes: Changes, now: datetime
) -> None:
    """Mark the person unreachable and hold the sender, as far as the consequence says so."""
    if not follows.identity_unreachable and not follows.hold_sender:
        return
    place = conversations.place_of(tx, conversation_id)
    if follows.identity_unreachable:
        people.mark_unreachable(tx, place.identity_id, detail)
    if follows.hold_sender:
        until = now + timedelta(seconds=follows.hold_for) if follows.hold_for is not None else None
        senders.hold(tx, sender_id, follows.hold_sender, until, detail)
        changes.tell("channel", id=place.channel_id)
