"""Meta's webhook calls: signature, the check of the URL, and cutting a batch into its events."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hub.channels.doors import Answer
from hub.channels.meta import business
from hub.channels.signatures import hex_hmac_sha256
from hub.crypto import same
from hub.types import ChannelKind, Forged, JsonObject, RawEvent, Verdict, Verified, WebhookRequest, WebhookSecret

KIND = ChannelKind("facebook")
SIGNATURE_HEADER = "x-hub-signature-256"
_SCHEME = "sha256="
_OBJECT = "page"
STANDBY = "standby"
"""The list of an entry for what another app answers now (providers.md B1)."""
_LISTS = ("messaging", STANDBY, "changes")
"""The lists of an entry that hold events."""

# what a journal key or a page id may look like; anything else is keyed by its hash
_PLAIN = re.compile(r"[\x21-\x7e]{1,200}")


def verify(request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Verdict:
    """Check the HMAC-SHA256 of the raw bytes with the app secret; Meta escapes non-ASCII before it signs."""
    given = request.headers.get(SIGNATURE_HEADER, "")
    if not given.startswith(_SCHEME):
        return Forged(f"header {SIGNATURE_HEADER} is missing or no sha256 signature")
    for secret in secrets:
        if hex_hmac_sha256(secret.value, request.body, given.removeprefix(_SCHEME)):
            return Verified(secret)
    return Forged(f"header {SIGNATURE_HEADER} was not made with HUB_FACEBOOK_APP_SECRET")


def answer_challenge(request: WebhookRequest, verify_token: str) -> Answer | None:
    """Answer Meta's check of the URL with the bare challenge; 403 when the token is another one."""
    if request.method != "GET":
        return None
    genuine = same(request.query.get("hub.verify_token", ""), verify_token)
    if request.query.get("hub.mode") != "subscribe" or not genuine:
        return Answer(403, b"verify token does not match HUB_FACEBOOK_VERIFY_TOKEN")
    return Answer(200, request.query.get("hub.challenge", "").encode())


def split(body: bytes) -> list[RawEvent]:
    """Return one event per item of every entry."""
    try:
        return _events(json.loads(body), body)
    except (ValueError, RecursionError):
        return [_unreadable(body, "the body is no JSON")]


def _events(envelope: Any, body: bytes) -> list[RawEvent]:
    if isinstance(envelope, dict) and envelope.get("object") == business.OBJECT:
        # Meta has one webhook for an app: what it says of business accounts is for senders of another kind
        return list(business.split(envelope))
    if not isinstance(envelope, dict) or envelope.get("object") != _OBJECT:
        return [_unreadable(body, "the body is no notification about a page")]
    entries = envelope.get("entry")
    if not isinstance(entries, list) or not entries:
        return [_unreadable(body, "the notification has no entries")]
    digest = hashlib.sha256(body).hexdigest()
    return [event for entry in entries for event in _of_entry(entry, digest)]


def _of_entry(entry: Any, digest: str) -> Iterator[RawEvent]:
    page = plain_id(entry.get("id")) if isinstance(entry, dict) else None
    if page is None:
        yield _unreadable(_canonical(entry), "the entry names no page")
        return
    items = [(name, item) for name in _LISTS for item in _as_list(entry.get(name))]
    # an entry of a kind we do not know is kept as one event of its page
    for name, item in items or [("", entry)]:
        about = {"item": item, "entry_time": entry.get("time"), "envelope_sha256": digest}
        yield _of_item(item, {**about, "list": name} if name == STANDBY else about, page)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _of_item(item: Any, about: JsonObject, page: str) -> RawEvent:
    body = _canonical(about)
    if not isinstance(item, dict):
        return RawEvent(KIND, _hash_key(item), body, page, unreadable="the item is no JSON object")
    return RawEvent(KIND, _key(item) or _hash_key(item), body, page)


def _canonical(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # surrogatepass: JSON may hold lone surrogates, and json.loads reads them back the same way
    return text.encode("utf-8", "surrogatepass")


def _unreadable(body: bytes, why: str) -> RawEvent:
    return RawEvent(KIND, f"sha256:{hashlib.sha256(body).hexdigest()}", body, unreadable=why)


# --- the provider's identity of an item (house decision 4) ----------------------------------------------


def _hash_key(item: Any) -> str:
    return f"sha256:{hashlib.sha256(_canonical(item)).hexdigest()}"


def _key(item: JsonObject) -> str | None:
    for name, key in _KEYS.items():
        content = item.get(name)
        if isinstance(content, dict):
            return key(item, content)
    return None


def _message_key(_item: JsonObject, message: JsonObject) -> str | None:
    if message.get("is_deleted"):
        # it repeats the mid of the message it takes back
        return _joined("deleted", message.get("mid"))
    return _joined("m", message.get("mid"))


def _edit_key(_item: JsonObject, edit: JsonObject) -> str | None:
    return _joined("edit", edit.get("mid"), edit.get("num_edit"))


def _reaction_key(item: JsonObject, reaction: JsonObject) -> str | None:
    return _joined("reaction", reaction.get("mid"), _sender_id(item), item.get("timestamp"))


def _postback_key(_item: JsonObject, postback: JsonObject) -> str | None:
    return plain_id(postback.get("mid"))


def _delivery_key(item: JsonObject, delivery: JsonObject) -> str | None:
    return _joined("delivery", _sender_id(item), delivery.get("watermark"))


def _read_key(item: JsonObject, read: JsonObject) -> str | None:
    return _joined("read", _sender_id(item), read.get("watermark"))


_KEYS: dict[str, Callable[[JsonObject, JsonObject], str | None]] = {
    "message": _message_key,
    "message_edit": _edit_key,
    "reaction": _reaction_key,
    "postback": _postback_key,
    "delivery": _delivery_key,
    "read": _read_key,
}


def _sender_id(item: JsonObject) -> Any:
    sender = item.get("sender")
    return sender.get("id") if isinstance(sender, dict) else None


def _joined(name: str, *values: Any) -> str | None:
    plain = [plain_id(value) for value in values]
    found = [value for value in plain if value is not None]
    return ":".join((name, *found)) if len(found) == len(plain) else None


def plain_id(value: Any) -> str | None:
    """Return an id of Meta's (a page, a person, a message) as text; None for what cannot be one, or be stored."""
    if type(value) is int:
        value = str(value)
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else None
