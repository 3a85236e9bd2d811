"""Bans as people see them: what happened, what is held, what may help, what is offered, and whose turn it is.

Everything is said twice: as a word of `hub.types` for who tells it in their own language, and as an English sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from hub.db.ban_cases import Evidence
from hub.db.letters import Untold
from hub.numbers.policy.ledger import Progress
from hub.types import ChannelKind, Level, Reach
from hub.types.bans import Act, AppealState, BanState, RemedyKind, RemedyState
from hub.types.numbers import Obstacle, OfferKind, Readiness

FORBIDS: Final[Mapping[Act, str]] = {
    Act.UNASKED: "messages that nobody asked for are held",
    Act.REPLIES: "answers are held; what was queued waits and is not lost",
    Act.ADDING_SENDERS: "no further sender can be added to the business account",
}


class Decider(StrEnum):
    """Whose turn it is."""

    HUB = "hub"
    CUSTOMER = "customer"
    PLATFORM = "platform"
    PROVIDER = "provider"
    PEOPLE = "people"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class ChannelOfBan:
    """`address`: of the sender that was hit, masked where the organization wishes it."""

    id: str
    kind: ChannelKind
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class RemedyView:
    """`what`: what is to be done; `result`: what came of it, in the words of whoever tried."""

    kind: RemedyKind
    state: RemedyState
    what: str
    result: str


@dataclass(frozen=True, slots=True)
class OfferView:
    """What is offered until `expires_at`.

    kind          in place of what: another number, another kind of channel, a sender of the customer's own
    channel_kind  of the channel it would be
    number        E.164, where a number is put aside or its own is meant; None for everything else
    what          the number, channel or form it is, as the customer may see it
    takes         what stands in its way
    """

    id: str
    kind: OfferKind
    channel_kind: ChannelKind
    number: str | None
    readiness: Readiness
    what: str
    takes: tuple[Obstacle, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AppealView:
    """The appeal.

    reason   why it was waived, or what came of it
    who      who appeals, and where; `link` leads there, "" where there is none
    by       until when it is taken, None where no deadline is known
    checked  whether place and deadline are certain; else they are hearsay
    """

    state: AppealState
    reason: str
    who: str
    link: str
    by: datetime | None
    checked: bool


@dataclass(frozen=True, slots=True)
class EventView:
    """One line of the timeline.

    happening  `Opened`, or the name of a class in `hub.numbers.policy.happenings`
    state      where the case stood then
    by         the user's name; None: the hub itself, or the platform
    """

    at: datetime
    happening: str
    state: BanState
    words: str
    by: str | None


@dataclass(frozen=True, slots=True)
class NextStep:
    """What happens next: whose turn it is, what it is, and by when. `by`: None, there is no deadline."""

    who: Decider
    what: str
    by: datetime | None


@dataclass(frozen=True, slots=True)
class BanView:
    """A ban as its organization and the platform see it.

    state          where it stands, since `since`
    forbids        what is held, `forbids_words` in sentences; `until`: when the provider ends it
    cause          what the customer thinks it came from
    undecided      where the case stood when the sender was given back: they still choose which one stays
    progress       of the people of the old sender
    inviting       invitations go out, in the order `invitation_order`
    new_sender_id  the sender in the old one's place
    timeline       oldest first; empty in lists
    trouble        why the next step did not work yet; "" as a rule
    untold         admins whom letters about it do not reach
    templates_lost message templates of the old sender that somebody has to write again for the new one
    new_address    of the sender in the old one's place, masked where the organization wishes it; "" in lists
    """

    id: str
    organization_id: str
    organization_name: str
    state: BanState
    since: datetime
    channel: ChannelOfBan
    sender_id: str
    level: Level
    reach: Reach
    forbids: tuple[Act, ...]
    forbids_words: tuple[str, ...]
    until: datetime | None
    evidence: tuple[Evidence, ...]
    remedies: tuple[RemedyView, ...]
    cause: str
    appeal: AppealView
    offer: OfferView | None
    undecided: BanState | None
    next: NextStep
    progress: Progress
    inviting: bool
    invitation_order: tuple[ChannelKind, ...]
    new_sender_id: str | None
    opened_at: datetime
    confirmed_at: datetime | None
    informed_at: datetime | None
    over_at: datetime | None
    timeline: tuple[EventView, ...] = ()
    trouble: str = ""
    untold: tuple[Untold, ...] = ()
    templates_lost: tuple[str, ...] = ()
    new_address: str = ""
