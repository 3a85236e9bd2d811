"""Queries on the open pages of users, by which a presence that follows the browser lives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, select, update

from hub.db.session import Tx
from hub.db.tables.core import ORGANIZATION, PRESENCE_TAB, USER
from hub.types import Presence


@dataclass(frozen=True, slots=True)
class Watched:
    """A user's presence, as far as their browsers have to do with it.

    by_browser   it follows their browsers
    wish         what they chose there; None: nothing yet
    """

    presence: Presence
    changed_at: datetime
    by_browser: bool
    wish: Presence | None


@dataclass(frozen=True, slots=True)
class Quiet:
    """Somebody whose presence follows their browsers and who is not offline.

    heard_at   when a page of theirs was last heard of; without any when their presence last changed
    routing    their organization's wishes, as they are stored (`hub.types.RoutingWishes`)
    """

    organization_id: str
    user_id: str
    heard_at: datetime
    routing: Mapping[str, Any] = field(default_factory=dict)


def lock_user(tx: Tx, user_id: str) -> Watched | None:
    """Take a user's presence for this transaction; None when there is no such user, or they are disabled."""
    row = tx.first(
        select(USER.c.presence, USER.c.presence_changed_at, USER.c.by_browser, USER.c.presence_wish)
        .where(USER.c.organization_id == tx.organization_id, USER.c.id == user_id, USER.c.disabled_at.is_(None))
        .with_for_update(key_share=True)
    )
    if row is None:
        return None
    wish = Presence(row.presence_wish) if row.presence_wish else None
    return Watched(Presence(row.presence), row.presence_changed_at, row.by_browser, wish)


def see(tx: Tx, user_id: str, tab_id: str, now: datetime) -> None:
    """Note that a page of a user is open now."""
    row = {"organization_id": tx.organization_id, "user_id": user_id, "tab_id": tab_id, "seen_at": now}
    if not tx.insert_new(PRESENCE_TAB, [row], ("tab_id",)):
        tx.execute(update(PRESENCE_TAB).where(_mine(tx, user_id, tab_id)).values(seen_at=now))


def set_back(tx: Tx, user_id: str, tab_id: str, seen_at: datetime) -> None:
    """Let a page count as last heard of at a time that has passed."""
    later = PRESENCE_TAB.c.seen_at > seen_at
    tx.execute(update(PRESENCE_TAB).where(_mine(tx, user_id, tab_id), later).values(seen_at=seen_at))


def last_seen(tx: Tx, user_id: str) -> datetime | None:
    """Return when a page of a user was last heard of."""
    return tx.scalar(
        select(func.max(PRESENCE_TAB.c.seen_at)).where(
            PRESENCE_TAB.c.organization_id == tx.organization_id, PRESENCE_TAB.c.user_id == user_id
        )
    )


def list_watched(tx: Tx) -> list[Quiet]:
    """Return everybody whose presence follows their browsers and who is not offline. Platform work."""
    seen_at = func.max(PRESENCE_TAB.c.seen_at).label("seen_at")
    rows = tx.all(
        select(USER.c.organization_id, USER.c.id, USER.c.presence_changed_at, seen_at)
        .outerjoin(PRESENCE_TAB, PRESENCE_TAB.c.user_id == USER.c.id)
        .where(
            USER.c.by_browser.is_(True),
            USER.c.presence != Presence.OFFLINE,
            USER.c.disabled_at.is_(None),
        )
        .group_by(USER.c.organization_id, USER.c.id, USER.c.presence_changed_at)
        .order_by(USER.c.id)
    )
    routing = _routing_of(tx, {row.organization_id for row in rows})
    return [
        Quiet(row.organization_id, row.id, row.seen_at or row.presence_changed_at, routing[row.organization_id])
        for row in rows
    ]


def _routing_of(tx: Tx, organization_ids: set[str]) -> dict[str, Mapping[str, Any]]:
    if not organization_ids:
        return {}
    columns = ORGANIZATION.c.id, ORGANIZATION.c.routing
    rows = tx.all(select(*columns).where(ORGANIZATION.c.id.in_(sorted(organization_ids))))
    return {row.id: row.routing for row in rows}


def forget_before(tx: Tx, before: datetime) -> None:
    """Remove pages that were last heard of before a time. Platform work."""
    tx.execute(delete(PRESENCE_TAB).where(PRESENCE_TAB.c.seen_at < before))


def _mine(tx: Tx, user_id: str, tab_id: str) -> Any:
    return and_(
        PRESENCE_TAB.c.organization_id == tx.organization_id,
        PRESENCE_TAB.c.user_id == user_id,
        PRESENCE_TAB.c.tab_id == tab_id,
    )
