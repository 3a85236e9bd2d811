"""The next step for one person of the ledger: by which way they are invited now, or why they are not.

One invitation at a time, in the customer's order of ways, with a pause between two; only to an address whose owner
agreed, and never to people who opted out or were erased. Whoever no way is left for finds the new sender by what the
customer publishes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from hub.numbers.policy.caps import Consent, ground_for
from hub.numbers.policy.ledger import INVITABLE
from hub.numbers.policy.limits import LIMITS
from hub.types import ChannelKind
from hub.types.numbers import RecipientState, Way, WayState


class Outcome(StrEnum):
    """What became of an invitation. RETURNED: it certainly did not arrive; everything else counts as sent."""

    SENT = "sent"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Invitation:
    """One that was queued, to which address and when."""

    identity_id: str
    at: datetime
    outcome: Outcome = Outcome.SENT


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person of the ledger, with the invitations they were sent."""

    state: RecipientState
    invitations: tuple[Invitation, ...] = ()


class Why(StrEnum):
    """Why no way is left, in the order of how easily that can be mended."""

    NO_CONSENT = "no_consent"
    WINDOW_CLOSED = "window_closed"
    REFUSED = "refused"
    ALL_TRIED = "all_tried"
    OPTED_OUT = "opted_out"
    UNREACHABLE = "unreachable"
    NO_WAY = "no_way"


REASONS: Final = {
    Why.NO_CONSENT: "they have not agreed to be invited",
    Why.WINDOW_CLOSED: "they have to write first, or their last message is too long ago",
    Why.REFUSED: "nothing may be written to them at present where they could be invited",
    Why.ALL_TRIED: "they were invited by every way there is",
    Why.OPTED_OUT: "they do not want to be written to where they could be",
    Why.UNREACHABLE: "the addresses we have of them are dead",
    Why.NO_WAY: "we know no other address of theirs",
}
"""What each of them says."""
MENDABLE: Final = (Why.NO_CONSENT, Why.WINDOW_CLOSED, Why.REFUSED)
"""Who is not invited for one of these still may be: when they agree, write, or a channel may be used again."""


@dataclass(frozen=True, slots=True)
class Invite:
    """Invite them by this way, which rests on this consent."""

    way: Way
    ground: Consent


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing now. `until` None: until a channel that is held sends again."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class OnlyByPublishing:
    """No way is left but what the customer publishes."""

    why: Why


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing more is to be done for them by the hub."""

    state: RecipientState


Step = Invite | Wait | OnlyByPublishing | Done


def ordered(ways: Sequence[Way], order: Sequence[ChannelKind]) -> tuple[Way, ...]:
    """Return the ways in the customer's order of kinds; a kind that is not in it is not used."""
    place = {kind: index for index, kind in enumerate(order)}
    return tuple(sorted((each for each in ways if each.kind in place), key=lambda each: place[each.kind]))


def next_step(recipient: Recipient, ways: Sequence[Way], consents: Sequence[Consent], now: datetime) -> Step:
    """Decide what to do for a person now. `ways` in the customer's order; `consents` of the ways' identities."""
    if recipient.state is RecipientState.UNREACHABLE:
        return OnlyByPublishing(Why.UNREACHABLE)
    if recipient.state not in INVITABLE:
        return Done(recipient.state)
    resting = _rests_until(recipient)
    if resting is not None and now < resting:
        return Wait(resting)
    tried = {each.identity_id for each in recipient.invitations}
    left = [each for each in ways if each.identity_id not in tried]
    hurdles = [_hurdle(each, consents, now) for each in left]
    for way, hurdle in zip(left, hurdles, strict=True):
        ground = ground_for(consents, way.identity_id)
        if hurdle is None and way.state is WayState.WORKS and ground is not None:
            return Invite(way, ground)
    if None in hurdles:
        return Wait(None)
    whys = [each for each in hurdles if each is not None] + [Why.ALL_TRIED if tried else Why.NO_WAY]
    return OnlyByPublishing(min(whys, key=list(Why).index))


def _rests_until(recipient: Recipient) -> datetime | None:
    """An invitation that came back needs no pause after it."""
    sent = [each.at for each in recipient.invitations if each.outcome is Outcome.SENT]
    return max(sent) + LIMITS.pause if sent else None


def _hurdle(way: Way, consents: Sequence[Consent], now: datetime) -> Why | None:
    """What keeps us from inviting by a way for good, or until the person does something."""
    if way.state is WayState.OPTED_OUT:
        return Why.OPTED_OUT
    if way.state is WayState.UNREACHABLE:
        return Why.UNREACHABLE
    if ground_for(consents, way.identity_id) is None:
        return Why.NO_CONSENT
    return None if is_open(way, now) else Why.WINDOW_CLOSED


def is_open(way: Way, now: datetime) -> bool:
    """Whether the messenger lets us write now, with time left for the message to go out."""
    if way.last_heard_at is None:
        return way.reply_window is None and not way.writes_first
    return way.reply_window is None or now < way.last_heard_at + way.reply_window - LIMITS.window_margin
