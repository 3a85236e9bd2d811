"""Thirty days of ordinary traffic of a sender: people who block it, dead addresses, outages, storms, rotated tokens."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from hub.types.bans import Signal, SignalSource, Volume
from tests.numbers.policy.simulated import START

DAYS = 30
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_BURST_AT = START + timedelta(days=10, hours=9, minutes=5)


@dataclass(frozen=True)
class Everyday:
    """What is ordinary for one kind of sender.

    sent      messages a day.   rates: code → the share of them that ends so
    storm     code and longest wait of its rate limit.   outage: codes of its sends while the provider is down
    healthy   what a look finds.   refused: what it finds, and what sends end with, while the token is wrong
    template  the code that one bad content ends with, again and again; "" where there is none
    moods     what polls find on some days, beside `healthy`
    burst     many messages at once, a code, and how many of them end with it within three hours
    """

    family: str
    sent: int
    rates: Mapping[str, float]
    storm: tuple[str, int]
    outage: tuple[str, ...]
    healthy: str
    refused: tuple[str, str]
    template: str = ""
    moods: tuple[str, ...] = ()
    reported: frozenset[str] = field(default_factory=frozenset)
    burst: tuple[int, str, int] = (0, "", 0)


MONTHS: Mapping[str, Everyday] = {
    "whatsapp": Everyday(
        "twilio",
        800,
        {"63014": 0.004, "63016": 0.01, "63024": 0.01, "63049": 0.02, "63026": 0.0002, "63013": 0.0005, "63003": 0.005},
        ("63018", 60),
        ("20500", "20503", "63012"),
        "sender/ONLINE",
        ("20003", "20003"),
        "63013",
        ("quality/HIGH", "quality/MEDIUM", "sender/ONLINE:UPDATING"),
    ),
    "sms": Everyday(
        "twilio",
        600,
        {"30007": 0.008, "30004": 0.006, "30003": 0.03, "30008": 0.01, "21610": 0.004, "30005": 0.01, "30006": 0.005},
        ("30022", 600),
        ("20500", "20503"),
        "number/owned",
        ("20003", "20003"),
        burst=(3000, "30007", 20),
    ),
    "telegram": Everyday(
        "telegram",
        1000,
        {"403": 0.006, "400": 0.004, "409": 0.0005},
        ("429", 900),
        ("500", "502", "504"),
        "getMe/ok",
        ("getMe/401", "401"),
    ),
    "facebook": Everyday(
        "messenger",
        700,
        {"551": 0.006, "10/2018278": 0.02, "100": 0.003, "2": 0.004, "100/2018001": 0.001},
        ("613", 120),
        ("2", "1", "-1"),
        "page/ok",
        ("190/460", "190/460"),
        burst=(3000, "551", 200),
    ),
    "email": Everyday(
        "mail",
        1500,
        {"failed/permanent/bounce": 0.012, "complained": 0.0006, "unsubscribed": 0.003, "451": 0.01, "552": 0.002},
        ("454", 600),
        ("451", "421"),
        "login/ok",
        ("535", "535"),
        reported=frozenset({"failed/permanent/bounce", "complained", "unsubscribed"}),
        burst=(10_000, "complained", 20),
    ),
}


@dataclass(frozen=True)
class Month:
    """What comes in, what was sent, what a look finds, and when new credentials were entered."""

    everyday: Everyday
    signals: tuple[Signal, ...]
    volumes: tuple[Volume, ...]
    down: tuple[tuple[datetime, datetime], ...]
    refused: tuple[tuple[datetime, datetime], ...]
    seed: int

    def answer(self, at: datetime) -> Signal:
        """Return what a look finds."""
        everyday = self.everyday
        code = everyday.healthy
        if any(start <= at < end for start, end in self.down):
            code = "timeout"
        elif any(start <= at < end for start, end in self.refused):
            code = everyday.refused[0]
        elif everyday.moods and Random(f"{self.seed} {at:%Y%m%d%H}").random() < 0.1:  # noqa: S311
            code = everyday.moods[at.day % len(everyday.moods)]
        return Signal(everyday.family, SignalSource.PROBE, code, at)


def month(everyday: Everyday, seed: int) -> Month:
    """Return thirty days: four outages, five storms, three rotations with the token wrong for up to eight minutes."""
    dice = Random(seed)  # noqa: S311
    down = tuple(_span(dice, minutes) for minutes in (4, 25, 60, 170))
    refused = tuple(_span(dice, minutes) for minutes in (1, 4, 8))
    signals = [
        *_everyday(everyday, dice),
        *_outages(everyday, down, dice),
        *_storms(everyday, dice),
        *_refusals(everyday, refused, dice),
        *_bad_template(everyday, dice),
        *_burst(everyday, dice),
    ]
    return Month(everyday, tuple(signals), tuple(_volumes(everyday)), down, refused, seed)


def _volumes(everyday: Everyday) -> Iterator[Volume]:
    for place in range(DAYS * 24):
        began = START + place * _HOUR
        yield Volume(began, everyday.sent // 24 + (everyday.burst[0] if began <= _BURST_AT < began + _HOUR else 0))


def _span(dice: Random, minutes: int) -> tuple[datetime, datetime]:
    start = START + dice.random() * (DAYS - 1) * _DAY
    return start, start + timedelta(minutes=minutes)


def _sent(everyday: Everyday, code: str, at: datetime, dice: Random, **more: datetime | str) -> Signal:
    source = SignalSource.WEBHOOK if code in everyday.reported else SignalSource.SEND
    until = more.get("until")
    return Signal(
        everyday.family,
        source,
        code,
        at,
        recipient=f"person {dice.randrange(5000)}",
        content=str(more.get("content", dice.randrange(3000))),
        until=until if isinstance(until, datetime) else None,
        text="throttling" if code == "454" else "",
    )


def _everyday(everyday: Everyday, dice: Random) -> Iterator[Signal]:
    for code, rate in everyday.rates.items():
        for _ in range(round(everyday.sent * DAYS * rate * dice.uniform(0.6, 1.4))):
            yield _sent(everyday, code, START + dice.random() * DAYS * _DAY, dice)


def _outages(everyday: Everyday, down: tuple[tuple[datetime, datetime], ...], dice: Random) -> Iterator[Signal]:
    for start, end in down:
        for _ in range(25):
            yield _sent(everyday, dice.choice(everyday.outage), start + dice.random() * (end - start), dice)


def _storms(everyday: Everyday, dice: Random) -> Iterator[Signal]:
    code, longest = everyday.storm
    for _ in range(5):
        start = START + dice.random() * (DAYS - 1) * _DAY
        for _ in range(40):
            at = start + dice.random() * timedelta(minutes=10)
            yield _sent(everyday, code, at, dice, until=at + timedelta(seconds=dice.randint(1, longest)))


def _refusals(everyday: Everyday, refused: tuple[tuple[datetime, datetime], ...], dice: Random) -> Iterator[Signal]:
    for start, end in refused:
        for _ in range(6):
            yield _sent(everyday, everyday.refused[1], start + dice.random() * (end - start), dice)


def _bad_template(everyday: Everyday, dice: Random) -> Iterator[Signal]:
    if everyday.template:
        start = START + dice.random() * (DAYS - 1) * _DAY
        for place in range(30):
            yield _sent(
                everyday, everyday.template, start + place * timedelta(seconds=30), dice, content="bad template"
            )


def _burst(everyday: Everyday, dice: Random) -> Iterator[Signal]:
    """What was sent within minutes has left the window before what became of it has."""
    _, code, times = everyday.burst
    for place in range(times):
        yield _sent(everyday, code, _BURST_AT + (place + 1) * 3 * _HOUR / times, dice)
