"""One webhook call of Twilio is one event: which sender it is for, under which key, which bytes."""

import hashlib
import re
from urllib.parse import urlencode

from hub.channels.twilio.form import Form, place, read
from hub.types import RawEvent, WebhookRequest

MESSAGES_PATH = "/webhooks/twilio/messages"
STATUS_PATH = "/webhooks/twilio/status"
DELIVERY_PARAMETER = "delivery"
"""Query parameter of our status callback URLs: the delivery that Twilio reports on."""
DELIVERY_FIELD = "HubDelivery"
"""The same, kept among the fields of the stored body: the journal has no query."""

_ADDRESS = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
_DELIVERY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SHAPES = {
    "MessageSid": re.compile(r"[A-Za-z0-9]{1,64}"),
    "MessageStatus": re.compile(r"[a-z_]{1,32}"),
    "From": _ADDRESS,
    "To": _ADDRESS,
}
_LONGEST_CODE = 32


def split(request: WebhookRequest) -> list[RawEvent]:
    """Return the request's event; what cannot be understood is an unreadable one. Never raises."""
    form = read(request.body)
    # a status posted to the messages URL, or the other way round, is still what its words say it is
    about_ours = form.is_status or (request.path == STATUS_PATH and not form.status)
    ours = form.fields.get("From" if about_ours else "To", "")
    kind, address = place(ours if _ADDRESS.fullmatch(ours) else "")
    problem = _problem(form, about_ours)
    if problem:
        # not under the MessageSid: recovery shall be able to bring the message whole
        key = "sha256:" + hashlib.sha256(request.body).hexdigest()
        return [RawEvent(kind, key, request.body, address or None, unreadable=problem)]
    key = status_key(form) if about_ours else form.message_sid
    return [RawEvent(kind, key, _with_delivery(request, about_ours), address, about_ours=about_ours)]


def status_key(form: Form) -> str:
    """Return the identity of a status callback (house decision 4)."""
    return f"{form.message_sid}:{form.status}:{form.fields.get('ErrorCode', '')[:_LONGEST_CODE]}"


def _problem(form: Form, about_ours: bool) -> str | None:
    if form.broken:
        return f"the field {form.broken[0]} is not UTF-8"
    needed = {"MessageSid": form.message_sid, "From": form.fields.get("From", "")}
    needed |= {"MessageStatus": form.status} if about_ours else {"To": form.fields.get("To", "")}
    wrong = [name for name, value in needed.items() if not _SHAPES[name].fullmatch(value)]
    return f"the field {wrong[0]} is missing or malformed" if wrong else None


def _with_delivery(request: WebhookRequest, about_ours: bool) -> bytes:
    delivery = request.query.get(DELIVERY_PARAMETER, "")
    if not about_ours or not _DELIVERY.fullmatch(delivery):
        return request.body
    return request.body + b"&" + urlencode({DELIVERY_FIELD: delivery}).encode()
