"""The audit log: entries appended to a chain, read, and emptied of a person. Nothing here changes or deletes one."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, cast, or_, select, union, update

from hub import whole_words
from hub.crypto import PLATFORM
from hub.db.paging import page_by
from hub.db.session import Tx
from hub.db.tables.core import AUDIT_ENTRY, AUDIT_HEAD, ORGANIZATION
from hub.types import Page

FORGOTTEN = "audit.forgotten"
"""The action of an entry that says which entries an erasure emptied. It names nobody and is never emptied itself."""

BEGINNING = -(2**62)
"""Before every number, also before one that the hub never gave."""

_PART = 1_000


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One entry of a chain. `content` is {"before", "after", "reason"}, None once an erasure took it."""

    organization_id: str
    number: int
    at: datetime
    actor_type: str
    actor_id: str
    actor_name: str
    origin: str
    action: str
    subject_type: str
    subject_id: str
    content: Mapping[str, Any] | None = field(repr=False)
    salt: bytes | None = field(repr=False)
    content_hash: bytes = field(repr=False)
    hash: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: the number and hash of its newest entry (0 and empty before the first)."""

    organization_id: str
    number: int
    hash: bytes = field(repr=False)
    mac: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries to list; None leaves a question open. Times are aware, `since` inclusive, `until` exclusive.

    action    an action (`channel.created`), or the noun of many (`channel`)
    subject   id or type of what was changed
    actor     id or type of who did it
    """

    action: str | None = None
    subject: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def lock_head(tx: Tx, organization_id: str) -> Head:
    """Take the end of a chain for this transaction; the first time, make it."""
    wanted = select(AUDIT_HEAD).where(AUDIT_HEAD.c.organization_id == organization_id).with_for_update()
    row = tx.first(wanted)
    if row is None:
        begun = Head(organization_id, 0, b"", b"")
        tx.insert_new(AUDIT_HEAD, [_row(begun)], returning=("organization_id",))
        # another transaction may have been first, and may be further
        row = tx.first(wanted)
    return _head(row) if row else begun


def append(tx: Tx, entry: AuditRecord, head: Head) -> None:
    """Write an entry and the chain's new end; call it with the head locked."""
    tx.insert(AUDIT_ENTRY, [{name: getattr(entry, name) for name in AuditRecord.__dataclass_fields__}])
    mine = AUDIT_HEAD.c.organization_id == head.organization_id
    tx.execute(update(AUDIT_HEAD).where(mine).values(number=head.number, hash=head.hash, mac=head.mac))


def list_heads(tx: Tx) -> list[Head]:
    """Return the ends of all chains that this transaction may see."""
    return [_head(row) for row in tx.all(select(AUDIT_HEAD).order_by(AUDIT_HEAD.c.organization_id))]


def list_chains(tx: Tx) -> set[str]:
    """Return whose chains there are: every organization's, the platform's, and any that has entries. Platform work."""
    owners = union(select(ORGANIZATION.c.id.label("owner")), select(AUDIT_ENTRY.c.organization_id.label("owner")))
    return {PLATFORM, *(row.owner for row in tx.all(owners))}


def find(tx: Tx, organization_id: str, number: int) -> AuditRecord | None:
    """Return one entry of a chain."""
    mine = (AUDIT_ENTRY.c.organization_id == organization_id, AUDIT_ENTRY.c.number == number)
    row = tx.first(select(AUDIT_ENTRY).where(*mine))
    return _record(row) if row else None


def list_page(tx: Tx, organization_id: str, wanted: Wanted, limit: int, cursor: str | None) -> Page[AuditRecord]:
    """Return entries of a chain, newest first; the cursor is the last one's number."""
    query = select(AUDIT_ENTRY).where(AUDIT_ENTRY.c.organization_id == organization_id, *_conditions(wanted))
    if cursor:
        query = query.where(AUDIT_ENTRY.c.number < int(cursor))
    rows = tx.all(query.order_by(AUDIT_ENTRY.c.number.desc()).limit(limit + 1))
    return page_by([_record(row) for row in rows], limit, lambda record: str(record.number))


def walk(tx: Tx, organization_id: str) -> Iterator[AuditRecord]:
    """Return every entry of a chain, oldest first, read in parts."""
    after = BEGINNING
    while part := list_part(tx, organization_id, Wanted(), after):
        yield from part
        after = part[-1].number


