"""Looks at senders: the signals of what a provider answered, and the health that it amounts to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.channels.quoting import quoted
from hub.types import Health, HealthState
from hub.types.bans import Drift, Look, Signal, SignalSource
from hub.types.numbers import Quality

TIMEOUT = "timeout"
"""The code of a provider that did not answer, or whose answer cannot be understood."""


@dataclass(frozen=True, slots=True)
class Eye:
    """Makes the signals of one look: `family` is the adapter's fact `signal_family`, `at` when it looks."""

    family: str
    at: datetime

    def saw(
        self, code: str, text: object = "", *, wait: float | None = None, source: SignalSource = SignalSource.PROBE
    ) -> Signal:
        """Return one thing that was seen. `wait`: for how many seconds the provider does not want to be asked."""
        until = self.at + timedelta(seconds=wait) if wait is not None else None
        return Signal(self.family, source, code, self.at, text=quoted(text), until=until)


def seen(
    signals: Sequence[Signal],
    *,
    online: bool | None,
    drift: Sequence[Drift] = (),
    problems: Sequence[str] = (),
    quality: Quality = Quality.UNKNOWN,
    daily_limit: int | None = None,
) -> Look:
    """Return a look that was answered. `problems`: what is wrong beside the drift, cause and mend."""
    wrong = (*problems, *(each.words for each in drift))
    health = Health(HealthState.BROKEN if wrong else HealthState.OK, wrong)
    return Look(health, tuple(signals), quality, daily_limit, online, tuple(drift))


def unseen(signals: Sequence[Signal], why: str, online: bool | None = None) -> Look:
    """Return a look that nobody answered, or not whole."""
    return Look(Health(HealthState.UNKNOWN, (why,)), tuple(signals), online=online)
