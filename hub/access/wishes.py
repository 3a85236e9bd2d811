"""Which mails of the hub's own an organization wants."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from hub.errors import Invalid

_LIMITS: Final = {"unread_minutes": (5, 7 * 24 * 60), "waiting_minutes": (1, 7 * 24 * 60)}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an organization wants. `people`: persons who are away are told; `operators`: those who keep people waiting.

    unread_minutes    after which an unread answer is told by mail
    waiting_minutes   after which a waiting person is told of to the operators
    """

    people: bool = False
    operators: bool = False
    unread_minutes: int = 60
    waiting_minutes: int = 30


def read_wishes(kept: Mapping[str, Any]) -> Wishes:
    """Return the wishes in the form they are stored; what is missing has its default."""
    return Wishes(**{field.name: kept[field.name] for field in fields(Wishes) if field.name in kept})


def changed_wishes(kept: Mapping[str, Any], changes: Mapping[str, Any]) -> Wishes:
    """Return the wishes with some of them changed. Raises Invalid, naming the value."""
    wishes = replace(read_wishes(kept), **changes)
    for name, (least, most) in _LIMITS.items():
        if not least <= getattr(wishes, name) <= most:
            raise Invalid(f"notifying.{name} must be between {least} and {most}")
    return wishes
