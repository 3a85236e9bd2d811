"""When a person who is away is told by mail that an answer waits. Pure: facts and the time in, a reason out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub.access.wishes import Wishes
from hub.types import FailureKind, MessageStatus, Trigger

BUNDLE: Final = timedelta(minutes=1)
"""How long a mail waits for further answers to go along with it."""
HORIZON: Final = timedelta(days=3)
"""An answer older than this is no news any more."""
STUCK_HOLDS: Final = frozenset({"banned", "credentials", "restricted"})
"""Holds of a sender under which answers do not go out by themselves."""
TRIGGER_OF: Final = {FailureKind.WINDOW: Trigger.WINDOW_CLOSED, FailureKind.RECIPIENT: Trigger.UNREACHABLE}
"""Failures after which an answer reaches nobody where the person wrote from."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of ours that the person has not been seen to read."""

    id: str
    text: str
    status: MessageStatus
    error_kind: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How the channel stands for this person: what holds its sender, whether they can be reached, whether it tells
    when something was read.
    """

    hold: str | None
    has_sender: bool
    unreachable: bool
    tells_reading: bool


def trigger_of(answer: Answer, standing: Standing, wishes: Wishes, now: datetime) -> Trigger | None:
    """Say why this answer is to be told by mail now; None when it is not."""
    if now - answer.created_at > HORIZON:
        return None
    if answer.status is MessageStatus.FAILED:
        return TRIGGER_OF.get(FailureKind(answer.error_kind)) if answer.error_kind else None
    waits = answer.status in (MessageStatus.QUEUED, MessageStatus.SENDING)
    if waits and (standing.hold in STUCK_HOLDS or not standing.has_sender):
        return Trigger.SENDER_HELD
    arrived = answer.status in (MessageStatus.SENT, MessageStatus.DELIVERED)
    late = now - answer.created_at >= timedelta(minutes=wishes.unread_minutes)
    return Trigger.UNREAD if arrived and standing.tells_reading and late else None
