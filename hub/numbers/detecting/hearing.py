"""Writing signals down, and seeing to it that somebody looks."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from hub.db import looks, signals
from hub.db.session import Tx
from hub.db.signals import KeptSignal
from hub.numbers.policy.signals import LOOKS, matters, meaning
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
    """Keep the signals of a look. Of looks that find the same one after the other the first and the last are kept:
    a ban may stand for weeks."""
    fresh = [replace(each, text=redacted(each.text)) for each in found]
    if not fresh:
        return
    before = signals.list_since(tx, sender_id, now - _REMEMBERED)
    turns = _turns(before)
    if len(turns) > 1 and all(_are_same([each.signal for each in turn], fresh) for turn in turns[-2:]):
        signals.move(tx, [each.id for each in turns[-1]], fresh[0].at)
    else:
        signals.add(tx, sender_id, fresh)


def redacted(text: str) -> str:
    """Return a provider's words without what names anybody."""
    return _TELLING.sub("#", text)[:_LONGEST]


def _turns(kept: Sequence[KeptSignal]) -> list[list[KeptSignal]]:
    """Return the looks since the last signal that was none, each with its signals."""
    newest: list[KeptSignal] = []
    for each in reversed(kept):
        if each.signal.source not in LOOKS:
            break
        newest.append(each)
    return [list(turn) for _, turn in groupby(reversed(newest), key=lambda each: each.signal.at)]


def _are_same(one: Sequence[Signal], other: Sequence[Signal]) -> bool:
    """What names an end is news each time."""
    if any(each.until for each in (*one, *other)):
        return False
    return sorted((each.code, each.text) for each in one) == sorted((each.code, each.text) for each in other)
