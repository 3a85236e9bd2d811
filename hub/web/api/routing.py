"""Routing rules, and what would become of a message."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import AwareDatetime, Field

from hub.access import groups, routing_rules, users
from hub.access.permissions import Permission
from hub.routing import assignment
from hub.routing.assignment import Hypothesis
from hub.routing.language import detect
from hub.routing.policy.limits import MOST_RULES
from hub.routing.policy.model import Decision
from hub.types import Actor, Named, Rule
from hub.web.api.frame import Body, Call, Endpoint, Shown
from hub.web.api.frame import Named as NamedShown
from hub.web.api.routing_values import ChoiceValue, RuleValue
from hub.wiring import Services

_LONGEST_TEXT = 10_000


class Rules(Shown):
    rules: list[RuleValue] = Field(description="The first enabled one whose conditions hold decides")
    problems: list[str] = Field(description="Of rules and groups as they are; what they name may be gone")


class NewRules(Body):
    rules: list[RuleValue] = Field(
        description="All of them, in their order", json_schema_extra={"maxItems": MOST_RULES}
    )


class Question(Body):
    channel_id: str | None = Field(None, max_length=26)
    channel_kind: str | None = Field(None, max_length=40, description="Instead of channel_id: the first channel of it")
    text: str = Field("", max_length=_LONGEST_TEXT)
    payload: str = Field("", max_length=1000, description="Of a pressed button, or the start parameter of a link")
    topic: str | None = Field(None, max_length=200)
    contact_id: str | None = Field(None, max_length=26, description="Who writes; null: somebody new")
    conversation_id: str | None = Field(
        None, max_length=26,
        description="Instead of a channel and a contact: who would get this one as it waits, or if its customer wrote",
    )  # fmt: skip
    at: AwareDatetime | None = Field(None, description="null: now")
    most: int = Field(10, ge=1, le=10_000, description="How many candidates are listed, best first")


class RuleRef(Shown):
    id: str = Field(description="Of a rule; `channel` for the channel's group, `kept` for the group it was in")
    name: str | None


class NeedsShown(Shown):
    skills: list[str]
    languages: list[str]


class Candidate(Shown):
    id: str
    name: str
    free: int = Field(description="Free slots")
    why_not: str = Field(description="Why it was not they; empty for whoever it was")


class Explanation(Shown):
    group: NamedShown | None
    assignee: NamedShown | None = Field(description="null: it would wait in the group")
    rule: RuleRef
    reason: str
    candidates: list[Candidate] = Field(description="Best first, at most as many as were asked for")
    counts: dict[str, int] = Field(description="Reason → members of the group it keeps out; `fit`: who could have it")
    sticky: str = Field(description="The last operator, and why it was or was not they")
    language: str = Field(description="Of the text, ISO 639-1 or `unknown`")
    needs: NeedsShown
    priority: int | None
    topic: str | None
    answer: str = Field(description="What would be sent automatically")
    closed: bool = Field(description="The answer is the one for outside the hours")
    choice: ChoiceValue | None


@dataclass(frozen=True, slots=True)
class _Explained:
    """A decision with the names of what it speaks of."""

    decision: Decision
    group: Named | None
    assignee: Named | None
    rule_name: str | None
    language: str


def list_rules(call: Call[None, None]) -> Rules:
    return _with_problems(call.services, call.actor, routing_rules.list_rules(call.services, call.actor))


def replace_rules(call: Call[NewRules, None]) -> Rules:
    rules = [each.value() for each in call.body.rules]
    return _with_problems(call.services, call.actor, routing_rules.replace_rules(call.services, call.actor, rules))


def _with_problems(services: Services, actor: Actor, rules: Sequence[Rule]) -> Rules:
    shown = [RuleValue.model_validate(each) for each in rules]
    return Rules(rules=shown, problems=routing_rules.list_problems(services, actor))


def explain(call: Call[Question, None]) -> Explanation:
    decision = assignment.explain(call.services, call.actor, Hypothesis(**call.body.model_dump()))
    return _shown(_named(call.services, call.actor, decision, detect(call.body.text)))


def _named(services: Services, actor: Actor, decision: Decision, language: str) -> _Explained:
    rules = {each.id: each.name for each in routing_rules.list_rules(services, actor)}
    group = groups.get_group(services, actor, decision.group_id) if decision.group_id else None
    user = users.get_user(services, actor, decision.user_id) if decision.user_id else None
    return _Explained(
        decision,
        Named(group.id, group.name) if group else None,
        Named(user.id, user.name) if user else None,
        rules.get(decision.rule),
        language,
    )


def _shown(explained: _Explained) -> Explanation:
    decision = explained.decision
    return Explanation(
        group=NamedShown.model_validate(explained.group) if explained.group else None,
        assignee=NamedShown.model_validate(explained.assignee) if explained.assignee else None,
        rule=RuleRef(id=decision.rule, name=explained.rule_name),
        reason=decision.reason,
        candidates=[
            Candidate(id=each.user_id, name=each.name, free=each.free, why_not=each.why_not) for each in decision.best
        ],
        counts=dict(decision.counts),
        sticky=decision.sticky,
        language=explained.language,
        needs=NeedsShown.model_validate(decision.needs),
        priority=decision.priority,
        topic=decision.topic,
        answer=decision.answer,
        closed=decision.closed,
        choice=ChoiceValue.model_validate(decision.choice) if decision.choice else None,
    )


_READ = Permission.READ_TEAM

ENDPOINTS = (
    Endpoint("GET", "/routing/rules", "List the routing rules", list_rules, Rules, permission=_READ),
    Endpoint("PUT", "/routing/rules", "Replace the routing rules", replace_rules, Rules, body=NewRules,
             permission=Permission.MANAGE_TEAM),
    Endpoint("POST", "/routing/explain", "Say what would become of a message", explain, Explanation, body=Question,
             permission=_READ),
)  # fmt: skip
