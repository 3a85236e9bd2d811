"""WhatsApp senders at Twilio: registered, proven by a code, looked at, taken off (facts C8, C9)."""

from contextlib import suppress
from functools import partial

from hub.channels.numbers import CodeWay, RegisteredSender, Registration
from hub.channels.twilio.refusals import looking, making
from hub.channels.twilio.registered import MARK, read_sender
from hub.channels.twilio.supplying import Supplying, repeated
from hub.errors import Conflict, HubError, NotFound, Unavailable
from hub.types import ProviderAccount

_CHANNEL = "whatsapp"
_CODE_WAYS = {CodeWay.TEXT: "sms", CodeWay.VOICE: "voice"}
_PAGE_SIZE = 100


class SenderDesk(Supplying):
    """Verbs about senders."""

    async def register_sender(self, account: ProviderAccount, wanted: Registration) -> RegisteredSender:
        """Create the sender once; when the answer is lost, or the number is taken, ours is looked for once."""
        try:
            return await self._register(account, wanted)
        except (Unavailable, Conflict):
            with suppress(HubError):
                found = await self.find_sender(account, wanted.number)
                if found is not None and found.business_id == wanted.business_id:
                    return found
            raise

    async def _register(self, account: ProviderAccount, wanted: Registration) -> RegisteredSender:
        body = {
            "sender_id": MARK + wanted.number,
            "configuration": {"waba_id": wanted.business_id, "verification_method": _CODE_WAYS[wanted.code_way]},
            "webhook": {
                "callback_url": self._hooks.messages,
                "callback_method": "POST",
                "status_callback_url": self._hooks.status,
                "status_callback_method": "POST",
            },
            "profile": {"name": wanted.name},
        }
        with making():
            async with self.acting(account) as client:
                senders = client.messaging.v2.channels_senders
                request = type(senders).MessagingV2ChannelsSenderRequestsCreate(body)
                made = await senders.create_async(messaging_v2_channels_sender_requests_create=request)
                return read_sender(made)

    async def hand_in_code(self, account: ProviderAccount, external_id: str, code: str) -> RegisteredSender:
        """Hand the code in once: Twilio counts wrong ones."""
        with making():
            async with self.acting(account) as client:
                sender = client.messaging.v2.channels_senders(external_id)
                request = type(sender).MessagingV2ChannelsSenderRequestsUpdate(
                    {"configuration": {"verification_code": code}}
                )
                return read_sender(await sender.update_async(messaging_v2_channels_sender_requests_update=request))

    async def fetch_sender(self, account: ProviderAccount, external_id: str) -> RegisteredSender:
        """Look at a sender."""
        with looking():
            async with self.acting(account) as client:
                return read_sender(await repeated(client.messaging.v2.channels_senders(external_id).fetch_async))

    async def find_sender(self, account: ProviderAccount, number: str) -> RegisteredSender | None:
        """Find a number's sender among the account's; there is no filter by number."""
        return next((each for each in await self.list_senders(account) if each.number == number), None)

    async def list_senders(self, account: ProviderAccount) -> list[RegisteredSender]:
        """List the account's WhatsApp senders."""
        with looking():
            async with self.acting(account) as client:
                senders = client.messaging.v2.channels_senders
                listing = partial(senders.list_async, channel=_CHANNEL, page_size=_PAGE_SIZE)
                return [read_sender(each) for each in await repeated(listing)]

    async def delete_sender(self, account: ProviderAccount, external_id: str) -> None:
        """Take the sender off; one that is not there was taken off before."""
        with suppress(NotFound), looking():
            async with self.acting(account) as client:
                await repeated(client.messaging.v2.channels_senders(external_id).delete_async)
