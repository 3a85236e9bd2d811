"""An organization's routing rules: read, and replaced as a whole.

What was wrong before a change is no reason to refuse it: a channel that a rule asks for may be deleted, because the
rule then holds for its other channels or for none, and whoever deletes channels need not be one who changes rules.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from hub import audit
from hub.access.permissions import Permission, require
from hub.access.presence import ASSIGN_WAITING
from hub.access.profile_values import clean_skills
from hub.db import routing_rules as queries
from hub.db.routing_forms import conditions_to_json, effects_to_json
from hub.db.routing_setup import load_setup, lock_routing
from hub.db.session import Tx
from hub.errors import Invalid
from hub.ids import new_id
from hub.routing.policy.checking import overflow_problem, problems_of
from hub.routing.policy.checking_limits import count_problems, rule_limits
from hub.types import Actor, Choice, Rule
from hub.wiring import Services

MOST_NEEDED: Final = 10
"""Skills that one rule can ask for. What a conversation needs names the line it waits in, and is part of an index."""


def list_rules(services: Services, actor: Actor) -> list[Rule]:
    """Return all rules in their order, also those that are switched off."""
    require(actor, Permission.READ_TEAM)
    with services.db.reading(actor.organization_id) as tx:
        return queries.list_rules(tx)


def list_problems(services: Services, actor: Actor) -> list[str]:
    """Return what is wrong with rules and groups as they are, one sentence each: what they name may be gone since."""
    require(actor, Permission.READ_TEAM)
    with services.db.reading(actor.organization_id) as tx:
        return problems_in(services, tx)


def replace_rules(services: Services, actor: Actor, rules: Sequence[Rule]) -> list[Rule]:
    """Make these the rules, in this order; those without an id ("") are new.

    Raises Invalid with all `problems` that were not there before, one sentence each; nothing is changed then.
    """
    require(actor, Permission.MANAGE_TEAM)
    _require_within_limits(rules)
    with services.db.transaction(actor.organization_id) as tx:
        lock_routing(tx)
        before, known = queries.list_rules(tx), problems_in(services, tx)
        _require_known(rules, before)
        queries.replace_rules(tx, [_cleaned(each) for each in rules])
        require_routable(services, tx, known)
        after = queries.list_rules(tx)
        differs = audit.difference(_kept(before), _kept(after))
        change = audit.Change("routing.rules_replaced", "organization", actor.organization_id, **differs)
        audit.record(services, tx, actor, change)
        tx.after_commit(lambda: services.queue.wake("routing", ASSIGN_WAITING, actor.organization_id))
        return after


def problems_in(services: Services, tx: Tx) -> list[str]:
    """Return what is wrong with the organization's rules and groups as they stand in this transaction, in sentences."""
    setup = load_setup(tx, services.clock(), ())
    kinds = [str(kind) for kind in services.adapters]
    found = problems_of(setup.rules, setup.groups, queries.list_channel_kinds(tx), kinds)
    circle = overflow_problem(setup.groups)
    return [*found, circle] if circle else found


def require_routable(services: Services, tx: Tx, known: Collection[str] = ()) -> None:
    """Raise Invalid with all `problems` of rules and groups but those that are `known` from before."""
    refuse([each for each in problems_in(services, tx) if each not in known])


def refuse(problems: Sequence[str]) -> None:
    """Raise Invalid if there are problems, with all of them."""
    if problems:
        raise Invalid("; ".join(problems), problems=list(problems))


def groups_named(rule: Rule) -> set[str]:
    """Return the ids of the groups that a rule sends to, or asks the hours of."""
    named = {rule.then.group_id, rule.when.time.group_id if rule.when.time else None}
    return {each for each in named if each} | _groups_of(rule.then.choice)


def _groups_of(choice: Choice | None) -> set[str]:
    if choice is None:
        return set()
    return {choice.otherwise_group_id, *(each.group_id for each in choice.options)}


def _cleaned(rule: Rule) -> Rule:
    then = replace(rule.then, skills=clean_skills(rule.then.skills))
    return replace(rule, id=rule.id or new_id(), name=" ".join(rule.name.split()), then=then)


def _require_within_limits(rules: Sequence[Rule]) -> None:
    """What is too long is refused before the database sees it, which would refuse it without a sentence."""
    found = list(count_problems(len(rules)))
    for number, rule in enumerate(rules, 1):
        found += rule_limits(number, rule) or _skill_problems(rule)
    refuse(found)


def _skill_problems(rule: Rule) -> list[str]:
    asked = len(rule.then.skills)
    if asked > MOST_NEEDED:
        return [f"the rule “{rule.name}” asks for {asked} skills; a rule can ask for {MOST_NEEDED} at most"]
    try:
        clean_skills(rule.then.skills)
    except Invalid as error:
        return [f"the rule “{rule.name}” asks for a skill that nobody can have: {error.detail}"]
    return []


def _require_known(rules: Sequence[Rule], before: Sequence[Rule]) -> None:
    """An id is the rule's for good: what it answered once is not said again (the row of the answer names it)."""
    ids, known = [each.id for each in rules if each.id], {each.id for each in before}
    problems = [
        f"the rule “{each.name}” has an id that no rule has; leave it out for a new rule"
        for each in rules
        if each.id and each.id not in known
    ]
    if len(set(ids)) < len(ids):
        problems.append("two rules have the same id; leave it out for a new rule")
    refuse(problems)


def _kept(rules: Sequence[Rule]) -> Mapping[str, Any]:
    return {
        "rules": [
            {
                "id": each.id,
                "name": each.name,
                "enabled": each.enabled,
                "when": conditions_to_json(each.when),
                "then": effects_to_json(each.then),
            }
            for each in rules
        ]
    }
