"""Mail that no person wrote: automatic replies, lists, bounces, known by their headers (facts 1.3).

Such a mail never becomes a customer's message and never wakes an operator; the journal keeps it with the reason.
"""

from dataclasses import dataclass

from hub.channels.email.charset import clean
from hub.channels.email.headers import (
    Headers,
    mailbox,
    message_ids,
    own_message_id,
    parameterised,
    read_headers,
    subject,
)
from hub.channels.email.mime import Entity, top_headers

_AUTOMATIC_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder")
_LIST_HEADERS = ("list-id", "list-unsubscribe", "x-loop", "feedback-type")
_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
_ROBOTS = ("mailer-daemon@", "postmaster@")
# with their colon: a customer may well write about being "out of office", or (in German) about an Auto
_SUBJECTS = (
    "automatic reply:",
    "out of office:",
    "auto-reply:",
    "autoreply:",
    "abwesenheitsnotiz:",
    "automatische antwort:",
    "automatische abwesenheitsnachricht:",
)
_REPORTS = frozenset({"message/delivery-status"})
_QUOTED_MAILS = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"})
_MAX_REPORT = 64 << 10


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery report. `message_ids` are those of the mails it may speak of; `code` is its status (`5.1.1`)."""

    permanent: bool
    code: str
    message_ids: tuple[str, ...]


def find_bounce(entity: Entity) -> Bounce | None:
    """Return what a delivery report (RFC 3464) says; None when the mail is none."""
    if entity.content_type.value != "multipart/report":
        return None
    report = next((child for child in entity.children if child.content_type.value in _REPORTS), None)
    if report is None:
        return None
    fields = _report_fields(report)
    code = clean(fields.get("status", "")).partition(" ")[0][:12]
    failed = fields.get("action", "").lower().startswith("failed")
    return Bounce(failed and not code.startswith("4"), code, _quoted_ids(entity))


def automatic_reason(headers: Headers, envelope_sender: str | None) -> str | None:
    """Say why a mail counts as automatic; None when a person seems to have written it."""
    return _by_header(headers) or _by_origin(headers, envelope_sender)


def _by_header(headers: Headers) -> str | None:
    submitted = headers.first("auto-submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return "automatic mail: Auto-Submitted"
    for name in (*_AUTOMATIC_HEADERS, *_LIST_HEADERS, "x-failed-recipients"):
        if headers.has(name):
            return f"automatic mail: {name}"
    # alone it only asks others not to answer automatically
    if headers.has("x-auto-response-suppress") and headers.has("x-ms-exchange-inbox-rules-loop"):
        return "automatic mail: mailbox rule"
    if any(value.strip().lower() in _BULK for value in headers.all("precedence", "x-precedence")):
        return "automatic mail: Precedence"
    return None


def _by_origin(headers: Headers, envelope_sender: str | None) -> str | None:
    if envelope_sender is None or "<>" in (value.replace(" ", "") for value in headers.all("return-path")):
        return "automatic mail: null sender"
    if "autoresponder" in (value.strip().lower() for value in headers.all("delivered-to")):
        return "automatic mail: autoresponder"
    if mailbox(headers.first("from"))[1].startswith(_ROBOTS):
        return "automatic mail: from a mail server"
    if parameterised(headers.first("content-type")).value == "multipart/report":
        return "automatic mail: report"
    return "automatic mail: subject" if subject(headers).lower().startswith(_SUBJECTS) else None


def _report_fields(report: Entity) -> dict[str, str]:
    # one block for the message, one for each recipient; the hub writes to one recipient at a time
    fields: dict[str, str] = {}
    for block in report.body[:_MAX_REPORT].replace(b"\r\n", b"\n").split(b"\n\n"):
        fields |= dict(read_headers(block.strip(b"\n")).pairs)
    return fields


def _quoted_ids(entity: Entity) -> tuple[str, ...]:
    quoted = [child for child in entity.children if child.content_type.value in _QUOTED_MAILS]
    ids = [own_message_id(top_headers(child.body.lstrip(b"\r\n"))) for child in quoted]
    named = message_ids(entity.headers.all("in-reply-to", "references", "x-original-message-id"))
    return tuple(dict.fromkeys([*(text for text in ids if text), *named]))
