"""When a platform tries a webhook again, and when it stops. Pure; delays are real-world seconds.

Sources: Telegram's server code, Meta's webhook pages, Twilio's connection overrides, Mailgun's receiving pages.
"""

import random
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs, urlsplit

HOUR = 3600.0
DAY = 24 * HOUR

META_LIFETIME = 36 * HOUR
META_DELAYS = (0.0, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, HOUR)
ROUTE_DELAYS = (600.0, 900, 1800, HOUR, 2 * HOUR, 4 * HOUR)
EVENT_DELAYS = (300.0, 600, 900, HOUR, 2 * HOUR, 4 * HOUR)
MAIL_SERVER_DELAYS = (60.0, 300, 900, 1800, *([HOUR] * 120))
MAIL_SERVER_TEMPORARY = {408, 425, 429}
TWILIO_TOTAL_SECONDS = 15.0


class State(StrEnum):
    """What became of a webhook: `refused` stopped because of the answer, `abandoned` because time or tries ran out."""

    PENDING = "pending"
    ACKNOWLEDGED = "acknowledged"
    ABANDONED = "abandoned"
    REFUSED = "refused"


class Problem(StrEnum):
    """Why there was no answer."""

    NONE = ""
    CONNECT = "connect"
    READ = "read"


@dataclass(frozen=True)
class Outcome:
    """One attempt's end: a status, or the reason why there is none."""

    status: int = 0
    problem: Problem = Problem.NONE
    retry_after: float | None = None

    @property
    def acknowledged(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True)
class Next:
    """What follows an attempt: a final state, or another attempt in `delay` seconds."""

    state: State
    delay: float = 0.0


@dataclass(frozen=True)
class Tried:
    """What a rule looks at: the URL with its fragment, attempts made so far (this one too), age in seconds."""

    url: str
    attempts: int
    age: float
    outcome: Outcome


def _again(delay: float) -> Next:
    return Next(State.PENDING, delay)


def _by_table(tried: Tried, delays: tuple[float, ...]) -> Next:
    if tried.attempts > len(delays):
        return Next(State.ABANDONED)
    return _again(delays[tried.attempts - 1])


def _telegram(tried: Tried) -> Next:
    """At once, then 1 s doubling up to a random cap of 60 to 120 s, for a day; Retry-After up to an hour."""
    if tried.age > DAY:
        return Next(State.ABANDONED)
    if tried.outcome.retry_after is not None:
        return _again(min(tried.outcome.retry_after, HOUR))
    if tried.attempts == 1:
        return _again(0.0)
    return _again(min(2.0 ** min(tried.attempts - 2, 10), random.uniform(60, 120)))  # noqa: S311 - no secret


def _meta(tried: Tried) -> Next:
    """At once, then with falling frequency for 36 hours."""
    if tried.age > META_LIFETIME:
        return Next(State.ABANDONED)
    return _again(META_DELAYS[min(tried.attempts, len(META_DELAYS)) - 1])


def _twilio(tried: Tried) -> Next:
    """Once more after a failed connection only, unless the URL's fragment asks for other retries."""
    wishes = parse_qs(urlsplit(tried.url).fragment)
    count = min(_wish(wishes, "rc", 1), 5)
    causes = {cause for value in wishes.get("rp", ["ct"]) for cause in value.split(",")}
    total = min(_wish(wishes, "tt", 15_000) / 1000, TWILIO_TOTAL_SECONDS)
    # only the pauses are counted, so that a sandbox that runs faster than real gives up at the same try
    delay, paused = 0.25 * 2 ** (tried.attempts - 1), 0.25 * (2 ** (tried.attempts - 1) - 1)
    wanted = bool(causes & {"all", _twilio_cause(tried.outcome)})
    if wanted and tried.attempts <= count and paused + delay <= total:
        return _again(delay)
    return Next(State.REFUSED if 400 <= tried.outcome.status < 500 else State.ABANDONED)


def _wish(wishes: dict[str, list[str]], name: str, default: int) -> int:
    value = wishes.get(name, [""])[0]
    return int(value) if value.isdigit() else default


def _twilio_cause(outcome: Outcome) -> str:
    match outcome.problem:
        case Problem.CONNECT:
            return "ct"
        case Problem.READ:
            return "rt"
        case Problem.NONE:
            return f"{outcome.status // 100}xx"


def _mailgun_route(tried: Tried) -> Next:
    return Next(State.REFUSED) if tried.outcome.status == 406 else _by_table(tried, ROUTE_DELAYS)


def _mailgun_event(tried: Tried) -> Next:
    return Next(State.REFUSED) if tried.outcome.status == 406 else _by_table(tried, EVENT_DELAYS)


def _mail_server(tried: Tried) -> Next:
    """A mail server bounces what is refused for good, and queues the rest for five days."""
    status = tried.outcome.status
    if 400 <= status < 500 and status not in MAIL_SERVER_TEMPORARY:
        return Next(State.REFUSED)
    return _by_table(tried, MAIL_SERVER_DELAYS)


@dataclass(frozen=True)
class Rule:
    """A platform's habits: seconds it waits for an answer, and whether a failing webhook holds back its lane."""

    timeout: float
    blocking: bool = False


RULES = {
    "telegram": Rule(60.0, blocking=True),
    "meta": Rule(20.0),
    "twilio": Rule(15.0),
    "mailgun-route": Rule(60.0),
    "mailgun-event": Rule(60.0),
    "mail-server": Rule(60.0),
}
_NEXT = {
    "telegram": _telegram,
    "meta": _meta,
    "twilio": _twilio,
    "mailgun-route": _mailgun_route,
    "mailgun-event": _mailgun_event,
    "mail-server": _mail_server,
}


def decide(rule: str, tried: Tried) -> Next:
    """Say what the platform does after an attempt."""
    if tried.outcome.acknowledged:
        return Next(State.ACKNOWLEDGED)
    return _NEXT[rule](tried)
