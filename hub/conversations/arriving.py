"""What arrives, and where: the values that the application of a batch is about."""

from dataclasses import dataclass, replace
from datetime import datetime

from hub.conversations.entries import storable
from hub.db.senders import SenderState
from hub.forgotten import Hashes
from hub.types import ChannelKind, InboundEvent, MessageReceived, Person, SentElsewhere


@dataclass(frozen=True, slots=True)
class Arrived:
    """What one journal row means, and when it came. `event_id`, `key`: the row's own; 0 and "" where there is none."""

    event: InboundEvent
    received_at: datetime
    event_id: int = 0
    key: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a batch is applied. `family`: channel kinds that share addresses with this one."""

    sender: SenderState
    family: tuple[ChannelKind, ...]
    now: datetime
    hashes: Hashes


def person_of(event: InboundEvent) -> Person:
    """Return whom a message is from, or an echo to."""
    match event:
        case MessageReceived():
            person = event.author
        case SentElsewhere():
            person = event.recipient
        case _:
            raise TypeError(f"{type(event).__name__} is no message")
    return replace(person, name=storable(person.name))
