"""A small team to decide about: people, groups and questions with what a test does not care for filled in."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from hub.routing.policy.model import NOTHING, Group, Needs, Operator, Question, Setup
from hub.types import GroupRules, Presence, Rule, Strategy

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
"""A Monday."""

_USUAL = GroupRules()
ONLINE, AWAY, OFFLINE = Presence.ONLINE, Presence.AWAY, Presence.OFFLINE


def operator(
    name: str,
    taken: int = 0,
    slots: int = 4,
    presence: Presence = ONLINE,
    idle: float | None = None,
    given: float | None = None,
    skills: str = "",
    languages: str = "",
) -> Operator:
    """`idle` and `given`: minutes since they had nothing to do, and since they were given something."""
    return Operator(
        user_id=name,
        name=f"{name.title()} Operator",
        presence=presence,
        slots=slots,
        taken=taken,
        idle_since=None if idle is None else NOW - timedelta(minutes=idle),
        last_assigned_at=None if given is None else NOW - timedelta(minutes=given),
        skills=frozenset(skills.split()),
        languages=frozenset(languages.split()),
    )


def group(
    *members: Operator,
    strategy: Strategy = Strategy.LEAST_BUSY,
    rules: GroupRules = _USUAL,
    name: str = "support",
) -> Group:
    return Group(name, name.title(), strategy, rules, tuple(each.user_id for each in members))


def team(*members: Operator) -> Mapping[str, Operator]:
    return {each.user_id: each for each in members}


def setup(*groups: Group, operators: Mapping[str, Operator], rules: tuple[Rule, ...] = ()) -> Setup:
    return Setup({each.id: each for each in groups}, operators, rules)


def question(
    text: str = "",
    fresh: bool = True,
    channel_group_id: str | None = "support",
    group_id: str | None = None,
    language: str = "unknown",
    payload: str = "",
    topic: str | None = None,
    returning: bool = False,
    fields: Mapping[str, str] | None = None,
    needs: Needs = NOTHING,
    last: str | None = None,
    parked: bool = False,
    behind: bool = False,
) -> Question:
    return Question(
        channel_id="bot",
        channel_name="Our bot",
        channel_kind="chat",
        channel_group_id=channel_group_id,
        fresh=fresh,
        text=text,
        language=language,
        payload=payload,
        topic=topic,
        returning=returning,
        contact_fields=fields or {},
        group_id=group_id,
        needs=needs,
        last_operator_id=last,
        parked=parked,
        behind=behind,
    )
