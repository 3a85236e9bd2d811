"""Errands: calls that are safe to repeat, kept until they are done, and their form in the database."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update

from hub.db.session import Tx
from hub.db.suspension import resting_senders
from hub.db.tables.core import ERRAND, SENDER
from hub.ids import new_id
from hub.types import Chore, DeleteSent, EditSent, Errand, JsonObject, MarkSeen, Person, React, ShowTyping

QUEUED = "queued"
DONE = "done"
FAILED = "failed"
EXPIRED = "expired"

_WORDS: Mapping[type[Errand], str] = {
    React: "react",
    EditSent: "edit",
    DeleteSent: "take_back",
    MarkSeen: "seen",
    ShowTyping: "typing",
}


@dataclass(frozen=True, slots=True)
class NewErrand:
    """An errand to be run from now until `expires_at`.

    message_id    the message it is about; of one message they are run in order
    identity_id   whose data it holds, where it is about no message
    """

    sender_id: str
    errand: Errand
    now: datetime
    expires_at: datetime
    message_id: str | None = None
    identity_id: str | None = None


@dataclass(frozen=True, slots=True)
class DueErrand:
    """An errand whose time has come; `attempts` counts this one."""

    id: str
    sender_id: str
    errand: Errand
    message_id: str | None
    attempts: int
    expires_at: datetime


def insert(tx: Tx, new: NewErrand) -> str:
    """Queue an errand; return its id. Wake `workers.delivery.errands` for the sender after the commit."""
    errand_id = new_id()
    row = {
        "id": errand_id,
        "organization_id": tx.organization_id,
        "sender_id": new.sender_id,
        "message_id": new.message_id,
        "identity_id": new.identity_id,
        "what": word_of(new.errand)[:40],
        "data": to_json(new.errand),
        "state": QUEUED,
        "attempts": 0,
        "due_at": new.now,
        "expires_at": new.expires_at,
        "created_at": new.now,
    }
    tx.insert(ERRAND, [row])
    return errand_id


def drop_untried(tx: Tx, what: str, message_id: str | None, identity_id: str | None = None) -> None:
    """Remove what a newer errand of the same kind makes needless: only what nobody has begun."""
    tx.execute(
        delete(ERRAND).where(
            ERRAND.c.organization_id == tx.organization_id,
            ERRAND.c.message_id.is_(None) if message_id is None else ERRAND.c.message_id == message_id,
            ERRAND.c.identity_id.is_(None) if identity_id is None else ERRAND.c.identity_id == identity_id,
            ERRAND.c.what == what,
            ERRAND.c.state == QUEUED,
            ERRAND.c.attempts == 0,
        )
    )


def list_due(tx: Tx, sender_id: str, now: datetime, limit: int) -> list[DueErrand]:
    """Return a sender's due errands, oldest first; of one message none overtakes an earlier one."""
    rows = tx.all(
        select(ERRAND)
        .where(
            ERRAND.c.organization_id == tx.organization_id,
            ERRAND.c.sender_id == sender_id,
            ERRAND.c.state == QUEUED,
            ERRAND.c.due_at <= now,
            ~_earlier().exists(),
        )
        .order_by(ERRAND.c.id)
        .limit(limit)
    )
    return [_due(row) for row in rows]


def find(tx: Tx, errand_id: str) -> DueErrand | None:
    row = tx.first(select(ERRAND).where(_mine(tx, errand_id)))
    return _due(row) if row else None


def newest(tx: Tx, what: str, identity_id: str) -> Errand | None:
    """Return the last errand of one kind that was about a person and about no message."""
    row = tx.first(
        select(ERRAND.c.data)
        .where(
            ERRAND.c.organization_id == tx.organization_id,
            ERRAND.c.identity_id == identity_id,
            ERRAND.c.what == what,
            ERRAND.c.state.in_((QUEUED, DONE)),
        )
        .order_by(ERRAND.c.id.desc())
        .limit(1)
    )
    return from_json(row.data) if row else None


def _due(row: Any) -> DueErrand:
    return DueErrand(row.id, row.sender_id, from_json(row.data), row.message_id, row.attempts + 1, row.expires_at)


def _earlier() -> Any:
    earlier = ERRAND.alias("earlier")
    return select(earlier.c.id).where(
        earlier.c.organization_id == ERRAND.c.organization_id,
        earlier.c.message_id == ERRAND.c.message_id,
        earlier.c.state == QUEUED,
        earlier.c.id < ERRAND.c.id,
    )


