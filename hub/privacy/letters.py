"""Letters in the threads of others: a person's own go with them, those of others in their threads stay."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from hub.conversations.content import line_of
from hub.db import person as persons
from hub.db import person_erasing, person_letters
from hub.db.person import PersonRecord
from hub.db.person_erasing import Counts
from hub.db.session import Tx
from hub.ids import new_id


def remove(tx: Tx, person: PersonRecord, limit: int) -> Counts:
    """Remove what a person wrote into threads of others, with its files; what lists show of these is found anew."""
    rows = person_letters.list_letters(tx, person, limit)
    if not rows:
        return {}
    touched = {row.conversation_id for row in rows}
    person_letters.forget_answered(tx, touched, [row.id for row in rows])
    counts = person_erasing.remove_rows(tx, {row.id: row.external_id for row in rows})
    _preview(tx, touched)
    return counts


def keep_those_of_others(tx: Tx, person: PersonRecord, limit: int) -> Counts:
    """Move what others wrote into a person's threads to conversations of their own."""
    by_place: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in person_letters.list_of_others(tx, person, limit):
        by_place[row.conversation_id, row.author_id].append(row.id)
    moved = sum(_move(tx, place, message_ids) for place, message_ids in by_place.items())
    return {"letters_of_others_moved": moved} if moved else {}


def _move(tx: Tx, place: tuple[str, str], message_ids: Sequence[str]) -> int:
    """Move one author's letters out of one thread; 0 when the author is gone and nobody could be answered."""
    conversation_id, author_id = place
    author, thread = persons.find(tx, author_id), person_letters.get_conversation(tx, conversation_id)
    own = [] if author is None else [each for each in author.addresses if each.kind == thread["kind"]]
    if author is None or not own:
        return 0
    target = person_letters.find_conversation(tx, author.contact_ids, thread["channel_id"])
    if target is None:
        target = new_id()
        fresh = {"id": target, "contact_id": author.contact_ids[0], "identity_id": own[0].identity_id, "topic": None}
        said = {"preview": "", "routing": {}, "answered": False, "inbound_count": len(message_ids)}
        person_letters.insert_conversation(tx, {**thread, **fresh, **said})
    person_letters.move(tx, message_ids, target)
    _preview(tx, [target])
    return len(message_ids)


def _preview(tx: Tx, conversation_ids: Iterable[str]) -> None:
    for each in conversation_ids:
        said = person_letters.newest_said(tx, each)
        values = {"preview": ""}
        if said:
            line = line_of(said.text, said.parts, said.taken_back_at)
            values = {"preview": line, "preview_direction": said.direction}
        person_erasing.change_conversation(tx, each, values)
