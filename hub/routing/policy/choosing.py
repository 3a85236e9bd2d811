"""Choosing an operator of a group for a conversation, and saying why they and why not the others."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import nsmallest
from typing import Final

from hub.routing.policy.model import Group, Needs, Operator, Question, Ranked
from hub.routing.policy.needs import preferred_of, required_of
from hub.routing.policy.wording import listed, quoted, time_between
from hub.types import Presence, Strategy

FIT: Final = "fit"
BEST: Final = 10
"""How many candidates are listed where nobody asks for more."""
_NOT_LAST: Final = "did not have it last"
_ALWAYS, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

OBSTACLES: Final = {
    "no_slot": "has no free slot",
    "languages": "does not speak the language",
    "skills": "lacks a skill",
    "released": "has given it back",
    "away": "is away",
    "offline": "is offline",
}
"""What keeps a member out, under the name it is counted by; each is counted once, by the last of these it has."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who gets a conversation (None: nobody now), in a clause why, and how the group's members compare.

    counts, best, sticky: as in `Decision`.
    """

    user_id: str | None
    why: str
    counts: Mapping[str, int] = field(default_factory=dict)
    best: tuple[Ranked, ...] = ()
    sticky: str = ""


@dataclass(frozen=True, slots=True)
class _Field:
    """The members of a group: those who could have a conversation in their order, and what keeps the others out."""

    fit: tuple[Operator, ...]
    kept_out: Mapping[str, str]


def choose(
    group: Group, operators: Mapping[str, Operator], needs: Needs, now: datetime, question: Question, most: int = BEST
) -> Chosen:
    """Return who of a group gets a conversation: whoever had it last, else by the group's strategy.

    Only members who are online, have a free slot and what the group requires of the needs can get it. Whoever had it
    last gets it before everybody else if the group is sticky or the conversation was parked with them; of a parked one
    they need not be a member: a person had given it to them. Of equals the one who has been idle the longest gets it,
    then whoever was given one the longest ago, then the first by id. At most `most` candidates are listed.
    """
    field_ = _sort(group, operators, needs)
    sticky, returning = _of_last(group, operators, needs, question)
    counts = {**Counter(field_.kept_out.values()), FIT: len(field_.fit)}
    winner, why, others = returning, "", "comes later"
    if returning is not None:
        why, others = had_last(returning), _NOT_LAST
    elif not field_.fit:
        why = _nobody(counts, required_of(needs, group.rules))
    elif group.strategy is Strategy.MANUAL:
        why, others = f"people take its conversations by hand, and {len(field_.fit)} could", "by hand"
    elif question.behind:
        why, others = "others who wait come first", "others come first"
    else:
        winner = field_.fit[0]
        why = f"of {len(field_.fit)} online with a free slot {_praise(group.strategy, winner, now)}"
    best = _best(field_, operators, winner, others, most)
    return Chosen(winner.user_id if winner else None, why, dict(sorted(counts.items())), best, sticky)


def had_last(operator: Operator) -> str:
    """Return the clause that says why whoever had a conversation last has it again."""
    return f"{quoted(operator.name)} had it last and has a free slot {_slots(operator)}"


def obstacle_of(operator: Operator, required: Needs) -> str | None:
    """Return what keeps somebody from a conversation, a key of OBSTACLES; None: they could have it."""
    if operator.presence is not Presence.ONLINE:
        return "away" if operator.presence is Presence.AWAY else "offline"
    if required.but and operator.user_id in required.but:
        return "released"
    if required.skills and not operator.skills.issuperset(required.skills):
        return "skills"
    if required.languages and not operator.languages.issuperset(required.languages):
        return "languages"
    return "no_slot" if operator.taken >= operator.slots else None


def _sort(group: Group, operators: Mapping[str, Operator], needs: Needs) -> _Field:
    required = required_of(needs, group.rules)
    fit: list[Operator] = []
    kept_out: dict[str, str] = {}
    for key in group.members:
        each = operators.get(key)
        if each is None:
            continue
        obstacle = obstacle_of(each, required)
        if obstacle is None:
            fit.append(each)
        else:
            kept_out[key] = obstacle
    return _Field(tuple(sorted(fit, key=_order(group, needs))), kept_out)


def _order(group: Group, needs: Needs) -> Callable[[Operator], tuple[object, ...]]:
    """The order of a group: who has more of what is preferred, then the strategy, which ends with the id."""
    preferred = preferred_of(needs, group.rules)
    skills, languages = frozenset(preferred.skills), frozenset(preferred.languages)
    strategy = _KEYS[group.strategy]
    if not (skills or languages):
        return strategy
    return lambda each: (-len(skills & each.skills) - len(languages & each.languages), *strategy(each))


def _praise(strategy: Strategy, winner: Operator, now: datetime) -> str:
    name = quoted(winner.name)
    if strategy is Strategy.ROUND_ROBIN:
        if winner.last_assigned_at is None:
            return f"it is the turn of {name}, who was never given one"
        return f"it is the turn of {name}, who was given one {time_between(winner.last_assigned_at, now)} ago"
    if strategy is Strategy.LONGEST_IDLE:
        if winner.idle_since is None:
            return f"nobody is idle, and it is the turn of {name}"
        return f"{name} has been idle the longest ({time_between(winner.idle_since, now)})"
    return f"{name} is the least busy {_slots(winner)}"


def _slots(operator: Operator) -> str:
    return f"({operator.taken} of {operator.slots} taken)"


def _nobody(counts: Mapping[str, int], required: Needs) -> str:
    """Why nobody could have it: by what keeps out those who are nearest to it."""
    if counts.get("no_slot"):
        return "no online operator has a free slot"
    if counts.get("languages") or counts.get("skills"):
        return f"nobody online has what it needs ({listed((*required.skills, *required.languages))})"
    if counts.get("released"):
        return "nobody is online who has not given it back"
    return "nobody is online"


def _of_last(
    group: Group, operators: Mapping[str, Operator], needs: Needs, question: Question
) -> tuple[str, Operator | None]:
    """What is said of whoever had it last, and they, if it returns to them."""
    if question.last_operator_id is None or not (question.parked or group.rules.sticky):
        return "", None
    last = operators.get(question.last_operator_id)
    if last is None or not (question.parked or last.user_id in group.members):
        return "their last operator is not in the group", None
    obstacle = obstacle_of(last, required_of(needs, group.rules))
    if obstacle is not None:
        return f"{quoted(last.name)} had it last but {OBSTACLES[obstacle]}", None
    return f"{quoted(last.name)} had it last and can have it", last


def _best(
    field_: _Field, operators: Mapping[str, Operator], winner: Operator | None, others: str, most: int
) -> tuple[Ranked, ...]:
    """The best: who gets it, those who could in their order, then those who could not by what keeps them out."""
    first = [ranked(winner, "")] if winner else []
    fit = [ranked(each, others) for each in field_.fit[:most] if each is not winner]
    room = most - len(first) - len(fit)
    nearness = {name: place for place, name in enumerate(OBSTACLES)}
    nearest = nsmallest(room, ((nearness[name], key) for key, name in field_.kept_out.items())) if room > 0 else []
    out = [ranked(operators[key], OBSTACLES[field_.kept_out[key]]) for _, key in nearest]
    return (*first, *fit, *out)[:most]


def ranked(operator: Operator, why_not: str) -> Ranked:
    """Return an operator as one of the candidates; `why_not` is empty for whoever gets it."""
    return Ranked(operator.user_id, operator.name, max(0, operator.slots - operator.taken), why_not)


def _least_busy(each: Operator) -> tuple[object, ...]:
    return each.taken - each.slots, each.idle_since or _NEVER, each.last_assigned_at or _ALWAYS, each.user_id


def _longest_idle(each: Operator) -> tuple[object, ...]:
    return each.idle_since or _NEVER, each.last_assigned_at or _ALWAYS, each.user_id


def _longest_without(each: Operator) -> tuple[object, ...]:
    return each.last_assigned_at or _ALWAYS, each.user_id


# by hand nobody is chosen; the order is that of the list of those who could
_KEYS: Final[Mapping[Strategy, Callable[[Operator], tuple[object, ...]]]] = {
    Strategy.LEAST_BUSY: _least_busy,
    Strategy.ROUND_ROBIN: _longest_without,
    Strategy.LONGEST_IDLE: _longest_idle,
    Strategy.MANUAL: _least_busy,
}
