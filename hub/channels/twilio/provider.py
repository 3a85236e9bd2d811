"""Twilio as the supplier of the platform's numbers."""

from typing import ClassVar

from hub.channels.twilio.accounts import AccountDesk
from hub.channels.twilio.approvals import ApprovalDesk
from hub.channels.twilio.form import read
from hub.channels.twilio.papers import PaperDesk
from hub.channels.twilio.pool import Pool
from hub.channels.twilio.senders import SenderDesk


class TwilioProvider(Pool, PaperDesk, AccountDesk, SenderDesk, ApprovalDesk):
    """All verbs of `NumberProvider`."""

    provider: ClassVar[str] = "twilio"
    currency: ClassVar[str] = "USD"

    def read_text(self, body: bytes) -> str:
        """Return a message's Body, or the words of a call that was written down."""
        fields = read(body).fields
        return fields.get("Body") or fields.get("TranscriptionText") or ""
