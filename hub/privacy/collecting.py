"""Everything the hub has about a person, as one JSON document and its files (F17)."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from hub.db import audit as audit_queries
from hub.db import person as persons
from hub.db import person_events, person_rows
from hub.db import privacy as queries
from hub.db.json_rows import Rows, chunks
from hub.db.person import PersonRecord
from hub.db.person_events import RawRow
from hub.db.session import Tx
from hub.errors import NotFound, Unreadable
from hub.privacy import mentions
from hub.privacy.authors import Authors, Whose
from hub.privacy.needles import Names, full_names, names_of
from hub.privacy.opening import Opener
from hub.privacy.raw import held_ids, walk_held
from hub.providers.registry import OF_EVERY_KIND, REGISTRY_VERSION, get_provider
from hub.types import FileState, JsonObject
from hub.wiring import Services

T = TypeVar("T")

PURPOSES = (
    "Taking, answering and documenting what the person asked the organization through one of its channels",
    "Proving that every message was taken in and what was done with it (journal, audit log)",
    "Honouring the person's wish not to be written to",
)
"""What the data is kept for (F12, F17)."""
_GIVEN = {Whose.THEIRS, Whose.UNCLEAR}


@dataclass
class Collected:
    """What was found. `document` becomes person.json; `files` are path → bytes beside it; `counts` by place."""

    document: dict[str, Any] = field(default_factory=dict, repr=False)
    files: dict[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def counts(self) -> dict[str, int]:
        return {name: len(rows) for name, rows in self.document.items() if isinstance(rows, list)}


def collect(
    services: Services, organization_id: str, person: PersonRecord, authors: Authors, event_ids: Collection[int]
) -> Collected:
    """Gather all of it. Reads only; merged contacts are one person. `event_ids`: the events of nobody that are theirs.

    What does not open is listed without its file. What is in quarantine for nobody is the platform's, and not here.
    """
    opener, collected = authors.opener, Collected()
    with services.db.reading(organization_id) as tx:
        document = collected.document
        _add_rows(tx, person, document)
        _add_mentions(tx, person, document)
        _add_events(tx, person, opener, event_ids, collected)
        document["cases"] = [_plain(case) for case in queries.list_of_contacts(tx, person.contact_ids)]
        document["recipients"] = _recipients(services, tx, document)
    _add_files(services, opener, collected)
    _add_held(services, organization_id, authors, collected)
    document["purposes"] = list(PURPOSES)
    return collected


def _add_held(services: Services, organization_id: str, authors: Authors, collected: Collected) -> None:
    quarantined = _list(collected.document, "quarantined")
    for each in walk_held(services, held_ids(services, organization_id), authors):
        if each.whose in _GIVEN:
            path = f"quarantine/{each.row.id}"
            collected.files[path] = each.body
            quarantined.append({**_plain(each.row), "request": each.about, "file": path})


def names_alone(tx: Tx, person: PersonRecord) -> Names:
    """Return the names and addresses that mean this person and nobody else of the organization."""
    others = persons.names_of_others(tx, person, full_names(person.names))
    return names_of(person.names, [each.address for each in person.addresses], others)


def ids_of(person: PersonRecord, more: Iterable[str]) -> list[str]:
    """Return the ids under which the audit log speaks of a person. `more`: those of their messages."""
    return [*person.contact_ids, *person.identity_ids, *person.conversation_ids, *more]


def _add_rows(tx: Tx, person: PersonRecord, document: dict[str, Any]) -> None:
    document["contacts"] = person_rows.contacts(tx, person)
    document["identities"] = person_rows.identities(tx, person)
    of_bans = person_rows.ban_recipients, person_rows.claims, person_rows.sent_invitations, person_rows.wrong_codes
    for read in (person_rows.consents, *of_bans):
        document[read.__name__] = read(tx, person)
    document["conversations"] = person_rows.conversations(tx, person)
    document["messages"] = messages = person_rows.messages(tx, person)
    for read in (person_rows.read_marks, person_rows.assignments, person_rows.automatic_answers):
        document[read.__name__] = read(tx, person)
    ids = [row["id"] for row in messages]
    document["deliveries"] = person_rows.deliveries(tx, ids)
    delivery_ids = [row["id"] for row in document["deliveries"]]
    document["delivery_attempts"] = person_rows.attempts(tx, delivery_ids)
    document["attachments"] = person_rows.attachments(tx, ids)
    document["message_aliases"] = further = person_rows.further_ids(tx, ids)
    document["errands"] = _errands(tx, person, ids)
    external_ids = [row["external_id"] for row in (*messages, *further) if row["external_id"]]
    document["parked_receipts"] = _parked(tx, person, external_ids, delivery_ids)
    document["notices"] = person_rows.notices(tx, person)
    document["kept_answers"] = answers_about(tx, person, [row["id"] for row in document["attachments"]])


def answers_about(tx: Tx, person: PersonRecord, file_ids: list[str]) -> Rows:
    """Return the answers kept for repeated requests that name a contact, conversation or file of the person."""
    ids = [*person.contact_ids, *person.conversation_ids, *file_ids]
    kept = person_rows.kept_answers(tx)
    return [row for row in kept if any(each in row["path"] or each in json.dumps(row["response"]) for each in ids)]


def _parked(tx: Tx, person: PersonRecord, external_ids: list[str], delivery_ids: list[str]) -> Rows:
    known = person_rows.parked(tx, external_ids, delivery_ids)
    ids = {row["id"] for row in known}
    return known + [row for row in parked_naming(tx, person) if row["id"] not in ids]


def _errands(tx: Tx, person: PersonRecord, message_ids: list[str]) -> Rows:
    known = person_rows.errands(tx, person, message_ids)
    ids = {row["id"] for row in known}
    return known + [row for row in errands_naming(tx, person) if row["id"] not in ids]


def parked_naming(tx: Tx, person: PersonRecord) -> Rows:
    """Return the parked receipts whose words hold an address of the person."""
    return _naming(person, person_rows.all_parked(tx))


def errands_naming(tx: Tx, person: PersonRecord) -> Rows:
    """Return the errands whose words hold an address of the person."""
    return _naming(person, person_rows.all_errands(tx))


def _naming(person: PersonRecord, rows: Rows) -> Rows:
    names = Names(each.address for each in person.addresses if each.address)
    return [row for row in rows if names.are_in(json.dumps(row, ensure_ascii=False))]


def _add_files(services: Services, opener: Opener, collected: Collected) -> None:
    """The bytes of files, fetched with no transaction open. Raises Unavailable when the storage cannot be used now."""
    for row in collected.document["attachments"]:
        sealed = _sealed_file(services, opener.organization_id, row)
        path = f"files/{row['id']}"
        row["file"] = _keep(collected, path, opener.attachment_body, sealed) if sealed else None


def _sealed_file(services: Services, organization_id: str, row: JsonObject) -> bytes:
    """Return a file's sealed bytes, none when it never came."""
    with services.db.reading(organization_id) as tx:
        kept = person_rows.attachment_body(tx, row["id"])
    if kept or row["storage_key"] is None or row["state"] != FileState.READY:
        return kept
    try:
        return services.storage.get(row["storage_key"])
    except NotFound:
        return b""


