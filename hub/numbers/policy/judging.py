"""The judgement of a sender: what its signals amount to, what that forbids, and when to look again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.numbers.policy.levels import LEVELS, REACHES, Finding, hard_findings
from hub.numbers.policy.remedies import fitting
from hub.numbers.policy.scoring import soft_findings
from hub.numbers.policy.signals import (
    FORBIDDEN_ON_SUSPICION,
    FORBIDS,
    LOOKS,
    MEMORY,
    OPENS,
    ORDINARY,
    SUSPICIOUS,
    Heard,
    meaning,
)
from hub.types import Level, Reach
from hub.types.bans import Act, Confidence, History, Judgement, RemedyKind, Signal, Standing

_SURE = (Confidence.NONE, Confidence.SUSPECTED, Confidence.CONFIRMED)
_WELL = "Nothing speaks against the sender"
_REFUSED = "A person does not want or cannot get messages of the sender"
_SLOW = "The provider asks to wait"


def judge(history: History, standing: Standing, now: datetime) -> Judgement:
    """Say what the signals of one sender amount to at a time.

    A hard signal is a suspicion until a look of ours finds the same; soft signals are scored. What a later answer
    clears, what has ended, what was refused before the present credentials: none of it counts. Nor does an outage.
    """
    heard = _standing_signals(history, standing, now)

    def suspicion(before: Sequence[Heard], at: datetime) -> bool:
        return bool(soft_findings(before, history.volumes, at))

    found = (
        *hard_findings(heard, standing.fellows, suspicion, now),
        *soft_findings(heard, history.volumes, now),
    )
    if not found:
        return _of_single_signals(heard, history, now)
    worst = max(found, key=_gravity)
    return Judgement(
        level=worst.level,
        reach=worst.reach,
        confidence=worst.confidence,
        forbids=_forbidden(found),
        look_at=_next_look(found, history, now),
        reason=worst.words,
        until=worst.until,
        remedies=fitting(worst.remedies, worst.level, worst.reach),
        evidence=worst.evidence,
    )


def opens_case(judgement: Judgement, now: datetime) -> bool:
    """Whether a judgement is reason enough for a ban case: by its level, its confidence and how long it has stood."""
    rule = OPENS.get(judgement.level)
    if rule is None or _SURE.index(judgement.confidence) < _SURE.index(rule.confidence):
        return False
    return now - judgement.evidence[0].at >= timedelta(seconds=rule.after)


def forbidden(level: Level) -> frozenset[Act]:
    """Return what a level forbids where the provider says nothing more exact."""
    return FORBIDS[level]


def _gravity(finding: Finding) -> tuple[int, int, int]:
    return _SURE.index(finding.confidence), LEVELS.index(finding.level), REACHES.index(finding.reach)


def _forbidden(found: Sequence[Finding]) -> frozenset[Act]:
    """What is confirmed forbids what it forbids; a suspicion only what is not urgent."""
    confirmed = (each.forbids for each in found if each.confidence is Confidence.CONFIRMED)
    suspected = any(each.confidence is Confidence.SUSPECTED for each in found)
    return frozenset().union(*confirmed, FORBIDDEN_ON_SUSPICION if suspected else frozenset())


# --- what still stands -----------------------------------------------------------------------------------------


def _standing_signals(history: History, standing: Standing, now: datetime) -> list[Heard]:
    """Return the signals that still count, oldest first, with their meaning."""
    told = sorted((each for each in history.signals if each.at <= now), key=lambda each: each.at)
    left: list[Heard] = []
    cleared: set[str] = set()
    for heard in reversed([Heard(each, meaning(each)) for each in told]):
        if heard.row.topic not in cleared and _counts(heard, standing, now):
            left.append(heard)
        cleared |= heard.row.clears
    return left[::-1]


def _counts(heard: Heard, standing: Standing, now: datetime) -> bool:
    signal, row = heard.signal, heard.row
    if row.ends and signal.until is not None and signal.until <= now:
        return False
    if row.worked and (standing.worked_at is None or standing.worked_at > signal.at):
        return False
    changed = standing.credentials_changed_at
    return not (row.credential and changed is not None and signal.at < changed)


# --- one signal by itself --------------------------------------------------------------------------------------


def _of_single_signals(heard: Sequence[Heard], history: History, now: datetime) -> Judgement:
    """What is left when the sender itself has no trouble: a limit that still holds, a person who refuses."""
    look_at = _next_look((), history, now)
    limit = [each for each in heard if each.row.itself is Level.RATE_LIMITED and _ends(each.signal) > now]
    if limit:
        last = max(limit, key=lambda each: (REACHES.index(each.row.reach), _ends(each.signal)))
        level, until = Level.RATE_LIMITED, _ends(last.signal)
        wait = fitting((RemedyKind.WAIT,), level, last.row.reach)
        return Judgement(
            level, last.row.reach, Confidence.NONE, FORBIDS[level], look_at, _SLOW, until, wait, (last.signal,)
        )
    since = now - timedelta(seconds=MEMORY["recipient"])
    people = [each.signal for each in heard if each.row.itself is Level.RECIPIENT and each.signal.at > since]
    level = Level.RECIPIENT if people else Level.NONE
    reach = Reach.RECIPIENT if people else Reach.SENDER
    reason = _REFUSED if people else _WELL
    return Judgement(level, reach, Confidence.NONE, FORBIDS[level], look_at, reason, evidence=tuple(people[-1:]))


def _ends(signal: Signal) -> datetime:
    return signal.until or signal.at + timedelta(seconds=MEMORY["rate_limited"])


# --- the next look ---------------------------------------------------------------------------------------------


def _next_look(found: Sequence[Finding], history: History, now: datetime) -> datetime:
    """At once when a suspicion is newer than the last look; then every so often, oftener while suspicious."""
    looks = [each.at for each in history.signals if each.source in LOOKS and each.at <= now]
    if not looks:
        return now
    suspicious = [each for each in found if each.confidence is Confidence.SUSPECTED]
    last = max(looks)
    if any(each.evidence[-1].at > last for each in suspicious):
        return now
    return last + timedelta(seconds=SUSPICIOUS if suspicious else ORDINARY)
