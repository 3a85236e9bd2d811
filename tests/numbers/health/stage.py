"""A hub whose providers are looked at by a simulated clock, as the scheduler and the workers would do it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from hub.channels.base import Adapter
from hub.channels.looking import seen, unseen
from hub.db import looks
from hub.db.session import PlatformWork
from hub.db.tables.core import BAN_CASE, INCIDENT, SENDER, SIGNAL
from hub.numbers import health
from hub.types import ConversationView, Health, HealthState, Sender, SendFailure
from hub.types.bans import Look, Signal, SignalSource
from hub.types.numbers import Quality
from hub.wiring import Services
from tests.outbound.stage import Clock, ScriptedProvider, Stage
from tests.world import Channel, World

TICK = timedelta(seconds=2)
"""How often the scheduler looks what is due."""
Found = Callable[[datetime], Look]


class WatchedProvider(ScriptedProvider):
    """A scripted provider that can be looked at, too."""

    def __init__(self, real: Adapter) -> None:
        super().__init__(real)
        self.found: dict[str, Found] = {}
        self.looked: list[tuple[str, datetime]] = []
        self.set_up: list[str] = []
        self.on_setup: Callable[[], None] = lambda: None

    def missing_settings(self) -> tuple[str, ...]:
        return ()

    async def look(self, sender: Sender, now: datetime) -> Look:
        self.looked.append((sender.id, now))
        found = self.found.get(sender.id)
        return found(now) if found else Look(Health(HealthState.OK), online=True)

    async def setup(self, sender: Sender) -> None:
        self.set_up.append(sender.id)
        self.on_setup()


def sees(family: str, code: str, text: str = "", **more: Any) -> Found:
    """A look that is answered with one code; "timeout" is none."""

    def found(now: datetime) -> Look:
        source = SignalSource.ACCOUNT if code.startswith("account/") else SignalSource.PROBE
        signal = Signal(family, source, code, now, text)
        if code in ("timeout", "503"):
            return unseen([signal], "the provider does not answer")
        return seen([signal], **{"online": None, **more})

    return found


@dataclass
class HealthStage(Stage):
    """`told` are the contacts that have written, by person."""

    told: dict[str, ConversationView] = field(default_factory=dict)

    def watched(self, kind: str = "whatsapp") -> WatchedProvider:
        found = self.services.adapters[kind]  # type: ignore[index]
        assert isinstance(found, WatchedProvider)
        return found

    def sees(self, channel: Channel, code: str, text: str = "", **more: Any) -> None:
        """From now on a look at the channel's sender finds this."""
        kind = next(kind for kind, each in self.org.channels.items() if each.sender_id == channel.sender_id)
        provider = self.watched(kind)
        provider.found[channel.sender_id] = sees(provider.signal_family, code, text, **more)

    def works(self, channel: Channel) -> None:
        """Let the sender have worked for long, and be planned for its next ordinary look."""
        self.set_sender(channel, worked_at=self.clock() - timedelta(days=30))

    def set_sender(self, channel: Channel, **values: Any) -> None:
        with self.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            tx.execute(SENDER.update().where(SENDER.c.id == channel.sender_id).values(**values))

    def tick(self) -> None:
        """What the scheduler and an idle worker do at a time."""
        with self.services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
            due = looks.list_due(tx, self.clock(), list(self.services.adapters), 40)
        for sender_id in due:
            health.look(self.services, sender_id)

    def run(self, seconds: float, until: Callable[[], Any] | None = None) -> float:
        """Let time go by, tick after tick; stop when `until` holds; return how many seconds went by."""
        begun = self.clock.now
        end = begun + timedelta(seconds=seconds)
        self.tick()
        while self.clock.now < end and not (until and until()):
            self.clock.now = min(end, max(self.clock.now + TICK, self._next_tick()))
            self.tick()
        return (self.clock.now - begun).total_seconds()

    def _next_tick(self) -> datetime:
        """The tick that finds the next look due: the clock leaps over those that find nothing."""
        with self.services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
            times = [row.look_at for row in tx.all(select(SENDER.c.look_at)) if row.look_at]
        first = min(times, default=self.clock.now)
        ticks = -(-(first - self.clock.now) // TICK)
        return self.clock.now + max(ticks, 1) * TICK

    def case_of(self, channel: Channel) -> Any:
        with self.services.db.reading(self.org.id) as tx:
            return tx.first(select(BAN_CASE).where(BAN_CASE.c.sender_id == channel.sender_id))

    def confirmed(self, channel: Channel) -> bool:
        case = self.case_of(channel)
        return case is not None and case.confirmed_at is not None

    def sender(self, channel: Channel) -> Any:
        with self.services.db.reading(self.org.id) as tx:
            return tx.first(select(SENDER).where(SENDER.c.id == channel.sender_id))

    def signals(self, channel: Channel) -> list[Any]:
        with self.services.db.reading(self.org.id) as tx:
            return list(tx.all(select(SIGNAL).where(SIGNAL.c.sender_id == channel.sender_id).order_by(SIGNAL.c.id)))

    def incidents(self, channel: Channel) -> list[Any]:
        with self.services.db.reading(self.org.id) as tx:
            return list(
                tx.all(select(INCIDENT).where(INCIDENT.c.sender_id == channel.sender_id).order_by(INCIDENT.c.id))
            )

    def fail(self, channel: Channel, failure: SendFailure, person: str = "500", text: str = "Good morning") -> None:
        """Send something that ends in this failure, to a person who has written."""
        kind = next(kind for kind, each in self.org.channels.items() if each.sender_id == channel.sender_id)
        if person not in self.told:
            self.told[person] = self.open_conversation(channel, person)
        self.answer(self.told[person], text)
        self.provider(kind).answers.append(failure)
        self.deliver(channel)


def quality(found: Found, level: Quality, daily_limit: int | None = None) -> Found:
    """The same look, which also says what is thought of the sender."""
    return lambda now: replace(found(now), quality=level, daily_limit=daily_limit)


def set_stage(services: Services) -> HealthStage:
    """Make one from a wired hub."""
    clock = Clock()
    scripted = {kind: WatchedProvider(adapter) for kind, adapter in services.adapters.items()}
    staged = replace(services, clock=clock, adapters=scripted)  # type: ignore[arg-type]
    world = World(staged)
    return HealthStage(staged, world, world.organization("Acme"), clock)
