"""Routing's values as JSON columns and back: a group's rules, a rule's two halves, an organization's wishes, a choice.

Days are written as ISO 8601. Everything is written out, so that a default that changes later changes nobody's routing;
a key that is missing has its default, and one that is not known is passed over.
Reading raises pydantic's ValidationError for a value of another shape: nothing but these functions writes the columns.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from hub.types import Choice, Conditions, Effects, GroupRules, RoutingWishes
from hub.types.people import JsonObject

_GROUP_RULES = TypeAdapter(GroupRules)
_CONDITIONS = TypeAdapter(Conditions)
_EFFECTS = TypeAdapter(Effects)
_WISHES = TypeAdapter(RoutingWishes)
_CHOICE = TypeAdapter(Choice)


def group_rules_from_json(stored: Mapping[str, Any]) -> GroupRules:
    """Return what `groups.rules` says; `{}` is a group that routes by the defaults."""
    return _GROUP_RULES.validate_python(stored)


def group_rules_to_json(rules: GroupRules) -> JsonObject:
    """Return what `groups.rules` keeps."""
    return _written(_GROUP_RULES, rules)


def conditions_from_json(stored: Mapping[str, Any]) -> Conditions:
    """Return what `routing_rules.conditions` says; `{}` always holds."""
    return _CONDITIONS.validate_python(stored)


def conditions_to_json(conditions: Conditions) -> JsonObject:
    """Return what `routing_rules.conditions` keeps."""
    return _written(_CONDITIONS, conditions)


def effects_from_json(stored: Mapping[str, Any]) -> Effects:
    """Return what `routing_rules.effects` says; `{}` leaves everything as it is."""
    return _EFFECTS.validate_python(stored)


def effects_to_json(effects: Effects) -> JsonObject:
    """Return what `routing_rules.effects` keeps."""
    return _written(_EFFECTS, effects)


def wishes_from_json(stored: Mapping[str, Any]) -> RoutingWishes:
    """Return what `organizations.routing` says."""
    return _WISHES.validate_python(stored)


def wishes_to_json(wishes: RoutingWishes) -> JsonObject:
    """Return what `organizations.routing` keeps."""
    return _written(_WISHES, wishes)


def choice_from_json(stored: Mapping[str, Any]) -> Choice:
    """Return the choice that a conversation's `routing["choice"]` keeps; its text, options and ways out are needed."""
    return _CHOICE.validate_python(stored)


def choice_to_json(choice: Choice) -> JsonObject:
    """Return what a conversation keeps of the choice it was offered."""
    return _written(_CHOICE, choice)


def _written(adapter: TypeAdapter[Any], value: object) -> JsonObject:
    written: JsonObject = adapter.dump_python(value, mode="json")
    return written
