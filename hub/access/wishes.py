"""What an organization wishes: which mails of the hub's own go out, how patient routing is, what becomes of bans."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from hub.errors import Invalid
from hub.numbers.policy.limits import LIMITS
from hub.types import ChannelKind, RoutingWishes
from hub.types.bans import BanWishes

_LIMITS: Final = {"unread_minutes": (5, 7 * 24 * 60), "waiting_minutes": (1, 7 * 24 * 60)}
ROUTING_LIMITS: Final = {"offline_grace": (0, 24 * 3600), "browser_grace": (45, 24 * 3600), "close_after": (1, 3650)}
OFFER_DAYS: Final = (1, 90)
CAPS: Final = {"recipients": LIMITS.recipients_per_day, "unasked": LIMITS.unasked_per_day}
_WHY: Final = {"browser_grace": ", because an open page says only every 20 seconds that it is there"}


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


def changed_routing(kept: RoutingWishes, changes: Mapping[str, Any]) -> RoutingWishes:
    """Return how patient routing is, with some of it changed. Raises Invalid, naming the value."""
    wishes = replace(kept, **changes)
    for name, (least, most) in ROUTING_LIMITS.items():
        value = getattr(wishes, name)
        if value is not None and not least <= value <= most:
            raise Invalid(f"routing.{name} must be between {least} and {most}{_WHY.get(name, '')}")
    return wishes


def changed_bans(kept: BanWishes, changes: Mapping[str, Any], kinds: Collection[str]) -> BanWishes:
    """Return what becomes of bans, with some of it changed. `kinds`: those of channels that there are.

    Raises Invalid, naming the value; caps can only be made narrower than the platform's.
    """
    caps = replace(kept.caps, **changes.get("caps", {}))
    wishes = replace(kept, **{**changes, "caps": caps})
    least, most = OFFER_DAYS
    if not least <= wishes.offer_days <= most:
        raise Invalid(f"bans.offer_days must be between {least} and {most}")
    for name, most in CAPS.items():
        cap = getattr(caps, name)
        if cap is not None and not 0 <= cap <= most:
            raise Invalid(f"bans.caps.{name} must be between 0 and {most}")
    return replace(wishes, invitation_order=clean_order(wishes.invitation_order, kinds))


def clean_order(order: Sequence[str], kinds: Collection[str]) -> tuple[ChannelKind, ...]:
    """Return kinds of channel in their order. Raises Invalid for one that there is not or that is named twice."""
    if set(order) - set(kinds) or len(set(order)) < len(order):
        raise Invalid(f"name each kind of channel once; there are {', '.join(kinds)}")
    return tuple(ChannelKind(each) for each in order)
