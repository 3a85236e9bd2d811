"""What numbers, accounts and registrations are called on the platform's pages."""

from collections.abc import Mapping
from typing import Final

from hub.channels.numbers import Ability, AddressNeed, NumberKind
from hub.numbers.policy.obstacles import Portfolio
from hub.types.numbers import NumberState, Quality, RegistrationState
from hub.web.language import marked

NUMBER_STATES: Final[Mapping[str, tuple[str, str]]] = {
    NumberState.ORDERED: (marked("number|Ordered"), "pending"),
    NumberState.OWNED: (marked("number|Free"), "new"),
    NumberState.LENT: (marked("number|Lent"), ""),
    NumberState.QUARANTINED: (marked("number|In quarantine"), "pending"),
    NumberState.RETURNING: (marked("number|Being given back"), "pending"),
    NumberState.RETURNED: (marked("number|Given back"), ""),
    NumberState.FAILED: (marked("number|Not sold"), "off"),
    NumberState.LOST: (marked("number|Lost"), "off"),
}
"""Each state's name and the tone of its chip."""
REGISTRATION_STATES: Final[Mapping[str, tuple[str, str]]] = {
    RegistrationState.DRAFT: (marked("registration|Draft"), "pending"),
    RegistrationState.SUBMITTED: (marked("registration|Submitted"), "pending"),
    RegistrationState.CODE_NEEDED: (marked("registration|Waits for the code"), "pending"),
    RegistrationState.VERIFYING: (marked("registration|The code is checked"), "pending"),
    RegistrationState.IN_REVIEW: (marked("registration|In review"), "pending"),
    RegistrationState.ONLINE: (marked("registration|Online"), "new"),
    RegistrationState.UPDATING: (marked("registration|Being changed"), "pending"),
    RegistrationState.OFFLINE: (marked("registration|Offline"), "off"),
    RegistrationState.FAILED: (marked("registration|Failed"), "off"),
    RegistrationState.REMOVED: (marked("registration|Removed"), ""),
}
QUALITIES: Final[Mapping[str, tuple[str, str]]] = {
    Quality.UNKNOWN: (marked("quality|Not known"), ""),
    Quality.HIGH: (marked("quality|High"), "new"),
    Quality.MEDIUM: (marked("quality|Medium"), "pending"),
    Quality.LOW: (marked("quality|Low"), "off"),
}
NUMBER_KINDS: Final[Mapping[str, str]] = {
    NumberKind.LOCAL: marked("Local"),
    NumberKind.MOBILE: marked("Mobile"),
    NumberKind.NATIONAL: marked("National"),
    NumberKind.TOLL_FREE: marked("Toll-free"),
}
ABILITIES: Final[Mapping[str, str]] = dict(
    zip(Ability, (marked("Text messages"), marked("Picture messages"), marked("Calls")), strict=True)
)
ADDRESSES: Final[Mapping[str, str]] = {
    AddressNeed.NONE: marked("No address is needed"),
    AddressNeed.ANY: marked("Any address is needed"),
    AddressNeed.LOCAL: marked("An address in the country is needed"),
    AddressNeed.FOREIGN: marked("An address outside the country is needed"),
}
ACCOUNT_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "opening": (marked("account|Being opened"), "pending"),
    "active": (marked("account|Active"), "new"),
    "suspended": (marked("account|Suspended"), "off"),
    "closed": (marked("account|Closed"), ""),
}
PORTFOLIOS: Final[Mapping[str, str]] = {
    Portfolio.UNVERIFIED: marked("Not verified: 2 senders"),
    Portfolio.VERIFIED: marked("Verified: 20 senders"),
    Portfolio.RAISED: marked("Raised: 50 senders"),
}
