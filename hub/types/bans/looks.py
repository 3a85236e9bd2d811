"""What a look at a sender at its provider found."""

from dataclasses import dataclass
from enum import StrEnum

from hub.types.bans.signals import Signal
from hub.types.channels import Health
from hub.types.numbers import Quality


class DriftKind(StrEnum):
    """Which part of a sender is not as the hub set it up.

    WEBHOOK       what people write does not reach the hub
    SUBSCRIPTION  only some of it does
    PERMISSION    the credentials allow too little
    TOKEN         the credentials are refused, or they are another sender's
    NUMBER        the provider does not have the sender, or something else on it wins over the hub
    RELAY         a way by which the hub sends is missing or broken
    """

    WEBHOOK = "webhook"
    SUBSCRIPTION = "subscription"
    PERMISSION = "permission"
    TOKEN = "token"  # noqa: S105 - a kind of drift
    NUMBER = "number"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that is not as it should be. `words`: cause and mend; `mended_by_setup`: `setup` puts it right."""

    kind: DriftKind
    words: str
    mended_by_setup: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What a sender was found to be at its provider.

    health       all of it in one word, and what is wrong in ours
    signals      what ban detection reads: codes as signals.toml has them
    daily_limit  people it may write to unasked within 24 hours; None: nothing is said, or there is no limit
    online       None: not known, or not online yet
    """

    health: Health
    signals: tuple[Signal, ...] = ()
    quality: Quality = Quality.UNKNOWN
    daily_limit: int | None = None
    online: bool | None = None
    drift: tuple[Drift, ...] = ()
