"""A person's name in what colleagues wrote about others: a neutral word takes its place.

Routing rules and groups are told and left as they are: a rule that asks for another word, or answers with one, would
route and speak otherwise, so that is for a person to change.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from hub.db import person_erasing, person_mentions, person_rows
from hub.db import privacy as queries
from hub.db.person import PersonRecord
from hub.db.privacy import CaseKind
from hub.db.session import Tx
from hub.privacy.needles import Names
from hub.types import JsonObject

_TEXTS = ("topic", "preview", "routing")
_KINDS = (("rule", person_mentions.routing_rules), ("group", person_mentions.groups))


@dataclass(frozen=True, slots=True)
class Said:
    """The entries and conversations of other people that say the names: their ids."""

    entries: Sequence[str] = ()
    conversations: Sequence[str] = ()


def find(tx: Tx, person: PersonRecord, names: Names, limit: int) -> Said:
    """Return up to `limit` of each; it reads all that colleagues wrote, so it writes nothing."""
    entries = (row["id"] for row in person_mentions.staff_entries(tx, person, names.words) if names.are_in(row["text"]))
    others = (row["id"] for row in person_mentions.other_conversations(tx, person, names.words) if _without(row, names))
    return Said(tuple(islice(entries, limit)), tuple(islice(others, limit)))


def listed(tx: Tx, person: PersonRecord, names: Names) -> list[JsonObject]:
    """Return where colleagues say the names, for an export: of each place its id and the words around them only."""
    if not names.words:
        return []
    entries = person_mentions.staff_entries(tx, person, names.words)
    others = person_mentions.other_conversations(tx, person, names.words)
    found: list[JsonObject] = [
        {"entry": row["id"], "at": row["created_at"], "excerpts": names.around(row["text"])} for row in entries
    ]
    found += [
        {"conversation": row["id"], "at": row["last_activity_at"], "excerpts": _excerpts(_said_in(row), names)}
        for row in others
    ]
    found += [{kind: row["id"], "excerpts": _excerpts(row, names)} for kind, read in _KINDS for row in read(tx)]
    return [each for each in found if each["excerpts"]]


def to_change(tx: Tx, names: Names) -> dict[str, tuple[str, ...]]:
    """Return the ids of the routing rules and groups that say the names, which an erasure leaves to a person."""
    if not names.words:
        return {}
    found = {f"{kind}s": tuple(row["id"] for row in read(tx) if _excerpts(row, names)) for kind, read in _KINDS}
    return {kind: ids for kind, ids in found.items() if ids}


def take(tx: Tx, person: PersonRecord, names: Names, said: Said) -> dict[str, int]:
    """Take the names out of these, and out of the reasons of the person's cases; return how many of each were
    changed."""
    return {
        "mentions_in_entries": _from_entries(tx, names, said.entries),
        "mentions_in_conversations": _from_conversations(tx, names, said.conversations),
        "mentions_in_cases": _from_cases(tx, person, names),
    }


def _said_in(row: JsonObject) -> JsonObject:
    return {name: row[name] for name in _TEXTS}


def _excerpts(row: Mapping[str, Any], names: Names) -> list[str]:
    return [excerpt for text in _texts_in(list(row.values())) for excerpt in names.around(text)]


def _texts_in(value: object) -> Iterator[str]:
    """Yield every string of a JSON value; keys are the hub's own words."""
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _texts_in(each)
        case list():
            for each in value:
                yield from _texts_in(each)


def _from_entries(tx: Tx, names: Names, ids: Sequence[str]) -> int:
    rows = [row for row in person_rows.entries_by_ids(tx, ids) if names.are_in(row["text"])]
    for row in rows:
        values = {"text": names.taken_from(row["text"]), "parts": names.taken_from_json(row["parts"])}
        person_erasing.change_message(tx, row["id"], values)
    return len(rows)


def _from_conversations(tx: Tx, names: Names, ids: Sequence[str]) -> int:
    changed = 0
    for row in person_rows.conversations_by_ids(tx, ids):
        if values := _without(row, names):
            person_erasing.change_conversation(tx, row["id"], values)
            changed += 1
    return changed


def _without(row: JsonObject, names: Names) -> dict[str, Any]:
    """Return the columns of a conversation that change."""
    after = {name: names.taken_from_json(row[name]) for name in _TEXTS}
    return {name: value for name, value in after.items() if value != row[name]}


def _from_cases(tx: Tx, person: PersonRecord, names: Names) -> int:
    """Earlier cases keep no reason; the erasure keeps its own, without names."""
    changed = 0
    for case in queries.list_of_contacts(tx, person.contact_ids):
        reason = names.taken_from(case.reason) if case.kind is CaseKind.ERASE else ""
        if reason != case.reason:
            queries.change(tx, case.id, {"reason": reason})
            changed += 1
    return changed
