"""A number at Twilio and the account behind it: whose it is, pointing it at us, and how both fare."""

from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager
from typing import ClassVar

from twilio.rest import Client

from hub.channels.base import Adapter, AdapterContext
from hub.channels.twilio.client import AUTH_TOKEN, Connector
from hub.channels.twilio.line import Hooks, Line, again, in_our_words, unwell
from hub.errors import Invalid, Misconfigured
from hub.types import (
    Capabilities,
    ChannelKind,
    CredentialField,
    Health,
    HealthState,
    JsonObject,
    ProviderAccount,
    Secret,
    Sender,
    SenderProfile,
)

_ACTIVE = "active"


class TwilioNumbers(Adapter, ABC):
    """One kind of channel on numbers that Twilio supplies: all but what is said on it."""

    kind: ClassVar[ChannelKind]
    label: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    credential_fields: ClassVar[tuple[CredentialField, ...]] = ()
    provider: ClassVar[str] = "twilio"

    def __init__(self, context: AdapterContext) -> None:
        self._settings, self._http = context.settings, context.http
        self._connector = Connector(context.http, context.settings)
        self.hooks = Hooks.of(context.settings.base_url)

    def missing_settings(self) -> tuple[str, ...]:
        """Name the parent account's settings that are not set."""
        needed = {
            "HUB_TWILIO_ACCOUNT_SID": self._settings.twilio_account_sid,
            "HUB_TWILIO_AUTH_TOKEN": self._settings.twilio_auth_token.get_secret_value(),
        }
        return tuple(name for name, value in needed.items() if not value)

    def parent_account(self) -> ProviderAccount | None:
        """Return the account that the settings describe; None while they name none."""
        if self.missing_settings():
            return None
        token = Secret(self._settings.twilio_auth_token.get_secret_value())
        return ProviderAccount("", self._settings.twilio_account_sid, {AUTH_TOKEN: token})

    # what differs between the kinds

    @abstractmethod
    async def find(self, client: Client, address: str) -> Line | None:
        """Look an E.164 number up in the client's account; None when the account does not have it."""

    @abstractmethod
    async def point(self, client: Client, line: Line) -> None:
        """Give the number our URLs."""

    # what does not

    def connect(self, sender: Sender) -> AbstractAsyncContextManager[Client]:
        """Open a client that acts as the sender's account. Raises Misconfigured when it has none."""
        return self._connector.open(account_of(sender))

    async def _found(self, client: Client, address: str) -> Line:
        line = None
        async for attempt in again():
            with attempt:
                line = await self.find(client, address)
        if line is None:
            raise Invalid(
                f"the Twilio account has no {self.label} number {address}; buy, register or assign it there first"
            )
        return line

    async def identify(self, credentials: JsonObject) -> SenderProfile:
        """Look the E.164 number under `address` up in the parent account. Raises Invalid (not there), Unavailable."""
        address, account = str(credentials.get("address", "")), self.parent_account()
        if account is None:
            raise Invalid(f"{self.label} is off until {' and '.join(self.missing_settings())} are set")
        with in_our_words():
            async with self._connector.open(account) as client:
                return SenderProfile(address, (await self._found(client, address)).name)

    async def setup(self, sender: Sender) -> None:
        """Give the number our URLs unless it has them. Raises Invalid (not the account's, refused), Unavailable."""
        with in_our_words():
            async with self.connect(sender) as client:
                line = await self._found(client, sender.address)
                if line.pointed:
                    return
                async for attempt in again():
                    with attempt:
                        await self.point(client, line)

    async def health(self, sender: Sender) -> Health:
        """Look the number up and say what is wrong with it. Never raises."""
        try:
            with in_our_words():
                async with self.connect(sender) as client:
                    line = await self._found(client, sender.address)
        except Exception as error:  # noqa: BLE001 - a probe reports whatever stopped it
            return unwell(error)
        return Health(HealthState.BROKEN if line.problems else HealthState.OK, line.problems)

    async def probe_account(self, account: ProviderAccount) -> Health:
        """Ask Twilio whether the account is active. Never raises."""
        try:
            with in_our_words():
                async with self._connector.open(account) as client:
                    found = await client.api.v2010.accounts(account.external_id).fetch_async()
        except Exception as error:  # noqa: BLE001 - a probe reports whatever stopped it
            return unwell(error)
        if str(found.status) == _ACTIVE:
            return Health(HealthState.OK)
        return Health(HealthState.BROKEN, (f"the Twilio account is {found.status}; settle that in Twilio's console",))


def account_of(sender: Sender) -> ProviderAccount:
    if sender.account is None:
        raise Misconfigured("the sender has no provider account; assign its number anew")
    return sender.account
