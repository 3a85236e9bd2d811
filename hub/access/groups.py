"""Operator groups: who answers what."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub import audit
from hub.access.permissions import Permission, require
from hub.access.presence import ASSIGN_WAITING
from hub.db import groups as queries
from hub.db.groups import GroupView
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.paging import page_by_id
from hub.db.session import Tx
from hub.errors import Conflict, Invalid, NotFound
from hub.ids import new_id
from hub.types import Actor, Page
from hub.wiring import Services

_TAKEN = "a group of this name exists already; choose another name"


@dataclass(frozen=True, slots=True)
class GroupChanges:
    """What changes of a group; None leaves it. `user_ids`: exactly these users become its members."""

    name: str | None = None
    strategy: str | None = None
    user_ids: Sequence[str] | None = None


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


def create_group(
    services: Services, actor: Actor, name: str, strategy: str = "least_busy", once: Once = EVERY_TIME
) -> GroupView:
    """Create a group without members. Raises Conflict on a taken name."""
    require(actor, Permission.MANAGE_TEAM)
    view = GroupView(new_id(), _clean(name), strategy, (), services.clock())
    with services.db.transaction(actor.organization_id) as tx:
        if not queries.insert_group(tx, view):
            raise Conflict(_TAKEN)
        made = {"name": view.name, "strategy": view.strategy}
        audit.record(services, tx, actor, audit.Change("group.created", "group", view.id, after=made))
        return once.keep(tx, view)


def change_group(services: Services, actor: Actor, group_id: str, changes: GroupChanges) -> GroupView:
    """Raises NotFound, Conflict on a taken name, and Invalid for users the group cannot have."""
    require(actor, Permission.MANAGE_TEAM)
    values: dict[str, str] = {}
    if changes.name is not None:
        values["name"] = _clean(changes.name)
    if changes.strategy is not None:
        values["strategy"] = changes.strategy
    with services.db.transaction(actor.organization_id) as tx:
        before = _get(tx, group_id)
        if "name" in values and queries.name_is_taken(tx, values["name"], by_other_than=group_id):
            raise Conflict(_TAKEN)
        queries.update_group(tx, group_id, values)
        if changes.user_ids is not None:
            _replace_members(services, tx, group_id, changes.user_ids)
        after = _get(tx, group_id)
        differs = audit.difference(before, after)
        audit.record(services, tx, actor, audit.Change("group.changed", "group", group_id, **differs))
        return after


def delete_group(services: Services, actor: Actor, group_id: str) -> None:
    """Raises NotFound, and Conflict while a channel or an open conversation uses the group."""
    require(actor, Permission.MANAGE_TEAM)
    with services.db.transaction(actor.organization_id) as tx:
        group = _get(tx, group_id)
        if queries.group_is_used(tx, group_id):
            raise Conflict("channels or open conversations use this group; give them another group first")
        queries.delete_group(tx, group_id)
        was = {"name": group.name, "members": [{"id": each.id, "name": each.name} for each in group.members]}
        audit.record(services, tx, actor, audit.Change("group.deleted", "group", group_id, before=was))


def set_members(services: Services, actor: Actor, group_id: str, user_ids: Sequence[str]) -> GroupView:
    """Make exactly these users the members. Raises NotFound for the group, Invalid for users it cannot have."""
    return change_group(services, actor, group_id, GroupChanges(user_ids=user_ids))


def _replace_members(services: Services, tx: Tx, group_id: str, user_ids: Sequence[str]) -> None:
    wanted, organization_id = list(dict.fromkeys(user_ids)), tx.organization_id
    if unknown := queries.unknown_users(tx, wanted):
        raise Invalid("user_ids names users this organization does not have", unknown=unknown)
    queries.replace_members(tx, group_id, wanted)
    tx.after_commit(lambda: services.queue.wake("routing", ASSIGN_WAITING, organization_id))


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
