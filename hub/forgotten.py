"""What was erased, recognised when it comes again: keyed hashes that tell nobody what it was (docs/adr/0011).

Asked only when somebody writes whom the hub knows for less than the providers' longest time of redelivery: whoever it
knows for longer was not erased since.
"""

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.crypto import DataKey
from hub.db import journal, opt_outs, person_events, reaching
from hub.db.people import IdentityRecord, Place
from hub.db.session import Tx
from hub.types import ChannelKind
from hub.wiring import Services

_EVENT = "erased:"
REDELIVERED_WITHIN = timedelta(days=30)
"""After so long no provider delivers a message again, nor lists it for a recovery."""
OPTED_OUT = "they asked not to be written to, before their data was erased"
"""The reason of an opt-out that outlived its person; as it was told it may quote the address."""
UNREACHABLE = "they asked not to be written to, or could not be reached, before their data was erased"
"""The same of whoever could not be reached."""


@dataclass(frozen=True, slots=True)
class Hashes:
    """The hashes of one organization."""

    _opt_outs: bytes = field(repr=False)
    _events: bytes = field(repr=False)

    def of_address(self, kind: str, scope: str, address: str) -> str:
        """Return the hash under which an opt-out of an address is kept."""
        return _hash(self._opt_outs, f"{kind}|{scope}|{address}")

    def of_event(self, sender_id: str, key: str) -> str:
        """Return what an erased event is called in the journal instead of its key."""
        return key if is_erased(key) else _EVENT + _hash(self._events, f"{sender_id}|{key}")


def is_erased(key: str) -> bool:
    """Tell whether this is what an erased event is called."""
    return key.startswith(_EVENT)


def hashes_of(services: Services, organization_id: str) -> Hashes:
    """Return the hashes of an organization. Raises Unreadable when its key was destroyed. Call it in no transaction."""
    return hashes_from(services.vault.of(organization_id))


def hashes_from(key: DataKey) -> Hashes:
    """Return the hashes of the organization whose key it is."""
    return Hashes(key.derive("opt-outs"), key.derive("erased events"))


def enforce_opt_outs(
    tx: Tx, kind: ChannelKind, new: Mapping[Place, IdentityRecord], wrote: Collection[Place], hashes: Hashes
) -> None:
    """Give identities that were just created back what their addresses said before an erasure.

    An opt-out counts until the person takes it back; who merely could not be reached can be again once they write
    (`wrote`).
    """
    by_hash = {hashes.of_address(kind, *place): place for place in new}
    over = []
    for address_hash, reason in opt_outs.find(tx, kind, by_hash).items():
        place = by_hash[address_hash]
        if reason == OPTED_OUT:
            reaching.opt_out(tx, new[place].id, reason, new[place].created_at)
        elif place in wrote:
            over.append(address_hash)
        else:
            reaching.mark_unreachable(tx, new[place].id, reason)
    if over:
        opt_outs.forget(tx, kind, over)


def opt_out_unknown(tx: Tx, kind: ChannelKind, places: Collection[Place], now: datetime, hashes: Hashes) -> None:
    """Keep the word of somebody the hub does not know, or no more: they shall not be written to later either."""
    for place in places:
        opt_outs.forget(tx, kind, [hashes.of_address(kind, *place)])
        opt_outs.keep(tx, kind, hashes.of_address(kind, *place), OPTED_OUT, now)


def lift_opt_outs(tx: Tx, kind: ChannelKind, places: Collection[Place], hashes: Hashes) -> None:
    """Forget the opt-outs of addresses whose person said that they want to be written to again."""
    opt_outs.forget(tx, kind, [hashes.of_address(kind, *place) for place in places])


def drop_erased_events(tx: Tx, sender_id: str, keys: Mapping[int, str], hashes: Hashes) -> set[int]:
    """Return which journal rows deliver again what was erased, and empty them.

    keys: journal row → its event key, of one sender.
    """
    named = {event_id: hashes.of_event(sender_id, key) for event_id, key in keys.items()}
    known = journal.known_keys(tx, sender_id, set(named.values()))
    again = {event_id for event_id, name in named.items() if name in known}
    if again:
        rows = person_events.list_by_ids(tx, again)
        person_events.empty(tx, rows, [named[row.id] for row in rows])
    return again


def _hash(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), "sha256").hexdigest()
