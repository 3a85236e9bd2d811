"""Twilio's error codes and Meta's behind them, in the hub's words (facts C5, F): data only."""

from collections.abc import Mapping
from dataclasses import dataclass

from hub.types import FailureKind, Level, Reach


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one or several codes mean. `retry_after` in seconds, where Twilio's description names a time."""

    kind: FailureKind
    words: str
    level: Level = Level.NONE
    reach: Reach = Reach.MESSAGE
    retry_after: float | None = None


def _gone(words: str) -> Meaning:
    return Meaning(FailureKind.RECIPIENT, words, reach=Reach.RECIPIENT)


def _refused(words: str, reach: Reach = Reach.MESSAGE) -> Meaning:
    return Meaning(FailureKind.CONTENT, words, reach=reach)


def _slow(words: str, reach: Reach = Reach.SENDER, retry_after: float | None = None) -> Meaning:
    return Meaning(FailureKind.RATE_LIMITED, words, Level.RATE_LIMITED, reach, retry_after)


def _held(words: str, level: Level = Level.RESTRICTED, reach: Reach = Reach.SENDER) -> Meaning:
    return Meaning(FailureKind.SENDER, words, level, reach)


def _locked_out(words: str, reach: Reach) -> Meaning:
    return Meaning(FailureKind.CREDENTIALS, words, reach=reach)


def _later(words: str) -> Meaning:
    return Meaning(FailureKind.TRY_LATER, words)


_ACCOUNT_OFF = _held("the Twilio account is suspended or not active", Level.ACCOUNT, Reach.PROVIDER_ACCOUNT)
_NO_PERMISSION = _locked_out("Twilio does not let this account do that", Reach.PROVIDER_ACCOUNT)
_BAD_NUMBER = _gone("the recipient's number does not exist or cannot receive this kind of message")
_OPTED_OUT = _gone("the person has opted out of messages from this number")
_NOT_ON_CHANNEL = _gone("the person cannot be reached on WhatsApp")
# nothing was sent: while ban detection looks whether the number is gone, the message waits instead of failing
_NUMBER_LOST = Meaning(
    FailureKind.TRY_LATER,
    "Twilio does not know our number as a sender of this account any more, or it is offline",
    reach=Reach.SENDER,
)
_UNREGISTERED = _held("our number is not registered for messages to this country or carrier")
_NO_PAPERS = _held("our number lacks an address, a bundle or an identity at Twilio")
_BAD_SERVICE = _held("the messaging service at Twilio has no usable sender")
_MISCONFIGURED = _held("the WhatsApp sender is configured wrongly at Twilio")
_BAD_TEMPLATE = _refused("the message template or its variables are not usable")
_BAD_CONTENT = _refused("the channel does not accept this content")
_BAD_MEDIA = _refused("a file of the message could not be fetched or is too large")
_QUEUE_FULL = _slow("the number's queue at the provider is full", retry_after=600)
_CARRIER_CAP = _slow("the carriers' limit for this number is reached")
_CARRIER_DAY = _slow("the carriers' daily limit for this number is reached", retry_after=3600)
_CHANNEL_LIMIT = _slow("WhatsApp's sending limit is reached")
_PROVIDER_DOWN = _later("the channel behind Twilio is not working just now")
UNCLEAR = Meaning(FailureKind.UNCERTAIN, "Twilio failed while it had the message")
_WABA_OFF = _held("Meta has disabled or locked the WhatsApp business account", Level.BANNED, Reach.BUSINESS_ACCOUNT)
_WABA_UNUSABLE = _locked_out(
    "Twilio's access to the WhatsApp business account is missing or unpaid", Reach.BUSINESS_ACCOUNT
)
_MARKETING = _refused("WhatsApp does not deliver marketing to this person now", Reach.RECIPIENT)
_WINDOW = Meaning(FailureKind.WINDOW, "the 24 hours after the person's last message are over", reach=Reach.RECIPIENT)

