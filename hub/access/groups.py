"""Operator groups: who answers what, and how what comes is given to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub import audit
from hub.access.permissions import Permission, require
from hub.access.presence import ASSIGN_WAITING
from hub.access.routing_rules import groups_named, problems_in, refuse, require_routable
from hub.db import groups as queries
from hub.db.groups import GroupView
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.paging import page_by_id
from hub.db.routing_forms import group_rules_to_json
from hub.db.routing_setup import load_setup, lock_routing
from hub.db.session import Tx
from hub.errors import Conflict, Invalid, NotFound
from hub.ids import new_id
from hub.routing.policy.checking_limits import group_limits
from hub.types import Actor, GroupRules, Page, Strategy
from hub.wiring import Services

_USED = "channels or open conversations use this group; give them another group first"
_TAKEN = "a group of this name exists already; choose another name"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a group stands now: members online, and conversations that wait for somebody to take them."""

    online: int
    waiting: int


@dataclass(frozen=True, slots=True)
class GroupChanges:
    """What changes of a group; None leaves it.

    user_ids    exactly these users become its members
    rules       all its rules
    some_rules  instead of `rules`: these of them, by the names of `GroupRules`; the others stay as they are
    """

    name: str | None = None
    strategy: Strategy | None = None
    user_ids: Sequence[str] | None = None
    rules: GroupRules | None = None
    some_rules: Mapping[str, Any] | None = None


def list_groups(services: Services, actor: Actor, limit: int = 50, cursor: str | None = None) -> Page[GroupView]:
    """Return the organization's groups, oldest first."""
    require(actor, Permission.READ_TEAM)
    with services.db.reading(actor.organization_id) as tx:
        return page_by_id(queries.list_groups(tx, limit + 1, cursor), limit)


def get_group(services: Services, actor: Actor, group_id: str) -> GroupView:
    """Raises NotFound."""
    require(actor, Permission.READ_TEAM)
    with services.db.reading(actor.organization_id) as tx:
        return _get(tx, group_id)


def list_standings(services: Services, actor: Actor) -> Mapping[str, Standing]:
    """Return how each group stands, by its id; one that is left out has nobody online and nobody waiting."""
    require(actor, Permission.READ_TEAM)
    with services.db.reading(actor.organization_id) as tx:
        online, waiting = queries.count_online(tx), queries.count_waiting(tx, services.clock())
    return {each: Standing(online.get(each, 0), waiting.get(each, 0)) for each in {*online, *waiting}}


def create_group(
    services: Services,
    actor: Actor,
    name: str,
    strategy: Strategy = Strategy.LEAST_BUSY,
    rules: GroupRules | None = None,
    once: Once = EVERY_TIME,
) -> GroupView:
    """Create a group without members. Raises Conflict on a taken name, Invalid with all `problems` of its rules."""
    require(actor, Permission.MANAGE_TEAM)
    view = GroupView(new_id(), _clean(name), strategy, (), services.clock(), rules or GroupRules())
    refuse(group_limits(view.name, view.rules))
    with services.db.transaction(actor.organization_id) as tx:
        lock_routing(tx)
        known = problems_in(services, tx) if rules is not None else []
        if not queries.insert_group(tx, view):
            raise Conflict(_TAKEN)
        if rules is not None:
            require_routable(services, tx, known)
        audit.record(services, tx, actor, audit.Change("group.created", "group", view.id, after=_made(view)))
        return once.keep(tx, view)


def change_group(services: Services, actor: Actor, group_id: str, changes: GroupChanges) -> GroupView:
    """Change a group; whoever waits is given out anew.

    Raises NotFound, Conflict on a taken name, Invalid for users the group cannot have and with all `problems` of its
    rules.
    """
    require(actor, Permission.MANAGE_TEAM)
    with services.db.transaction(actor.organization_id) as tx:
        lock_routing(tx)
        before = _get(tx, group_id)
        rules = _rules_after(before, changes)
        values = _values(changes, rules)
        refuse(group_limits(values.get("name", ""), rules or GroupRules()))
        known = problems_in(services, tx) if rules is not None else []
        if "name" in values and queries.name_is_taken(tx, values["name"], by_other_than=group_id):
            raise Conflict(_TAKEN)
        queries.update_group(tx, group_id, values)
        if changes.user_ids is not None:
            _replace_members(tx, group_id, changes.user_ids)
        if rules is not None:
            require_routable(services, tx, known)
        after = _get(tx, group_id)
        differs = audit.difference(_kept(before), _kept(after))
        audit.record(services, tx, actor, audit.Change("group.changed", "group", group_id, **differs))
        tx.after_commit(lambda: services.queue.wake("routing", ASSIGN_WAITING, actor.organization_id))
        return after


