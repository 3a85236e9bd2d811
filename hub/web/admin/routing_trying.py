"""What would become of a message: the form of “try it”, and the decision as the page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from hub.access.groups import list_groups
from hub.access.moments import require_moment
from hub.access.routing_rules import list_rules
from hub.contacts import list_contacts
from hub.errors import HubError, Invalid
from hub.routing.assignment import Hypothesis, explain
from hub.routing.language import detect
from hub.routing.policy.deciding import BY_CHANNEL, BY_GROUP
from hub.routing.policy.model import Decision
from hub.web.admin.fields import every
from hub.web.language import marked
from hub.web.spoken import name_of
from hub.web.visits import Visit, sentence

_SHOWN = 5
_FIELDS: Final = ("channel_id", "contact", "at", "text")
_RULES: Final = {
    BY_CHANNEL: marked("None fits: the group of the channel"),
    BY_GROUP: marked("None is asked: it stays in its group"),
}
_NAMELESS = marked("Rule {n}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with its ids as names, and the language that the text was taken for."""

    decision: Decision
    reason: str
    group: str
    person: str
    rule: str
    language: str


@dataclass(frozen=True, slots=True)
class Tried:
    """The form as it was sent, what is wrong with it (field → sentence), and what came out."""

    typed: Mapping[str, str] = field(default_factory=dict)
    trouble: Mapping[str, str] = field(default_factory=dict)
    verdict: Verdict | None = None


NOTHING_TRIED: Final = Tried()


def try_it(visit: Visit) -> Tried:
    """Decide about a message that nobody wrote. Nothing is stored."""
    typed = {name: visit.one(name) for name in _FIELDS}
    wrong = "contact"
    try:
        contact_id = _contact(visit, typed["contact"].strip())
        wrong = "at"
        at = _moment(visit, typed["at"])
        wrong = "text"
        asked = Hypothesis(channel_id=typed["channel_id"], text=typed["text"], contact_id=contact_id, at=at)
        decision = explain(visit.services, visit.actor, asked)
    except HubError as error:
        return Tried(typed, {wrong: sentence(visit.language.retell(error.detail))})
    return Tried(typed, {}, _verdict(visit, decision, typed["text"]))


def _contact(visit: Visit, text: str) -> str | None:
    """Return the one customer that is meant; None for a new one."""
    if not text:
        return None
    found = list_contacts(visit.services, visit.actor, text, _SHOWN).items
    if not found:
        raise Invalid("no customer has this in their name or address; leave it empty for a new one")
    if len(found) > 1:
        names = ", ".join(each.name for each in found)
        raise Invalid(f"several customers have this in their name or address: {names}; write more of it")
    return found[0].id


def _moment(visit: Visit, text: str) -> datetime | None:
    """Return a moment that is meant in the reader's own time zone; None for now."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=visit.times.zone)
    except ValueError:
        raise Invalid("a moment is written like 2026-01-31T09:30") from None
    return require_moment(moment)


def _verdict(visit: Visit, decision: Decision, text: str) -> Verdict:
    found = every(lambda limit, cursor: list_groups(visit.services, visit.actor, limit, cursor))
    groups = {each.id: each.name for each in found}
    people = {each.user_id: each.name for each in decision.best}
    return Verdict(
        decision=decision,
        reason=sentence(visit.language.retell(decision.reason)),
        group=groups.get(decision.group_id or "", ""),
        person=people.get(decision.user_id or "", ""),
        rule=_rule(visit, decision.rule),
        language=name_of(detect(text), visit.language),
    )


def _rule(visit: Visit, rule_id: str) -> str:
    if rule_id in _RULES:
        return visit.language.text(_RULES[rule_id])
    for place, each in enumerate(list_rules(visit.services, visit.actor), 1):
        if each.id == rule_id:
            return each.name or visit.language.text(_NAMELESS, {"n": place})
    return rule_id
