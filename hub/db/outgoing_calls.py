"""Queries on calls to organizations' own servers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Update, func, or_, select, update

from hub.db.session import Tx
from hub.db.tables.core import ORGANIZATION, OUTGOING_CALL

WAITING, TAKEN, GIVEN_UP, STOPPED = "waiting", "taken", "given_up", "stopped"
HOLDING_BACK = 3
"""So many attempts long a call keeps those after it waiting; then they pass it."""
SEALED = "organizations.webhook_secret"
"""The purpose that secrets are sealed with."""


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call to be. `about`: the id of what it tells of; a second call about the same is none. `body`: JSON."""

    id: str
    about: str
    kind: str
    body: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as its organization sees it. `due_at`: when it is tried next, while it waits; `trouble` in our words,
    "" while an attempt is under way."""

    id: str
    kind: str
    state: str
    attempts: int
    trouble: str
    due_at: datetime
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class TakenCall:
    """A call that this process posts now, for the `attempts`-th time. Nobody else posts it before its time is up."""

    organization_id: str
    id: str
    body: str
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where an organization's own server is. `secret` is sealed."""

    url: str
    secret: bytes


def find_webhook(tx: Tx) -> Webhook | None:
    """Return where the organization wants to be told; None when it does not, or is suspended."""
    row = tx.first(
        select(ORGANIZATION.c.webhook_url, ORGANIZATION.c.webhook_secret).where(
            ORGANIZATION.c.id == tx.organization_id, ORGANIZATION.c.suspended_at.is_(None)
        )
    )
    return Webhook(row.webhook_url, row.webhook_secret) if row and row.webhook_url and row.webhook_secret else None


def add(tx: Tx, new: NewCall) -> bool:
    """Write a call down; False when there is one about the same already."""
    row = {
        "id": new.id,
        "organization_id": tx.organization_id,
        "about": new.about,
        "kind": new.kind,
        "body": new.body,
        "state": WAITING,
        "due_at": new.created_at,
        "attempts": 0,
        "trouble": "",
        "created_at": new.created_at,
        "done_at": None,
    }
    return bool(tx.insert_new(OUTGOING_CALL, [row], returning=("id",)))


def list_due(tx: Tx, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Return (organization, id): of each organization the first call whose time has come. Platform work.

    None while one of its calls is under way or an earlier one is young, so that calls come one at a time and in the
    order in which they were written.
    """
    earlier = OUTGOING_CALL.alias("earlier")
    held_back = select(earlier.c.id).where(
        earlier.c.organization_id == OUTGOING_CALL.c.organization_id,
        earlier.c.done_at.is_(None),
        earlier.c.id < OUTGOING_CALL.c.id,
        earlier.c.attempts < HOLDING_BACK,
    )
    silent = or_(ORGANIZATION.c.suspended_at.is_not(None), ORGANIZATION.c.webhook_url == "")
    resting = select(ORGANIZATION.c.id).where(silent)
    rows = tx.all(
        select(OUTGOING_CALL.c.organization_id, func.min(OUTGOING_CALL.c.id).label("first"))
        .where(
            OUTGOING_CALL.c.done_at.is_(None),
            OUTGOING_CALL.c.due_at <= now,
            ~held_back.exists(),
            OUTGOING_CALL.c.organization_id.not_in(resting),
            OUTGOING_CALL.c.organization_id.not_in(_busy(now)),
        )
        .group_by(OUTGOING_CALL.c.organization_id)
        .order_by(func.min(OUTGOING_CALL.c.due_at), OUTGOING_CALL.c.organization_id)
        .limit(limit)
    )
    return [(row.organization_id, row.first) for row in rows]


def take(tx: Tx, call_id: str, now: datetime, until: datetime) -> TakenCall | None:
    """Take a call that is due until a time; None when it is not. A process that dies with it lets it be due again.

    Until it is put off it has no trouble: that tells that nobody has answered this attempt yet.
    """
    row = tx.execute(
        update(OUTGOING_CALL)
        .where(
            OUTGOING_CALL.c.organization_id == tx.organization_id,
            OUTGOING_CALL.c.id == call_id,
            OUTGOING_CALL.c.done_at.is_(None),
            OUTGOING_CALL.c.due_at <= now,
        )
        .values(attempts=OUTGOING_CALL.c.attempts + 1, due_at=until, trouble="")
        .returning(OUTGOING_CALL)
    ).first()
    return TakenCall(row.organization_id, row.id, row.body, row.attempts, row.created_at) if row else None


def put_off(tx: Tx, taken: TakenCall, trouble: str, due_at: datetime) -> None:
    """Note why an attempt came to nothing, and when the next one is; nothing when somebody else has taken it since."""
    tx.execute(_taken(tx, taken).values(trouble=trouble, due_at=due_at))


def end(tx: Tx, taken: TakenCall, state: str, trouble: str, now: datetime) -> None:
    """End a call: it was taken, or is given up; nothing when somebody else has taken it since."""
    tx.execute(_taken(tx, taken).values(state=state, trouble=trouble, done_at=now))


def stop_all(tx: Tx, now: datetime) -> int:
    """End every call that waits, because the webhook was taken away; return how many there were."""
    mine = OUTGOING_CALL.c.organization_id == tx.organization_id
    waiting = update(OUTGOING_CALL).where(mine, OUTGOING_CALL.c.done_at.is_(None))
    return tx.execute(waiting.values(state=STOPPED, done_at=now)).rowcount


def list_newest(tx: Tx, limit: int, after: str | None) -> Sequence[CallView]:
    """Return the organization's calls, newest first, from behind the id `after`."""
    statement = select(OUTGOING_CALL).where(OUTGOING_CALL.c.organization_id == tx.organization_id)
    if after is not None:
        statement = statement.where(OUTGOING_CALL.c.id < after)
    rows = tx.all(statement.order_by(OUTGOING_CALL.c.id.desc()).limit(limit))
    return [
        CallView(row.id, row.kind, row.state, row.attempts, row.trouble, row.due_at, row.created_at, row.done_at)
        for row in rows
    ]


def _busy(now: datetime) -> Select[Any]:
    """Organizations that have a call under way, in whatever process."""
    return select(OUTGOING_CALL.c.organization_id).where(
        OUTGOING_CALL.c.done_at.is_(None),
        OUTGOING_CALL.c.attempts > 0,
        OUTGOING_CALL.c.trouble == "",
        OUTGOING_CALL.c.due_at > now,
    )


def _taken(tx: Tx, taken: TakenCall) -> Update:
    return update(OUTGOING_CALL).where(
        OUTGOING_CALL.c.organization_id == tx.organization_id,
        OUTGOING_CALL.c.id == taken.id,
        OUTGOING_CALL.c.attempts == taken.attempts,
        OUTGOING_CALL.c.done_at.is_(None),
    )
