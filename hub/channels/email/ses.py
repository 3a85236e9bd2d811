"""Amazon SES's notifications: mail that arrived, and what became of mails of ours. They come through SNS.

Sources: Amazon's pages on SES event publishing, notification contents and receiving by SNS (facts D3 and 4.2).
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Any, Final

from hub.channels.email.charset import clean
from hub.channels.email.envelope import Envelope, Form
from hub.channels.email.headers import own_message_id, usable_address
from hub.channels.email.mime import top_headers
from hub.channels.email.reply_address import ReplyAddresses
from hub.channels.email.sns import NOTIFICATION, read_call
from hub.types import (
    ChannelKind,
    FailureKind,
    InboundEvent,
    JsonObject,
    MessageStatus,
    NothingToDo,
    Person,
    RawEvent,
    Reach,
    ReachabilityChanged,
    Receipt,
    SendFailure,
    WebhookRequest,
)

SES_DOMAIN: Final = "amazonses.com"
"""Where we file the ids that SES gives our mails: recipients see them below several of its domains."""
_KIND: Final = ChannelKind("email")
_ID = re.compile(r"[A-Za-z0-9-]{1,100}")
_ROW_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_ANSWER = re.compile(r"^\s*ok\s+([A-Za-z0-9-]{16,100})\s*$", re.IGNORECASE)
_SES_ID = re.compile(r"([A-Za-z0-9-]{16,100})@(?:[a-z0-9-]+\.)*amazonses\.com", re.IGNORECASE)


def filed_id(message_id: str) -> str:
    """Return the form under which a Message-ID is kept: SES shows one id below changing domains (facts 4.1)."""
    found = _SES_ID.fullmatch(message_id)
    return f"{found[1].lower()}@{SES_DOMAIN}" if found else message_id


def given_id(answer: str) -> str | None:
    """Return the id that SES gave a mail, from its answer to the content; None when another relay answered."""
    found = _ANSWER.match(answer)
    return filed_id(f"{found[1]}@{SES_DOMAIN}") if found else None


# --- from a call to journal rows ------------------------------------------------------------------------


def split_ses(request: WebhookRequest, addresses: ReplyAddresses) -> list[RawEvent]:
    """Return what a verified call brought; nothing for those that only concern the subscription."""
    call = read_call(request.body)
    if call is None or call.get("Type") != NOTIFICATION:
        return []
    key = f"sns:{clean(call.get('MessageId'))[:100]}"
    try:
        message = json.loads(call.get("Message"))
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        return [RawEvent(_KIND, key, request.body, unreadable="the message of the call is no notification of SES")]
    if _name(message) == "Received":
        return _arrived(message, key, request.body, addresses)
    return [_about_ours(message, key, request.body)]


def _arrived(message: JsonObject, key: str, body: bytes, addresses: ReplyAddresses) -> list[RawEvent]:
    raw = _content(message)
    if raw is None:
        why = "SES sent no content: let its rule publish the mail to the topic, base64 encoded"
        return [RawEvent(_KIND, key, body, unreadable=why)]
    receipt, sender = _object(message.get("receipt")), _object(message.get("mail")).get("source")
    found = []
    for recipient in dict.fromkeys(_addresses(receipt.get("recipients"))):
        form = Envelope(Form.SES, _envelope_sender(sender), recipient, verdict=_verdict(receipt))
        conversation_id = addresses.conversation([recipient])
        mail_key = own_message_id(top_headers(raw)) or key
        address = None if conversation_id else recipient
        found.append(RawEvent(_KIND, mail_key, form.wrap(raw), address, conversation_id))
    return found or [RawEvent(_KIND, key, body, unreadable="the notification names no recipient")]


def _content(message: JsonObject) -> bytes | None:
    content = message.get("content")
    if not isinstance(content, str):
        return None
    if _object(_object(message.get("receipt")).get("action")).get("encoding") != "BASE64":
        return content.encode("utf-8", "replace")
    try:
        return base64.b64decode(content)
    except (binascii.Error, ValueError):
        return None


def _envelope_sender(source: Any) -> str | None:
    """SES writes the null sender of a bounce as an empty or angled one."""
    text = str(source or "").strip()
    return None if text in {"", "<>"} else text


def _verdict(receipt: JsonObject) -> str:
    """ "pass" when SES found the author's domain proven: DMARC passed, or there is no policy and DKIM passed."""
    dmarc = str(_object(receipt.get("dmarcVerdict")).get("status", "")).upper()
    return "pass" if dmarc == "PASS" else "none"


