"""What is said to a supplier of phone numbers, and what it says.

The ids in these values are the supplier's own. They are for the platform's tables and `NumberProvider` alone: no
organization, log or error text ever shows one.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from hub.types import Secret
from hub.types.numbers import Quality, RegistrationState

# --- numbers --------------------------------------------------------------------------------------------


class NumberKind(StrEnum):
    LOCAL = "local"
    MOBILE = "mobile"
    NATIONAL = "national"
    TOLL_FREE = "toll_free"


class Ability(StrEnum):
    """What a number receives."""

    SMS = "sms"
    MMS = "mms"
    VOICE = "voice"


class AddressNeed(StrEnum):
    """Which address whoever buys a number must have: any, one in its country, one outside of it."""

    NONE = "none"
    ANY = "any"
    LOCAL = "local"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class NumberSearch:
    """Which numbers are wanted.

    country    ISO 3166-1, two letters
    abilities  what all of them must receive
    pattern    at least two of: figures, letters (which stand for their keys), * for any figure, + first, $ last
    limit      at most so many
    """

    country: str
    kind: NumberKind
    abilities: frozenset[Ability] = frozenset()
    pattern: str = ""
    limit: int = 20


@dataclass(frozen=True, slots=True)
class NumberForSale:
    """A number that can be bought now. `number`: E.164; `locality`, `region`: "" where nothing is said."""

    number: str
    country: str
    kind: NumberKind
    abilities: frozenset[Ability]
    address: AddressNeed
    locality: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Papers:
    """What the supplier wants to see for a number; "": nothing of the sort."""

    bundle_id: str = ""
    address_id: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A purchase. `number_id`: our own id of it, under which it is found again when the answer is lost."""

    number_id: str
    number: str
    papers: Papers = Papers()


@dataclass(frozen=True, slots=True)
class OwnedNumber:
    """A number that an account has.

    number_id      our own id, from the name it was bought under; "" when it was not bought by the hub
    messages_here  whether what people write to it reaches the hub
    """

    external_id: str
    number: str
    number_id: str
    abilities: frozenset[Ability]
    messages_here: bool


# --- papers and accounts --------------------------------------------------------------------------------


class PaperState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Proof of who owns numbers of one country and kind. `valid_until`: None, it does not run out."""

    external_id: str
    name: str
    state: PaperState
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where the owner of numbers is. Its street and name stay with the supplier."""

    external_id: str
    country: str
    locality: str


class AccountState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class SignedUp:
    """A customer's business account at a messenger, and the portfolio it belongs to; "": not said.

    token  lets the hub's app speak to the messenger about it; "": the hub has none
    """

    business_id: str
    portfolio_id: str = ""
    token: Secret = field(default=Secret(""), repr=False)


# --- senders --------------------------------------------------------------------------------------------


class CodeWay(StrEnum):
    """How the one-time code comes that proves a number."""

    TEXT = "text"
    VOICE = "voice"


@dataclass(frozen=True, slots=True)
class Registration:
    """A number that is to become a sender. `business_id`: the customer's business account; `name`: what people see."""

    number: str
    name: str
    business_id: str
    code_way: CodeWay = CodeWay.TEXT


@dataclass(frozen=True, slots=True)
class Sign:
    """What a look at a sender showed, as ban detection reads it (code and text of a signal; nobody is shown either)."""

    code: str
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RegisteredSender:
    """A sender as the supplier shows it.

    daily_limit  people it may write to unasked within 24 hours; None: nothing is said, or there is no limit
    problems     why it is offline, in our words
    name_declined  the messenger's review refused the name that people see
    """

    external_id: str
    number: str
    name: str
    business_id: str
    state: RegistrationState
    quality: Quality = Quality.UNKNOWN
    daily_limit: int | None = None
    problems: tuple[str, ...] = ()
    signs: tuple[Sign, ...] = ()
    name_declined: bool = False


class TemplateCategory(StrEnum):
    UTILITY = "utility"
    MARKETING = "marketing"
    AUTHENTICATION = "authentication"


class ApprovalState(StrEnum):
    """The words of `TemplateView.status`, those of waiting taken together."""

    UNSUBMITTED = "unsubmitted"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAUSED = "paused"
    DISABLED = "disabled"
