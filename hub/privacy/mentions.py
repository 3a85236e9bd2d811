"""A person's name in what colleagues wrote about others: a neutral word takes its place."""

from collections.abc import Sequence
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


def take(tx: Tx, person: PersonRecord, names: Names, said: Said) -> dict[str, int]:
    """Take the names out of these, and out of the reasons of the person's cases; return how many of each were
    changed."""
    return {
        "mentions_in_entries": _from_entries(tx, names, said.entries),
        "mentions_in_conversations": _from_conversations(tx, names, said.conversations),
        "mentions_in_cases": _from_cases(tx, person, names),
    }


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
