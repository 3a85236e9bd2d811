"""A number that is lent to an organization and taken back, never with two of them."""

from dataclasses import replace
from datetime import datetime

from hub.errors import Conflict
from hub.numbers.policy.life.standing import NumberLife, free, move, quarantined
from hub.types import ChannelKind
from hub.types.numbers import NumberState as S


def lend(number: NumberLife, organization_id: str, kind: ChannelKind) -> NumberLife:
    """Lend a number to an organization as a channel of one kind. Raises Conflict.

    A second kind goes to the same organization only.
    """
    if kind in number.banned:
        raise Conflict("the messenger has banned this number; take another one, or wait until it is reinstated")
    if kind in number.carries:
        raise Conflict("the number carries a channel of this kind already; release it first")
    if number.state is S.LENT and number.organization_id != organization_id:
        raise Conflict("the number is lent to another organization; release it first")
    if number.state is S.QUARANTINED and number.former_id != organization_id:
        raise Conflict("people may still write to this number's last organization; take one that is not in quarantine")
    state = S.LENT if number.state is S.LENT else move(number.state, S.LENT)
    carries = number.carries | {kind}
    return replace(
        number, state=state, organization_id=organization_id, carries=carries, former_id=None, quiet_since=None
    )


def take_back(number: NumberLife, kind: ChannelKind, now: datetime) -> NumberLife:
    """Take a number back as one kind. With its last kind it leaves its organization. Raises Conflict."""
    if kind not in number.carries:
        raise Conflict("the number carries no channel of this kind; look at what it carries now")
    left = number.carries - {kind}
    if left:
        return replace(number, carries=left)
    if not number.talked:
        return free(number)
    return quarantined(number, number.organization_id, now)


def take_back_whole(number: NumberLife, now: datetime) -> NumberLife:
    """Take a number back as all it is, even if its organization has given up every channel on it. Raises Conflict."""
    if number.state is not S.LENT:
        raise Conflict("the number is lent to nobody")
    return quarantined(number, number.organization_id, now) if number.talked else free(number)


def ban(number: NumberLife, kind: ChannelKind) -> NumberLife:
    """Note that a kind's messenger has banned the number. What else it carries goes on."""
    return replace(number, banned=number.banned | {kind})


def reinstate(number: NumberLife, kind: ChannelKind) -> NumberLife:
    """Note that the messenger has taken its ban back."""
    return replace(number, banned=number.banned - {kind})
