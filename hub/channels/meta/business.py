"""What Meta tells our app of WhatsApp business accounts and their numbers (facts C9.5), whoever carries the messages.

It comes to the app's one webhook and is cut there (`split`); the senders' own adapter says what it means (`read`).
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from hub.channels.quoting import quoted
from hub.types import ChannelKind, InboundEvent, JsonObject, Level, NothingToDo, RawEvent, Reach, SenderReported

OBJECT = "whatsapp_business_account"
KEY = "business:"
"""What the keys of these events begin with, as no key of another event of a WhatsApp sender does."""
_KIND = ChannelKind("whatsapp")
_ACCOUNT_ID = re.compile(r"[0-9]{1,40}")
_DIGITS = re.compile(r"[0-9]{5,20}")
_NUMBER = "display_phone_number"
_LONGEST_NAME = 60

# --- cutting ---------------------------------------------------------------------------------------------------


def split(envelope: JsonObject) -> Iterator[RawEvent]:
    """Cut a notification into one event for each change, for the number or the business account it names."""
    entries = envelope.get("entry")
    for entry in entries if isinstance(entries, list) else [envelope]:
        changes = entry.get("changes") if isinstance(entry, dict) else None
        if not isinstance(changes, list) or not changes or not _ACCOUNT_ID.fullmatch(str(entry.get("id"))):
            yield _unreadable(entry, "the entry names no business account, or nothing of it")
            continue
        for change in changes:
            yield _of_change(change, str(entry["id"]), entry.get("time"))


def _of_change(change: Any, account: str, time: Any) -> RawEvent:
    if not isinstance(change, dict) or not isinstance(change.get("value"), dict):
        return _unreadable(change, "the change of a business account is no JSON object")
    body = _canonical({"account": account, "time": time, **change})
    key, number = _key(body), re.sub(r"[^0-9]", "", str(change["value"].get(_NUMBER, "")))
    if _DIGITS.fullmatch(number):
        return RawEvent(_KIND, key, body, address=f"+{number}", about_ours=True)
    return RawEvent(_KIND, key, body, business_account=account)


def _unreadable(value: Any, why: str) -> RawEvent:
    body = _canonical(value)
    return RawEvent(_KIND, _key(body), body, unreadable=why)


def _canonical(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # surrogatepass: JSON may hold lone surrogates, and json.loads reads them back the same way
    return text.encode("utf-8", "surrogatepass")


def _key(body: bytes) -> str:
    return KEY + hashlib.sha256(body).hexdigest()


# --- reading ---------------------------------------------------------------------------------------------------

_BANS: Mapping[str, tuple[Level, str]] = {
    "DISABLE": (Level.BANNED, "Meta has disabled the WhatsApp business account; appeal in its Business Support Home"),
    "SCHEDULE_FOR_DISABLE": (
        Level.RESTRICTED,
        "Meta announces that it will disable the WhatsApp business account; appeal in its Business Support Home",
    ),
    "REINSTATE": (Level.NONE, "Meta has given the WhatsApp business account back"),
}
"""`ban_info.waba_ban_state`: what it is, in our words."""
_RESTRICTIONS: Mapping[str, str] = {
    "RESTRICTED_ADD_PHONE_NUMBER_ACTION": "Meta forbids the WhatsApp business account to add numbers",
    "RESTRICTED_BIZ_INITIATED_MESSAGING": "Meta forbids the WhatsApp business account to begin conversations",
    "RESTRICTED_CUSTOMER_INITIATED_MESSAGING": "Meta forbids the WhatsApp business account to answer",
    "RESTRICTED_UTILITY_TEMPLATES": "Meta forbids the WhatsApp business account to send utility templates",
}
"""`restriction_info[].restriction_type`; others (calls) forbid nothing that the hub does."""
_STATES: Mapping[str, tuple[Level, str]] = {
    "ACCOUNT_VIOLATION": (Level.RESTRICTED, "Meta says that the WhatsApp business account broke its policies"),
    "ACCOUNT_DELETED": (Level.BANNED, "the WhatsApp business account was deleted"),
    "ACCOUNT_OFFBOARDED": (Level.CREDENTIALS, "the WhatsApp business account is not shared with the platform any more"),
    "PARTNER_REMOVED": (Level.CREDENTIALS, "the WhatsApp business account is not shared with the platform any more"),
    "ACCOUNT_RECONNECTED": (Level.NONE, "the WhatsApp business account is shared with the platform again"),
}
_QUALITIES: Mapping[str, tuple[Level, str]] = {
    "FLAGGED": (Level.RESTRICTED, "Meta rates the number's quality as low"),
    "DOWNGRADE": (Level.RESTRICTED, "Meta has lowered the number's limit"),
    "UNFLAGGED": (Level.NONE, "Meta does not rate the number's quality as low any more"),
    "UPGRADE": (Level.NONE, "Meta has raised the number's limit"),
}
_DATE = "%B %d, %Y"
"""`waba_ban_date`, as in "January 2, 2026"."""


def read(body: bytes) -> list[InboundEvent]:
    """Say what an event means for a sender. Raises ValueError for bytes that `split` did not make."""
    change = json.loads(body)
    field, value, account = str(change.get("field")), change["value"], str(change["account"])
    reader = _READERS.get(field)
    found = reader(value, account) if reader else []
    named = f"{field} {value.get('event', '')}".strip()
    return [*found] or [NothingToDo(f"Meta tells of the business account: {quoted(named)[:_LONGEST_NAME]}")]


def _account_update(value: JsonObject, account: str) -> list[SenderReported]:
    event = _word(value.get("event"))
    match event:
        case "DISABLED_UPDATE":
            return _disabled(_object(value.get("ban_info")), account)
        case "ACCOUNT_RESTRICTION":
            told = value.get("restriction_info")
            every = [_restriction(_object(each), account) for each in (told if isinstance(told, list) else [])]
            return [each for each in every if each is not None]
        case _ if event in _STATES:
            violation = _word(_object(value.get("violation_info")).get("violation_type"))
            return [_of_account(*_STATES[event], f"account_update/{event}", account, text=violation)]
        case _:
            return []


def _disabled(info: JsonObject, account: str) -> list[SenderReported]:
    told = info.get("waba_ban_state")
    # Meta's examples have a word, some captures a list of them
    states = [_word(each) for each in (told if isinstance(told, list) else [told])]
    coming = _date(info.get("waba_ban_date"))
    return [
        _of_account(
            *_BANS[state],
            f"account_update/DISABLED_UPDATE/{state}",
            account,
            until=coming if state == "SCHEDULE_FOR_DISABLE" else None,
        )
        for state in states
        if state in _BANS
    ]


def _restriction(info: JsonObject, account: str) -> SenderReported | None:
    name = _word(info.get("restriction_type"))
    if name not in _RESTRICTIONS:
        return None
    code, until = f"account_update/ACCOUNT_RESTRICTION/{name}", _moment(info.get("expiration"))
    return _of_account(Level.RESTRICTED, _RESTRICTIONS[name], code, account, until, _word(info.get("remediation")))


def _of_account(
    level: Level, detail: str, code: str, account: str, until: datetime | None = None, text: str = ""
) -> SenderReported:
    return SenderReported(level, detail, code, Reach.BUSINESS_ACCOUNT, until, text, account)


def _quality(value: JsonObject, account: str) -> list[SenderReported]:
    event = _word(value.get("event"))
    if event not in _QUALITIES or not value.get(_NUMBER):
        return []
    level, detail = _QUALITIES[event]
    limits = f"{_word(value.get('old_limit'))} {_word(value.get('current_limit'))}".strip()
    return [SenderReported(level, detail, f"quality_update/{event}", text=limits, business_account=account)]


_READERS: Mapping[str, Callable[[JsonObject, str], list[SenderReported]]] = {
    "account_update": _account_update,
    "phone_number_quality_update": _quality,
}


def _object(value: Any) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _word(value: Any) -> str:
    return quoted(value)


def _moment(seconds: Any) -> datetime | None:
    """Seconds since 1970, which Meta writes as a number or as text."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _date(said: Any) -> datetime | None:
    try:
        return datetime.strptime(str(said), _DATE).replace(tzinfo=UTC)
    except ValueError:
        return None


def show(body: bytes) -> str:
    """Return an event as "show raw" shows it: what Meta says, without the ids it says it under."""
    try:
        change = json.loads(body)
    except (ValueError, RecursionError):
        return f"{len(body)} bytes that are no JSON"
    shown = {name: _masked(change[name]) for name in ("field", "value") if name in change}
    return json.dumps(shown, indent=2, ensure_ascii=False)


_SHOWN = frozenset(
    {"event", "ban_info", "waba_ban_state", "waba_ban_date", "restriction_info", "restriction_type", "expiration",
     "violation_info", "violation_type", _NUMBER, "current_limit", "old_limit"}
)  # fmt: skip
"""All that is shown of a change: the rest may hold ids."""


def _masked(value: Any) -> Any:
    match value:
        case dict():
            return {name: _masked(each) for name, each in value.items() if name in _SHOWN}
        case list():
            return [_masked(each) for each in value]
        case _:
            return value
