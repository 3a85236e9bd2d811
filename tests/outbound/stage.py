"""A hub whose providers say what the test tells them to; databases and jobs are real, the clock stands still."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from hub.channels.base import Adapter
from hub.channels.composing import compose
from hub.db.journal import NewEvent, seal
from hub.db.tables.core import ATTEMPT, DELIVERY, SENDER
from hub.inbound import drain as intake_drain
from hub.inbound.intake import Batch, write
from hub.outbound import deliver
from hub.outbound.submit import Reply, submit
from hub.types import (
    Actor,
    ConversationView,
    InboundEvent,
    JournalEvent,
    MessageReceived,
    MessageView,
    OutboundMessage,
    Person,
    Said,
    Sender,
    SendFailure,
    Sent,
    Text,
)
from hub.wiring import Services
from tests.line import conversations_of, thread_of
from tests.world import Channel, Organization, World

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
Answer = Sent | SendFailure | BaseException | Callable[[OutboundMessage], Sent]


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


class RefusedError(Exception):
    """What a scripted provider's client raises; `classify` reads the failure from it."""

    def __init__(self, failure: SendFailure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


class ScriptedProvider:
    """The real adapter of a kind, but sends are answered by a script, and events that were told mean themselves."""

    def __init__(self, real: Adapter) -> None:
        self._real = real
        self.capabilities = replace(
            real.capabilities, sends_per_second=10_000.0, to_one_per_second=None, parallel_sends=1
        )
        self.answers: deque[Answer] = deque()
        self.sent: list[OutboundMessage] = []
        self.meanings: dict[str, list[InboundEvent]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def send(self, message: OutboundMessage, sender: Sender) -> Sent:  # noqa: ARG002
        self.sent.append(message)
        answer = self.answers.popleft() if self.answers else Sent(f"out-{message.delivery_id}")
        if isinstance(answer, SendFailure):
            raise RefusedError(answer)
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, Sent) else answer(message)

    def compose(self, said: Said) -> tuple[Said, ...]:
        return compose(self._real.label, self.capabilities, said)

    def classify(self, error: Exception) -> SendFailure:
        return error.failure if isinstance(error, RefusedError) else self._real.classify(error)

    def parse(self, event: JournalEvent, sender: Sender) -> list[InboundEvent]:
        return self.meanings.get(event.key) or self._real.parse(event, sender)

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.sent]


@dataclass
class Stage:
    """One organization with an operator online, whose channels are connected to scripted providers."""

    services: Services
    world: World
    org: Organization
    clock: Clock
    numbers: Any = field(default_factory=lambda: count(1))

    @property
    def operator(self) -> Actor:
        return self.org.operator

    def provider(self, kind: str = "telegram") -> ScriptedProvider:
        found = self.services.adapters[kind]  # type: ignore[index]
        assert isinstance(found, ScriptedProvider)
        return found

    def channel(self, kind: str = "telegram", address: str = "111222") -> Channel:
        return self.world.channel(self.org, kind, address, {"bot_token": "111222:token-for-tests"})

    def journal(self, channel: Channel, *events: InboundEvent, received_at: datetime | None = None) -> None:
        """Put events into the journal of a channel's sender, one row each."""
        kind = next(kind for kind, each in self.org.channels.items() if each == channel)
        keys = [f"told:{next(self.numbers)}" for _ in events]
        self.provider(kind).meanings.update({key: [event] for key, event in zip(keys, events, strict=True)})
        at = received_at or self.clock()
        sealing = self.services.vault.of(self.org.id)
        bodies = [seal(sealing, key.encode()) for key in keys]
        rows = [
            NewEvent(self.org.id, channel.sender_id, key, {}, body, b"", at, "verified")
            for key, body in zip(keys, bodies, strict=True)
        ]
        write(self.services, [Batch(rows)])

    def hear(self, channel: Channel, *events: InboundEvent, received_at: datetime | None = None) -> None:
        """Let a provider tell us something, and handle it."""
        self.journal(channel, *events, received_at=received_at)
        intake_drain.drain(self.services, channel.sender_id)

    def message(self, text: str, person: str = "500", **values: Any) -> MessageReceived:
        number = next(self.numbers)
        values = {"external_id": f"{person}:{number}", "sequence": number} | values
        return MessageReceived(author=Person(person, name="Carla"), parts=(Text(text),), **values)

    def write(self, channel: Channel, text: str, person: str = "500", **values: Any) -> ConversationView:
        """A customer writes; return the conversation it went to."""
        self.hear(channel, self.message(text, person, **values))
        return max(self.conversations(), key=lambda each: each.last_inbound_at or START)

    def conversations(self) -> list[ConversationView]:
        return conversations_of(self.services, self.operator)

    def open_conversation(self, channel: Channel, person: str = "500") -> ConversationView:
        """A customer has written; return the conversation with that person."""
        before = {each.id for each in self.conversations()}
        self.hear(channel, self.message("Hello", person))
        return next(each for each in self.conversations() if each.id not in before)

    def answer(self, conversation: ConversationView, text: str = "Good morning") -> MessageView:
        return submit(self.services, self.operator, conversation.id, Reply(text))

    def deliver(self, channel: Channel) -> None:
        """Deliver as a worker does that nobody else waits for: a slow machine must not end its turn early."""
        self.services.queue.redis.delete("rq:queue:delivery")
        deliver.drain(self.services, channel.sender_id)

    def look(self, message: MessageView) -> MessageView:
        """The message as it is now."""
        [conversation] = [each for each in self.conversations() if each.id == message.conversation_id]
        return next(each for each in self.thread(conversation) if each.id == message.id)

    def thread(self, conversation: ConversationView) -> list[MessageView]:
        return thread_of(self.services, self.operator, conversation)

    def activities(self, conversation: ConversationView) -> list[str]:
        return [part["what"] for each in self.thread(conversation) for part in each.parts if part["type"] == "activity"]

    def deliveries(self, message: MessageView) -> list[Any]:
        query = select(DELIVERY).where(DELIVERY.c.message_id == message.id).order_by(DELIVERY.c.id)
        with self.services.db.reading(self.org.id) as tx:
            return list(tx.all(query))

    def attempts(self, message: MessageView) -> list[Any]:
        """Outcomes of every attempt of a message, in order."""
        query = select(ATTEMPT.c.outcome).join(DELIVERY, DELIVERY.c.id == ATTEMPT.c.delivery_id)
        with self.services.db.reading(self.org.id) as tx:
            rows = tx.all(query.where(DELIVERY.c.message_id == message.id).order_by(ATTEMPT.c.id))
        return [row.outcome for row in rows]

    def hold(self, channel: Channel) -> tuple[str | None, datetime | None]:
        with self.services.db.reading(self.org.id) as tx:
            row = tx.first(select(SENDER.c.hold, SENDER.c.hold_until).where(SENDER.c.id == channel.sender_id))
        assert row is not None
        return row.hold, row.hold_until


def set_stage(services: Services) -> Stage:
    """Make one from a wired hub."""
    clock = Clock()
    scripted = {kind: ScriptedProvider(adapter) for kind, adapter in services.adapters.items()}
    staged = replace(services, clock=clock, adapters=scripted)  # type: ignore[arg-type]
    world = World(staged)
    return Stage(staged, world, world.organization("Acme"), clock)
