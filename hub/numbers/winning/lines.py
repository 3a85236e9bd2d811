"""How somebody's line of a ledger begins: while it is written, and when they come to the old sender after that."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from hub.db import recipients
from hub.db.people_of_sender import PersonOfSender
from hub.db.recipients import Beginning
from hub.db.session import Tx
from hub.numbers.policy.ledger import Event, advance, entry_of
from hub.types.numbers import RecipientState

SAID: Final = "they asked not to be written to"


def write_down(tx: Tx, case_id: str, people: Sequence[PersonOfSender], now: datetime) -> set[str]:
    """Write down each identity once: the first of it, which has the newest conversation; return the new ones."""
    newest = {each.identity_id: each for each in reversed(people)}
    alike: dict[tuple[bool, bool], list[PersonOfSender]] = {}
    for each in newest.values():
        alike.setdefault((each.opted_out, each.wrote), []).append(each)
    new: set[str] = set()
    for (opted_out, wrote), some in alike.items():
        new |= recipients.insert(tx, case_id, some, _beginning(now, opted_out=opted_out, wrote=wrote))
    return new


def _beginning(now: datetime, *, opted_out: bool, wrote: bool) -> Beginning:
    entry = entry_of(SAID if opted_out else None)
    if wrote:
        entry = advance(entry, Event.WROTE)
    next_at = now if entry.state is RecipientState.TO_RECRUIT else None
    return Beginning(entry.state, next_at, now if wrote else None)
