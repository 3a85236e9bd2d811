"""Operator groups and their members."""

from datetime import datetime

from pydantic import Field

from hub.access import groups
from hub.access.permissions import Permission
from hub.db.groups import GroupView
from hub.routing.policy.limits import LONGEST_NAME
from hub.types import Page, Strategy
from hub.web.api.frame import Body, Call, Endpoint, Listing, Named, Paging, Shown
from hub.web.api.routing_values import GroupRulesValue


class Group(Shown):
    id: str
    name: str
    strategy: Strategy
    members: list[Named]
    rules: GroupRulesValue
    created_at: datetime


class NewGroup(Body):
    name: str = Field(json_schema_extra={"maxLength": LONGEST_NAME})
    strategy: Strategy = Strategy.LEAST_BUSY
    rules: GroupRulesValue | None = None


class GroupChanges(Body):
    name: str | None = Field(None, json_schema_extra={"maxLength": LONGEST_NAME})
    strategy: Strategy | None = None
    rules: GroupRulesValue | None = Field(None, description="What is left out stays as it is")


class Members(Body):
    user_ids: list[str] = Field(max_length=1000)


def list_groups(call: Call[None, Paging]) -> Page[GroupView]:
    return groups.list_groups(call.services, call.actor, call.query.limit, call.query.cursor)


def create_group(call: Call[NewGroup, None]) -> GroupView:
    body, rules = call.body, call.body.rules.value() if call.body.rules else None
    return groups.create_group(call.services, call.actor, body.name, body.strategy, rules, call.once)


def get_group(call: Call[None, None]) -> GroupView:
    return groups.get_group(call.services, call.actor, call.path["id"])


def change_group(call: Call[GroupChanges, None]) -> GroupView:
    said = call.body.rules.given() if call.body.rules else None
    changes = groups.GroupChanges(call.body.name, call.body.strategy, some_rules=said)
    return groups.change_group(call.services, call.actor, call.path["id"], changes)


def delete_group(call: Call[None, None]) -> None:
    groups.delete_group(call.services, call.actor, call.path["id"])


def set_members(call: Call[Members, None]) -> GroupView:
    return groups.set_members(call.services, call.actor, call.path["id"], call.body.user_ids)


_READ = Permission.READ_TEAM
_MANAGE = Permission.MANAGE_TEAM

ENDPOINTS = (
    Endpoint("GET", "/groups", "List groups", list_groups, Listing[Group], query=Paging, permission=_READ),
    Endpoint("POST", "/groups", "Create a group", create_group, Group, body=NewGroup, status=201,
             permission=_MANAGE, creates=True),
    Endpoint("GET", "/groups/{id}", "Show a group", get_group, Group, permission=_READ),
    Endpoint("PATCH", "/groups/{id}", "Change a group", change_group, Group, body=GroupChanges, permission=_MANAGE),
    Endpoint("DELETE", "/groups/{id}", "Delete a group", delete_group, permission=_MANAGE),
    Endpoint("PUT", "/groups/{id}/members", "Set who is in a group", set_members, Group, body=Members,
             permission=_MANAGE),
)  # fmt: skip
