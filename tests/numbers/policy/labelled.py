"""The labelled sequences, read from sequences.toml, which says how they are written."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tomllib import loads
from typing import Any

from hub.types import Reach
from hub.types.bans import Act, Fellow, History, Signal, SignalSource, Standing, Volume

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FAMILIES = {"whatsapp": "twilio", "sms": "twilio", "telegram": "telegram", "facebook": "messenger", "email": "mail"}
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SIGNAL = re.compile(
    r"(?P<at>\d+[smhd]?)(?:x(?P<times>\d+)/(?P<step>\d+[smhd]?))? (?P<source>\w+) (?P<code>\S+)"
    r"(?: >(?P<person>\S+))?(?: #(?P<content>\S+))?(?: ~(?P<wait>\d+[smhd]?))?(?: : (?P<text>.+))?"
)
_SENT_IN = 60
"""Into how many spans of time what was sent is spread."""


@dataclass(frozen=True)
class Sequence:
    """One labelled sequence: what was heard, when it is judged, and what is expected of that."""

    name: str
    kind: str
    hard: bool
    history: History
    standing: Standing
    now: datetime
    expected: tuple[str, str, str, str]
    forbids: frozenset[Act] | None


def read_sequences() -> list[Sequence]:
    text = Path(__file__).with_name("sequences.toml").read_text("utf-8")
    return [_sequence(raw) for raw in loads(text)["sequence"]]


def _sequence(raw: Mapping[str, Any]) -> Sequence:
    family = FAMILIES[raw["kind"]]
    signals = tuple(sorted((one for line in raw["signals"] for one in _signals(family, line)), key=lambda one: one.at))
    now = _time(raw["now"]) if "now" in raw else signals[-1].at + timedelta(seconds=1)
    confidence, level, reach, remedy = raw["expect"].split()
    return Sequence(
        raw["name"],
        raw["kind"],
        raw["class"] == "hard",
        History(signals, tuple(_volumes(raw.get("sent"), now))),
        Standing(
            worked_at=START - timedelta(days=30) if raw.get("worked", True) else None,
            credentials_changed_at=_time(raw["changed"]) if "changed" in raw else None,
            fellows=tuple(_fellow(each) for each in raw.get("fellows", ())),
        ),
        now,
        (confidence, level, reach, remedy),
        frozenset(Act(each) for each in raw["forbids"]) if "forbids" in raw else None,
    )


def _signals(family: str, line: str) -> Iterator[Signal]:
    found = _SIGNAL.fullmatch(line)
    assert found, line
    for turn in range(int(found["times"] or 1)):
        at = _time(found["at"]) + turn * timedelta(seconds=_seconds(found["step"] or "0"))
        sent = found["source"] == "send" or found["person"] or found["times"]
        yield Signal(
            family,
            SignalSource(found["source"]),
            found["code"],
            at,
            text=found["text"] or "",
            recipient=(found["person"] or f"{found['code']}-{found['at']}-{turn}") if sent else None,
            content=(found["content"] or f"content {turn}") if sent else None,
            until=at + timedelta(seconds=_seconds(found["wait"])) if found["wait"] else None,
        )


def _volumes(sent: str | None, now: datetime) -> Iterator[Volume]:
    if sent is None:
        return
    count, period = sent.split("/")
    span = timedelta(seconds=_seconds(period)) / _SENT_IN
    for place in range(_SENT_IN):
        share = int(count) * (place + 1) // _SENT_IN - int(count) * place // _SENT_IN
        yield Volume(now - span * (_SENT_IN - place - 0.5), share)


def _fellow(text: str) -> Fellow:
    shares, state = text.split()
    return Fellow(Reach(shares), {"online": True, "offline": False}[state])


def _seconds(text: str) -> int:
    return int(text.rstrip("smhd")) * _UNITS[text.lstrip("0123456789")]


def _time(text: str) -> datetime:
    return START + timedelta(seconds=_seconds(text))
