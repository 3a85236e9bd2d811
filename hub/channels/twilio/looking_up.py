"""What became of a send that nobody answered: told from the messages that Twilio lists between the two numbers.

Twilio's list gives our status callback back with no message, so nothing but number, time and content tells them apart.
Of messages with equal content it cannot matter to anybody which is which; what matters is that each is counted once:
so the oldest one that is nobody else's is claimed. `NotSent` is only said when every message listed since well before
the send is known to be another one. What is neither is left open: the message of another uncertain send is told from
this one as soon as that is looked up, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hub.channels.twilio.parse import RECEIPTS
from hub.channels.twilio.render import Content
from hub.types import Found, LookUp, MessageStatus, NotKnown, NotSent, Uncertain

if TYPE_CHECKING:
    # loading this costs every process 12 MB; the client loads it on first use
    from twilio.rest.api.v2010.account.message import MessageInstance

MOST_LISTED = 200
_EARLIEST, _LATEST = timedelta(seconds=5), timedelta(minutes=2)
"""How long before the send (our clocks may differ) and after it Twilio may have made its message."""
_SURE = timedelta(minutes=10)
"""How long before the send an unexplained message still keeps us from saying that it was not sent."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An outbound message at Twilio, as far as it matters here."""

    sid: str
    created: datetime
    body: str
    files: int
    status: str


def listed(found: Sequence[MessageInstance]) -> list[Listed]:
    """Return the outbound messages among these, in the order given."""
    return [
        Listed(m.sid, m.date_created, m.body or "", _count(m.num_media), str(m.status))
        for m in found
        if m.sid and m.date_created and str(m.direction).startswith("outbound")
    ]


def judge(uncertain: Uncertain, content: Content, messages: Sequence[Listed], *, complete: bool) -> LookUp:
    """Say what became of a send, of which `content` was said.

    messages   outbound ones between the two numbers
    complete   nothing is missing among them since `_SURE` before the send
    """
    tried, known = uncertain.tried_at, uncertain.known
    # Twilio's times have no fractions of a second
    earliest = (tried - _EARLIEST).replace(microsecond=0)
    others = [m for m in messages if m.sid not in known]
    ours = [m for m in others if earliest <= m.created <= tried + _LATEST and _says(m, content, uncertain)]
    if ours:
        first = min(ours, key=lambda m: (m.created, m.sid))
        return Found(first.sid, RECEIPTS.get(first.status, MessageStatus.SENT))
    if complete and all(m.created < tried - _SURE for m in others):
        return NotSent()
    return NotKnown()


def reaches_back(messages: Sequence[Listed], asked: int, uncertain: Uncertain) -> bool:
    """Whether a list of at most MOST_LISTED, newest first, of which `asked` came, holds all since the send."""
    if asked < MOST_LISTED:
        return True
    return any(m.created < uncertain.tried_at - _SURE for m in messages)


def _says(message: Listed, content: Content, uncertain: Uncertain) -> bool:
    wanted = uncertain.message.text if content.template else content.body
    if content.template and not wanted:
        return True
    return _plain(message.body) == _plain(wanted) and message.files == len(content.files)


def _plain(text: str) -> str:
    """Twilio may trim a text and change its line ends."""
    return " ".join(text.split())


def _count(number: str | None) -> int:
    return int(number) if number and number.isascii() and number.isdigit() else 0
