"""Mailgun's calls: its signature, its forms, its events.

Sources: Mailgun's documentation of receiving by HTTP, securing webhooks and tracking events (facts D1, D2 and 1.1).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hub.channels.email.charset import clean
from hub.channels.email.forms import BadForm, FieldList, read_form
from hub.channels.email.headers import usable_address
from hub.channels.signatures import hex_hmac_sha256
from hub.types import (
    FailureKind,
    Forged,
    InboundEvent,
    JsonObject,
    MessageStatus,
    NothingToDo,
    Person,
    Reach,
    ReachabilityChanged,
    Receipt,
    SendFailure,
    Verdict,
    Verified,
    WebhookRequest,
    WebhookSecret,
)

MAX_AGE = timedelta(hours=12)
"""Mailgun retries a route for 8 hours, perhaps with the first call's timestamp."""
MAX_AHEAD = timedelta(minutes=15)
_TOKEN_LENGTHS = range(20, 101)
_SIGNATURE_LENGTH = 64
_MAX_WORD = 500
_SIGNED = ("timestamp", "token", "signature")

_UNREACHABLE = {"complained": "marked our mail as spam", "unsubscribed": "unsubscribed from our mails"}


@dataclass(frozen=True, slots=True)
class Signature:
    """What Mailgun signs a call with. It does not cover the body: `token` must be honoured once."""

    timestamp: str
    token: str
    signature: str


def signature_of(request: WebhookRequest) -> Signature:
    """Return the three fields. Raises BadForm when the request has no such shape."""
    if request.path.endswith("/events"):
        found = read_event(request.body).get("signature")
        values = found if isinstance(found, dict) else {}
        return Signature(*(str(values.get(name, "")) for name in _SIGNED))
    # user variables can carry the same names; Mailgun's own come last
    form = read_form(request.body, request.headers.get("content-type", ""))
    return Signature(*(form.last(name).decode("latin-1") for name in _SIGNED))


def verify(request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Verdict:
    """Check signature and age of a call."""
    try:
        found = signature_of(request)
    except BadForm as error:
        return Forged(f"no signature: {error}")
    if problem := _shape_problem(found) or _age_problem(found, request.received_at):
        return Forged(problem)
    message = (found.timestamp + found.token).encode()
    for secret in secrets:
        if hex_hmac_sha256(secret.value, message, found.signature):
            return Verified(secret)
    return Forged("the signature was not made with HUB_MAILGUN_SIGNING_KEY")


def fields_key(form: FieldList) -> str:
    """Return the key of a parsed mail without Message-ID: what a retry repeats unchanged."""
    digest = hashlib.sha256()
    for item in form.fields:
        if item.name not in _SIGNED:
            # lengths keep neighbouring fields apart
            digest.update(f"{len(item.name)}:{item.name}{len(item.value)}:".encode("utf-8", "replace") + item.value)
    return f"sha256:{digest.hexdigest()}"


def read_event(body: bytes) -> JsonObject:
    """Return an event call's JSON object. Raises BadForm."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadForm("the body is no JSON") from error
    if not isinstance(found, dict):
        raise BadForm("the body is no JSON object")
    return found


def event_data(payload: JsonObject) -> JsonObject:
    """Return `event-data`, {} when it is missing."""
    found = payload.get("event-data")
    return found if isinstance(found, dict) else {}


def event_variables(data: JsonObject) -> JsonObject:
    """Return the variables that we sent along with the mail."""
    found = data.get("user-variables")
    return found if isinstance(found, dict) else {}


def event_meaning(data: JsonObject) -> InboundEvent:
    """Say what an event means for a mail of ours."""
    name = _word(data.get("event"))
    if name == "accepted":
        return _receipt(data, MessageStatus.SENT, None)
    if name == "delivered":
        return _receipt(data, MessageStatus.DELIVERED, None)
    if name == "failed" and data.get("severity") == "permanent":
        return _receipt(data, MessageStatus.FAILED, _failure(data))
    if name in _UNREACHABLE:
        address = usable_address(_word(data.get("recipient")))
        return _unreachable(address, _UNREACHABLE[name], name)
    return NothingToDo(f"Mailgun event: {name or 'without a name'}")


def _unreachable(address: str, reason: str, code: str) -> InboundEvent:
    if not address:
        return NothingToDo("Mailgun event without the recipient's address")
    return ReachabilityChanged(Person(address), reachable=False, reason=reason, opted_out=True, code=code)


def _shape_problem(found: Signature) -> str | None:
    if not found.timestamp.isascii() or not found.timestamp.isdigit() or len(found.timestamp) > 12:
        return "the timestamp is missing or no number"
    if len(found.token) not in _TOKEN_LENGTHS:
        return "the token is missing or has the wrong length"
    return None if len(found.signature) == _SIGNATURE_LENGTH else "the signature is missing or has the wrong length"


def _age_problem(found: Signature, received_at: datetime) -> str | None:
    try:
        signed_at = datetime.fromtimestamp(int(found.timestamp), UTC)
    except (ValueError, OverflowError, OSError):
        return "the timestamp is out of range"
    if signed_at < received_at - MAX_AGE:
        return "the signature is older than 12 hours"
    return (
        "the signature is from the future; check this machine's clock" if signed_at > received_at + MAX_AHEAD else None
    )


def _receipt(data: JsonObject, status: MessageStatus, failure: SendFailure | None) -> Receipt:
    return Receipt(
        status,
        external_id=_message_id(data),
        delivery_id=_word(event_variables(data).get("delivery_id")) or None,
        failure=failure,
    )


def _failure(data: JsonObject) -> SendFailure:
    status = data.get("delivery-status")
    told: JsonObject = status if isinstance(status, dict) else {}
    return SendFailure(
        FailureKind.RECIPIENT,
        "The mail could not be delivered: the address does not exist or refuses our mails",
        code=clean(str(told.get("code", "")))[:40],
        reach=Reach.RECIPIENT,
        also=(f"failed/permanent/{_word(data.get('reason'))[:40] or 'generic'}",),
    )


def _message_id(data: JsonObject) -> str | None:
    message = data.get("message")
    headers = message.get("headers") if isinstance(message, dict) else None
    found = headers.get("message-id") if isinstance(headers, dict) else None
    return _word(found).strip("<> ") or None


def _word(value: object) -> str:
    return clean(value)[:_MAX_WORD] if isinstance(value, str) else ""
