"""Mail into the hub, as Mailgun's routes post it or as a mail server pipes it; and Mailgun's events."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime
from html import escape
from secrets import token_hex
from time import time
from urllib.parse import urlsplit

from hub.sandbox import seeds
from hub.sandbox.files import StoredFile
from hub.sandbox.signing import mailgun_signature
from hub.sandbox.threads import Bubble, new_bubble
from hub.sandbox.webhook import Webhook, webhook_id
from hub.sandbox.world import JsonObject, World
from hub.sandbox.written import Written

_FIRST_SUBJECT = "A question about my order"
_OF_EVENT: dict[str, JsonObject] = {
    "accepted": {"method": "smtp"},
    "delivered": {"delivery-status": {"code": 250, "message": "OK", "description": "", "attempt-no": 1}},
}
_RELAY_VERDICTS = (
    ("X-Mailgun-Incoming", "Yes"),
    ("X-Mailgun-Sflag", "No"),
    ("X-Mailgun-Spf", "Pass"),
    ("X-Mailgun-Dkim-Check-Result", "Pass"),
)


def customer_writes(world: World, written: Written) -> str:
    """A customer writes a mail. Returns its Message-ID without angle brackets.

    To the mailbox a mail came from, or to its reply address, it becomes an answer: threaded, with the old text quoted,
    as plain text and as HTML.
    """
    address, mailbox, text = written.address, written.to, written.text
    answered = _answered(world, address, mailbox)
    message_id = f"{world.next_id('mail')}.{token_hex(6)}@customers.example"
    mail = _compose(world, address, mailbox, written.subject, message_id, answered)
    _fill(mail, text, answered, written.media)
    bubble = new_bubble("email", address, mailbox, "customer", text, message_id)
    bubble.extra, bubble.parts = {"subject": str(mail["Subject"])}, written.parts
    world.threads.add(bubble)
    settings = world.settings
    if settings.mail_inbound_url:
        world.queue.put(_route_webhook(settings.mail_inbound_url, mail, address, mailbox, text))
    elif settings.mail_raw_url:
        world.queue.put(_piped_webhook(world, mail, mailbox))
    return message_id


def reply_address(world: World, address: str) -> str:
    """Return where a customer's answer goes: the newest mail's reply address, else the seed mailbox."""
    last = world.threads.last_from_hub("email", address)
    return last.extra.get("reply_to", seeds.MAILBOX) if last and last.extra else seeds.MAILBOX


def _answered(world: World, address: str, mailbox: str) -> Bubble | None:
    last = world.threads.last_from_hub("email", address)
    if last and last.extra and mailbox in {last.extra.get("reply_to"), last.endpoint}:
        return last
    return None


def _compose(
    world: World, address: str, mailbox: str, subject: str, message_id: str, answered: Bubble | None
) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    name, _, domain = address.rpartition("@")
    mail["From"] = Address(world.people.name("email", address), name, domain)
    mail["To"] = mailbox
    mail["Date"] = format_datetime(localtime())
    mail["Message-ID"] = f"<{message_id}>"
    old = (answered.extra or {}) if answered else {}
    mail["Subject"] = subject or _answer_subject(old.get("subject", "")) or _FIRST_SUBJECT
    if old.get("message_id"):
        mail["In-Reply-To"] = f"<{old['message_id']}>"
        mail["References"] = f"{old.get('references', '')} <{old['message_id']}>".strip()
    for header, value in _RELAY_VERDICTS:
        mail[header] = value
    # Mailgun vouches for the signer's domain by its verdict above; the signature itself is not a real one
    mail["DKIM-Signature"] = (
        f"v=1; a=rsa-sha256; d={domain}; s=sandbox; h=from:to:subject; bh={token_hex(8)}; b={token_hex(8)}"
    )
    return mail


def _answer_subject(subject: str) -> str:
    return subject if not subject or subject.lower().startswith("re:") else f"Re: {subject}"


def _fill(mail: EmailMessage, text: str, answered: Bubble | None, files: Sequence[StoredFile]) -> None:
    """Put text, quoted history and attachments into a mail."""
    mail.set_content(text + _quoted(answered), cte="8bit")
    if answered:
        mail.add_alternative(_html(text, answered), subtype="html")
    for file in files:
        main, _, sub = file.content_type.partition("/")
        mail.add_attachment(file.body, main, sub or "octet-stream", filename=file.name)


def _said(answered: Bubble) -> str:
    return f"On {localtime().strftime('%d %B %Y at %H:%M')}, {answered.endpoint} wrote:"


def _quoted(answered: Bubble | None) -> str:
    if answered is None:
        return ""
    lines = "\n".join(f"> {line}" for line in answered.text.splitlines())
    return f"\n\n{_said(answered)}\n{lines}\n"


def _html(text: str, answered: Bubble) -> str:
    """Return an answer as mail programs of the web write it: the history is a blockquote of a class of its own."""
    own, old = (escape(each).replace("\n", "<br>\n") for each in (text, answered.text))
    return (
        f'<div dir="ltr">{own}</div><br>\n<div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        f"{escape(_said(answered))}<br></div>\n"
        f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;padding-left:1ex">{old}</blockquote></div>\n'
    )


# --- how it reaches the hub -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Field:
    """One field of a posted form; a file has a name and a content type."""

    name: str
    value: bytes
    file_name: str = ""
    content_type: str = ""

    def as_bytes(self, boundary: str) -> bytes:
        named = f'; filename="{self.file_name}"\r\nContent-Type: {self.content_type}' if self.file_name else ""
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{self.name}"{named}\r\n\r\n'
        return head.encode() + self.value + b"\r\n"


def _stamp() -> dict[str, str]:
    timestamp, token = str(int(time())), token_hex(25)
    signature = mailgun_signature(seeds.MAILGUN_SIGNING_KEY, timestamp, token)
    return {"timestamp": timestamp, "token": token, "signature": signature}


def _route_webhook(url: str, mail: EmailMessage, address: str, mailbox: str, stripped: str) -> Webhook:
    """Mailgun posts parsed fields, and the raw mail instead to URLs that end in `mime`."""
    fields = {"recipient": mailbox, "sender": address, "from": str(mail["From"]), "subject": str(mail["Subject"])}
    fields["message-headers"] = json.dumps([[name, str(value)] for name, value in mail.items()])
    files: list[_Field] = []
    if urlsplit(url).path.endswith("mime"):
        fields["body-mime"] = mail.as_bytes().decode()
    else:
        fields |= {name: str(value) for name, value in mail.items()}
        fields |= _texts(mail) | {"stripped-text": stripped, "stripped-signature": ""}
        files = _attachments(mail)
    boundary = token_hex(16)
    named = [_Field(name, value.encode()) for name, value in (fields | _stamp()).items()]
    body = b"".join(field.as_bytes(boundary) for field in (*named, *files)) + f"--{boundary}--\r\n".encode()
    content_type = f"multipart/form-data; boundary={boundary}"
    return _webhook(url, body, content_type, "mailgun-route", str(mail["Message-ID"]), address)


def _texts(mail: EmailMessage) -> dict[str, str]:
    found = {name: mail.get_body((name,)) for name in ("plain", "html")}
    return {f"body-{name}": str(part.get_content()) for name, part in found.items() if part}


def _attachments(mail: EmailMessage) -> list[_Field]:
    found = []
    for place, part in enumerate(mail.iter_attachments(), 1):
        body, file_name = part.get_payload(decode=True), part.get_filename() or f"file-{place}"
        content = body if isinstance(body, bytes) else b""
        found.append(_Field(f"attachment-{place}", content, file_name, part.get_content_type()))
    return found


def _piped_webhook(world: World, mail: EmailMessage, mailbox: str) -> Webhook:
    """A mail server hands over the bytes as they came, with the envelope's recipient in a header of its own."""
    mail["Delivered-To"] = mailbox
    settings, address = world.settings, str(mail["From"])
    webhook = _webhook(
        settings.mail_raw_url, mail.as_bytes(), "message/rfc822", "mail-server", str(mail["Message-ID"]), address
    )
    webhook.headers["Authorization"] = f"Bearer {settings.mail_intake_token}"
    return webhook


