"""Writing signals down, and seeing to it that somebody looks."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hub.db import looks, signals
from hub.db.session import Tx
from hub.numbers.policy.signals import found_again, matters, meaning
from hub.types.bans import Signal
from hub.wiring import Services

LOOK_QUEUE, LOOK_JOB = "urgent", "workers.bans.look"
"""Its key is the sender's id."""
CLOCK_QUEUE, CLOCK_JOB = "looking", "workers.bans.look_by_clock"
"""The same for looks that nobody asked for."""

_SOON = timedelta(seconds=5)
"""Signals that are only counted come in storms: one look after so long serves many of them."""
_REMEMBERED = timedelta(days=1)
_LONGEST = 500
_TELLING = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}|[^\s@]+@[^\s@]+|[+]?[0-9](?:[\s-]?[0-9]){4,}")
"""Ids of accounts and messages, addresses, and numbers of five digits and more, whatever stands between these."""


def hear(tx: Tx, sender_id: str, heard: Sequence[Signal], now: datetime) -> bool:
    """Keep what a provider signalled of a sender, in the transaction of what brought it; True: look at once (`wake`).

    What cannot change any judgement is not kept. `recipient` and `content` are fingerprints already.
    """
    kept = [replace(each, text=redacted(each.text)) for each in heard if matters(each)]
    signals.add(tx, sender_id, kept)
    rows = [meaning(each) for each in kept]
    if any(row.hard or row.clears for row in rows):
        looks.hasten(tx, [sender_id], now)
        return True
    if any(row.weight for row in rows):
        looks.hasten(tx, [sender_id], now + _SOON)
    return False


def wake(services: Services, sender_ids: Collection[str]) -> None:
    """Have senders looked at now. Call it behind the commit; when it is lost, the clock finds them soon after."""
    if sender_ids:
        services.queue.wake_many(LOOK_QUEUE, LOOK_JOB, sorted(sender_ids))


def wake_by_clock(services: Services, sender_ids: Collection[str]) -> None:
    """Have senders looked at whose time has come. While earlier ones still wait none is added: they would be the
    same."""
    if sender_ids and not services.queue.is_waiting(CLOCK_QUEUE):
        services.queue.wake_many(CLOCK_QUEUE, CLOCK_JOB, list(sender_ids))


def hasten(services: Services, organization_id: str, sender_ids: Collection[str]) -> None:
    """Have senders looked at now, other ones than the transaction had that asks for it. Call it behind the commit.

    Each in a transaction of its own: whoever holds one sender and wanted a second could lock out another who does.
    """
    for each in sorted(sender_ids):
        with services.db.transaction(organization_id) as tx:
            looks.hasten(tx, [each], services.clock())
    wake(services, sender_ids)


def note_look(tx: Tx, sender_id: str, found: Sequence[Signal], now: datetime) -> None:
    """Keep the signals of a look; what the last two found as well is told once more (`found_again`)."""
    fresh = [replace(each, text=redacted(each.text)) for each in found]
    if not fresh:
        return
    before = signals.list_since(tx, sender_id, now - _REMEMBERED)
    again = found_again([each.signal for each in before], fresh)
    if again:
        signals.move(tx, [each.id for each in before[-again:]], fresh[0].at)
    else:
        signals.add(tx, sender_id, fresh)


def redacted(text: str) -> str:
    """Return a provider's words without what names anybody."""
    return _TELLING.sub("#", text)[:_LONGEST]
