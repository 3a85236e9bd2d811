"""What each ban does to a send through Twilio, as data (facts C5, C9, F). Lines with [K] are guesses nobody confirmed.

Telegram and Messenger have few enough errors to keep them where they refuse.
"""

from dataclasses import dataclass

LEVELS = ("recipient", "rate_limited", "restricted", "banned", "credentials", "account")


@dataclass(frozen=True)
class Outcome:
    """A send's end.

    code     Twilio's error; those of ANSWERED come with the call, all others by a status callback
    meta     Meta's own error in ChannelStatusMessage, 0: none
    words    what ChannelStatusMessage says
    offline  code and text of `offline_reasons` when the sender goes OFFLINE, else empty
    """

    code: int
    meta: int = 0
    words: str = ""
    offline: tuple[str, str] | None = None


_BY_NUMBER = ("30008", "WhatsApp phone number was banned by Meta for violating its policies")  # [K] code and text
_BY_BUSINESS = ("21211400", "WhatsApp business account is banned by provider Meta")
_BY_PORTFOLIO = ("21211400", "WhatsApp business account is disabled by Meta with its business portfolio")  # [K] text

OUTCOMES: dict[tuple[str, str, str], Outcome] = {
    ("whatsapp", "recipient", "recipient"): Outcome(63014, words="Blocked by user action"),
    ("whatsapp", "rate_limited", "sender"): Outcome(63018, 130429, "Rate limit hit"),
    ("whatsapp", "rate_limited", "portfolio"): Outcome(
        63018, 131056, "Messaging limit of the portfolio hit"
    ),  # [K] meta
    ("whatsapp", "restricted", "sender"): Outcome(63026, 131048, "Spam rate limit hit"),
    ("whatsapp", "restricted", "business_account"): Outcome(63051, 368, "Temporarily blocked for policies violations"),
    ("whatsapp", "restricted", "portfolio"): Outcome(63051, 368, "Temporarily blocked for policies violations"),
    ("whatsapp", "banned", "sender"): Outcome(63007, offline=_BY_NUMBER),
    ("whatsapp", "banned", "business_account"): Outcome(63112, 131031, "Account has been locked", _BY_BUSINESS),
    ("whatsapp", "banned", "portfolio"): Outcome(63112, 131031, "Account has been locked", _BY_PORTFOLIO),
    ("whatsapp", "credentials", "sender"): Outcome(63001, 190, "Channel could not authenticate the request"),
    ("whatsapp", "credentials", "business_account"): Outcome(63020, 10, "Permission was not granted or was removed"),
    ("sms", "recipient", "recipient"): Outcome(30004),
    ("sms", "rate_limited", "sender"): Outcome(30001),
    ("sms", "restricted", "sender"): Outcome(30007),
    ("sms", "banned", "sender"): Outcome(21606),
}
ANSWERED = frozenset({20003, 20005, 21212, 21606, 21610, 21611, 63007})
"""Errors that a send is answered with; every other is told later. [K] for all but 20003, 21606, 21610 and 63007."""

RESTRICTIONS = {
    "unasked": "RESTRICTED_BIZ_INITIATED_MESSAGING",
    "replies": "RESTRICTED_CUSTOMER_INITIATED_MESSAGING",
    "adding_senders": "RESTRICTED_ADD_PHONE_NUMBER_ACTION",
}
"""Meta's words for what a restriction forbids."""

REACHES: dict[str, dict[str, tuple[str, ...]]] = {
    "whatsapp": {
        "recipient": ("recipient",),
        "rate_limited": ("sender", "portfolio"),
        "restricted": ("sender", "business_account", "portfolio"),
        "banned": ("sender", "business_account", "portfolio"),
        "credentials": ("sender", "business_account", "provider_account"),
        "account": ("provider_account",),
    },
    "sms": {
        "recipient": ("recipient",),
        "rate_limited": ("sender",),
        "restricted": ("sender",),
        "banned": ("sender",),
        "credentials": ("provider_account",),
        "account": ("provider_account",),
    },
    "telegram": {
        "recipient": ("recipient",),
        "rate_limited": ("sender",),
        "restricted": ("sender",),
        "banned": ("sender",),
        "credentials": ("sender",),
    },
    "facebook": {
        "recipient": ("recipient",),
        "rate_limited": ("sender",),
        "restricted": ("sender",),
        "banned": ("sender",),
        "credentials": ("sender",),
        "account": ("app",),
    },
}
"""Per channel and level how far a ban can reach."""
