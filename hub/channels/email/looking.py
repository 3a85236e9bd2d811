"""What a look at the relays found, in the codes of ban detection (facts D2, F; relays are spoken to by SMTP only)."""

import re
from collections.abc import Sequence

from hub.channels.email.errors import RelayFailed, classify
from hub.channels.looking import TIMEOUT, Eye, seen
from hub.types import FailureKind, SendFailure
from hub.types.bans import Drift, DriftKind, Look, Signal

WELL = "login/ok"
_REFUSED = re.compile(r"53[05]")
_STOPPED = re.compile(r"(account|domain).{0,60}(disabled|suspended)|sending paused", re.IGNORECASE)
"""Words with which a relay that answers 55x speaks of us and not of a mail."""
_PASSING = frozenset({FailureKind.TRY_LATER, FailureKind.UNCERTAIN, FailureKind.RATE_LIMITED})


def of_relays(eye: Eye, relays: int, failed: Sequence[RelayFailed], absent: Sequence[str]) -> Look:
    """Return what signing in to all relays found. `absent`: settings without which mail cannot be answered."""
    drift = [_drift(failure) for failure in failed]
    if len(failed) < relays:
        return seen([eye.saw(WELL)], online=True, drift=drift, problems=absent)
    signals = [signal for failure in failed if (signal := _signal(eye, classify(failure)))]
    online = False if any(each.code != TIMEOUT for each in signals) else None
    return seen(signals, online=online, drift=drift, problems=absent)


def _signal(eye: Eye, failure: SendFailure) -> Signal | None:
    """Return what a relay's failure says; None of our own configuration, which is drift and no trouble."""
    stopped = failure.code.startswith("55") and _STOPPED.search(failure.text)
    if stopped or _REFUSED.match(failure.code):
        return eye.saw(failure.code, failure.text)
    return eye.saw(TIMEOUT) if failure.kind in _PASSING else None


def _drift(failed: RelayFailed) -> Drift:
    failure = classify(failed)
    kind = DriftKind.TOKEN if failure.kind is FailureKind.CREDENTIALS else DriftKind.RELAY
    return Drift(kind, f"{failure.detail} ({failed.setting}, at the stage {failed.stage.value})")
