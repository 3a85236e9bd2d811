"""Mail into the hub, as Mailgun's routes post it or as a mail server pipes it; and Mailgun's events."""

import json
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime
from secrets import token_hex
from time import time
from urllib.parse import urlsplit

from hub.sandbox import seeds
from hub.sandbox.signing import mailgun_signature
from hub.sandbox.threads import Bubble, new_bubble
from hub.sandbox.webhook import Webhook, webhook_id
from hub.sandbox.world import JsonObject, World

_FIRST_SUBJECT = "A question about my order"
_RELAY_VERDICTS = (
    ("X-Mailgun-Incoming", "Yes"),
    ("X-Mailgun-Sflag", "No"),
    ("X-Mailgun-Spf", "Pass"),
    ("X-Mailgun-Dkim-Check-Result", "Pass"),
)


def customer_writes(world: World, address: str, mailbox: str, text: str, subject: str) -> str:
    """A customer writes a mail. Returns its Message-ID without angle brackets.

    To the mailbox a mail came from, or to its reply address, it becomes an answer: threaded, with the old text quoted.
    """
    answered = _answered(world, address, mailbox)
    message_id = f"{world.next_id('mail')}.{token_hex(6)}@customers.example"
    mail = _compose(world, address, mailbox, subject, message_id, answered)
    mail.set_content(text + _quoted(answered), cte="8bit")
    bubble = new_bubble("email", address, mailbox, "customer", text, message_id)
    bubble.extra = {"subject": str(mail["Subject"])}
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


def _quoted(answered: Bubble | None) -> str:
    if answered is None:
        return ""
    when = localtime().strftime("%d %B %Y at %H:%M")
    lines = "\n".join(f"> {line}" for line in answered.text.splitlines())
    return f"\n\nOn {when}, {answered.endpoint} wrote:\n{lines}\n"


# --- how it reaches the hub -----------------------------------------------------------------------------


def _stamp() -> dict[str, str]:
    timestamp, token = str(int(time())), token_hex(25)
    signature = mailgun_signature(seeds.MAILGUN_SIGNING_KEY, timestamp, token)
    return {"timestamp": timestamp, "token": token, "signature": signature}


def _route_webhook(url: str, mail: EmailMessage, address: str, mailbox: str, stripped: str) -> Webhook:
    """Mailgun posts parsed fields, and the raw mail instead to URLs that end in `mime`."""
    fields = {"recipient": mailbox, "sender": address, "from": str(mail["From"]), "subject": str(mail["Subject"])}
    fields["message-headers"] = json.dumps([[name, str(value)] for name, value in mail.items()])
    if urlsplit(url).path.endswith("mime"):
        fields["body-mime"] = mail.as_bytes().decode()
    else:
        fields |= {name: str(value) for name, value in mail.items()}
        fields |= {"body-plain": mail.get_content(), "stripped-text": stripped, "stripped-signature": ""}
    boundary = token_hex(16)
    body = _multipart(boundary, list((fields | _stamp()).items()))
    content_type = f"multipart/form-data; boundary={boundary}"
    return _webhook(url, body, content_type, "mailgun-route", str(mail["Message-ID"]), address)


def _multipart(boundary: str, fields: Sequence[tuple[str, str]]) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
    ]
    return "".join([*parts, f"--{boundary}--\r\n"]).encode()


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


def delivered_event(world: World, bubble: Bubble) -> Webhook | None:
    """Return Mailgun's word that a mail of the hub was delivered; None when no events URL is set."""
    if not world.settings.mail_events_url:
        return None
    extra = bubble.extra or {}
    headers = {"message-id": extra.get("message_id", ""), "to": bubble.address, "from": bubble.endpoint}
    data: JsonObject = {
        "event": "delivered",
        "id": token_hex(11),
        "timestamp": time(),
        "log-level": "info",
        "recipient": bubble.address,
        "recipient-domain": bubble.address.rpartition("@")[2],
        "message": {"headers": headers | {"subject": extra.get("subject", "")}, "attachments": []},
        "delivery-status": {"code": 250, "message": "OK", "description": "", "attempt-no": 1},
        "user-variables": json.loads(extra.get("variables") or "{}"),
        "tags": [],
        "flags": {"is-test-mode": False},
    }
    body = json.dumps({"signature": _stamp(), "event-data": data}).encode()
    url, message_id = world.settings.mail_events_url, extra.get("message_id", "")
    webhook = _webhook(url, body, "application/json", "mailgun-event", message_id, bubble.address)
    webhook.what, webhook.lane = "receipt", f"mailgun:{bubble.id}"
    return webhook
