"""SMS on Twilio's numbers: what differs from WhatsApp."""

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import quote

from twilio.rest import Client

from hub.channels.numbers import Ability, Sign
from hub.channels.twilio.adapter import TEXT_LIMIT, TwilioAdapter
from hub.channels.twilio.files import Fields
from hub.channels.twilio.line import ELSEWHERE, Line
from hub.types import ButtonRule, Capabilities, ChannelKind, Person, SenderProfile
from hub.types.bans import AppealPlace, Drift, DriftKind

_APPLICATION = Drift(
    DriftKind.NUMBER,
    "an application set on the number at Twilio takes its messages; check the channel again to clear it",
    mended_by_setup=True,
)


class SmsAdapter(TwilioAdapter):
    """A number's SMS side. Inbound goes to the number's own URL; receipts to the URL given with each message."""

    kind = ChannelKind("sms")
    label = "SMS"
    # no files: most numbers have no MMS, and which one has is not the kind's to say
    capabilities = Capabilities(
        text_limit=TEXT_LIMIT,
        splits_text=True,
        buttons=ButtonRule(10, 60, numbered=True),
        receipts=True,
        recovers=True,
        address_family="phone",
        sends_per_second=10,
        parallel_sends=4,
        look_up_after=60,
    )
    number_abilities = frozenset({Ability.SMS})
    invitation_place = 4
    opt_out_word = "STOP"
    appeal = AppealPlace(
        "Whoever runs this hub asks Twilio's support: the number is in its account", "https://help.twilio.com"
    )
    mark = ""
    missing = "number/missing"
    # Twilio and the carriers act on these by themselves, so that a further send would only fail (21610)
    opt_out_words: ClassVar[Mapping[str, bool]] = {
        **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"), False),
        **dict.fromkeys(("START", "UNSTOP"), True),
    }

    def author(self, fields: Fields) -> Person:
        """Return the person by their number, or by the short code or name an alert came from."""
        return Person(fields["From"])

    def deep_link(self, sender: SenderProfile, text: str, code: str = "") -> str:  # noqa: ARG002
        """RFC 5724 names the number; `?body=` is what phones take beyond it."""
        return f"sms:{sender.address}?body={quote(text, safe='')}"

    async def find(self, client: Client, address: str) -> Line | None:
        """Look the number up among the account's own."""
        for found in await client.incoming_phone_numbers.list_async(phone_number=address, limit=20):
            if found.phone_number == address:
                url, application = found.sms_url or "", found.sms_application_sid or ""
                pointed = url == self.hooks.messages and not application
                drift, name = self._drift(url, application), found.friendly_name or address
                return Line(str(found.sid), name, pointed, (Sign("number/owned"),), online=True, drift=drift)
        return None

    async def point(self, client: Client, line: Line) -> None:
        """Set the number's SMS URL. Its status callback is one for calls; each send names its own for receipts."""
        # an application set on the number would win over the URL
        await client.incoming_phone_numbers(line.sid).update_async(
            sms_url=self.hooks.messages, sms_method="POST", sms_application_sid=""
        )

    def _drift(self, url: str, application: str) -> tuple[Drift, ...]:
        if application:
            return (_APPLICATION,)
        return () if self.hooks.receives(url) else (ELSEWHERE,)
