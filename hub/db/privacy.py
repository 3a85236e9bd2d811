"""Cases: a person's rights being exercised, each with its clock."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select, update

from hub.db.paging import page_by_id
from hub.db.session import Tx
from hub.db.tables.core import PRIVACY_CASE
from hub.errors import NotFound
from hub.types import Page


class CaseKind(StrEnum):
    """Which right is exercised (F17-F20)."""

    EXPORT = "export"
    RECTIFY = "rectify"
    RESTRICT = "restrict"
    UNRESTRICT = "unrestrict"
    ERASE = "erase"


class CaseState(StrEnum):
    RECEIVED = "received"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case without its archive. `due_at` is its clock; `result` is signed once the case is done."""

    id: str
    contact_id: str
    kind: CaseKind
    state: CaseState
    reason: str = field(repr=False)
    requested_by: str
    received_at: datetime
    due_at: datetime
    done_at: datetime | None
    result: Mapping[str, Any] | None
    archive_until: datetime | None
    error: str | None


_SHOWN = [PRIVACY_CASE.c[name] for name in CaseView.__dataclass_fields__]


def insert(tx: Tx, case: CaseView) -> None:
    row = {name: getattr(case, name) for name in CaseView.__dataclass_fields__}
    tx.insert(PRIVACY_CASE, [{**row, "organization_id": tx.organization_id}])


def get(tx: Tx, case_id: str) -> CaseView:
    """Return a case. Raises NotFound."""
    row = tx.first(select(*_SHOWN).where(*_mine(tx, case_id)))
    if row is None:
        raise NotFound(f"there is no case {case_id}")
    return _view(row)


def lock(tx: Tx, case_id: str) -> CaseView:
    """Return a case that nobody else works on until the transaction ends. Raises NotFound."""
    row = tx.first(select(*_SHOWN).where(*_mine(tx, case_id)).with_for_update())
    if row is None:
        raise NotFound(f"there is no case {case_id}")
    return _view(row)


def list_page(tx: Tx, contact_id: str | None, limit: int, cursor: str | None) -> Page[CaseView]:
    """Return cases, newest first; the cursor is the last one's id."""
    wanted = select(*_SHOWN).where(PRIVACY_CASE.c.organization_id == tx.organization_id)
    if contact_id:
        wanted = wanted.where(PRIVACY_CASE.c.contact_id == contact_id)
    if cursor:
        wanted = wanted.where(PRIVACY_CASE.c.id < cursor)
    rows = tx.all(wanted.order_by(PRIVACY_CASE.c.id.desc()).limit(limit + 1))
    return page_by_id([_view(row) for row in rows], limit)


def find_newest(tx: Tx, contact_ids: Collection[str], kind: CaseKind) -> CaseView | None:
    """Return the newest case of a kind about one of these contacts."""
    row = tx.first(
        select(*_SHOWN)
        .where(
            PRIVACY_CASE.c.organization_id == tx.organization_id,
            PRIVACY_CASE.c.contact_id.in_(contact_ids),
            PRIVACY_CASE.c.kind == kind,
        )
        .order_by(PRIVACY_CASE.c.id.desc())
        .limit(1)
    )
    return _view(row) if row else None


def has_erasure_since(tx: Tx, since: datetime) -> bool:
    """Tell whether an erasure in the organization is under way, failed, or ended after `since`."""
    found = tx.first(
        select(PRIVACY_CASE.c.id)
        .where(
            PRIVACY_CASE.c.organization_id == tx.organization_id,
            PRIVACY_CASE.c.kind == CaseKind.ERASE,
            or_(PRIVACY_CASE.c.done_at.is_(None), PRIVACY_CASE.c.done_at > since),
        )
        .limit(1)
    )
    return found is not None


def list_newest(tx: Tx, limit: int) -> list[CaseView]:
    """Return the newest cases of all organizations. Platform work."""
    rows = tx.all(select(*_SHOWN).order_by(PRIVACY_CASE.c.id.desc()).limit(limit))
    return [_view(row) for row in rows]


def get_any(tx: Tx, case_id: str) -> CaseView:
    """Return a case of any organization. Platform work. Raises NotFound."""
    row = tx.first(select(*_SHOWN).where(PRIVACY_CASE.c.id == case_id))
    if row is None:
        raise NotFound(f"there is no case {case_id}")
    return _view(row)


def change(tx: Tx, case_id: str, values: Mapping[str, Any]) -> None:
    """Set columns of a case."""
    tx.execute(update(PRIVACY_CASE).where(*_mine(tx, case_id)).values(values))


def find_archive(tx: Tx, case_id: str, now: datetime) -> bytes | None:
    """Return the sealed archive of an export, None when it was never made or its time is over."""
    body = tx.scalar(select(PRIVACY_CASE.c.archive).where(*_mine(tx, case_id), PRIVACY_CASE.c.archive_until > now))
    return bytes(body) if body is not None else None


def list_of_contacts(tx: Tx, contact_ids: Collection[str]) -> list[CaseView]:
    """Return every case about these contacts, oldest first."""
    rows = tx.all(
        select(*_SHOWN)
        .where(PRIVACY_CASE.c.organization_id == tx.organization_id, PRIVACY_CASE.c.contact_id.in_(contact_ids))
        .order_by(PRIVACY_CASE.c.id)
    )
    return [_view(row) for row in rows]


def list_received(tx: Tx, before: datetime, limit: int) -> list[tuple[str, str]]:
    """Return (organization, case) of what was received before a time and is not done: its job may have died."""
    rows = tx.all(
        select(PRIVACY_CASE.c.organization_id, PRIVACY_CASE.c.id)
        .where(PRIVACY_CASE.c.state == CaseState.RECEIVED, PRIVACY_CASE.c.received_at <= before)
        .order_by(PRIVACY_CASE.c.id)
        .limit(limit)
    )
    return [(row.organization_id, row.id) for row in rows]


def find_organization(tx: Tx, case_id: str) -> str | None:
    """Return whose case it is. Platform reading only: a job knows nothing but the id."""
    return tx.scalar(select(PRIVACY_CASE.c.organization_id).where(PRIVACY_CASE.c.id == case_id))


def drop_archives(tx: Tx, contact_ids: Collection[str]) -> int:
    """Drop the archives of these contacts at once; return how many there were."""
    done = tx.execute(
        update(PRIVACY_CASE)
        .where(
            PRIVACY_CASE.c.organization_id == tx.organization_id,
            PRIVACY_CASE.c.contact_id.in_(contact_ids),
            PRIVACY_CASE.c.archive.is_not(None),
        )
        .values(archive=None, archive_until=None)
    )
    return done.rowcount


def forget_contacts(tx: Tx, contact_ids: Collection[str]) -> None:
    """Take from the cases about these contacts what may name them: why they were asked for, and what was exported."""
    about = PRIVACY_CASE.c.organization_id == tx.organization_id, PRIVACY_CASE.c.contact_id.in_(contact_ids)
    tx.execute(update(PRIVACY_CASE).where(*about).values(reason="", error=None, archive=None, archive_until=None))


def _mine(tx: Tx, case_id: str) -> tuple[Any, ...]:
    return PRIVACY_CASE.c.organization_id == tx.organization_id, PRIVACY_CASE.c.id == case_id


def _view(row: Any) -> CaseView:
    values = dict(row._mapping)
    return CaseView(**{**values, "kind": CaseKind(values["kind"]), "state": CaseState(values["state"])})
