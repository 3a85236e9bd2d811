"""Hard signals: their level and reach, and whether a look has confirmed them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.numbers.policy.signals import FORBIDS, LOOKS, MEMORY, NAMES, Heard, is_answered_look
from hub.types import Level, Reach
from hub.types.bans import Act, Confidence, Fellow, RemedyKind, Signal

LEVELS = (
    Level.NONE,
    Level.RECIPIENT,
    Level.RATE_LIMITED,
    Level.RESTRICTED,
    Level.CREDENTIALS,
    Level.BANNED,
    Level.ACCOUNT,
)
"""Which of several levels is told first. Credentials and account are other questions than the rest: they stand where
their remedy comes first."""
REACHES = tuple(Reach)
"""Narrow to wide."""

Suspicion = Callable[[Sequence[Heard], datetime], bool]
"""Whether the soft signals heard up to a time made the sender suspicious."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One trouble of the sender."""

    level: Level
    reach: Reach
    confidence: Confidence
    forbids: frozenset[Act]
    remedies: tuple[RemedyKind, ...]
    words: str
    evidence: tuple[Signal, ...]
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """What one hard signal says once the sender's fellows are known."""

    level: Level
    reach: Reach
    remedies: tuple[RemedyKind, ...]
    forbids: frozenset[Act]
    words: str


def hard_findings(
    heard: Sequence[Heard], fellows: Sequence[Fellow], suspicion: Suspicion, now: datetime
) -> tuple[Finding, ...]:
    """Return what the hard signals say, one finding per topic. `heard`: what still stands, oldest first."""
    topics = dict.fromkeys(each.row.topic for each in heard if each.row.hard)
    found = (_finding(topic, heard, fellows, suspicion, now) for topic in topics)
    return tuple(each for each in found if each is not None)


def _finding(
    topic: str, heard: Sequence[Heard], fellows: Sequence[Fellow], suspicion: Suspicion, now: datetime
) -> Finding | None:
    explained = _explained_until(topic, heard)
    places = [
        place for place, each in enumerate(heard) if each.row.hard and each.row.topic == topic and place >= explained
    ]
    confirmed = any(_confirms(place, heard, suspicion) for place in places) or _is_word_confirmed(places, heard)
    if not confirmed:
        since = now - timedelta(seconds=MEMORY["hard"])
        places = [place for place in places if heard[place].signal.at > since]
    if not places:
        return None
    group = [heard[place] for place in places]
    said = [_said(each, fellows) for each in group]
    worst = max(said, key=lambda each: (LEVELS.index(each.level), REACHES.index(each.reach)))
    return Finding(
        level=worst.level,
        reach=worst.reach,
        confidence=Confidence.CONFIRMED if confirmed else Confidence.SUSPECTED,
        forbids=frozenset().union(*(each.forbids for each in said)),
        remedies=worst.remedies,
        words=worst.words,
        evidence=tuple(each.signal for each in group),
        until=_until(group),
    )


def _explained_until(topic: str, heard: Sequence[Heard]) -> int:
    """Return the place of the last look of another topic that explains this one: what is before it is no trouble."""
    places = (
        place
        for place, each in enumerate(heard)
        if each.row.hard and each.row.topic != topic and topic in each.row.supports
    )
    return max(places, default=0)


def _confirms(place: int, heard: Sequence[Heard], suspicion: Suspicion) -> bool:
    """Whether a signal is a look that finds what something before it said, or what it was made suspicious of."""
    look = heard[place]
    if look.signal.source not in LOOKS:
        return False
    before = heard[:place]
    if any(each.row.hard and each.row.topic in look.row.supports for each in before):
        return True
    return suspicion(before, look.signal.at)


def _is_word_confirmed(places: Sequence[int], heard: Sequence[Heard]) -> bool:
    """Whether the provider said so itself, and answered a look afterwards without taking it back."""
    words = [place for place in places if heard[place].row.word]
    return bool(words) and any(is_answered_look(later) for later in heard[words[0] + 1 :])


def _said(heard: Heard, fellows: Sequence[Fellow]) -> _Said:
    row, reach = heard.row, reach_of(heard, fellows)
    if row.widened is not None and reach is row.fellows:
        level = row.widened.level
        return _Said(level, reach, row.widened.remedies, FORBIDS[level], row.words)
    return _Said(row.level, reach, row.remedies, row.forbids, row.words)


def reach_of(heard: Heard, fellows: Sequence[Fellow]) -> Reach:
    """Return what a signal is about: by its row, the words of its text, or the senders that share an account with it.

    One of them online: the sender alone is hit. None online: what they share is.
    """
    row = heard.row
    if row.fellows is None:
        return row.reach
    if row.fellows is Reach.BUSINESS_ACCOUNT:
        named = next((reach for reach, words in NAMES if words.search(heard.signal.text)), None)
        if named is not None:
            return named
    state = _any_online(row.fellows, fellows)
    reach = row.alone if state is None else Reach.SENDER if state else row.fellows
    if reach is Reach.BUSINESS_ACCOUNT and _any_online(Reach.PORTFOLIO, fellows) is False:
        return Reach.PORTFOLIO
    return reach


def _any_online(shares: Reach, fellows: Sequence[Fellow]) -> bool | None:
    """None where nothing is known of any of them."""
    known = [each.online for each in fellows if each.shares is shares and each.online is not None]
    return any(known) if known else None


def _until(group: Sequence[Heard]) -> datetime | None:
    ends = [each.signal.until for each in group if each.row.ends]
    known = [each for each in ends if each is not None]
    return max(known) if known and len(known) == len(group) else None
