"""A number at Twilio and the account behind it: whose it is, pointing it at us, and how both fare."""

from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from twilio.rest import Client

from hub.channels.base import Adapter, AdapterContext
from hub.channels.looking import Eye, seen
from hub.channels.twilio.client import AUTH_TOKEN, Connector
from hub.channels.twilio.line import Hooks, Line, again, in_our_words
from hub.channels.twilio.standing import of_account, of_error
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
from hub.types.bans import Drift, DriftKind, Look, SignalSource


class TwilioNumbers(Adapter, ABC):
    """One kind of channel on numbers that Twilio supplies: all but what is said on it."""

    kind: ClassVar[ChannelKind]
    label: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    credential_fields: ClassVar[tuple[CredentialField, ...]] = ()
    provider: ClassVar[str] = "twilio"
    signal_family: ClassVar[str] = "twilio"
    missing: ClassVar[str]
    """The code of a number that the account does not have, as ban detection knows it."""

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

    async def _find(self, client: Client, address: str) -> Line | None:
        line = None
        async for attempt in again():
            with attempt:
                line = await self.find(client, address)
        return line

    async def _found(self, client: Client, address: str) -> Line:
        line = await self._find(client, address)
        if line is None:
            raise Invalid(self._unknown(address))
        return line

    def _unknown(self, address: str) -> str:
        return f"the Twilio account has no {self.label} number {address}; buy, register or assign it there first"

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

    async def look(self, sender: Sender, now: datetime) -> Look:
        """Look at the account and, while that is active, at the number. Never raises."""
        eye, account = Eye(self.signal_family, now), sender.account
        if account is None:
            return of_error(eye, _no_account())
        found = await self._look_at_account(eye, account)
        if found.health.state is not HealthState.OK:
            return found
        number = await self._look_at_number(eye, account, sender.address)
        return replace(number, signals=(*found.signals, *number.signals))

    async def probe_account(self, account: ProviderAccount) -> Health:
        """Ask Twilio whether the account is active. Never raises."""
        return (await self._look_at_account(Eye(self.signal_family, datetime.now(UTC)), account)).health

    async def _look_at_account(self, eye: Eye, account: ProviderAccount) -> Look:
        try:
            async with self._connector.open(account) as client:
                async for attempt in again():
                    with attempt:
                        found = await client.api.v2010.accounts(account.external_id).fetch_async()
        except Exception as error:  # noqa: BLE001 - a look reports whatever stopped it
            return of_error(eye, error, SignalSource.ACCOUNT)
        return of_account(eye, str(found.status))

    async def _look_at_number(self, eye: Eye, account: ProviderAccount, address: str) -> Look:
        try:
            async with self._connector.open(account) as client:
                line = await self._find(client, address)
        except Exception as error:  # noqa: BLE001 - a look reports whatever stopped it
            return of_error(eye, error)
        if line is None:
            return seen([eye.saw(self.missing)], online=False, drift=[Drift(DriftKind.NUMBER, self._unknown(address))])
        return seen(
            [eye.saw(sign.code, sign.text) for sign in line.signs],
            online=line.online,
            drift=line.drift,
            problems=line.problems,
            quality=line.quality,
            daily_limit=line.daily_limit,
        )


def account_of(sender: Sender) -> ProviderAccount:
    if sender.account is None:
        raise _no_account()
    return sender.account


def _no_account() -> Misconfigured:
    return Misconfigured("the sender has no provider account; assign its number anew")
