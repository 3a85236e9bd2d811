"""Queries behind signing in: passwords, sessions, invitations, API tokens.

Looking up a secret is platform work: only the row it finds says which organization it belongs to.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, delete, func, select, update

from hub.db.session import Tx
from hub.db.tables.core import API_TOKEN, INVITATION, ORGANIZATION, SESSION, USER
from hub.types import Actor, Role

_ACTOR = (USER.c.organization_id, USER.c.id, USER.c.name, USER.c.role, USER.c.platform_admin)
# why the organization is suspended, NULL when it is not
_SUSPENDED = case(
    (ORGANIZATION.c.suspended_at.is_not(None), func.coalesce(ORGANIZATION.c.suspended_reason, "")), else_=None
).label("suspended")


@dataclass(frozen=True, slots=True)
class Login:
    """A user as sign-in sees them. `password_hash` is None until they chose a password."""

    actor: Actor
    password_hash: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A live session. `language` and `time_zone` are those its user chose for the pages."""

    actor: Actor
    csrf_token: str = field(repr=False)
    expires_at: datetime
    language: str = ""
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class TokenView:
    """An API token without its secret. It acts for the user who issued it."""

    id: str
    name: str
    scopes: tuple[str, ...]
    user_id: str
    created_at: datetime


def find_login(tx: Tx, email: str) -> Login | None:
    """Return the active user of an e-mail address (lower case)."""
    row = tx.first(select(*_ACTOR, USER.c.password_hash).where(USER.c.email == email, USER.c.disabled_at.is_(None)))
    return Login(_actor(row), row.password_hash) if row else None


def set_password(tx: Tx, user_id: str, password_hash: str) -> None:
    """Store a password's hash; the transaction is bound to the user's organization."""
    mine = and_(USER.c.organization_id == tx.organization_id, USER.c.id == user_id)
    tx.execute(update(USER).where(mine).values(password_hash=password_hash))


def insert_session(tx: Tx, token_hash: str, user_id: str, session: SessionRow, now: datetime) -> None:
    row = {
        "token_hash": token_hash,
        "organization_id": tx.organization_id,
        "user_id": user_id,
        "csrf_token": session.csrf_token,
        "created_at": now,
        "expires_at": session.expires_at,
    }
    tx.insert(SESSION, [row])


def find_session(tx: Tx, token_hash: str, now: datetime) -> SessionRow | None:
    """Return the live session of a cookie, unless its user was disabled."""
    row = tx.first(
        select(*_ACTOR, _SUSPENDED, USER.c.language, USER.c.time_zone, SESSION.c.csrf_token, SESSION.c.expires_at)
        .join(USER, _same_user(SESSION))
        .join(ORGANIZATION, ORGANIZATION.c.id == SESSION.c.organization_id)
        .where(SESSION.c.token_hash == token_hash, SESSION.c.expires_at > now, USER.c.disabled_at.is_(None))
    )
    if row is None:
        return None
    actor = _actor(row, suspended=row.suspended)
    return SessionRow(actor, row.csrf_token, row.expires_at, row.language, row.time_zone)


def delete_session(tx: Tx, token_hash: str) -> None:
    tx.execute(delete(SESSION).where(SESSION.c.token_hash == token_hash))


def delete_expired(tx: Tx, now: datetime) -> None:
    """Forget ended sessions and invitations. Platform work."""
    for table in (SESSION, INVITATION):
        tx.execute(delete(table).where(table.c.expires_at <= now))


def insert_invitation(tx: Tx, token_hash: str, user_id: str, expires_at: datetime) -> None:
    """Invite a user; an earlier invitation of theirs ends."""
    mine = and_(INVITATION.c.organization_id == tx.organization_id, INVITATION.c.user_id == user_id)
    tx.execute(delete(INVITATION).where(mine))
    row = {
        "token_hash": token_hash,
        "organization_id": tx.organization_id,
        "user_id": user_id,
        "expires_at": expires_at,
    }
    tx.insert(INVITATION, [row])


def find_invited(tx: Tx, token_hash: str, now: datetime) -> Actor | None:
    """Return whom a live invitation is for."""
    row = tx.first(
        select(*_ACTOR)
        .join(INVITATION, _same_user(INVITATION))
        .where(INVITATION.c.token_hash == token_hash, INVITATION.c.expires_at > now, USER.c.disabled_at.is_(None))
    )
    return _actor(row) if row else None


def take_invitation(tx: Tx, token_hash: str) -> bool:
    """Use an invitation up; False when somebody did before."""
    return tx.execute(delete(INVITATION).where(INVITATION.c.token_hash == token_hash)).rowcount == 1


def insert_token(tx: Tx, view: TokenView, token_hash: str) -> None:
    row = {
        "id": view.id,
        "organization_id": tx.organization_id,
        "user_id": view.user_id,
        "name": view.name,
        "token_hash": token_hash,
        "scopes": list(view.scopes),
        "created_at": view.created_at,
    }
    tx.insert(API_TOKEN, [row])


def find_token_actor(tx: Tx, token_hash: str) -> Actor | None:
    """Return who a token acts for, unless it was revoked or its user disabled."""
    token = API_TOKEN.c
    row = tx.first(
        select(*_ACTOR, _SUSPENDED, token.id.label("token_id"), token.scopes)
        .join(USER, _same_user(API_TOKEN))
        .join(ORGANIZATION, ORGANIZATION.c.id == token.organization_id)
        .where(token.token_hash == token_hash, token.revoked_at.is_(None), USER.c.disabled_at.is_(None))
    )
    return _actor(row, frozenset(row.scopes), row.token_id, row.suspended) if row else None


def list_tokens(tx: Tx, limit: int, after: str | None) -> list[TokenView]:
    """Return the organization's tokens that stand, oldest first, from behind the id `after`."""
    token = API_TOKEN.c
    statement = select(token.id, token.name, token.scopes, token.user_id, token.created_at).where(
        token.organization_id == tx.organization_id, token.revoked_at.is_(None)
    )
    if after is not None:
        statement = statement.where(token.id > after)
    return [
        TokenView(row.id, row.name, tuple(row.scopes), row.user_id, row.created_at)
        for row in tx.all(statement.order_by(token.id).limit(limit))
    ]


def revoke_token(tx: Tx, token_id: str, now: datetime) -> bool:
    """End a token; False when there is none of this id that stands."""
    token = API_TOKEN.c
    mine = and_(token.organization_id == tx.organization_id, token.id == token_id, token.revoked_at.is_(None))
    return tx.execute(update(API_TOKEN).where(mine).values(revoked_at=now)).rowcount == 1


def _same_user(table: Any) -> ColumnElement[bool]:
    return and_(table.c.organization_id == USER.c.organization_id, table.c.user_id == USER.c.id)


def _actor(
    row: Row[Any], scopes: frozenset[str] = frozenset(), token_id: str | None = None, suspended: str | None = None
) -> Actor:
    return Actor(
        organization_id=row.organization_id,
        user_id=row.id,
        name=row.name,
        role=Role(row.role),
        platform_admin=row.platform_admin,
        scopes=scopes,
        token_id=token_id,
        suspended=suspended,
    )
