"""A team, its channels and customers for the pages: customers speak through the line's own code, without a worker."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.access.groups import create_group, set_members
from hub.access.presence import set_presence
from hub.access.users import NewUser, create_user
from hub.conversations.apply import apply
from hub.conversations.arriving import Arrived, setting_of
from hub.conversations.changes import Changes
from hub.db import messages, notices, senders
from hub.ids import new_id
from hub.routing.assignment import route_new
from hub.types import (
    Actor,
    ChannelKind,
    ErrorView,
    FullText,
    MessageReceived,
    MessageStatus,
    Part,
    Person,
    Presence,
    Role,
    Text,
)
from hub.wiring import Services
from tests.world import Channel, Organization, World

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Operator:
    """Somebody who can sign in with PASSWORD."""

    email: str
    actor: Actor


@dataclass(frozen=True)
class Customer:
    """Somebody who writes on one channel."""

    name: str
    address: str
    channel: Channel
    kind: str


class Stage:
    """An organization that was made through the hub's own doors wherever it has one."""

    def __init__(self, services: Services, world: World, name: str = "Nordlicht Outdoor") -> None:
        self.services = services
        self.world = world
        self.org: Organization = world.organization(name)
        set_presence(services, self.org.actor, self.org.operator.user_id, Presence.OFFLINE)

    def operator(self, name: str, role: Role = Role.OPERATOR, presence: Presence = Presence.OFFLINE) -> Operator:
        email = f"{name.split(maxsplit=1)[0].lower()}@nordlicht.example"
        made = create_user(self.services, self.org.actor, NewUser(email, name, role, PASSWORD)).user
        actor = Actor(self.org.id, made.id, made.name, made.role)
        if presence is not Presence.OFFLINE:
            set_presence(self.services, actor, actor.user_id, presence)
        return Operator(email, actor)

    def group(self, name: str, *members: Operator) -> str:
        made = create_group(self.services, self.org.actor, name)
        set_members(self.services, self.org.actor, made.id, [each.actor.user_id for each in members])
        return made.id

    def customer(self, name: str, kind: str, address: str) -> Customer:
        if kind not in self.org.channels:
            self.world.channel(self.org, kind, f"{kind}-of-{self.org.id.lower()}")
        return Customer(name, address, self.org.channels[kind], kind)

    def hear(self, customer: Customer, *parts: Part | str, at: datetime | None = None, topic: str | None = None) -> str:
        """Let a customer write; return the conversation's id."""
        now = at or self.services.clock()
        said = MessageReceived(
            external_id=new_id(),
            author=Person(customer.address, name=customer.name),
            parts=tuple(Text(part) if isinstance(part, str) else part for part in parts),
            position=now,
            topic=topic,
        )
        key = self.services.vault.of(self.org.id)
        with self.services.db.transaction(self.org.id) as tx:
            state = senders.lock(tx, customer.channel.sender_id)
            assert state is not None
            changes = Changes()
            apply(tx, setting_of(self.services, state, key, now), [Arrived(said, now)], changes)
            route_new(tx, changes, now)
            changes.write(tx)
            tx.after_commit(lambda: self.services.queue.notify(self.org.id) and None)
        return next(iter(changes.touched))

    def outcome(self, message_id: str, conversation_id: str, status: MessageStatus, why: str = "") -> None:
        """Say what became of an answer, as the delivery job does."""
        error = ErrorView("recipient", why) if why else None
        with self.services.db.transaction(self.org.id) as tx:
            assert messages.raise_status(tx, message_id, status, error=error)
            notice = {"id": message_id, "conversation_id": conversation_id, "direction": "outbound"}
            notices.add(tx, [("message", notice)])
            tx.after_commit(lambda: self.services.queue.notify(self.org.id) and None)


def ago(services: Services, **back: float) -> datetime:
    """A moment before now: `ago(services, minutes=5)`."""
    return services.clock() - timedelta(**back)


__all__ = ["PASSWORD", "ChannelKind", "Customer", "FullText", "Operator", "Stage", "ago"]
