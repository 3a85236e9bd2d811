"""What arrives, and where: the values that the application of a batch is about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from hub.conversations.parts import storable
from hub.crypto import DataKey
from hub.db.senders import SenderState
from hub.forgotten import Hashes, hashes_from
from hub.types import ChannelKind, InboundEvent, MessageReceived, Person, SentElsewhere
from hub.wiring import Services


@dataclass(frozen=True, slots=True)
class Arrived:
    """What one journal row means, and when it came. `event_id`, `key`: the row's own; 0 and "" where there is none."""

    event: InboundEvent
    received_at: datetime
    event_id: int = 0
    key: str = ""


Reread = Callable[[MessageReceived, Sequence[str]], MessageReceived]


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a batch is applied.

    sender        its `kind` is the one of the events: what comes by mail may be for another kind's conversation
    family        channel kinds that share addresses with this one
    key           the organization's: seals what files are fetched by
    names_people  whether the names of people without one are asked for
    signal_family whose codes the kind's words about a sender are
    reread        reads a message again, knowing our latest texts in its conversation; None: nothing would change
    foreign       it comes by another kind than the sender's: it opens no reply window there
    """

    sender: SenderState
    family: tuple[ChannelKind, ...]
    now: datetime
    hashes: Hashes
    key: DataKey = field(repr=False)
    names_people: bool = False
    foreign: bool = False
    signal_family: str = ""
    reread: Reread | None = field(default=None, repr=False)


def setting_of(
    services: Services, sender: SenderState, key: DataKey, now: datetime, kind: ChannelKind | None = None
) -> Setting:
    """Return where events of a sender are applied. `key`: its organization's, asked for before the transaction.

    `kind`: by which the events came, where that is another than the sender's.
    """
    came_by = kind or sender.kind
    adapter = services.adapters[came_by]
    return Setting(
        sender=replace(sender, kind=came_by),
        family=_family(services, came_by),
        now=now,
        hashes=hashes_from(key),
        key=key,
        names_people=adapter.names_people,
        foreign=came_by != sender.kind,
        signal_family=adapter.signal_family,
        reread=adapter.reread if adapter.rereads else None,
    )


def _family(services: Services, kind: ChannelKind) -> tuple[ChannelKind, ...]:
    """The other kinds on which an equal address is the same person."""
    family = services.adapters[kind].capabilities.address_family
    if family is None:
        return ()
    return tuple(
        other
        for other, adapter in services.adapters.items()
        if other != kind and adapter.capabilities.address_family == family
    )


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
