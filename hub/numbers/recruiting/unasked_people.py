"""Whom only a consent is missing: people of a ban who could be invited at another address, if they agreed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.access.permissions import Permission, require
from hub.db import ban_cases, consents, recipients
from hub.db.recipients import RecipientRecord
from hub.db.session import Tx
from hub.numbers.policy.caps import ground_for
from hub.numbers.policy.ledger import INVITABLE
from hub.numbers.policy.ways import OnlyByPublishing, Why, ordered
from hub.numbers.recruiting.means import (
    Known,
    Means,
    Person,
    is_restricted,
    know,
    step_of,
    ways_of,
    with_invitations,
)
from hub.numbers.recruiting.writing import means_of_case
from hub.types import Actor
from hub.types.numbers import WayState
from hub.wiring import Services

_PAGE: Final = 500
_SHUT: Final = (WayState.OPTED_OUT, WayState.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Unasked:
    """An address at which somebody could be invited, if they agreed. `address` in full, as it is written to."""

    name: str
    address: str
    kind: str


def list_unasked(services: Services, actor: Actor, case_id: str) -> tuple[Unasked, ...]:
    """Return the addresses, in the order of ways and person by person, of those whom nothing but a consent is missing.

    Somebody with two such addresses has two lines. Raises NotFound.
    """
    require(actor, Permission.READ_CONTACTS)
    now, found = services.clock(), list[Unasked]()
    with services.db.reading(actor.organization_id) as tx:
        means = means_of_case(services, tx, ban_cases.get(tx, case_id))
        for state in sorted(INVITABLE):
            cursor: str | None = ""
            while cursor is not None:
                page = recipients.list_page(tx, case_id, state, _PAGE, cursor)
                found += _of_page(services, tx, means, case_id, page.items, now)
                cursor = page.next
    return tuple(found)


def _of_page(
    services: Services, tx: Tx, means: Means, case_id: str, lines: Sequence[RecipientRecord], now: datetime
) -> list[Unasked]:
    people = [
        Person(each.id, each.identity_id, each.entry.state, each.conversation_id) for each in lines if each.identity_id
    ]
    known = know(tx, means, [each.identity_id for each in people])
    people = with_invitations(tx, case_id, known, people)
    wanted = [
        identity_id
        for each in people
        if not is_restricted(known, each.identity_id)
        and step_of(services, means, known, each, now) == OnlyByPublishing(Why.NO_CONSENT)
        for identity_id in _addresses(services, means, known, each)
    ]
    named = consents.list_addresses(tx, wanted)
    shown = [named[each] for each in wanted if each in named]
    return [Unasked(each.contact_name, each.address, each.kind) for each in shown]


def _addresses(services: Services, means: Means, known: Known, person: Person) -> list[str]:
    tried = {each.identity_id for each in person.invitations}
    ways = ordered(ways_of(services, means, known, person.identity_id), means.order)
    open_ = [each for each in ways if each.state not in _SHUT and each.identity_id not in tried]
    entries = [entry.as_policy() for way in open_ for entry in known.consents.get(way.identity_id, ())]
    return [each.identity_id for each in open_ if ground_for(entries, each.identity_id) is None]
