"""Messengers in memory: the real adapters read what comes; what goes out is kept; a look finds what it was told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hub.channels.base import Adapter
from hub.channels.looking import seen
from hub.types import Health, HealthState, OutboundMessage, ProviderAccount, Sender, Sent, TemplateView
from hub.types.bans import Look, Signal, SignalSource
from tests.outbound.stage import ScriptedProvider

Found = tuple[str, str]
"""Code and text of what is wrong with a sender, as signals.toml reads them."""


@dataclass(frozen=True)
class Went:
    """A message that a messenger was given. `wrong`: what must not be so at that moment."""

    organization_id: str
    sender_id: str
    delivery_id: str
    address: str
    wrong: tuple[str, ...]


@dataclass
class Told:
    """What all messengers share: what is wrong with whom, what went out, and whoever looks at each message."""

    wrong: dict[str, Found]
    went: list[Went]
    check: Callable[[Sender, OutboundMessage], tuple[str, ...]] = lambda _sender, _message: ()


class MemoryMessenger(ScriptedProvider):
    """The messenger of one kind."""

    def __init__(self, real: Adapter, told: Told) -> None:
        super().__init__(real)
        self._told = told

    def missing_settings(self) -> tuple[str, ...]:
        return ()

    async def send(self, message: OutboundMessage, sender: Sender) -> Sent:
        wrong = self._told.check(sender, message)
        address = message.recipient.address
        self._told.went.append(Went(sender.organization_id, sender.id, message.delivery_id, address, wrong))
        return await super().send(message, sender)

    async def setup(self, sender: Sender) -> None: ...

    async def look(self, sender: Sender, now: datetime) -> Look:
        code, text = self._told.wrong.get(sender.id, ("", ""))
        if not code:
            return Look(Health(HealthState.OK), self._all_is_well(now), online=True)
        return seen([Signal(self.signal_family, SignalSource.PROBE, code, now, text)], online=None)

    def _all_is_well(self, now: datetime) -> tuple[Signal, ...]:
        return tuple(Signal(self.signal_family, SignalSource.PROBE, each, now) for each in _WELL[self.signal_family])

    async def health(self, sender: Sender) -> Health:  # noqa: ARG002
        return Health(HealthState.OK)

    async def probe_account(self, account: ProviderAccount) -> Health:  # noqa: ARG002
        return Health(HealthState.OK)

    async def list_templates(self, sender: Sender) -> list[TemplateView]:  # noqa: ARG002
        return []


_WELL = {
    "twilio": ("sender/ONLINE", "number/owned", "account/active", "payment/ok"),
    "telegram": ("getMe/ok",),
    "messenger": (),
    "mail": (),
}
