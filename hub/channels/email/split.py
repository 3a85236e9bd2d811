"""One webhook call to one journal row: whose mail it is and under which key it counts once."""

import hashlib
import re
from typing import Final

from hub.channels.email import mailgun
from hub.channels.email.charset import clean, decode
from hub.channels.email.envelope import Envelope, Form
from hub.channels.email.forms import BadForm, FieldList, read_form
from hub.channels.email.headers import own_message_id, usable_address
from hub.channels.email.mime import top_headers
from hub.channels.email.posted import form_headers
from hub.channels.email.reply_address import ReplyAddresses
from hub.types import ChannelKind, JsonObject, RawEvent, WebhookRequest

KIND: Final = ChannelKind("email")
_MAX_TOKEN = 100
_ROW_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
# every place where the address that a mail was sent to can stand; a reply address in Cc counts as well
DESTINATIONS = (
    "to",
    "cc",
    "delivered-to",
    "x-forwarded-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-rcpt-to",
    "x-delivered-to",
    "resent-to",
)


def split_mime(request: WebhookRequest, addresses: ReplyAddresses) -> list[RawEvent]:
    """Return the mail that a mail server piped in; it belongs to the sender of the intake token."""
    raw = request.body
    headers = top_headers(raw)
    return [
        RawEvent(
            KIND,
            key=own_message_id(headers) or raw_key(raw),
            body=Envelope(Form.MIME).wrap(raw),
            conversation_id=addresses.conversation(headers.all(*DESTINATIONS)),
        )
    ]


def split_mailgun(request: WebhookRequest, addresses: ReplyAddresses) -> list[RawEvent]:
    """Return the mail of a Mailgun route, raw or parsed; one unreadable event when the form carries none."""
    content_type = request.headers.get("content-type", "")
    try:
        form = read_form(request.body, content_type)
    except BadForm as error:
        return [_unreadable(request.body, f"{error}; Mailgun routes post urlencoded or multipart forms")]
    once = decode(form.last("token"), "utf-8")[:_MAX_TOKEN] or None
    if form.has("attachments") and not form.has("body-mime"):
        # a store() route keeps the files at Mailgun and posts links to them
        return [_unreadable(request.body, "the route is a store() route; make it a forward() route", once)]
    return [_mailgun_mail(request.body, content_type, form, addresses, once)]


def split_event(request: WebhookRequest) -> list[RawEvent]:
    """Return a Mailgun event, attributed by the variables that our mail carried."""
    try:
        payload = mailgun.read_event(request.body)
    except BadForm as error:
        return [_unreadable(request.body, str(error))]
    token = clean(mailgun.signature_of(request).token)[:_MAX_TOKEN]
    variables = mailgun.event_variables(mailgun.event_data(payload))
    address, conversation_id = usable_address(str(variables.get("sender", ""))), _row_id(variables, "conversation")
    letter_id = None if address or conversation_id else _row_id(variables, "delivery_id")
    if not address and not conversation_id and not letter_id:
        return [
            _unreadable(request.body, "the event carries no variable of ours: the hub did not send that mail", token)
        ]
    return [
        RawEvent(
            KIND,
            key=token or raw_key(request.body),
            body=Envelope(Form.MAILGUN_EVENT).wrap(request.body),
            address=address or None,
            # mails that no mailbox of the organization sent are found by what they were about
            conversation_id=None if address else conversation_id,
            letter_id=letter_id,
            once=token or None,
        )
    ]


def _row_id(variables: JsonObject, name: str) -> str | None:
    found = variables.get(name)
    return found if isinstance(found, str) and _ROW_ID.fullmatch(found) else None


def raw_key(raw: bytes) -> str:
    """Return the key of a mail without Message-ID: a random one would defeat de-duplication."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _mailgun_mail(
    body: bytes, content_type: str, form: FieldList, addresses: ReplyAddresses, once: str | None
) -> RawEvent:
    recipient = usable_address(form.text("recipient"))
    sender = form.text("sender").strip() if form.has("sender") else ""
    # an empty envelope sender is a bounce's; a missing field says nothing
    envelope_sender = None if form.has("sender") and not sender else sender
    if form.has("body-mime"):
        raw = form.first("body-mime")
        headers, fallback = top_headers(raw), raw_key(raw)
        stored = Envelope(Form.MAILGUN_MIME, envelope_sender, recipient).wrap(raw)
    else:
        headers, fallback = form_headers(form), mailgun.fields_key(form)
        stored = Envelope(Form.MAILGUN_FIELDS, envelope_sender, recipient, content_type).wrap(body)
    conversation_id = addresses.conversation([recipient, *headers.all(*DESTINATIONS)])
    return RawEvent(
        KIND,
        key=own_message_id(headers) or fallback,
        body=stored,
        address=None if conversation_id else recipient,
        conversation_id=conversation_id,
        once=once,
        unreadable=None if conversation_id or recipient else "the form names no recipient",
    )


def _unreadable(body: bytes, why: str, once: str | None = None) -> RawEvent:
    return RawEvent(KIND, key=raw_key(body), body=body, once=once, unreadable=why)