def _about_ours(message: JsonObject, key: str, body: bytes) -> RawEvent:
    tags = _object(_object(message.get("mail")).get("tags"))
    address, conversation_id = usable_address(_first(tags.get("sender"))), _first(tags.get("conversation")).upper()
    named = bool(address or _ROW_ID.fullmatch(conversation_id))
    letter_id = "" if named else _first(tags.get("delivery_id")).upper()
    if not named and not _ROW_ID.fullmatch(letter_id):
        return RawEvent(_KIND, key, body, unreadable="the event carries no tag of ours: the hub did not send that mail")
    stored = Envelope(Form.SES_EVENT).wrap(json.dumps(message, separators=(",", ":")).encode())
    return RawEvent(
        _KIND, key, stored, address or None, None if address else conversation_id or None, letter_id=letter_id or None
    )


# --- what an event means --------------------------------------------------------------------------------


def event_meaning(message: JsonObject) -> list[InboundEvent]:
    """Say what an event means for a mail of ours."""
    name = _name(message)
    read = _READERS.get(name)
    return (read(message) if read else []) or [NothingToDo(f"SES event: {name or 'without a name'}")]


def _sent(message: JsonObject) -> list[InboundEvent]:
    return [_receipt(message, MessageStatus.SENT)]


def _delivered(message: JsonObject) -> list[InboundEvent]:
    return [_receipt(message, MessageStatus.DELIVERED)]


def _bounced(message: JsonObject) -> list[InboundEvent]:
    bounce = _object(message.get("bounce"))
    if bounce.get("bounceType") != "Permanent":
        return [NothingToDo("a mail of ours is delayed, or its recipient answers automatically")]
    recipients = bounce.get("bouncedRecipients")
    code = _object(recipients[0]).get("status", "") if isinstance(recipients, list) and recipients else ""
    words = "The mail came back: the address does not exist or refuses our mails"
    failure = SendFailure(
        FailureKind.RECIPIENT, words, clean(str(code))[:40], reach=Reach.RECIPIENT, also=("failed/permanent/bounce",)
    )
    return [_receipt(message, MessageStatus.FAILED, failure)]


def _rejected(message: JsonObject) -> list[InboundEvent]:
    failure = SendFailure(FailureKind.CONTENT, "The relay refused the mail's content: it found something harmful in it")
    return [_receipt(message, MessageStatus.FAILED, failure)]


def _complained(message: JsonObject) -> list[InboundEvent]:
    complaint = _object(message.get("complaint"))
    people = _recipients(complaint.get("complainedRecipients")) or _addresses(
        _object(message["mail"]).get("destination")
    )
    return [_gone(address, "marked our mail as spam", "complained") for address in people]


def _subscription(message: JsonObject) -> list[InboundEvent]:
    chosen = _object(_object(message.get("subscription")).get("newTopicPreferences"))
    if chosen.get("unsubscribeAll") is not True:
        return []
    destination = _object(message.get("mail")).get("destination")
    return [_gone(address, "unsubscribed from our mails", "unsubscribed") for address in _addresses(destination)]


def _gone(address: str, reason: str, code: str) -> InboundEvent:
    return ReachabilityChanged(Person(address), reachable=False, reason=reason, opted_out=True, code=code)


def _receipt(message: JsonObject, status: MessageStatus, failure: SendFailure | None = None) -> Receipt:
    mail = _object(message.get("mail"))
    given = clean(str(mail.get("messageId", "")))
    delivery_id = clean(_first(_object(mail.get("tags")).get("delivery_id")))[:64]
    external_id = filed_id(f"{given}@{SES_DOMAIN}") if _ID.fullmatch(given) else None
    # our own id names the mail; SES's is for mails whose tags were lost
    return Receipt(status, None if delivery_id else external_id, delivery_id or None, failure=failure)


_READERS: Final[dict[str, Callable[[JsonObject], list[InboundEvent]]]] = {
    "Send": _sent,
    "Delivery": _delivered,
    "Bounce": _bounced,
    "Reject": _rejected,
    "Complaint": _complained,
    "Subscription": _subscription,
}


def _name(message: JsonObject) -> str:
    """The event's name stands under one key for configuration sets and under another for identities."""
    found = message.get("eventType") or message.get("notificationType")
    return clean(found)[:60] if isinstance(found, str) else ""


def _object(value: Any) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _first(value: Any) -> str:
    return str(value[0]) if isinstance(value, list) and value else ""


def _addresses(value: Any) -> list[str]:
    found = [usable_address(each) for each in value if isinstance(each, str)] if isinstance(value, list) else []
    return [address for address in found if address]


def _recipients(value: Any) -> list[str]:
    return _addresses([_object(each).get("emailAddress") for each in value]) if isinstance(value, list) else []
