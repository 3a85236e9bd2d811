"""The consent ledger: what people of an organization said to being written to, and how that is known.

Entries are never changed: who takes a consent back adds one. An invitation goes only to an address with a consent that
stands (`hub.numbers.policy.caps.ground_for`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hub import audit
from hub.access.permissions import Permission, require
from hub.db import consents, contacts
from hub.db.consents import ConsentRecord
from hub.db.contacts import ContactRecord
from hub.db.session import Tx
from hub.errors import Invalid, NotFound
from hub.ids import new_id
from hub.numbers.policy.caps import Answer, consent_for
from hub.types import Actor
from hub.types.numbers import Purpose
from hub.wiring import Services

MOST_LINES: Final = 1_000
"""Of a list."""
_AHEAD: Final = timedelta(minutes=5)
"""How far a clock elsewhere may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class NewConsent:
    """What somebody said. `identity_id`: which of their addresses may be written to; `at` None: now.

    source        how it is known: a form, a message of theirs, a list that was brought along
    text_version  which text they agreed to
    """

    identity_id: str
    purpose: Purpose
    answer: Answer
    source: str
    text_version: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One address of a list. `at` None: now; `purpose` None: the list's."""

    kind: str
    address: str
    at: datetime | None = None
    purpose: Purpose | None = None


@dataclass(frozen=True, slots=True)
class ManyConsents:
    """What the people of a list said. The other fields are those of NewConsent."""

    purpose: Purpose
    answer: Answer
    source: str
    text_version: str
    lines: tuple[Line, ...]


class Result(StrEnum):
    """What became of a line.

    RECORDED  it was added
    KNOWN     the same entry is there already
    UNKNOWN   nobody is known by this address
    REFUSED   they took it back since
    """

    RECORDED = "recorded"
    KNOWN = "known"
    UNKNOWN = "unknown"
    REFUSED = "refused"


def lies_ahead(at: datetime, now: datetime) -> bool:
    """Whether nobody can have said anything then yet."""
    return at > now + _AHEAD


def list_consents(services: Services, actor: Actor, contact_id: str) -> list[ConsentRecord]:
    """Return a contact's entries, oldest first. Raises NotFound, also for a restricted contact (F20)."""
    require(actor, Permission.READ_CONTACTS)
    with services.db.reading(actor.organization_id) as tx:
        return consents.list_of(tx, [each.id for each in _shown(tx, contact_id).identities])


def record_consent(services: Services, actor: Actor, contact_id: str, new: NewConsent) -> ConsentRecord:
    """Add an entry. Raises NotFound, Invalid for what lacks a source, lies ahead, or names a foreign address."""
    require(actor, Permission.EDIT_CONTACTS)
    now = services.clock()
    with services.db.transaction(actor.organization_id) as tx:
        contacts.lock(tx, [contact_id])
        contact = _shown(tx, contact_id)
        record = _checked(contact, new, actor, now)
        consents.add(tx, record)
        said = {
            "identity_id": record.identity_id,
            "purpose": record.purpose,
            "answer": record.answer,
            "source": record.source,
            "text_version": record.text_version,
        }
        audit.record(services, tx, actor, audit.Change("consent.recorded", "contact", contact_id, after=said))
    return record


def record_many(services: Services, actor: Actor, new: ManyConsents) -> tuple[Result, ...]:
    """Add an entry for each address of a list; return what became of each, in their order. Safe to repeat.

    Raises Invalid for a list without a source, or with a line that lies ahead.
    """
    require(actor, Permission.EDIT_CONTACTS)
    now = services.clock()
    _check(new.source, [each.at or now for each in new.lines], now)
    with services.db.transaction(actor.organization_id) as tx:
        addresses = {each.address for each in new.lines}
        contacts.lock(tx, {contact_id for _, contact_id in consents.find_addresses(tx, addresses).values()})
        # whoever was erased or joined before the lock
        known = consents.find_addresses(tx, addresses)
        ledger = _Ledger(consents.list_of(tx, [identity_id for identity_id, _ in known.values()]))
        results = tuple(ledger.take(_entry(each, new, known, actor, now), each.at) for each in new.lines)
        consents.add_all(tx, ledger.added)
        purposes = ", ".join(sorted({each.purpose or new.purpose for each in new.lines}))
        said = {"purpose": purposes, "answer": new.answer, "source": new.source, "text_version": new.text_version}
        after = said | {"recorded": len(ledger.added), "of": len(new.lines)}
        change = audit.Change("consents.recorded", "organization", actor.organization_id, after=after)
        audit.record(services, tx, actor, change)
    return results


class _Ledger:
    """What people said, while the lines of a list are added to it."""

    def __init__(self, entries: Sequence[ConsentRecord]) -> None:
        self.added: list[ConsentRecord] = []
        self._entries: dict[str, list[ConsentRecord]] = {}
        for each in entries:
            self._entries.setdefault(each.identity_id, []).append(each)

    def take(self, new: ConsentRecord | None, at: datetime | None) -> Result:
        """Add an entry, unless there is nobody, it is there, or what they said later speaks against it.

        A list knows what people agreed to once: without a time of its own a line takes no refusal back.
        """
        if new is None:
            return Result.UNKNOWN
        own = self._entries.setdefault(new.identity_id, [])
        last = consent_for([each.as_policy() for each in own], new.identity_id, new.purpose)
        withdrawn = last is not None and last.answer is Answer.WITHDRAWN
        # what they took back and gave again since is taken back anew
        stands = new.answer is Answer.GIVEN or withdrawn
        if any(_is_same(each, new) and (each.at == at or (at is None and stands)) for each in own):
            return Result.KNOWN
        refused = withdrawn and new.answer is Answer.GIVEN
        if last is not None and refused and (at is None or at <= last.at):
            return Result.REFUSED
        own.append(new)
        self.added.append(new)
        return Result.RECORDED


def _is_same(one: ConsentRecord, other: ConsentRecord) -> bool:
    said = [(each.purpose, each.answer, each.source, each.text_version) for each in (one, other)]
    return said[0] == said[1]


def _entry(
    line: Line, new: ManyConsents, known: Mapping[tuple[str, str], tuple[str, str]], actor: Actor, now: datetime
) -> ConsentRecord | None:
    found = known.get((line.kind, line.address))
    if found is None:
        return None
    said = NewConsent(found[0], line.purpose or new.purpose, new.answer, new.source, new.text_version, line.at)
    return _record(said, actor, now)


def _checked(contact: ContactRecord, new: NewConsent, actor: Actor, now: datetime) -> ConsentRecord:
    if new.identity_id not in {each.id for each in contact.identities}:
        raise Invalid("this address is none of the contact's; name one of its identities")
    _check(new.source, [new.at or now], now)
    return _record(new, actor, now)


def _check(source: str, times: Sequence[datetime], now: datetime) -> None:
    if not source.strip():
        raise Invalid("say how the consent is known: a form, a message of theirs, a list that was brought along")
    if lies_ahead(max(times, default=now), now):
        raise Invalid("nobody has said anything in the future yet; name the time at which they said it")


def _record(new: NewConsent, actor: Actor, now: datetime) -> ConsentRecord:
    return ConsentRecord(
        id=new_id(),
        identity_id=new.identity_id,
        purpose=new.purpose,
        answer=new.answer,
        source=new.source.strip()[:200],
        text_version=new.text_version.strip()[:200],
        user_id=actor.user_id,
        at=new.at or now,
    )


def _shown(tx: Tx, contact_id: str) -> ContactRecord:
    contact = contacts.get(tx, contact_id)
    if contact.restricted:
        raise NotFound(f"there is no contact {contact_id}")
    return contact