def delete_group(services: Services, actor: Actor, group_id: str) -> None:
    """Raises NotFound, and Conflict while a channel, an open conversation, a rule or another group needs the group."""
    require(actor, Permission.MANAGE_TEAM)
    with services.db.transaction(actor.organization_id) as tx:
        group = _get(tx, group_id)
        # whoever is refused keeps nobody waiting
        if queries.group_is_used(tx, group_id):
            raise Conflict(_USED)
        _require_unnamed(services, tx, group_id)
        # in the order of whoever routes: conversations, then routing, and only then the group itself
        queries.forget_group(tx, group_id)
        lock_routing(tx)
        # somebody may have made use of it meanwhile
        if not queries.hold_group(tx, group_id) or queries.group_is_named(tx, group_id):
            raise Conflict(_USED)
        _require_unnamed(services, tx, group_id)
        queries.delete_group(tx, group_id)
        was = {"name": group.name, "members": [{"id": each.id, "name": each.name} for each in group.members]}
        audit.record(services, tx, actor, audit.Change("group.deleted", "group", group_id, before=was))


def set_members(services: Services, actor: Actor, group_id: str, user_ids: Sequence[str]) -> GroupView:
    """Make exactly these users the members. Raises NotFound for the group, Invalid for users it cannot have."""
    return change_group(services, actor, group_id, GroupChanges(user_ids=user_ids))


def _rules_after(before: GroupView, changes: GroupChanges) -> GroupRules | None:
    """Return the rules that the group will have; None where they stay."""
    return changes.rules if changes.some_rules is None else replace(before.rules, **changes.some_rules)


def _values(changes: GroupChanges, rules: GroupRules | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if changes.name is not None:
        values["name"] = _clean(changes.name)
    if changes.strategy is not None:
        values["strategy"] = changes.strategy.value
    if rules is not None:
        values["rules"] = group_rules_to_json(rules)
    return values


def _require_unnamed(services: Services, tx: Tx, group_id: str) -> None:
    setup = load_setup(tx, services.clock(), ())
    rules = [each.name for each in setup.rules if group_id in groups_named(each)]
    groups = [each.name for each in setup.groups.values() if each.rules.overflow_group_id == group_id]
    needing = [
        f"{what} {', '.join(f'“{name}”' for name in names)}"
        for what, names in (("routing rules", rules), ("the overflow of groups", groups))
        if names
    ]
    if needing:
        raise Conflict(f"{' and '.join(needing)} name this group; change them first", rules=rules, groups=groups)


def _replace_members(tx: Tx, group_id: str, user_ids: Sequence[str]) -> None:
    wanted = list(dict.fromkeys(user_ids))
    if unknown := queries.unknown_users(tx, wanted):
        raise Invalid("user_ids names users this organization does not have", unknown=unknown)
    queries.replace_members(tx, group_id, wanted)


def _made(view: GroupView) -> dict[str, Any]:
    made: dict[str, Any] = {"name": view.name, "strategy": view.strategy}
    return made | ({"rules": group_rules_to_json(view.rules)} if view.rules != GroupRules() else {})


def _kept(view: GroupView) -> Mapping[str, Any]:
    """As the log keeps it: each of its rules by itself, so that an entry tells only what changed."""
    members = [{"id": each.id, "name": each.name} for each in view.members]
    return {"name": view.name, "strategy": view.strategy, "members": members, **group_rules_to_json(view.rules)}


def _get(tx: Tx, group_id: str) -> GroupView:
    view = queries.find_group(tx, group_id)
    if view is None:
        raise NotFound("there is no such group")
    return view


def _clean(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned:
        raise Invalid("a group needs a name")
    return cleaned
