"""What the hub does about each kind of failure: one table, read by the delivery job and by its test."""

from dataclasses import dataclass
from enum import StrEnum

from hub.numbers.policy.judging import forbidden
from hub.types import FailureKind, Level, Reach, SendFailure
from hub.types.bans import Act

MAX_ATTEMPTS = 5
BACK_OFF = (2.0, 10.0, 60.0, 300.0)
"""Seconds to wait after the first, second, … attempt that counted."""
DEFAULT_WAIT = 30.0
"""Seconds to wait when a provider says "wait" without saying how long."""
# a limit of these reaches leaves the sender's other conversations alone
_ONE_PERSON = (Reach.MESSAGE, Reach.RECIPIENT)


class Step(StrEnum):
    """What becomes of the delivery."""

    RETRY = "retry"
    WAIT = "wait"
    UNCERTAIN = "uncertain"
    FAIL = "fail"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Consequence:
    """step                  what becomes of the delivery
    delay                 seconds until it may be tried again (RETRY, WAIT)
    hold_sender           what of the sender is held: rate, credentials, restricted; None: nothing
    hold_for              seconds it is held for; None: until somebody mends it
    identity_unreachable  nothing more is tried for this person until they write
    """

    step: Step
    delay: float = 0.0
    hold_sender: str | None = None
    hold_for: float | None = None
    identity_unreachable: bool = False


_FIXED = {
    FailureKind.UNCERTAIN: Consequence(Step.UNCERTAIN),
    FailureKind.RECIPIENT: Consequence(Step.FAIL, identity_unreachable=True),
    FailureKind.WINDOW: Consequence(Step.FAIL),
    FailureKind.CONTENT: Consequence(Step.FAIL),
    FailureKind.CREDENTIALS: Consequence(Step.HOLD, hold_sender="credentials"),
}


def consequence(failure: SendFailure, attempts: int) -> Consequence:
    """Say what follows from a failure of the attempt number `attempts` (1 is the first)."""
    match failure.kind:
        case FailureKind.TRY_LATER:
            return _try_later(attempts)
        case FailureKind.RATE_LIMITED:
            return _wait(failure.retry_after or DEFAULT_WAIT, failure.reach)
        case FailureKind.SENDER:
            return _sender(failure)
        case fixed:
            return _FIXED[fixed]


def _try_later(attempts: int) -> Consequence:
    if attempts >= MAX_ATTEMPTS:
        return Consequence(Step.FAIL)
    return Consequence(Step.RETRY, delay=BACK_OFF[min(attempts, len(BACK_OFF)) - 1])


def _wait(seconds: float, reach: Reach) -> Consequence:
    if reach in _ONE_PERSON:
        return Consequence(Step.WAIT, delay=seconds)
    return Consequence(Step.WAIT, delay=seconds, hold_sender="rate", hold_for=seconds)


def _sender(failure: SendFailure) -> Consequence:
    """A sender that may not even answer is held; a restricted one fails this message and goes on answering."""
    if Act.REPLIES in forbidden(failure.level):
        return Consequence(Step.HOLD, hold_sender=hold_of(failure.level))
    return Consequence(Step.FAIL)


def hold_of(level: Level) -> str:
    """Return under which name a sender is held that may not answer."""
    return "credentials" if level is Level.CREDENTIALS else "banned"
