"""A mail for "show raw": its headers and texts as they came, within bounds.

Left out: the bytes of files. Masked: what only the hub and its relays may know, by which somebody could post a mail as
Mailgun, fetch one there, or learn whose account at a relay it went through.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from hub.channels.email.charset import clean
from hub.channels.email.content import text_of_part
from hub.channels.email.envelope import Envelope, Form, unwrap
from hub.channels.email.forms import BadForm, FieldList, read_form
from hub.channels.email.guard import MAX_HEADER_BLOCK, OverCaps
from hub.channels.email.mime import Entity, read_mail
from hub.types import JournalEvent

_MASK: Final = "…"
_MAX: Final = 200_000
_MAX_TEXT: Final = 50_000
_MAX_PARTS: Final = 100
_TEXTS: Final = ("text/", "message/delivery-status", "message/feedback-report", "message/disposition-notification")
_SECRET_FIELDS: Final = frozenset({"token", "signature", "timestamp", "message-url", "attachments"})
_SECRET_KEYS: Final = frozenset(
    {
        *("signature", "storage", "account", "parent-signature", "url", "key"),
        *("sourceArn", "sendingAccountId", "identityArn", "feedbackId", "callerIdentity", "ses:caller-identity"),
        *("ses:source-ip", "ses:configuration-set"),
    }
)
# the last 16 characters before the @ prove that the hub made the address
_REPLY_ADDRESS = re.compile(
    r"((?:reply(?:\+|%2B|=2B)|r-)[0-9a-hjkmnp-tv-z]{26})[a-z2-7]{16}(?=@|%40|=40)", re.IGNORECASE
)


def show(event: JournalEvent) -> str:
    """Return the mail or the relay's event as text, at most 200,000 characters. Never raises."""
    try:
        envelope, data = unwrap(event.body)
    except (ValueError, RecursionError):
        return _bounded(event.body[:_MAX].decode("utf-8", "replace"))
    return _bounded("\n".join(_lines(envelope, data)))


def _lines(envelope: Envelope, data: bytes) -> Iterator[str]:
    if envelope.form in {Form.MAILGUN_EVENT, Form.SES_EVENT}:
        yield _json(data)
        return
    sender = "<>" if envelope.sender is None else envelope.sender
    yield from (f"[{name}: {value}]" for name, value in (("from", sender), ("for", envelope.recipient)) if value)
    try:
        if envelope.form is Form.MAILGUN_FIELDS:
            yield from _fields(read_form(data, envelope.content_type))
        else:
            yield from _parts(read_mail(data))
    except (OverCaps, BadForm):
        yield data[:MAX_HEADER_BLOCK].decode("utf-8", "replace")
        yield "[the rest is not shown]"


def _parts(mail: Entity) -> Iterator[str]:
    for number, entity in enumerate(_all(mail)):
        if number >= _MAX_PARTS:
            yield "[further parts are not shown]"
            return
        start = 0 if number == 0 else _start_of_headers(entity)
        yield entity.source[start : entity.start].decode("utf-8", "replace").rstrip("\r\n") + "\n"
        if not entity.children:
            yield _body(entity)


def _all(entity: Entity) -> Iterator[Entity]:
    yield entity
    for child in entity.children:
        yield from _all(child)


def _start_of_headers(entity: Entity) -> int:
    """Return where a part's boundary line begins: headers begin below it, within the cap of a header block."""
    least = max(0, entity.start - MAX_HEADER_BLOCK - 300)
    above = entity.source.rfind(b"\n--", least, entity.start)
    return above + 1 if above >= 0 else entity.start


def _body(entity: Entity) -> str:
    if not (entity.content_type.value.startswith(_TEXTS) or "/" not in entity.content_type.value):
        return f"[{entity.size:,} bytes of {entity.content_type.value[:80]} are not shown here]\n"
    text = text_of_part(entity)
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}\n[{len(text) - _MAX_TEXT:,} further characters]\n"


def _fields(form: FieldList) -> Iterator[str]:
    for item in form.fields:
        if item.file_name is not None:
            yield f"{item.name}: [{len(item.value):,} bytes are not shown here]"
        elif item.name.lower() in _SECRET_FIELDS:
            yield f"{item.name}: {_MASK}"
        else:
            yield f"{item.name}: {item.value[:_MAX_TEXT].decode('utf-8', 'replace')}"


def _json(data: bytes) -> str:
    try:
        return json.dumps(_masked(json.loads(data)), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return data[:_MAX].decode("utf-8", "replace")


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _MASK if name in _SECRET_KEYS else _masked(each) for name, each in value.items()}
    return [_masked(each) for each in value] if isinstance(value, list) else value


def _bounded(text: str) -> str:
    plain = _REPLY_ADDRESS.sub(rf"\1{_MASK}", clean(text[:_MAX]).replace("\r\n", "\n").replace("\r", "\n"))
    return plain if len(text) <= _MAX else f"{plain}\n[the rest is not shown]"
