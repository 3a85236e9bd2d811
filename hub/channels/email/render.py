"""An outbound message as the bytes of a mail. Each header value is one line: no text can add a header."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.charset import QP, Charset
from email.header import Header
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime
from json import dumps

from hub.channels.email.quoting import SEPARATOR
from hub.errors import UnsupportedContent
from hub.types import OutboundMessage, Sender

TEXT_LIMIT = 100_000
_MAX_REFERENCES = 20
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,64}@[A-Za-z0-9.-]{1,253}")
_ID = re.compile(r"[!-;=?-~]{1,250}")
_OUR_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_ANSWER = ("re:", "aw:", "antwort:")
# room for the name of the header before the first encoded word, which may have 75 characters
_FOLD_AT = 66
# encoded words are folded by themselves; a Message-ID is never torn from its header's name
_POLICY = compat32.clone(linesep="\r\n", max_line_length=400)
_CHARSET = Charset("utf-8")
_CHARSET.body_encoding = QP


@dataclass(frozen=True, slots=True)
class OwnMail:
    """How the hub's own mails are recognised: their From address and the domain of their Message-IDs."""

    address: str
    domain: str

    def message_id(self, delivery_id: str) -> str:
        """Return the Message-ID of a delivery, without angle brackets."""
        return f"{delivery_id}@{self.domain}"

    def root_id(self, conversation_id: str) -> str:
        """Return the id that every mail of a conversation refers to, so that they thread on whichever relay."""
        return f"conversation.{conversation_id}@{self.domain}"

    def delivery_of(self, message_id: str | None) -> str | None:
        """Return the delivery id in a Message-ID of ours, None when it is somebody else's."""
        local, _, domain = (message_id or "").rpartition("@")
        found = self.domain and domain.lower() == self.domain and _OUR_ID.fullmatch(local.upper())
        return local.upper() if found else None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail ready to go: envelope recipient, Message-ID without brackets, bytes with CRLF lines."""

    recipient: str
    message_id: str
    data: bytes


def render(message: OutboundMessage, sender: Sender, own: OwnMail, reply_to: str, now: datetime) -> Rendered:
    """Return the mail. Raises UnsupportedContent when a mail cannot say it or cannot go there."""
    if not message.text.strip():
        raise UnsupportedContent("A mail needs a text")
    if len(message.text) > TEXT_LIMIT:
        raise UnsupportedContent(f"The text is longer than {TEXT_LIMIT:,} characters; shorten it")
    recipient = _mailbox(message.recipient.address)
    mail = MIMEText(_body(message.text), "plain", _CHARSET)  # type: ignore[arg-type]
    headers = _headers(message, sender, own, reply_to)
    headers |= {"To": _named(message.recipient.name, recipient), "Date": format_datetime(now)}
    for name, value in headers.items():
        mail[name] = value.encode() if isinstance(value, Header) else _one_line(value)
    return Rendered(recipient, own.message_id(message.delivery_id), mail.as_bytes(policy=_POLICY))


def _headers(message: OutboundMessage, sender: Sender, own: OwnMail, reply_to: str) -> dict[str, str | Header]:
    answered, references = _thread(message, own)
    headers: dict[str, str | Header] = {
        "From": _named(message.author_name or sender.name, own.address),
        "Reply-To": reply_to,
        "Subject": _words(_subject(message.topic)),
        "Message-ID": f"<{own.message_id(message.delivery_id)}>",
        "In-Reply-To": answered,
        "References": references,
        "X-Mailgun-Variables": dumps({"delivery_id": message.delivery_id, "sender": sender.address}),
        # relays must not rewrite links in a person's answer
        "X-Mailgun-Track": "no",
    }
    return {name: value for name, value in headers.items() if value}


def _thread(message: OutboundMessage, own: OwnMail) -> tuple[str, str]:
    """Return In-Reply-To and References: the root first, then the newest ids, oldest of them first."""
    root = own.root_id(message.conversation_id)
    known = [text for text in message.thread_external_ids if _ID.fullmatch(text) and "@" in text]
    wanted = message.reply_to_external_id
    answered = wanted if wanted and _ID.fullmatch(wanted) and "@" in wanted else (known[0] if known else root)
    chain = [root, *reversed(known[: _MAX_REFERENCES - 2]), answered]
    ordered = [text for at, text in enumerate(chain) if text not in chain[at + 1 :]]
    return f"<{answered}>", " ".join(f"<{text}>" for text in ordered)


def _subject(topic: str | None) -> str:
    words = _one_line(topic or "").strip()[:300]
    if not words:
        return "Your message"
    return words if words.lower().startswith(_ANSWER) else f"Re: {words}"


def _body(text: str) -> str:
    lines = _CONTROL_IN_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return f"{SEPARATOR}\n\n{lines.rstrip()}\n"


def _named(name: str, address: str) -> Header | str:
    words = _one_line(name).replace('"', "'").replace("\\", "/").strip()[:100]
    if not words:
        return address
    if words.isascii():
        return f'"{words}" <{address}>'
    header = _words(words)
    header.append(f"<{address}>", "us-ascii")
    return header


def _words(text: str) -> Header:
    # an encoded word inside what a customer wrote stays what it looks like
    return Header(text, "us-ascii" if text.isascii() and "=?" not in text else "utf-8", maxlinelen=_FOLD_AT)


def _mailbox(address: str) -> str:
    local, _, domain = address.rpartition("@")
    try:
        found = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        found = ""
    if not found.isascii() or not _ADDRESS.fullmatch(found):
        raise UnsupportedContent("The customer's mail address is not one that mail can be sent to")
    return found


def _one_line(text: str) -> str:
    return _CONTROL.sub(" ", text)
