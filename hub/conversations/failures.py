"""What a failure does beyond its message: to the person it was for and to the sender it left by."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.conversations.changes import Changes
from hub.db import conversations, holds, reaching
from hub.db.session import Tx
from hub.failure_policy import Consequence
from hub.numbers.detecting import told_by_failure
from hub.types import SendFailure


@dataclass(frozen=True, slots=True)
class Failed:
    """A send that failed and what follows from it. `content`: what was to be sent, as far as it is at hand."""

    failure: SendFailure
    follows: Consequence
    content: str = ""


def spread(tx: Tx, sender_id: str, conversation_id: str, failed: Failed, changes: Changes, now: datetime) -> None:
    """Hold the sender and mark the person unreachable, as far as the consequence says so; tell it to ban detection.

    The conversation may be gone: erased while the message was on its way. The sender is held all the same.
    """
    follows, detail = failed.follows, failed.failure.detail
    changes.told += told_by_failure(failed.failure, conversation_id, failed.content)
    channel_id = _hold(tx, sender_id, follows, detail, now)
    if channel_id is not None:
        changes.tell("channel", id=channel_id)
    if follows.identity_unreachable:
        identity_id = conversations.find_identity(tx, conversation_id)
        if identity_id is not None:
            reaching.mark_unreachable(tx, identity_id, detail)


def _hold(tx: Tx, sender_id: str, follows: Consequence, detail: str, now: datetime) -> str | None:
    """Of several sends under way one may say "banned" and the next "wait": the weaker word lifts nothing."""
    if follows.hold_sender is None:
        return None
    if follows.hold_for is None:
        return holds.stop(tx, sender_id, follows.hold_sender, detail)
    return holds.wait_until(tx, sender_id, now + timedelta(seconds=follows.hold_for), detail)
