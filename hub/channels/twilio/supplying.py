"""What the verbs of Twilio as a supplier share: acting as an account, our names for what is made, and repeating."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from twilio.rest import Client

from hub.channels.base import AdapterContext
from hub.channels.twilio.client import Connector
from hub.channels.twilio.line import Hooks, again
from hub.types import ProviderAccount

T = TypeVar("T")
_OURS = "hub "


class Supplying:
    """What every group of verbs is built on."""

    def __init__(self, context: AdapterContext) -> None:
        self._connector = Connector(context.http, context.settings)
        self._hooks = Hooks.of(context.settings.base_url)

    def open(self) -> AbstractAsyncContextManager[None]:
        """Keep connections to Twilio open for all calls within."""
        return self._connector.keep()

    def acting(self, account: ProviderAccount) -> AbstractAsyncContextManager[Client]:
        """Open a client that acts as an account."""
        return self._connector.open(account)


async def repeated(call: Callable[[], Awaitable[T]]) -> T:
    """Make a call that may be repeated, up to three times. Raises what its last try raised."""
    async for attempt in again():
        with attempt:
            result = await call()
    return result


def name_of(our_id: str) -> str:
    """Return the friendly name under which Twilio has what we keep under an id (Twilio takes 64 characters)."""
    return _OURS + our_id


def our_id_of(name: str | None) -> str:
    """Return our id of what has this friendly name, "" when the hub did not give it."""
    found = name or ""
    return found.removeprefix(_OURS) if found.startswith(_OURS) else ""


def named(value: str | None) -> str:
    """Return what an answer must hold: the id of what it is about. Raises ValueError when it does not."""
    if not value:
        raise ValueError("an answer of Twilio lacks what it has to hold")
    return value
