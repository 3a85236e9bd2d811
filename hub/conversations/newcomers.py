"""Who wrote: identities of those the hub knows, new ones for those it does not, and what it must heed with these."""

from collections.abc import Mapping, Sequence

from hub.conversations.arriving import Arrived, Setting, person_of
from hub.db import people, privacy
from hub.db.people import IdentityRecord, Place
from hub.db.session import Tx
from hub.forgotten import REDELIVERED_WITHIN, drop_erased_events, enforce_opt_outs, lift_opt_outs
from hub.types import MessageReceived


def admit(tx: Tx, setting: Setting, said: Sequence[Arrived]) -> tuple[Sequence[Arrived], dict[Place, IdentityRecord]]:
    """Return what was said, without what an erasure took and the provider delivers again, and who said it.

    Those known for long cost the one query. The events of the others may be erased ones; newcomers may have opted out.
    """
    found = people.find_identities(tx, setting.sender.kind, [_place(each) for each in said])
    fresh = _without_erased(tx, setting, said, found)
    if any(_place(each) not in found for each in fresh):
        return fresh, _make_newcomers(tx, setting, fresh, found)
    _let_back(tx, fresh, found)
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
    tx: Tx, setting: Setting, said: Sequence[Arrived], found: Mapping[Place, IdentityRecord]
) -> dict[Place, IdentityRecord]:
    kind, persons = setting.sender.kind, [person_of(each.event) for each in said]
    known = people.ensure_identities(tx, kind, setting.family, persons, setting.now)
    _let_back(tx, said, known)
    new, wrote = known.keys() - found.keys(), _writers(said)
    enforce_opt_outs(tx, kind, {place: known[place] for place in new - wrote}, setting.hashes)
    lift_opt_outs(tx, kind, new & wrote, setting.hashes)
    return known


def _let_back(tx: Tx, said: Sequence[Arrived], found: dict[Place, IdentityRecord]) -> None:
    """Whoever writes can be reached again."""
    wrote = _writers(said)
    back = [identity.id for place, identity in found.items() if identity.unreachable and place in wrote]
    if back:
        people.mark_reachable(tx, back)


def _writers(said: Sequence[Arrived]) -> set[Place]:
    return {_place(each) for each in said if isinstance(each.event, MessageReceived)}


def _place(arrived: Arrived) -> Place:
    return people.place_of(person_of(arrived.event))