ERRORS: Mapping[int, Meaning] = {
    20003: _locked_out(
        "Twilio refuses the account's auth token: it is wrong or rotated, or the account is closed",
        Reach.PROVIDER_ACCOUNT,
    ),
    20403: _NO_PERMISSION,
    20404: _locked_out("Twilio does not know this account or what was asked of it", Reach.PROVIDER_ACCOUNT),
    **dict.fromkeys((10001, 20005, 20010, 30002, 90010), _ACCOUNT_OFF),
    20249: _slow("the number was registered too often", retry_after=72 * 3600),
    20429: _slow("too many requests to Twilio at once", Reach.PROVIDER_ACCOUNT),
    **dict.fromkeys((20500, 20503, 30410), UNCLEAR),
    **dict.fromkeys((21211, 21217, 21614, 30005, 30006), _BAD_NUMBER),
    **dict.fromkeys((21212, 21606, 63002, 63007), _NUMBER_LOST),
    21408: _refused(
        "the Twilio account may not send to this country; allow it in its geo permissions", Reach.PROVIDER_ACCOUNT
    ),
    21608: _refused("a trial account at Twilio only reaches numbers verified with it", Reach.PROVIDER_ACCOUNT),
    21610: _OPTED_OUT,
    **dict.fromkeys((21611, 30001), _QUEUE_FULL),
    21612: _gone("the recipient cannot be reached from our number"),
    21617: _refused("the text is longer than 1600 characters"),
    21619: _refused("the message is empty"),
    **dict.fromkeys((11751, 21620, 21623, 63019, 63034), _BAD_MEDIA),
    **dict.fromkeys((21613, 21631, 21649, 21650, 21651), _NO_PAPERS),
    **dict.fromkeys((21654, 21655, 21656, 92002, 92007, 92009), _BAD_TEMPLATE),
    **dict.fromkeys((21701, 21703, 21704, 21705, 21712), _BAD_SERVICE),
    14107: _slow("too many replies between the two numbers in a short time", Reach.RECIPIENT, 60),
    30003: Meaning(FailureKind.TRY_LATER, "the recipient's phone is off or out of reach", reach=Reach.RECIPIENT),
    30004: _gone("the recipient or their carrier blocks our messages"),
    # one of these says nothing about our number, their rate does: ban detection counts them by their reach
    30007: _refused("the message was filtered as spam by Twilio or a carrier", Reach.SENDER),
    30008: _later("the carrier failed for a reason it does not name"),
    **dict.fromkeys((30018, 30024, 30034, 30035), _UNREGISTERED),
    **dict.fromkeys((30022, 30027), _CARRIER_CAP),
    30023: _CARRIER_DAY,
    30032: _held("our toll-free number is not verified"),
    30033: _held("the campaign our number belongs to is suspended"),
    30450: _slow("Twilio's protection against SMS pumping blocks this for half an hour", retry_after=1800),
    63001: _locked_out("the channel refuses our sender; connect it anew at Twilio", Reach.SENDER),
    **dict.fromkeys((63003, 63024), _NOT_ON_CHANNEL),
    **dict.fromkeys((63005, 63006, 63013, 63021, 63030), _BAD_CONTENT),
    63008: _MISCONFIGURED,
    **dict.fromkeys((63009, 63010, 63012, 63023), _PROVIDER_DOWN),
    63014: _gone("the person has blocked us"),
    63015: _gone("the person has not joined the WhatsApp sandbox, or their three days there are over"),
    63016: _WINDOW,
    **dict.fromkeys((63017, 63018), _CHANNEL_LIMIT),
    **dict.fromkeys((63020, 63101), _WABA_UNUSABLE),
    63022: _MISCONFIGURED,
    63026: _held("WhatsApp has flagged our messages as spam"),
    **dict.fromkeys((63027, 63028, 63029, 63040, 63041, 63042), _BAD_TEMPLATE),
    **dict.fromkeys((63032, 63049), _MARKETING),
    63033: _OPTED_OUT,
    63038: _slow("the account's daily message limit is reached", Reach.PROVIDER_ACCOUNT, 3600),
    63039: _refused("Meta warns that our messages are felt to be bothersome", Reach.SENDER),
    **dict.fromkeys((63051, 63112), _WABA_OFF),
    63124: _held("Meta has declined the display name of our sender"),
}

META_ERRORS: Mapping[int, Meaning] = {
    190: _locked_out("Meta refuses Twilio's access to our sender", Reach.BUSINESS_ACCOUNT),
    368: _held("Meta restricts the business account for its policies", reach=Reach.BUSINESS_ACCOUNT),
    80007: _slow("the WhatsApp business account's limit is reached", Reach.BUSINESS_ACCOUNT),
    130429: _CHANNEL_LIMIT,
    130497: _held("Meta does not let the business write to this country", reach=Reach.BUSINESS_ACCOUNT),
    131026: _NOT_ON_CHANNEL,
    131031: _held("Meta has locked the business account for its policies", Level.BANNED, Reach.BUSINESS_ACCOUNT),
    131042: _held("Meta has no valid payment for the business account", reach=Reach.BUSINESS_ACCOUNT),
    131047: _WINDOW,
    131048: _held("WhatsApp limits our number because people reported or blocked it"),
    131056: _slow("too many messages to this person in a short time", Reach.RECIPIENT),
    # a vendor's page only
    141014: _WABA_OFF,
}
"""Meta's own codes as they stand in `ChannelStatusMessage`: more exact than the Twilio code beside them."""
