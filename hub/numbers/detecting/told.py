"""What providers tell of senders in passing - failures of sends, words about a sender - and the signals it makes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hub.crypto import DataKey
from hub.db import signals
from hub.db.session import Tx
from hub.numbers.detecting.hearing import hear
from hub.numbers.policy.signals import DELIVERED, refuted_by_delivery, taken_back
from hub.types import ChannelKind, Level, SenderReported, SendFailure
from hub.types.bans import Signal, SignalSource
from hub.wiring import Services

_FINGERPRINT = 32
_ANY_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that was told.

    whom     the conversation or identity it was about, whose id becomes a fingerprint
    content  what was to be sent, the same
    wait     for how many seconds the provider wants to be left alone; `until`: or when it ends
    """

    source: SignalSource
    code: str
    text: str = field(default="", repr=False)
    whom: str | None = None
    content: str | None = field(default=None, repr=False)
    wait: float | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ear:
    """What turns that into signals: whose codes they are, and the organization's key."""

    family: str
    key: DataKey = field(repr=False)


def ear_of(services: Services, kind: ChannelKind, key: DataKey) -> Ear:
    """Return the ear for senders of a kind. `key`: their organization's."""
    return Ear(services.adapters[kind].signal_family, key)


def told_by_failure(failure: SendFailure, whom: str, content: str) -> tuple[Told, ...]:
    """Return what a failed send tells, once for each code that the provider named."""
    codes = dict.fromkeys(code for code in (failure.code, *failure.also) if code)
    return tuple(
        Told(SignalSource.SEND, code, failure.text, whom, content or None, wait=failure.retry_after) for code in codes
    )


def told_by_report(report: SenderReported) -> Told:
    """Return what the provider's own word about a sender tells. What names a business account came to each of its
    senders already."""
    return Told(SignalSource.WEBHOOK, report.code, report.text, until=report.until)


def told_over(family: str, report: SenderReported, level: Level) -> bool:
    """Whether the provider's word about a sender says that such trouble is over."""
    # what a code means does not depend on when it was said
    said = Signal(family, SignalSource.WEBHOOK, report.code, _ANY_TIME, text=report.text)
    return level in taken_back(said)


def hear_told(tx: Tx, ear: Ear, sender_id: str, told: Sequence[Told], now: datetime) -> list[str]:
    """Keep what was told, in the transaction of what brought it; return the senders to be looked at at once."""
    heard = [_signal(ear, each, now) for each in told]
    return [sender_id] if hear(tx, sender_id, heard, now) else []


def hear_delivered(tx: Tx, ear: Ear, sender_id: str, message_ids: Sequence[str], now: datetime) -> list[str]:
    """Keep that messages were delivered, for the sender and those that share its account, where that takes something
    back; return the senders to be looked at at once: `hasten` them behind the commit, the transaction holds one."""
    codes = refuted_by_delivery(ear.family)
    if not codes or not message_ids:
        return []
    refuted = signals.list_refuted(tx, sender_id, message_ids, codes)
    for each in refuted:
        signals.add(tx, each, [Signal(ear.family, SignalSource.WEBHOOK, DELIVERED, now)])
    return refuted


def _signal(ear: Ear, told: Told, now: datetime) -> Signal:
    until = now + timedelta(seconds=told.wait) if told.wait is not None else told.until
    return Signal(
        family=ear.family,
        source=told.source,
        code=told.code,
        at=now,
        text=told.text,
        recipient=_fingerprint(ear.key, told.whom),
        content=_fingerprint(ear.key, told.content),
        until=until,
    )


def _fingerprint(key: DataKey, value: str | None) -> str | None:
    return key.fingerprint(hashlib.sha256(value.encode()).digest()).hex()[:_FINGERPRINT] if value else None