def _add_mentions(tx: Tx, person: PersonRecord, document: dict[str, Any]) -> None:
    """Other people's conversations are theirs: of them only the words around this person's name are given."""
    names = names_alone(tx, person)
    document["mentions"] = mentions.listed(tx, person, names)
    document["audit"] = _audit(tx, person, names)


def _audit(tx: Tx, person: PersonRecord, names: Names) -> Rows:
    """Return the entries about the person, and of those about others only the values that say their name."""
    theirs = audit_queries.list_about(tx, ids_of(person, person_rows.audited_messages(tx, person)))
    others = [(number, said) for number, said in audit_queries.list_saying(tx, names.words) if number not in theirs]
    return person_rows.audit_lines(tx, theirs) + [{"number": number, "said": said} for number, said in others]


def _add_events(tx: Tx, person: PersonRecord, opener: Opener, event_ids: Collection[int], collected: Collected) -> None:
    events = _list(collected.document, "events")
    for row in (*_known_events(tx, person), *_events_by_id(tx, event_ids)):
        path = None
        if row.body is not None:
            path = _keep(collected, f"events/{row.id}", opener.shown, row)
        events.append({**_plain(row), "headers": dict(row.headers), "file": path})


def _known_events(tx: Tx, person: PersonRecord) -> Iterator[RawRow]:
    after = 0
    while rows := person_events.list_of_identities(tx, person.identity_ids, after):
        yield from rows
        after = rows[-1].id


def _events_by_id(tx: Tx, ids: Collection[int]) -> Iterator[RawRow]:
    for some in chunks(ids):
        yield from person_events.list_by_ids(tx, some)


def _keep(collected: Collected, path: str, open_it: Callable[[T], bytes], sealed: T) -> str | None:
    """Keep a file that opens and return its path; None for one that was damaged."""
    try:
        collected.files[path] = open_it(sealed)
    except Unreadable:
        return None
    return path


def _recipients(services: Services, tx: Tx, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return who got the data: companies by the channels the person used, and users who wrote, had or read it."""
    kinds = {row["kind"] for row in document["identities"]}
    ids = {name for kind, adapter in services.adapters.items() if kind in kinds for name in adapter.processors}
    if services.settings.media_s3_url:
        ids |= OF_EVERY_KIND
    users = {row["author_id"] for row in document["messages"] if row["author_type"] == "user"}
    users |= {row["assignee_id"] for row in document["conversations"]}
    users |= {row["user_id"] for row in (*document["read_marks"], *document["assignments"])}
    return {
        "registry_version": REGISTRY_VERSION,
        "companies": [_plain(get_provider(each)) for each in sorted(ids)],
        "users": person_rows.users(tx, sorted(each for each in users if each)),
    }


def _list(document: dict[str, Any], name: str) -> list[Any]:
    found: list[Any] = document.setdefault(name, [])
    return found


_AS_TEXT: tuple[tuple[type, Callable[[Any], Any]], ...] = ((datetime, datetime.isoformat), (date, date.isoformat))


def _plain(value: Any) -> dict[str, Any]:
    """Return a dataclass as JSON, without bytes."""
    return {
        name: _text(item)
        for name in value.__dataclass_fields__
        if not isinstance(item := getattr(value, name), bytes) and name != "media"
    }


def _text(value: Any) -> Any:
    return next((write(value) for kind, write in _AS_TEXT if isinstance(value, kind)), value)