def list_part(tx: Tx, organization_id: str, wanted: Wanted, after: int) -> list[AuditRecord]:
    """Return the next entries of a chain, oldest first, from behind the number `after` (BEGINNING); none at the end."""
    mine = (AUDIT_ENTRY.c.organization_id == organization_id, AUDIT_ENTRY.c.number > after)
    query = select(AUDIT_ENTRY).where(*mine, *_conditions(wanted)).order_by(AUDIT_ENTRY.c.number).limit(_PART)
    return [_record(row) for row in tx.all(query)]


def numbers_about(tx: Tx, subject_ids: Sequence[str], words: Sequence[str]) -> list[int]:
    """Return the entries of the transaction's organization whose subject is one of these, or of which a value says a
    word, as a whole word: what values are called, such as `reason`, counts for nothing.

    Not those that explain an erasure: they hold numbers only, and without them the chain could not be explained.
    """
    about = list_about(tx, subject_ids)
    return sorted({*about, *(number for number, _ in list_saying(tx, words))})


def list_about(tx: Tx, subject_ids: Sequence[str]) -> list[int]:
    """Return the numbers of the entries with content whose subject is one of these."""
    found: list[int] = []
    for start in range(0, len(subject_ids), _PART):
        some = list(subject_ids[start : start + _PART])
        rows = tx.all(_with_content(tx, AUDIT_ENTRY.c.number).where(AUDIT_ENTRY.c.subject_id.in_(some)))
        found += [row.number for row in rows]
    return sorted(found)


def list_saying(tx: Tx, words: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Return (number, values) of the entries that say one of these words in a value, as a whole word; and which."""
    if not words:
        return []
    pattern = whole_words.pattern_of(words)
    rows = tx.all(_with_content(tx, AUDIT_ENTRY.c.number, AUDIT_ENTRY.c.content).where(or_(*map(_says, words))))
    said = [(row.number, [text for text in _texts(row.content) if pattern.search(text)]) for row in rows]
    return [(number, texts) for number, texts in said if texts]


def _with_content(tx: Tx, *columns: ColumnElement[Any]) -> Select[Any]:
    mine = (AUDIT_ENTRY.c.organization_id == tx.organization_id, AUDIT_ENTRY.c.action != FORGOTTEN)
    return select(*columns).where(*mine, AUDIT_ENTRY.c.content.is_not(None)).order_by(AUDIT_ENTRY.c.number)


def _texts(value: object) -> Iterator[str]:
    """Yield every string among the values of a JSON value; not the names of members."""
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)
        case _:
            return


def take_content(tx: Tx, numbers: Sequence[int]) -> None:
    """Take content and salt from entries of the transaction's organization: the one change a chain survives."""
    for start in range(0, len(numbers), _PART):
        tx.execute(
            update(AUDIT_ENTRY)
            .where(
                AUDIT_ENTRY.c.organization_id == tx.organization_id,
                AUDIT_ENTRY.c.number.in_(numbers[start : start + _PART]),
            )
            .values(content=None, salt=None)
        )


def _says(word: str) -> ColumnElement[bool]:
    """Tell whether it may: content is JSON, kept by SQLite with every letter beyond ASCII escaped, by PostgreSQL with
    none; an escaped letter has no case."""
    text: ColumnElement[str] = cast(AUDIT_ENTRY.c.content, Text)
    cases = {word, word.lower(), word.upper(), word.title()}
    forms = {json.dumps(each, ensure_ascii=escaped)[1:-1] for each in cases for escaped in (True, False)}
    return or_(*(text.icontains(form, autoescape=True) for form in forms))


def _conditions(wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
    entry = AUDIT_ENTRY.c
    asked = (
        (
            wanted.action,
            lambda value: or_(entry.action == value, entry.action.startswith(f"{value}.", autoescape=True)),
        ),
        (wanted.subject, lambda value: or_(entry.subject_id == value, entry.subject_type == value)),
        (wanted.actor, lambda value: or_(entry.actor_id == value, entry.actor_type == value)),
        (wanted.since, lambda value: entry.at >= value),
        (wanted.until, lambda value: entry.at < value),
    )
    return tuple(condition(value) for value, condition in asked if value is not None)


def _row(head: Head) -> dict[str, object]:
    return {name: getattr(head, name) for name in Head.__dataclass_fields__}


def _head(row: Row[Any]) -> Head:
    return Head(row.organization_id, row.number, bytes(row.hash), bytes(row.mac))


def _record(row: Row[Any]) -> AuditRecord:
    values = dict(row._mapping)
    binary = {name: bytes(values[name]) for name in ("salt", "content_hash", "hash") if values[name] is not None}
    return AuditRecord(**{**values, **binary})
