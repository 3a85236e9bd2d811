"""Reports about mails of ours: bounces (RFC 3464, and the free texts of older servers) and complaints (RFC 5965).

A report counts only when it gives back a Message-ID of ours: that is random, so only who got the mail can name it.
Addresses in a report are never looked up by themselves; anybody can write anybody's.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hub.channels.email.charset import clean
from hub.channels.email.content import text_of_part
from hub.channels.email.headers import (
    Headers,
    mailbox,
    message_ids,
    own_message_id,
    read_headers,
    subject,
)
from hub.channels.email.mime import Entity, top_headers

_STATUS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_FEEDBACK: Final = "message/feedback-report"
_QUOTED_MAILS: Final = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"})
_READABLE: Final = frozenset({"text/plain", "text/html"})
_MAX_REPORT: Final = 64 << 10
_MAX_TEXT: Final = 128 << 10
_ID = re.compile(r"(?<![0-9A-Za-z.])([0-9A-Za-z]{26}@[0-9A-Za-z.-]{1,253})")
_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?=[ -])")
# a text that tells of a failure without a code says so in its subject
_WAITING: Final = ("delayed", "delay)", "warning:", "verzögert", "noch nicht zugestellt", "will be retried", "retrying")
_COMPLAINTS: Final = frozenset({"abuse", "fraud", "virus", "other", "opt-out", "opt-out-list"})


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery report.

    action        "failed", "delayed", "delivered", "relayed", "expanded"
    code          its status (`5.1.1`), "" when it says none
    message_ids   of the mails it may speak of
    delivery_ids  what those carry in our own header: SES replaces a Message-ID by one of its own
    """

    action: str
    code: str
    message_ids: tuple[str, ...]
    delivery_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Complaint:
    """Somebody called a mail of ours spam. `recipient` is whom that mail went to, as it says itself."""

    kind: str
    recipient: str
    message_ids: tuple[str, ...]
    delivery_ids: tuple[str, ...] = ()


Report = Bounce | Complaint


def find_report(entity: Entity, *, from_server: bool) -> Report | None:
    """Return what a mail reports; None when it is no report. `from_server`: a mail server seems to have sent it."""
    report = next((child for child in entity.children if child.content_type.value in _STATUS), None)
    if report is not None and entity.content_type.value == "multipart/report":
        return _delivery_report(entity, report)
    feedback = next((child for child in entity.children if child.content_type.value == _FEEDBACK), None)
    if feedback is not None:
        return _complaint(entity, feedback)
    return _told(entity) if from_server else None


# --- RFC 3464 -------------------------------------------------------------------------------------------


def _delivery_report(entity: Entity, report: Entity) -> Bounce:
    fields = _fields(report)
    code = clean(fields.get("status", "")).partition(" ")[0][:12]
    action = fields.get("action", "").partition(" ")[0].strip().lower()
    return Bounce(action, code, _quoted_ids(entity), _variables(entity))


def _fields(report: Entity) -> dict[str, str]:
    # one block for the message, one for each recipient; the hub writes to one recipient at a time
    fields: dict[str, str] = {}
    for block in report.body[:_MAX_REPORT].replace(b"\r\n", b"\n").split(b"\n\n"):
        fields |= dict(read_headers(block.strip(b"\n")).pairs)
    return fields


def _quoted(entity: Entity) -> Iterator[Headers]:
    for child in entity.children:
        if child.content_type.value in _QUOTED_MAILS:
            yield top_headers(child.body.lstrip(b"\r\n"))


def _quoted_ids(entity: Entity) -> tuple[str, ...]:
    found = [own_message_id(headers) for headers in _quoted(entity)]
    named = message_ids(entity.headers.all("in-reply-to", "references", "x-original-message-id"))
    return tuple(dict.fromkeys([*(text for text in found if text), *named]))


def _variables(entity: Entity) -> tuple[str, ...]:
    return tuple(each for headers in _quoted(entity) if (each := _variable(headers)))


def _variable(headers: Headers) -> str:
    try:
        found = json.loads(headers.first("x-mailgun-variables") or "null")
    except (ValueError, RecursionError):
        return ""
    return clean(str(found.get("delivery_id", "")))[:64] if isinstance(found, dict) else ""


# --- RFC 5965 -------------------------------------------------------------------------------------------


def _complaint(entity: Entity, feedback: Entity) -> Complaint | None:
    kind = dict(read_headers(feedback.body[:_MAX_REPORT].strip(b"\r\n")).pairs).get("feedback-type", "").strip().lower()
    if kind not in _COMPLAINTS:
        return None
    recipient = next((mailbox(headers.first("to"))[1] for headers in _quoted(entity)), "")
    return Complaint(kind, recipient, _quoted_ids(entity), _variables(entity))


# --- free texts -----------------------------------------------------------------------------------------


def _told(entity: Entity) -> Bounce | None:
    """Read the report of a server that writes sentences: our Message-ID stands in the headers it gives back."""
    text = "\n".join(_texts(entity))[:_MAX_TEXT]
    # ours is the one that is looked for: the domain decides, which the caller knows
    ids = (*_quoted_ids(entity), *_ID.findall(text))
    if not ids:
        return None
    code = next(iter(_CODE.findall(text)), "") or next(iter(_REPLY.findall(text)), "")
    waiting = any(word in subject(entity.headers).lower() for word in _WAITING)
    failed = code.startswith("5") or (not code and entity.headers.has("x-failed-recipients"))
    action = "failed" if failed and not waiting else "delayed"
    return Bounce(action, code, tuple(dict.fromkeys(ids)), _variables(entity))


def _texts(entity: Entity) -> Iterator[str]:
    if entity.content_type.value in _READABLE or "/" not in entity.content_type.value:
        yield text_of_part(entity)
    elif entity.content_type.value in _QUOTED_MAILS:
        yield entity.body[:_MAX_REPORT].decode("latin-1")
    for child in entity.children:
        yield from _texts(child)
