"""Rehearsing a ban: whom invitations would reach, by which way, in how many days. Nothing is sent or written."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Final

from hub.access.permissions import Permission, require
from hub.db import people_of_sender, senders, unasked
from hub.db.people_of_sender import PersonOfSender, Place, SenderPlace
from hub.db.session import PlatformWork, Tx
from hub.errors import Conflict, NotFound
from hub.numbers.policy.ledger import entry_of
from hub.numbers.policy.rehearsal import Lane, Rehearsal
from hub.numbers.policy.rehearsal import rehearse as count
from hub.numbers.policy.ways import Step, Wait
from hub.numbers.recruiting import limits, means
from hub.numbers.recruiting.means import Means, Person
from hub.numbers.winning import SAID
from hub.types import Actor, ChannelKind
from hub.wiring import Services

_PAGE: Final = 500


def rehearse(services: Services, actor: Actor, channel_id: str) -> Rehearsal:
    """Say what winning everybody of a channel for a new sender would come to.

    Raises NotFound, Conflict for a channel that is disconnected.
    """
    require(actor, Permission.READ_CHANNELS)
    return _rehearse(services, actor.organization_id, channel_id)


def rehearse_anywhere(services: Services, channel_id: str) -> Rehearsal:
    """The same for whoever runs the hub, of any organization's channel. Raises what `rehearse` does."""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        organization_id = senders.organization_of_channel(tx, channel_id)
    if organization_id is None:
        raise NotFound(f"there is no channel {channel_id}")
    return _rehearse(services, organization_id, channel_id)


def _rehearse(services: Services, organization_id: str, channel_id: str) -> Rehearsal:
    now = services.clock()
    with services.db.reading(organization_id) as tx:
        sender = people_of_sender.find_current(tx, channel_id)
        if sender is None:
            raise _no_sender(tx, channel_id)
        ways = means.means_of(services, tx, {channel_id})
        shared = (limits.limit_of_organization(unasked.caps_of(tx)),)
        return count(_steps(services, tx, sender, ways, now), _lanes(services, ways), shared)


def _no_sender(tx: Tx, channel_id: str) -> NotFound | Conflict:
    if senders.organization_of_channel(tx, channel_id) is None:
        return NotFound(f"there is no channel {channel_id}")
    return Conflict("this channel is disconnected; connect it again to rehearse its ban")


def _lanes(services: Services, ways: Means) -> dict[ChannelKind, Lane]:
    """One for each kind, in the order of kinds; of several channels the oldest, which strangers are written to by."""
    lanes = {}
    for kind in ways.order:
        channel = next((each for each in ways.channels.values() if each.kind == kind), None)
        if channel is not None:
            lanes[kind] = Lane(limits.limits_of_channel(services, channel), channel.quality)
    return lanes


def _steps(services: Services, tx: Tx, sender: SenderPlace, ways: Means, now: datetime) -> Iterator[Step]:
    """The first step of each person, a page at a time."""
    for page in _pages(tx, sender):
        known = means.know(tx, ways, [each.identity_id for each in page])
        for each in page:
            yield _step(services, ways, known, each, now)


def _pages(tx: Tx, sender: SenderPlace) -> Iterator[list[PersonOfSender]]:
    """Those whom a ledger of this sender would hold, each identity once: carried over, and of its own channel."""
    carried: set[str] = set()
    after: str | None = ""
    while after is not None:
        people, after = people_of_sender.list_carried_over(tx, sender, None, after, _PAGE)
        new = {each.identity_id: each for each in people if each.identity_id not in carried}
        carried |= new.keys()
        yield list(new.values())
    yield from _of_channel(tx, sender, carried)


def _of_channel(tx: Tx, sender: SenderPlace, carried: Collection[str]) -> Iterator[list[PersonOfSender]]:
    before: Place | None = None
    last = ""
    while True:
        people = people_of_sender.list_people(tx, sender, None, before, _PAGE)
        # those of an identity stand together, also over the end of a page
        talked = {each.identity_id: each for each in people if each.talked and each.identity_id != last}
        yield [each for identity_id, each in talked.items() if identity_id not in carried]
        if len(people) < _PAGE:
            return
        before, last = people[-1].place, next(reversed(talked), last)


def _step(services: Services, ways: Means, known: means.Known, each: PersonOfSender, now: datetime) -> Step:
    if means.is_restricted(known, each.identity_id):
        return Wait(None)
    entry = entry_of(SAID if each.opted_out else None)
    return means.step_of(services, ways, known, Person("", each.identity_id, entry.state), now)
