"""Handing mails to the relays, and saying what became of one that no relay answered for."""

from datetime import UTC, datetime, timedelta

from hub.channels.egress import Egress
from hub.channels.email import looking
from hub.channels.email.client import Relays
from hub.channels.email.errors import MailIsOff
from hub.channels.email.relay import configured_relays
from hub.channels.email.render import OwnMail, render
from hub.channels.email.reply_address import ReplyAddresses
from hub.channels.email.ses import given_id
from hub.channels.looking import Eye, unseen
from hub.settings import Settings
from hub.types import (
    LookUp,
    NotConfirmed,
    NotKnown,
    OutboundMessage,
    Sender,
    Sent,
    Uncertain,
)
from hub.types.bans import Look


class Outbox:
    """The sending half of the adapter. The relays are the platform's, so every mailbox shares them."""

    def __init__(self, settings: Settings, egress: Egress, own: OwnMail, addresses: ReplyAddresses) -> None:
        self._settings = settings
        self._own = own
        self._addresses = addresses
        self._relays = Relays(configured_relays(settings), egress, own.domain)

    def missing_settings(self) -> tuple[str, ...]:
        """Names of the settings without which mail cannot be sent and answered."""
        wanted = {
            "HUB_MAIL_PRIMARY_URL": self._settings.mail_primary_url,
            "HUB_MAIL_FROM": self._settings.mail_from,
            "HUB_MAIL_REPLY_DOMAIN": self._settings.mail_reply_domain,
        }
        return tuple(name for name, value in wanted.items() if not value)

    async def send(self, message: OutboundMessage, sender: Sender) -> Sent:
        """Hand one mail to a relay. Raises UnsupportedContent, MailIsOff or RelayFailed."""
        if not self._settings.mail_primary_url or not self._own.address:
            raise MailIsOff("set HUB_MAIL_PRIMARY_URL and HUB_MAIL_FROM")
        reply_to = self._addresses.make(message.conversation_id) if message.answerable else ""
        mail = render(message, sender, self._own, reply_to, datetime.now(UTC))
        answer = await self._relays.send(mail, self._own.address)
        given = given_id(answer)
        return Sent(mail.message_id, also=(given,) if given else ())

    def look_up(self, uncertain: Uncertain, now: datetime) -> LookUp:
        """A relay that took the mail says so by an event. Silence for long enough: it is not sent anew by itself,
        because an event can be late too, and nobody shall get a mail twice.
        """
        if not (self._settings.ses_topic_arn or self._settings.mailgun_signing_key.get_secret_value()):
            return NotKnown()
        waited = now - uncertain.tried_at
        return NotConfirmed() if waited >= timedelta(seconds=self._settings.mail_confirm_seconds) else NotKnown()

    async def look(self, eye: Eye) -> Look:
        """Sign in to the relays. One that takes mail is enough to say that mail goes out."""
        missing = self.missing_settings()
        if "HUB_MAIL_PRIMARY_URL" in missing:
            return unseen([], "Mail is off: HUB_MAIL_PRIMARY_URL is not set")
        absent = [f"{name} is not set: answers cannot be sent or found again" for name in missing]
        failed = await self._relays.probe()
        return looking.of_relays(eye, self._relays.count, failed, absent)
