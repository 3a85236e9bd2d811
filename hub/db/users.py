"""Queries on the users of an organization."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, select, update

from hub.db.session import Tx
from hub.db.tables.core import ATTACHMENT, INVITATION, SESSION, USER
from hub.types import FileState, Presence, Role

_VIEW = (
    USER.c.id,
    USER.c.email,
    USER.c.name,
    USER.c.role,
    USER.c.slots,
    USER.c.presence,
    USER.c.platform_admin,
    USER.c.created_at,
    USER.c.disabled_at,
    USER.c.language,
    USER.c.first_name,
    USER.c.surname,
    USER.c.alias,
    USER.c.photo_id,
    USER.c.languages,
    USER.c.time_zone,
    USER.c.skills,
    USER.c.by_browser,
    USER.c.password_hash.is_(None).label("invited"),
)


@dataclass(frozen=True, slots=True)
class UserView:
    """A user. `slots` is how many conversations they take at once; `invited` until they chose a password.

    name        what colleagues call them; no end user ever sees it
    language    the one they chose for the pages, "" when they did not
    alias       what end users see of them beside the photo; "": the organization's name
    photo_id    an upload (hub.access.photos)
    languages   spoken, by ISO 639-1
    time_zone   an IANA name; "": the organization's
    skills      lower-case words that rules can ask for
    by_browser  the presence follows their browsers; else it stands until somebody changes it
    """

    id: str
    email: str
    name: str
    role: Role
    slots: int
    presence: Presence
    platform_admin: bool
    invited: bool
    created_at: datetime
    disabled_at: datetime | None
    language: str = ""
    first_name: str = ""
    surname: str = ""
    alias: str = ""
    photo_id: str | None = None
    languages: tuple[str, ...] = ()
    time_zone: str = ""
    skills: tuple[str, ...] = ()
    by_browser: bool = False


@dataclass(frozen=True, slots=True)
class Called:
    """What a user is called by colleagues, and by end users (`alias`; "": what the organization is called)."""

    id: str
    name: str
    first_name: str
    surname: str
    alias: str


def list_users(tx: Tx, limit: int, after: str | None) -> list[UserView]:
    """Return users, also disabled ones, in the order they were created, from behind the id `after`."""
    statement = select(*_VIEW).where(USER.c.organization_id == tx.organization_id)
    if after is not None:
        statement = statement.where(USER.c.id > after)
    return [_view(row) for row in tx.all(statement.order_by(USER.c.id).limit(limit))]


def find_user(tx: Tx, user_id: str) -> UserView | None:
    row = tx.first(select(*_VIEW).where(_mine(tx, user_id)))
    return _view(row) if row else None


def insert_user(tx: Tx, view: UserView, password_hash: str | None) -> bool:
    """Insert a user without a profile; False when the e-mail address is taken, here or in another organization."""
    row = {
        "id": view.id,
        "organization_id": tx.organization_id,
        "email": view.email,
        "name": view.name,
        "role": view.role.value,
        "platform_admin": view.platform_admin,
        "password_hash": password_hash,
        "slots": view.slots,
        "presence": view.presence.value,
        "presence_changed_at": view.created_at,
        "created_at": view.created_at,
    }
    return bool(tx.insert_new(USER, [row], ["id"]))


def update_user(tx: Tx, user_id: str, changes: Mapping[str, Any]) -> None:
    """Set the named columns."""
    if changes:
        tx.execute(update(USER).where(_mine(tx, user_id)).values(**changes))


def list_called(tx: Tx) -> list[Called]:
    """Return what every user is called, also disabled ones."""
    columns = USER.c.id, USER.c.name, USER.c.first_name, USER.c.surname, USER.c.alias
    rows = tx.all(select(*columns).where(USER.c.organization_id == tx.organization_id))
    return [Called(row.id, row.name, row.first_name, row.surname, row.alias) for row in rows]


def list_aliases(tx: Tx, user_ids: Collection[str]) -> dict[str, str]:
    """Return what end users may call these users, by id; who has no alias is not among them."""
    chosen = USER.c.organization_id == tx.organization_id, USER.c.id.in_(user_ids), USER.c.alias != ""
    return {row.id: row.alias for row in tx.all(select(USER.c.id, USER.c.alias).where(*chosen))}


def is_own_upload(tx: Tx, attachment_id: str, user_id: str) -> bool:
    """Tell whether this is a file the user uploaded, ready and of no message."""
    file = ATTACHMENT.c
    found = select(file.id).where(
        file.organization_id == tx.organization_id,
        file.id == attachment_id,
        file.uploaded_by == user_id,
        file.message_id.is_(None),
        file.state == FileState.READY,
    )
    return tx.first(found) is not None


def count_owners(tx: Tx) -> int:
    """Return how many active owners the organization has; locks its owners so that two cannot leave at once."""
    active = and_(
        USER.c.organization_id == tx.organization_id, USER.c.role == Role.OWNER.value, USER.c.disabled_at.is_(None)
    )
    return len(tx.all(select(USER.c.id).where(active).with_for_update()))


def any_user(tx: Tx) -> bool:
    """Tell whether the hub has a user at all. Platform work."""
    return bool(tx.scalar(select(func.count()).select_from(select(USER.c.id).limit(1).subquery())))


def end_access(tx: Tx, user_id: str) -> None:
    """End a user's sessions and invitations."""
    for table in (SESSION, INVITATION):
        tx.execute(delete(table).where(table.c.organization_id == tx.organization_id, table.c.user_id == user_id))


def _mine(tx: Tx, user_id: str) -> ColumnElement[bool]:
    return and_(USER.c.organization_id == tx.organization_id, USER.c.id == user_id)


def _view(row: Row[Any]) -> UserView:
    return UserView(
        id=row.id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        slots=row.slots,
        presence=Presence(row.presence),
        platform_admin=row.platform_admin,
        invited=bool(row.invited),
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        language=row.language,
        first_name=row.first_name,
        surname=row.surname,
        alias=row.alias,
        photo_id=row.photo_id,
        languages=tuple(row.languages),
        time_zone=row.time_zone,
        skills=tuple(row.skills),
        by_browser=row.by_browser,
    )
