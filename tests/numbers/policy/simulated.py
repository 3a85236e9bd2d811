"""A sender on a simulated clock: what happens to it, and a hub that looks at it when the judgement says so."""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hub.numbers.policy.judging import judge, opens_case
from hub.numbers.policy.signals import LOOKS, ORDINARY, found_again, matters
from hub.types.bans import Confidence, History, Judgement, Signal, Standing, Volume

START = datetime(2026, 3, 2, tzinfo=UTC)
_KEPT = timedelta(days=3)
_MANY = 200
"""From so many signals on, those that are older than _KEPT are let go."""
_PASSES = timedelta(hours=1)
_PROMPT = timedelta(seconds=1)
"""How long a look that is wanted at once takes to begin."""

Answer = Callable[[datetime], Signal]
"""What a look finds at a time."""


def kept_with(kept: tuple[Signal, ...], look: Signal) -> tuple[Signal, ...]:
    """Return what is kept of a sender's signals after a look."""
    return (*kept[: len(kept) - found_again(kept, [look])], look)


@dataclass
class Watched:
    """A sender that is looked at: `answer` says what a look finds, `well` which codes are no news."""

    answer: Answer
    well: frozenset[str]
    standing: Standing = field(default_factory=lambda: Standing(worked_at=START - timedelta(days=90)))
    signals: tuple[Signal, ...] = ()
    volumes: list[Volume] = field(default_factory=list)
    judgements: list[tuple[datetime, Judgement]] = field(default_factory=list)
    cases: list[tuple[datetime, Judgement]] = field(default_factory=list)

    def run(self, told: Iterable[Signal], until: datetime, changed: Iterable[datetime] = ()) -> None:
        """Let the told signals come, new credentials be entered, and look in between, from START on."""
        waiting = [(each.at, place, each) for place, each in enumerate(sorted(told, key=lambda one: one.at))]
        heapq.heapify(waiting)
        renewals = sorted(changed)
        look_at = START
        while min(look_at, waiting[0][0] if waiting else until) < until:
            now = min(look_at, waiting[0][0] if waiting else until)
            while renewals and renewals[0] <= now:
                self.standing = replace(self.standing, credentials_changed_at=renewals.pop(0))
            told_next = bool(waiting) and waiting[0][0] <= look_at
            signal = heapq.heappop(waiting)[2] if told_next else self.answer(now)
            look_at = self._hear(signal, now, look_at)

    def _hear(self, signal: Signal, now: datetime, look_at: datetime) -> datetime:
        """Take a signal in and return when to look next."""
        if signal.source in LOOKS:
            self.signals = kept_with(self.signals, signal)
        elif matters(signal):
            self.signals = (*self.signals, signal)
        else:
            return look_at
        if signal.code in self.well and not self._is_news(now):
            return now + timedelta(seconds=ORDINARY)
        if len(self.signals) > _MANY:
            self.signals = tuple(each for each in self.signals if each.at > now - _KEPT)
        history = History(self.signals, tuple(each for each in self.volumes if now - _KEPT < each.at <= now))
        judgement = judge(history, self.standing, now)
        self.judgements.append((now, judgement))
        if opens_case(judgement, now):
            self.cases.append((now, judgement))
        return max(judgement.look_at, now + _PROMPT)

    def _is_news(self, now: datetime) -> bool:
        """Whether all being well changes anything; as time goes by the same signals may be another share."""
        if not self.judgements:
            return False
        at, last = self.judgements[-1]
        return last.confidence is not Confidence.NONE or now - at > _PASSES

    def confirmed_at(self) -> datetime | None:
        return next((at for at, each in self.judgements if each.confidence is Confidence.CONFIRMED), None)