def claim(tx: Tx, errand_id: str, until: datetime) -> None:
    """Note a try of an errand; whoever dies over it leaves it to be run again at `until`."""
    tx.execute(update(ERRAND).where(_mine(tx, errand_id)).values(attempts=ERRAND.c.attempts + 1, due_at=until))


def put_back(tx: Tx, errand_id: str, due_at: datetime, error: str, *, counted: bool) -> None:
    """Let an errand be tried again at `due_at`; a try that does not count is taken off again."""
    values: dict[str, Any] = {"due_at": due_at, "error": error}
    if not counted:
        values["attempts"] = ERRAND.c.attempts - 1
    tx.execute(update(ERRAND).where(_mine(tx, errand_id)).values(values))


def end(tx: Tx, errand_id: str, state: str, error: str | None = None) -> bool:
    """End an errand as `state`; False when it had ended."""
    done = tx.execute(
        update(ERRAND).where(_mine(tx, errand_id), ERRAND.c.state == QUEUED).values(state=state, error=error)
    )
    return done.rowcount == 1


def list_expired(tx: Tx, now: datetime) -> list[tuple[str, str]]:
    """Return (organization, errand) of what is worthless by now. Platform work."""
    rows = tx.all(
        select(ERRAND.c.organization_id, ERRAND.c.id).where(ERRAND.c.state == QUEUED, ERRAND.c.expires_at <= now)
    )
    return [(row.organization_id, row.id) for row in rows]


def is_queued(tx: Tx, what: str, message_id: str) -> bool:
    """Tell whether an errand of a kind is still to be done for a message, or under way."""
    found = tx.first(
        select(ERRAND.c.id)
        .where(
            ERRAND.c.organization_id == tx.organization_id,
            ERRAND.c.message_id == message_id,
            ERRAND.c.what == what,
            ERRAND.c.state == QUEUED,
        )
        .limit(1)
    )
    return found is not None


def senders_due(tx: Tx, now: datetime) -> list[str]:
    """Return the senders that have an errand due and may run it. Platform work."""
    rows = tx.all(
        select(ERRAND.c.sender_id)
        .join(SENDER, SENDER.c.id == ERRAND.c.sender_id)
        .where(
            ERRAND.c.state == QUEUED,
            ERRAND.c.due_at <= now,
            SENDER.c.released_at.is_(None),
            SENDER.c.hold.is_(None) | (SENDER.c.hold_until <= now),
            SENDER.c.id.not_in(resting_senders()),
        )
        .group_by(ERRAND.c.sender_id)
    )
    return [row.sender_id for row in rows]


def delete_ended(tx: Tx, before: datetime) -> int:
    """Remove errands that ended and were made before a time; return how many. Platform work."""
    return tx.execute(delete(ERRAND).where(ERRAND.c.state != QUEUED, ERRAND.c.created_at < before)).rowcount


def _mine(tx: Tx, errand_id: str) -> ColumnElement[bool]:
    return (ERRAND.c.organization_id == tx.organization_id) & (ERRAND.c.id == errand_id)


# --- the form in the database ---------------------------------------------------------------------------


def word_of(errand: Errand) -> str:
    """Return the word that lists and logs know an errand by."""
    return errand.what if isinstance(errand, Chore) else _WORDS[type(errand)]


def to_json(errand: Errand) -> JsonObject:
    """Return an errand as it is kept."""
    return {"type": _TYPES[type(errand)], **asdict(errand)}


def from_json(kept: Mapping[str, Any]) -> Errand:
    """Return what `to_json` was made of."""
    return _READERS[kept["type"]](kept)


def _person(kept: Mapping[str, Any]) -> Person:
    person = kept["person"]
    return Person(person["address"], person["scope"], person["name"])


_TYPES: Mapping[type[Errand], str] = {**_WORDS, Chore: "chore"}
_READERS: Mapping[str, Callable[[Mapping[str, Any]], Errand]] = {
    "react": lambda kept: React(_person(kept), kept["external_id"], kept["emoji"]),
    "edit": lambda kept: EditSent(_person(kept), kept["external_id"], kept["text"]),
    "take_back": lambda kept: DeleteSent(_person(kept), tuple(kept["external_ids"])),
    "seen": lambda kept: MarkSeen(_person(kept), kept["external_id"]),
    "typing": lambda kept: ShowTyping(_person(kept)),
    "chore": lambda kept: Chore(kept["what"], kept["data"]),
}
