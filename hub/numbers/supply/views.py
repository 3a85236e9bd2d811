"""What platform admins see of accounts, numbers and costs. No organization ever sees any of it."""

from dataclasses import dataclass
from datetime import datetime

from hub.channels.numbers import Ability, AddressNeed, NumberKind
from hub.db.numbers import NumberChannel
from hub.numbers.supply.registered import RegistrationView
from hub.types import Health, Named
from hub.types.numbers import NumberState, Obstacle


@dataclass(frozen=True, slots=True)
class AccountView:
    """A provider account, never with its token.

    state         opening, active, suspended, closed
    organization  whose senders a sub-account carries; None for the parent and for accounts of nobody in particular
    signed_up     the customer's business account is known
    business_id   the messenger's id of it; `portfolio_id`: of the portfolio it belongs to
    portfolio     `hub.numbers.policy.obstacles.Portfolio`
    subscribed_at when the messenger last said that it tells the hub what becomes of it; None: it does not
    level         what is held against the business account, `forbids` until `forbids_until` (`hub.types.bans.Act`)
    """

    id: str
    provider: str
    external_id: str
    name: str
    state: str
    organization: Named | None
    parent_id: str | None
    signed_up: bool
    business_id: str
    portfolio_id: str
    portfolio: str
    subscribed_at: datetime | None
    level: str
    forbids: tuple[str, ...]
    forbids_until: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PoolMessageView:
    """Something that arrived on a number lent to nobody. `body` is what the provider sent, decoded as UTF-8."""

    id: str
    received_at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class NumberView:
    """A number.

    capabilities     channel kinds it can carry
    organization     whom it is lent to
    former           whose conversations it carried, while it is in quarantine
    quarantine_ends  when anybody may get it if nobody writes to it until then
    discarded        messages that were thrown away in quarantine, as nobody may read them
    banned           kinds whose messenger has banned it
    monthly_cost     in hundredths of `currency`; None: the platform entered none
    forward_to       where a call with a one-time code goes; "": calls are refused
    trouble          what was asked of the supplier last and why it came to nothing; "": nothing
    registrations    as senders of messengers, those that are not given up
    messages         the newest that came while it was lent to nobody
    """

    id: str
    number: str
    capabilities: tuple[str, ...]
    provider_account_id: str
    state: NumberState
    country: str
    kind: str
    organization: Named | None
    former: Named | None
    quarantine_ends: datetime | None
    discarded: int
    banned: tuple[str, ...]
    monthly_cost: int | None
    currency: str
    forward_to: str
    trouble: str
    channels: tuple[NumberChannel, ...]
    registrations: tuple[RegistrationView, ...]
    messages: tuple[PoolMessageView, ...]
    health: Health
    ordered_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ForSaleView:
    """A number that can be bought now.

    capabilities  channel kinds it can carry
    address       which address a buyer must have
    """

    number: str
    country: str
    kind: NumberKind
    abilities: tuple[Ability, ...]
    capabilities: tuple[str, ...]
    address: AddressNeed
    locality: str
    region: str


@dataclass(frozen=True, slots=True)
class SearchView:
    """What a search found. `obstacles`: what has to be cleared before any of them may be bought."""

    items: tuple[ForSaleView, ...]
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True)
class CostLine:
    """What one organization's numbers cost, in one currency. `organization` None: those that nobody has.

    numbers       how many it has, those in quarantine after its use included
    monthly_cost  of those whose cost is known, in hundredths of `currency` ("": of none it is known)
    unknown       how many of `numbers` have no cost entered
    """

    organization: Named | None
    currency: str
    numbers: int
    monthly_cost: int
    unknown: int
