"""How a mail lies in the journal: one JSON line that says what follows, then the bytes as they came.

The line makes a journal row readable by itself: `parse` sees neither the URL nor the form that brought the mail.
"""

import json
from dataclasses import dataclass
from enum import StrEnum

from hub.types import JsonObject


class Form(StrEnum):
    """What the bytes after the line are."""

    MIME = "mime"
    """An RFC 5322 message from a mail server of the organization."""
    MAILGUN_MIME = "mailgun-mime"
    """An RFC 5322 message from Mailgun: its verdict headers may be trusted."""
    MAILGUN_FIELDS = "mailgun-fields"
    """Mailgun's parsed form, urlencoded or multipart; `content_type` says which."""
    MAILGUN_EVENT = "mailgun-event"
    """Mailgun's JSON about a mail of ours."""
    SES = "ses"
    """An RFC 5322 message that Amazon SES received; `verdict` is its word on the author."""
    SES_EVENT = "ses-event"
    """SES's JSON about a mail of ours."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """`sender` and `recipient` are those of the SMTP envelope, "" when unknown; None: the null sender of a bounce.

    `verdict`: "pass" when the receiving service found the author's domain proven.
    """

    form: Form
    sender: str | None = ""
    recipient: str = ""
    content_type: str = ""
    verdict: str = ""

    def wrap(self, data: bytes) -> bytes:
        """Return the journal body."""
        fields: JsonObject = {"form": self.form.value}
        fields |= {"sender": self.sender} if self.sender != "" else {}
        fields |= {"recipient": self.recipient} if self.recipient else {}
        fields |= {"content_type": self.content_type} if self.content_type else {}
        fields |= {"verdict": self.verdict} if self.verdict else {}
        return json.dumps(fields, separators=(",", ":")).encode() + b"\n" + data


def unwrap(body: bytes) -> tuple[Envelope, bytes]:
    """Return envelope and bytes. Raises ValueError when the body was not made by `Envelope.wrap`."""
    line, found, data = body.partition(b"\n")
    fields = json.loads(line) if found else None
    if not isinstance(fields, dict):
        raise ValueError(  # noqa: TRY004 - about the bytes, not about an argument
            "the journal row does not begin with a mail envelope"
        )
    return (
        Envelope(
            Form(fields.get("form", "")),
            fields.get("sender", ""),
            fields.get("recipient", ""),
            fields.get("content_type", ""),
            fields.get("verdict", ""),
        ),
        data,
    )
