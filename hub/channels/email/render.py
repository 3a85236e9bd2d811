"""An outbound message as the bytes of a mail. Each header value is one line: no text can add a header."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.charset import QP, Charset
from email.encoders import encode_base64
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime
from json import dumps
from typing import Final

from hub.channels.email.stripping import SEPARATORS
from hub.errors import UnsupportedContent
from hub.types import Media, OutboundFile, OutboundMessage, Sender

TEXT_LIMIT = 100_000
_MAX_REFERENCES = 20
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,64}@[A-Za-z0-9.-]{1,253}")
_ID = re.compile(r"[!-;=?-~]{1,250}")
_TAG = re.compile(r"[A-Za-z0-9_.@-]{1,256}")
_OUR_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
# whoever answers may read either; recognised in any language
_SEPARATOR: Final = " / ".join(SEPARATORS[language] for language in ("en", "de"))
# RFC 3834; the second keeps Exchange from answering
_AUTOMATIC: Final = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
_ANSWER = ("re:", "aw:", "antwort:")
# room for the name of the header before the first encoded word, which may have 75 characters
_FOLD_AT = 66
# encoded words are folded by themselves; a Message-ID is never torn from its header's name
_POLICY = compat32.clone(linesep="\r\n", max_line_length=400)
_CHARSET = Charset("utf-8")
_CHARSET.body_encoding = QP


@dataclass(frozen=True, slots=True)
class OwnMail:
    """How the hub's own mails are recognised: their From address and the domain of their Message-IDs.

    `configuration_set`: that of SES which publishes what becomes of them.
    """

    address: str
    domain: str
    configuration_set: str = ""

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
    if not message.text.strip() and not message.files:
        raise UnsupportedContent("A mail needs a text or a file")
    if len(message.text) > TEXT_LIMIT:
        raise UnsupportedContent(f"The text is longer than {TEXT_LIMIT:,} characters; shorten it")
    recipient = _mailbox(message.recipient.address)
    mail = _content(message)
    headers = _headers(message, sender, own, reply_to)
    headers |= {"To": _named(message.recipient.name, recipient), "Date": format_datetime(now)}
    for name, value in headers.items():
        mail[name] = value.encode() if isinstance(value, Header) else _one_line(value)
    return Rendered(recipient, own.message_id(message.delivery_id), mail.as_bytes(policy=_POLICY))


def _content(message: OutboundMessage) -> MIMEBase:
    # what is written above the line would lead nowhere
    words = _body(message.text, separated=message.answerable)
    text = MIMEText(words, "plain", _CHARSET)  # type: ignore[arg-type]
    files = [message.files[part.source] for part in message.parts if isinstance(part, Media)]
    if not files:
        return text
    whole = MIMEMultipart("mixed")
    whole.attach(text)
    for file in files:
        whole.attach(_attached(file))
    return whole


def _attached(file: OutboundFile) -> MIMEBase:
    main, _, sub = file.content_type.partition("/")
    # a mail inside a mail must not be base64 (RFC 2046 5.2.1)
    if not sub or main in {"message", "multipart"}:
        main, sub = "application", "octet-stream"
    made = MIMEBase(main, sub)
    made.set_payload(file.body)
    encode_base64(made)
    name = _one_line(file.name).strip()[:150] or "file"
    made.add_header("Content-Disposition", "attachment", filename=name if name.isascii() else ("utf-8", "", name))
    return made


def _unsubscription(link: str) -> dict[str, str]:
    """RFC 8058: one click, answered by a POST without cookies."""
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _headers(message: OutboundMessage, sender: Sender, own: OwnMail, reply_to: str) -> dict[str, str | Header]:
    answered, references = _thread(message, own)
    headers: dict[str, str | Header] = {
        # under the organization's own address only when it has shown that it reads mail there
        "From": _named(message.author_name or sender.name, sender.address if sender.proven else own.address),
        "Reply-To": reply_to,
        "Subject": _words(_subject(message)),
        "Message-ID": f"<{own.message_id(message.delivery_id)}>",
        "In-Reply-To": answered,
        "References": references,
        "X-Mailgun-Variables": dumps(
            {"delivery_id": message.delivery_id, "sender": sender.address, "conversation": message.conversation_id}
        ),
        "X-SES-CONFIGURATION-SET": own.configuration_set,
        "X-SES-MESSAGE-TAGS": _tags(message, sender),
        **(_AUTOMATIC if message.automatic else {}),
        **(_unsubscription(message.unsubscribe) if message.unsubscribe else {}),
        # relays must not rewrite links in a person's answer
        "X-Mailgun-Track": "no",
    }
    return {name: value for name, value in headers.items() if value}


def _tags(message: OutboundMessage, sender: Sender) -> str:
    """Return what SES brings back with its events; its tags take no other characters (facts 4.2)."""
    tags = {"delivery_id": message.delivery_id, "conversation": message.conversation_id, "sender": sender.address}
    return ", ".join(f"{name}={value}" for name, value in tags.items() if _TAG.fullmatch(value))


def _thread(message: OutboundMessage, own: OwnMail) -> tuple[str, str]:
    """Return In-Reply-To and References: the root first, then the newest ids, oldest of them first."""
    if not message.answerable:
        return "", ""
    root = own.root_id(message.conversation_id)
    known = [text for text in message.thread_external_ids if _ID.fullmatch(text) and "@" in text]
    wanted = message.reply_to_external_id
    answered = wanted if wanted and _ID.fullmatch(wanted) and "@" in wanted else (known[0] if known else root)
    chain = [root, *reversed(known[: _MAX_REFERENCES - 2]), answered]
    ordered = [text for at, text in enumerate(chain) if text not in chain[at + 1 :]]
    return f"<{answered}>", " ".join(f"<{text}>" for text in ordered)


def _subject(message: OutboundMessage) -> str:
    words = _one_line(message.topic or "").strip()[:300]
    if not words:
        return "Your message"
    return words if message.automatic or words.lower().startswith(_ANSWER) else f"Re: {words}"


def _body(text: str, *, separated: bool) -> str:
    lines = _CONTROL_IN_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).rstrip()
    return f"{_SEPARATOR}\n\n{lines}\n" if separated else f"{lines}\n"


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
