"""A WhatsApp sender as Twilio shows it, in the hub's words and in those of ban detection (facts C8, C9)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hub.channels.numbers import RegisteredSender, Sign
from hub.channels.twilio.supplying import named
from hub.types import JsonObject
from hub.types.numbers import Quality, RegistrationState

MARK = "whatsapp:"
"""What Twilio puts before the address of a WhatsApp sender."""
STATES: Mapping[str, RegistrationState] = {
    "DRAFT": RegistrationState.DRAFT,
    "STUBBED": RegistrationState.DRAFT,
    "CREATING": RegistrationState.SUBMITTED,
    "PENDING_VERIFICATION": RegistrationState.CODE_NEEDED,
    "VERIFYING": RegistrationState.VERIFYING,
    "TWILIO_REVIEW": RegistrationState.IN_REVIEW,
    "ONLINE": RegistrationState.ONLINE,
    "ONLINE:UPDATING": RegistrationState.UPDATING,
    "OFFLINE": RegistrationState.OFFLINE,
}
"""A word that is not known is read as a draft, to which no registration goes back: it changes nothing."""
ONLINE = frozenset({RegistrationState.ONLINE, RegistrationState.UPDATING})
QUALITIES: Mapping[str, Quality] = {
    "HIGH": Quality.HIGH,
    "GREEN": Quality.HIGH,
    "MEDIUM": Quality.MEDIUM,
    "YELLOW": Quality.MEDIUM,
    "LOW": Quality.LOW,
    "RED": Quality.LOW,
}
"""Twilio's words, and Meta's own."""
_LIMIT = re.compile(r"(?:TIER_)?(\d+)\s*(K|M)?\b", re.IGNORECASE)
"""As in "10K Customers/24hr", or Meta's own TIER_1K."""
_THOUSANDS = {"": 1, "K": 1_000, "M": 1_000_000}
_PROBLEMS = (
    (re.compile(r"bann|block", re.IGNORECASE), "WhatsApp has banned it"),
    (re.compile(r"disabl|lock|restrict|violat", re.IGNORECASE), "WhatsApp has locked or restricted it"),
    (re.compile(r"credit|payment|billing", re.IGNORECASE), "the business account's payment is not in order"),
    (re.compile(r"display name", re.IGNORECASE), "its display name was declined"),
)
"""What an offline sender's reasons say, in our words; theirs are not for the organization."""
_NAME_DECLINED = "63124"
"""Why a sender is offline whose display name was refused."""
_NO_REASON = "it is offline for a reason that the hub does not know"


def read_sender(found: Any) -> RegisteredSender:
    """Return a sender of the library's, which declares its objects as strings."""
    told, status = _object(found.properties), str(found.status)
    state = STATES.get(status, RegistrationState.DRAFT)
    reasons = [_object(each) for each in found.offline_reasons or []]
    quality = QUALITIES.get(str(told.get("quality_rating") or "").upper(), Quality.UNKNOWN)
    return RegisteredSender(
        external_id=named(found.sid),
        number=str(found.sender_id or "").removeprefix(MARK),
        name=str(_object(found.profile).get("name") or ""),
        business_id=str(_object(found.configuration).get("waba_id") or ""),
        state=state,
        quality=quality,
        daily_limit=_limit(str(told.get("messaging_limit") or "")),
        problems=_problems(reasons) if state is RegistrationState.OFFLINE else (),
        signs=(*_standing(state, status, reasons), *_quality(quality)),
        name_declined=any(str(each.get("code")) == _NAME_DECLINED for each in reasons),
    )


def _object(said: Any) -> JsonObject:
    return said if isinstance(said, dict) else {}


def _limit(said: str) -> int | None:
    found = _LIMIT.match(said.strip())
    return int(found[1]) * _THOUSANDS[(found[2] or "").upper()] if found else None


def _problems(reasons: Sequence[JsonObject]) -> tuple[str, ...]:
    said = [str(each.get("message") or "") for each in reasons]
    known = [next((words for pattern, words in _PROBLEMS if pattern.search(text)), _NO_REASON) for text in said]
    return tuple(dict.fromkeys(known)) or (_NO_REASON,)


def _standing(state: RegistrationState, status: str, reasons: Sequence[JsonObject]) -> tuple[Sign, ...]:
    """A sender on its way to being one says nothing yet; reasons are those of being offline, whatever else it is."""
    if state in ONLINE:
        return (Sign(f"sender/{status}"),)
    if state is not RegistrationState.OFFLINE:
        return ()
    named_ones = [Sign(_offline(status, each.get("code")), str(each.get("message") or "")) for each in reasons]
    return tuple(named_ones) or (Sign(f"sender/{status}"),)


def _offline(status: str, code: object) -> str:
    return f"sender/{status}/{code}" if code else f"sender/{status}"


def _quality(quality: Quality) -> tuple[Sign, ...]:
    return () if quality is Quality.UNKNOWN else (Sign(f"quality/{quality.value.upper()}"),)
