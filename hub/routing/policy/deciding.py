"""The whole decision about a conversation: its group, its operator, and the reason in one sentence."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from hub.routing.policy.answers import closed_answer
from hub.routing.policy.choosing import BEST, FIT, Chosen, choose, had_last, obstacle_of, ranked
from hub.routing.policy.hours import is_open
from hub.routing.policy.model import NOTHING, Decision, Group, Needs, Question, Setup
from hub.routing.policy.rules import first_match
from hub.routing.policy.wording import CLAUSES, quoted
from hub.types import Effects, Rule

BY_CHANNEL: Final = "channel"
BY_GROUP: Final = "kept"
UNKNOWN: Final = "unknown"
_NO_EFFECTS: Final = Effects()


@dataclass(frozen=True, slots=True)
class _Way:
    """Where a conversation goes before anybody is chosen. `why`: a clause."""

    group: Group | None
    rule: str
    why: str
    needs: Needs
    then: Effects = _NO_EFFECTS


def decide(setup: Setup, question: Question, now: datetime, most: int = BEST) -> Decision:
    """Decide who gets a conversation. The same values give the same decision; `most` says how many candidates it lists.

    A fresh conversation asks the rules; one that goes on keeps its group and its needs. A parked one goes back to whom
    it was parked with, whatever its group. Outside the group's hours its answer is sent, and whoever is online all the
    same gets the conversation.
    """
    rule = first_match(setup.rules, question, setup.groups, now) if question.fresh else None
    way = _by_rule(setup, question, rule) if rule else _without_rule(setup, question)
    if rule and way.then.choice is not None:
        return _offered(rule, way)
    if way.group is None:
        return _parked(setup, question, way) or _for_anybody(question, way)
    found = choose(way.group, setup.operators, way.needs, now, question, most)
    kept = question.parked and found.user_id is not None and found.user_id == question.last_operator_id
    return _given(replace(way, rule=BY_GROUP) if kept else way, way.group, found, now)


def stay(setup: Setup, question: Question) -> Decision:
    """Return what is said of a conversation that nothing is decided about: it stays with whoever has it."""
    owner = setup.operators.get(question.last_operator_id or "")
    best = (ranked(owner, ""),) if owner else ()
    reason = f"it stays with {quoted(owner.name) if owner else 'whoever has it'}"
    return Decision(question.group_id, question.last_operator_id, BY_GROUP, reason, question.needs, best=best)


def wait_for_choice(question: Question) -> Decision:
    """Return what is said of a conversation that nothing is decided about before the customer has chosen."""
    return Decision(None, None, BY_GROUP, "it waits for the customer to choose", question.needs)


def put_aside(question: Question, until: datetime) -> Decision:
    """Return what is said of a conversation that nobody has and nobody gets before its snooze is over."""
    reason = f"it is put aside until {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return Decision(question.group_id, None, BY_GROUP, reason, question.needs)


def _by_rule(setup: Setup, question: Question, rule: Rule) -> _Way:
    then, name = rule.then, quoted(rule.name) or rule.id
    group = setup.groups.get(then.group_id or "")
    channels = setup.groups.get(question.channel_group_id or "")
    needs = Needs(then.skills, _language(then, question))
    if group is not None:
        return _Way(group, rule.id, f"the rule “{name}” sends it to {quoted(group.name)}", needs, then)
    channel = quoted(question.channel_name)
    if channels is None:
        return _Way(None, rule.id, f"the rule “{name}” names no group, and {channel} has none", needs, then)
    why = f"the rule “{name}” leaves it to {quoted(channels.name)}, the group of {channel}"
    return _Way(channels, rule.id, why, needs, then)


def _without_rule(setup: Setup, question: Question) -> _Way:
    kept = None if question.fresh else setup.groups.get(question.group_id or "")
    needs = NOTHING if question.fresh else question.needs
    if kept is not None and kept.id != question.channel_group_id:
        return _Way(kept, BY_GROUP, f"it is in {quoted(kept.name)}", needs)
    group = setup.groups.get(question.channel_group_id or "")
    name = BY_CHANNEL if kept is None else BY_GROUP
    why = f"{quoted(question.channel_name)} belongs to {quoted(group.name)}" if group else ""
    return _Way(group, name, why, needs)


def _language(then: Effects, question: Question) -> tuple[str, ...]:
    return (question.language,) if then.language and question.language not in ("", UNKNOWN) else ()


def _offered(rule: Rule, way: _Way) -> Decision:
    """Nobody gets it before the customer has chosen or the wait is over."""
    return Decision(
        group_id=None,
        user_id=None,
        rule=rule.id,
        reason=f"the rule “{quoted(rule.name) or rule.id}” lets the customer choose",
        needs=way.needs,
        priority=way.then.priority,
        topic=way.then.topic,
        answer=way.then.answer,
        choice=way.then.choice,
    )


def _parked(setup: Setup, question: Question, way: _Way) -> Decision | None:
    """Without a group, too, it goes back to whom it was parked with."""
    last = setup.operators.get(question.last_operator_id or "")
    if not question.parked or last is None or obstacle_of(last, NOTHING):
        return None
    reason = CLAUSES.join((f"{quoted(question.channel_name)} has no group", had_last(last)))
    return Decision(None, last.user_id, BY_GROUP, reason, way.needs, counts={FIT: 1}, best=(ranked(last, ""),))


def _for_anybody(question: Question, way: _Way) -> Decision:
    waits = "the conversation waits for anybody to take it"
    reason = CLAUSES.join((way.why, waits)) if way.why else f"{quoted(question.channel_name)} has no group, so {waits}"
    return Decision(
        group_id=None,
        user_id=None,
        rule=way.rule,
        reason=reason,
        needs=way.needs,
        priority=way.then.priority,
        topic=way.then.topic,
        answer=way.then.answer,
    )


def _given(way: _Way, group: Group, found: Chosen, now: datetime) -> Decision:
    hours = group.rules.hours
    closed = hours is not None and not is_open(hours, now)
    answer = closed_answer(group, now) if closed else ""
    clauses = (way.why, "it is outside its hours" if closed else "", found.why)
    return Decision(
        group_id=group.id,
        user_id=found.user_id,
        rule=way.rule,
        reason=CLAUSES.join(each for each in clauses if each),
        needs=way.needs,
        priority=way.then.priority,
        topic=way.then.topic,
        counts=found.counts,
        best=found.best,
        sticky=found.sticky,
        answer=answer or way.then.answer,
        closed=bool(answer),
    )
