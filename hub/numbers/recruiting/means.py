"""By which ways the people of a ledger can be invited: what an organization has, and what each person has of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.db import ban_wishes, consents, invitation_ways, recipients, sent_invitations
from hub.db.consents import ConsentRecord
from hub.db.invitation_ways import ChannelWay, OwnAddress, Talk
from hub.db.session import Tx
from hub.numbers import winning
from hub.numbers.policy.ways import Invitation, Recipient, Step, next_step, ordered
from hub.types import ChannelKind
from hub.types.numbers import RecipientState, Way, WayState
from hub.wiring import Services


@dataclass(frozen=True, slots=True)
class Means:
    """The channels by which people may be invited, and the order of their kinds.

    succeeded  channels of which a new sender writes only to who wrote to it
    """

    channels: Mapping[str, ChannelWay]
    order: tuple[ChannelKind, ...]
    succeeded: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a ledger, or of one to be: their address there, where they stand, what they were sent."""

    id: str
    identity_id: str
    state: RecipientState
    conversation_id: str | None = None
    invitations: tuple[Invitation, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a page of people. `consents`: entries by identity; `talks`: by identity and channel.

    unheard  conversations whose person has not written to the sender that the channel has now
    """

    addresses: Mapping[str, Sequence[OwnAddress]]
    talks: Mapping[tuple[str, str], Talk]
    consents: Mapping[str, Sequence[ConsentRecord]]
    unheard: Collection[str] = ()


def order_of(services: Services, tx: Tx, wanted: Sequence[ChannelKind] = ()) -> tuple[ChannelKind, ...]:
    """Return the kinds by which people are invited: in the case's order, else the organization's, else the usual one.

    A kind that may not invite is left out of any.
    """
    places = {kind: adapter.invitation_place for kind, adapter in services.adapters.items()}
    usual = sorted((place, kind) for kind, place in places.items() if place is not None)
    chosen = wanted or ban_wishes.get(tx, tx.organization_id).invitation_order or [kind for _, kind in usual]
    return tuple(kind for kind in dict.fromkeys(chosen) if places.get(kind) is not None)


def means_of(services: Services, tx: Tx, but: Collection[str], wanted: Sequence[ChannelKind] = ()) -> Means:
    """Return the organization's means; `but`: the channels of the ban itself."""
    order = order_of(services, tx, wanted)
    found = invitation_ways.list_channels(tx, order, services.clock())
    channels = {each.channel_id: each for each in found if each.channel_id not in but}
    return Means(channels, order, invitation_ways.list_succeeded(tx) & channels.keys())


def know(tx: Tx, means: Means, identity_ids: Collection[str]) -> Known:
    """Read what is known of a page of people, in three statements and one for each of `unheard`."""
    addresses = invitation_ways.list_addresses(tx, identity_ids)
    every = sorted({address.identity_id for some in addresses.values() for address in some})
    talks = {(each.identity_id, each.channel_id): each for each in invitation_ways.list_talks(tx, every)}
    said: dict[str, list[ConsentRecord]] = {}
    for entry in consents.list_of(tx, every):
        said.setdefault(entry.identity_id, []).append(entry)
    return Known(addresses, talks, said, _unheard(tx, means, talks.values()))


def _unheard(tx: Tx, means: Means, talks: Iterable[Talk]) -> set[str]:
    on = [
        (each.conversation_id, means.channels[each.channel_id]) for each in talks if each.channel_id in means.succeeded
    ]
    return {talk for talk, channel in on if winning.forbids_unasked(tx, talk, channel.sender_id) is not None}


def with_invitations(tx: Tx, case_id: str, known: Known, people: Sequence[Person]) -> list[Person]:
    """Return people with what they were sent, by whichever of their contact's addresses they are in the ledger."""
    addresses = {each.id: _addresses(known, each) for each in people}
    lines = recipients.list_ids(tx, case_id, {identity for some in addresses.values() for identity in some})
    sent = sent_invitations.list_of(tx, set(lines.values()))
    found = []
    for each in people:
        own = [invitation for identity in addresses[each.id] for invitation in sent.get(lines.get(identity, ""), ())]
        found.append(replace(each, invitations=tuple(sorted(own, key=lambda one: one.at))))
    return found


def _addresses(known: Known, person: Person) -> set[str]:
    return {person.identity_id, *(each.identity_id for each in known.addresses.get(person.identity_id, ()))}


def step_of(services: Services, means: Means, known: Known, person: Person, now: datetime) -> Step:
    """Return what is to be done for a person now."""
    ways = ways_of(services, means, known, person.identity_id)
    entries = [entry.as_policy() for way in ways for entry in known.consents.get(way.identity_id, ())]
    return next_step(Recipient(person.state, person.invitations), ordered(ways, means.order), entries, now)


def ways_of(services: Services, means: Means, known: Known, identity_id: str) -> list[Way]:
    """Return every way to a person: one for each of their addresses that a channel of the organization writes to."""
    found = (_way(services, means, known, each) for each in known.addresses.get(identity_id, ()))
    return [each for each in found if each is not None]


def is_restricted(known: Known, identity_id: str) -> bool:
    """Whether nothing may be written to the person, or they are gone: then nothing is to be done for them now."""
    addresses = known.addresses.get(identity_id, ())
    return not addresses or any(each.restricted for each in addresses)


def has_opted_out(known: Known, identity_id: str) -> bool:
    """Whether the person does not want to be written to: said of one of their addresses it counts for all."""
    return any(each.opted_out for each in known.addresses.get(identity_id, ()))


def is_out_of_reach(services: Services, means: Means, known: Known, identity_id: str) -> bool:
    """Whether every address we have of a person is dead, their own among them."""
    own = [each for each in known.addresses.get(identity_id, ()) if each.identity_id == identity_id]
    ways = ways_of(services, means, known, identity_id)
    return all(each.unreachable and not each.opted_out for each in own) and all(
        each.state is WayState.UNREACHABLE for each in ways
    )


def _way(services: Services, means: Means, known: Known, address: OwnAddress) -> Way | None:
    channel = _channel_for(services, means, known, address)
    if channel is None:
        return None
    adapter, talk = services.adapters[channel.kind], known.talks.get((address.identity_id, channel.channel_id))
    window = adapter.capabilities.reply_window
    unheard = talk is not None and talk.conversation_id in known.unheard
    return Way(
        identity_id=address.identity_id,
        channel_id=channel.channel_id,
        kind=channel.kind,
        state=_state(address, channel),
        reply_window=timedelta(seconds=window) if window is not None else None,
        writes_first=unheard or not adapter.may_begin,
        last_heard_at=talk.last_heard_at if talk and not unheard else None,
    )


def _channel_for(services: Services, means: Means, known: Known, address: OwnAddress) -> ChannelWay | None:
    """Of those that send now the channel where they were heard last; where nobody has to write first any will do."""
    of_kind = [each for each in means.channels.values() if each.kind == address.kind]
    talks = {each.channel_id: known.talks.get((address.identity_id, each.channel_id)) for each in of_kind}
    adapter = services.adapters[address.kind]
    begins = adapter.may_begin and not address.scope
    if not begins or (any(talks.values()) and adapter.capabilities.reply_window is not None):
        of_kind = [each for each in of_kind if talks[each.channel_id] is not None]
    return max(of_kind, key=lambda each: (not each.rests, _heard(talks[each.channel_id])), default=None)


def _heard(talk: Talk | None) -> tuple[bool, bool, float, str]:
    if talk is None:
        return False, False, 0.0, ""
    at = talk.last_heard_at
    return True, at is not None, at.timestamp() if at else 0.0, talk.conversation_id


def _state(address: OwnAddress, channel: ChannelWay) -> WayState:
    if address.opted_out:
        return WayState.OPTED_OUT
    if address.unreachable:
        return WayState.UNREACHABLE
    return WayState.HELD if channel.rests else WayState.WORKS
