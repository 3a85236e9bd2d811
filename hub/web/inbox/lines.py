"""A thread as the page shows it: which entry begins a day, which one follows its author's last, where unread begins."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from hub.types import Direction, MessageStatus, MessageView
from hub.web.inbox.blocks import Block, Quoted, Reaction, blocks_of, quoted, reactions_of, text_of
from hub.web.language import marked
from hub.web.rendering import Times

_TOGETHER = timedelta(minutes=5)
HELD = "held"
"""How a message is shown that is queued and goes out only when its channel works again, or somebody sends it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. `day` is set on a day's first one; `follows` hides the author's name, said just above.

    `text` is safe HTML; `blocks` are what stands below it; `answers` is the message it is an answer to.
    """

    message: MessageView
    day: str | None
    follows: bool
    unread_from_here: bool
    text: Markup
    blocks: Sequence[Block]
    reactions: Sequence[Reaction]
    answers: Quoted | None


@dataclass(frozen=True, slots=True)
class Tick:
    """How a status is shown: an icon of the sprite and its text alternative."""

    icon: str
    label: str


TICKS: dict[str, Tick] = {
    MessageStatus.RECEIVED: Tick("tick", marked("Received")),
    MessageStatus.QUEUED: Tick("clock", marked("Waiting to be sent")),
    HELD: Tick("stop", marked("tick|Held")),
    MessageStatus.SENDING: Tick("sending", marked("Being sent")),
    MessageStatus.UNCERTAIN: Tick("question", marked("Perhaps sent")),
    MessageStatus.SENT: Tick("tick", marked("tick|Sent")),
    MessageStatus.FAILED: Tick("warning", marked("Not sent")),
    MessageStatus.DELIVERED: Tick("ticks", marked("Delivered")),
    MessageStatus.READ: Tick("ticks", marked("tick|Read")),
}


def lines_of(messages: Sequence[MessageView], divider: str | None, times: Times) -> list[Line]:
    """Return the lines of a thread; `divider` is the id of the first unread message."""
    return list(_lines(messages, divider, times))


def first_unread(messages: Sequence[MessageView], unread: int) -> str | None:
    """Return the id of the first of the last `unread` inbound messages, None when all is read."""
    inbound = [message.id for message in messages if message.direction == Direction.INBOUND]
    return inbound[-unread:][0] if unread and inbound else None


def _lines(messages: Sequence[MessageView], divider: str | None, times: Times) -> Iterator[Line]:
    before: MessageView | None = None
    known = {message.id: message for message in messages}
    for message in messages:
        day = times.day(message.position)
        new_day = before is None or times.day(before.position) != day
        here = message.id == divider
        follows = not new_day and not here and before is not None and _same_voice(before, message)
        yield Line(
            message,
            day if new_day else None,
            follows,
            here,
            text_of(message),
            blocks_of(message.parts),
            reactions_of(message.reactions),
            quoted(message, known),
        )
        before = message


def _same_voice(before: MessageView, message: MessageView) -> bool:
    same = (before.direction, before.author) == (message.direction, message.author)
    return same and message.position - before.position < _TOGETHER