def _webhook(url: str, body: bytes, content_type: str, rule: str, message_id: str, address: str) -> Webhook:
    return Webhook(
        id=webhook_id(),
        channel="email",
        what="message",
        rule=rule,
        lane=f"email:{address}",
        target=url,
        body=body.decode("latin-1"),
        content_type=content_type,
        created=time(),
        due=0.0,
        message_id=message_id.strip("<>"),
    )


def event(world: World, bubble: Bubble, name: str) -> Webhook | None:
    """Return Mailgun's word that a mail of the hub was accepted or delivered; None when no events URL is set."""
    if not world.settings.mail_events_url:
        return None
    extra = bubble.extra or {}
    data = _event_data(bubble, extra, name) | _OF_EVENT[name]
    body = json.dumps({"signature": _stamp(), "event-data": data}).encode()
    url, message_id = world.settings.mail_events_url, extra.get("message_id", "")
    webhook = _webhook(url, body, "application/json", "mailgun-event", message_id, bubble.address)
    webhook.what, webhook.lane = "receipt", f"mailgun:{bubble.id}"
    return webhook


def _event_data(bubble: Bubble, extra: JsonObject, name: str) -> JsonObject:
    headers = {"message-id": extra.get("message_id", ""), "to": bubble.address, "from": bubble.endpoint}
    return {
        "event": name,
        "id": token_hex(11),
        "timestamp": time(),
        "log-level": "info",
        "recipient": bubble.address,
        "recipient-domain": bubble.address.rpartition("@")[2],
        "message": {"headers": headers | {"subject": extra.get("subject", "")}, "attachments": []},
        "user-variables": json.loads(extra.get("variables") or "{}"),
        "tags": [],
        "flags": {"is-test-mode": False},
    }
