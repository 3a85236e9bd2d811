"""One call a platform owes the hub."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import time

from hub.sandbox.schedules import State


@dataclass
class Webhook:
    """One call a platform owes the hub.

    rule       a key of `schedules.RULES`
    lane       first attempts of one lane happen in order; a blocking rule holds the whole lane for retries too
    target     an URL, or the name of something whose URL and headers are looked up at each attempt
    body       latin-1, so that any bytes survive JSON
    effect     (message id, status) that becomes true when the webhook sets out, also when it never arrives
    attempts   the last ones as (time, what came back); `tries` counts all
    """

    id: str
    channel: str
    what: str
    rule: str
    lane: str
    target: str
    body: str
    content_type: str
    created: float
    due: float
    headers: dict[str, str] = field(default_factory=dict)
    message_id: str = ""
    effect: list[str] = field(default_factory=list)
    state: str = State.PENDING
    tries: int = 0
    attempts: list[list[object]] = field(default_factory=list)


@dataclass(frozen=True)
class Destination:
    url: str
    headers: Mapping[str, str]


_numbers = itertools.count()


def webhook_id() -> str:
    """Return an id that is unique over restarts too."""
    return f"{int(time() * 1000):x}-{next(_numbers):x}"
