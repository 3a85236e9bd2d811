"""The people of a ledger as people see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.access.permissions import Permission, require
from hub.db import ban_cases, people_of_sender, recipients
from hub.db.recipients import RecipientRecord
from hub.db.session import Tx
from hub.numbers.policy.ways import REASONS
from hub.types import Actor, ChannelKind, Page
from hub.types.numbers import RecipientState
from hub.wiring import Services


@dataclass(frozen=True, slots=True)
class PersonView:
    """A contact or an identity, as people know them."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class RecipientView:
    """A person of a ledger.

    contact, identity  None once they were erased, and while the contact is restricted (F20)
    way                by which kind they were invited last
    why                one sentence: why only what is published can reach them; "" where that is not so
    claimed_by         the contact who used their code, until somebody says whether it is them and after they did
    """

    id: str
    contact: PersonView | None
    identity: PersonView | None
    state: RecipientState
    way: ChannelKind | None
    why: str
    invitations: int
    invited_at: datetime | None
    verified_at: datetime | None
    conversation_id: str | None
    claimed_by: PersonView | None


def list_recipients(
    services: Services,
    actor: Actor,
    case_id: str,
    state: RecipientState | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[RecipientView]:
    """Return a case's people by their ids, all or those who stand at `state`. Raises NotFound."""
    require(actor, Permission.READ_CONTACTS)
    with services.db.reading(actor.organization_id) as tx:
        ban_cases.get(tx, case_id)
        page = recipients.list_page(tx, case_id, state, limit, cursor)
        return Page(tuple(_views(tx, page.items)), page.next)


def view_of(tx: Tx, record: RecipientRecord) -> RecipientView:
    """Return one person of a ledger."""
    return _views(tx, [record])[0]


def _views(tx: Tx, records: Sequence[RecipientRecord]) -> list[RecipientView]:
    named = [each for record in records for each in (record.identity_id, record.claimed_by) if each]
    names = people_of_sender.list_names(tx, named)
    return [_view(record, names) for record in records]


def _view(record: RecipientRecord, names: dict[str, people_of_sender.NamedIdentity]) -> RecipientView:
    identity, claimer = names.get(record.identity_id or ""), names.get(record.claimed_by or "")
    return RecipientView(
        id=record.id,
        contact=PersonView(identity.contact_id, identity.contact_name) if identity else None,
        identity=PersonView(identity.id, identity.name) if identity else None,
        state=record.entry.state,
        way=record.way,
        why=REASONS[record.why] if record.why else "",
        invitations=record.entry.invitations,
        invited_at=record.invited_at,
        verified_at=record.verified_at,
        conversation_id=record.conversation_id if identity else None,
        claimed_by=PersonView(claimer.contact_id, claimer.contact_name) if claimer else None,
    )
