"""Who wrote: identities of those the hub knows, new ones for those it does not, and what it must heed with these."""

from collections.abc import Mapping, Sequence

from hub.conversations.arriving import Arrived, Setting, person_of
from hub.conversations.changes import Changes
from hub.conversations.chores import errand_of, look_up_name
from hub.db import people, privacy, reaching
from hub.db.people import IdentityRecord, Place
from hub.db.session import Tx
from hub.forgotten import REDELIVERED_WITHIN, drop_erased_events, enforce_opt_outs
from hub.types import MessageReceived


def admit(
    tx: Tx, setting: Setting, said: Sequence[Arrived], changes: Changes
) -> tuple[Sequence[Arrived], dict[Place, IdentityRecord]]:
    """Return what was said, without what an erasure took and the provider delivers again, and who said it.

    Those known for long cost the one query. The events of the others may be erased ones; newcomers may have opted out.
    """
    found = people.find_identities(tx, setting.sender.kind, _all_places(said))
    fresh = _without_erased(tx, setting, said, found)
    if any(place not in found for place in _all_places(fresh)):
        return fresh, _make_newcomers(tx, setting, fresh, found, changes)
    _look_again(tx, fresh, found)
    # whoever is not in what is left has said nothing
    left = {_place(each) for each in fresh}
    return fresh, {place: identity for place, identity in found.items() if place in left}


def _without_erased(
    tx: Tx, setting: Setting, said: Sequence[Arrived], found: Mapping[Place, IdentityRecord]
) -> Sequence[Arrived]:
    """An erased person who wrote again is known again, and what they wrote before can still be delivered again."""
    since = setting.now - REDELIVERED_WITHIN
    long_known = {place for place, each in found.items() if each.created_at < since}
    keys = {each.event_id: each.key for each in said if each.key and _place(each) not in long_known}
    if not keys or not privacy.has_erasure_since(tx, since):
        return said
    again = drop_erased_events(tx, setting.sender.id, keys, setting.hashes)
    return [each for each in said if each.event_id not in again]


def _make_newcomers(
    tx: Tx, setting: Setting, said: Sequence[Arrived], found: Mapping[Place, IdentityRecord], changes: Changes
) -> dict[Place, IdentityRecord]:
    kind, persons = setting.sender.kind, [person_of(each.event) for each in said]
    known = people.ensure_identities(tx, kind, setting.family, persons, setting.now)
    _look_again(tx, said, known)
    new = {place: each for place, each in known.items() if place not in found}
    enforce_opt_outs(tx, kind, new, _writers(said), setting.hashes)
    if setting.names_people:
        nameless = {people.place_of(person): person for person in persons if not person.name}
        for place, person in nameless.items():
            if place in new:
                asked = errand_of(look_up_name(person), setting.sender.id, new[place].id, setting.now)
                changes.chores.append(asked)
    return known


def _look_again(tx: Tx, said: Sequence[Arrived], found: Mapping[Place, IdentityRecord]) -> None:
    """Whoever writes can be reached again, and is who they say once the provider vouches for it."""
    wrote = _writers(said)
    back = [each.id for place, each in found.items() if each.unreachable and not each.opted_out and place in wrote]
    if back:
        reaching.mark_reachable(tx, back)
    vouched = {_place(each) for each in said if person_of(each.event).verified}
    proven = [each.id for place, each in found.items() if not each.verified and place in vouched]
    if proven:
        reaching.mark_verified(tx, proven)


def _writers(said: Sequence[Arrived]) -> set[Place]:
    return {_place(each) for each in said if isinstance(each.event, MessageReceived)}


def _place(arrived: Arrived) -> Place:
    return people.place_of(person_of(arrived.event))


def _all_places(said: Sequence[Arrived]) -> list[Place]:
    return [place for each in said for place in people.places_of(person_of(each.event))]
