"""The ban case: its states, remedies, appeal and offer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hub.types.bans.signals import Act, RemedyKind
from hub.types.messages import Level, Reach
from hub.types.numbers import Obstacle, OfferKind, Readiness
from hub.types.people import ChannelKind


class BanState(StrEnum):
    """Where a case stands.

    SUSPECTED   something speaks against the sender; looks follow
    CONFIRMED   what the level forbids is held
    INFORMED    the admins know
    REMEDY      remedies are proposed or under way
    OFFERED     a replacement is put to the customer, with a deadline
    ACCEPTED, DECLINED, EXPIRED   what they answered, if they did
    REPLACING   the new sender is being made
    RECRUITING  the people are being won for it
    CLOSED      over
    REINSTATED  the provider gave the sender back. After an acceptance the customer still chooses which sender stays
    """

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    INFORMED = "informed"
    REMEDY = "remedy"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    REPLACING = "replacing"
    RECRUITING = "recruiting"
    CLOSED = "closed"
    REINSTATED = "reinstated"


class AppealState(StrEnum):
    """WAIVED: with a reason. GRANTED, REFUSED: what became of a filed one."""

    NONE = "none"
    FILED = "filed"
    WAIVED = "waived"
    GRANTED = "granted"
    REFUSED = "refused"


class RemedyState(StrEnum):
    """NOT_TAKEN: the case was over before anybody tried it, or the old sender came back in place of the new one."""

    PROPOSED = "proposed"
    UNDER_WAY = "under_way"
    HELPED = "helped"
    FAILED = "failed"
    NOT_TAKEN = "not_taken"


class AcceptedBy(StrEnum):
    """POLICY: the organization's automatic policy, which is off unless they switch it on."""

    CUSTOMER = "customer"
    POLICY = "policy"


class Kept(StrEnum):
    """Which sender stays when the old one is given back after a replacement was accepted."""

    OLD = "old"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class RemedyStep:
    """A remedy of a case. `result`: what came of it, in the words of whoever tried."""

    kind: RemedyKind
    state: RemedyState = RemedyState.PROPOSED
    result: str = ""


@dataclass(frozen=True, slots=True)
class Possibility:
    """What could be put to the customer in place of the sender, whether it would help or not.

    channel_kind  of the channel it would be
    what          the number, channel or form it is, as the customer may see it
    takes         what stands in its way
    """

    kind: OfferKind
    channel_kind: ChannelKind
    readiness: Readiness
    what: str = ""
    takes: tuple[Obstacle, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """What is put to the customer, until `expires_at`."""

    id: str
    possibility: Possibility
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class BanCase:
    """A ban from the first signal to the last person.

    since          when it came into its state
    until          when the provider ends it, where it said so
    remedies       what may help, cheapest first
    cause          why the customer thinks it came to this; needed before a replacement
    appeal_reason  why no appeal was filed, or what came of one
    undecided      where the case stood when the sender was given back, until the customer chooses which one stays
    kept_new       the customer has chosen the new sender: that the old one works is no news any more
    declined       what the customer did not want, oldest first
    """

    state: BanState
    since: datetime
    level: Level
    reach: Reach
    forbids: frozenset[Act] = frozenset()
    until: datetime | None = None
    remedies: tuple[RemedyStep, ...] = ()
    cause: str = ""
    appeal: AppealState = AppealState.NONE
    appeal_reason: str = ""
    offer: Offer | None = None
    undecided: BanState | None = None
    kept_new: bool = False
    declined: tuple[Possibility, ...] = ()
