"""Whose routing has something due by the clock: platform work, the organizations' own wishes beside it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select

from hub.db.routing_forms import group_rules_from_json, wishes_from_json
from hub.db.session import Tx
from hub.db.tables.core import CONVERSATION, GROUP, ORGANIZATION, QUEUE_LINE, USER
from hub.types import GroupRules, Presence, RoutingWishes


@dataclass(frozen=True, slots=True)
class WaitingGroup:
    """A group that has lines."""

    organization_id: str
    group_id: str
    rules: GroupRules


@dataclass(frozen=True, slots=True)
class Absent:
    """Somebody who is offline, since when, and has conversations in which customers wait."""

    organization_id: str
    user_id: str
    since: datetime
    wishes: RoutingWishes


def list_waiting_groups(tx: Tx) -> list[WaitingGroup]:
    """Return groups that have lines and rules of their own. Platform work."""
    lined = exists().where(QUEUE_LINE.c.group_id == GROUP.c.id)
    running = ORGANIZATION.c.suspended_at.is_(None)
    rows = tx.all(
        select(GROUP.c.organization_id, GROUP.c.id, GROUP.c.rules)
        .join(ORGANIZATION, ORGANIZATION.c.id == GROUP.c.organization_id)
        .where(lined, running)
        .order_by(GROUP.c.id)
    )
    return [WaitingGroup(row.organization_id, row.id, group_rules_from_json(row.rules)) for row in rows if row.rules]


def list_absent(tx: Tx) -> list[Absent]:
    """Return who is offline or disabled while customers wait for them. Platform work."""
    holds = exists().where(
        CONVERSATION.c.organization_id == USER.c.organization_id,
        CONVERSATION.c.assignee_id == USER.c.id,
        CONVERSATION.c.status != "closed",
        CONVERSATION.c.waiting_since.is_not(None),
    )
    rows = tx.all(
        select(USER.c.organization_id, USER.c.id, USER.c.presence_changed_at, ORGANIZATION.c.routing)
        .join(ORGANIZATION, ORGANIZATION.c.id == USER.c.organization_id)
        .where(USER.c.presence == Presence.OFFLINE, ORGANIZATION.c.suspended_at.is_(None), holds)
        .order_by(USER.c.id)
    )
    return [Absent(row.organization_id, row.id, row.presence_changed_at, wishes_from_json(row.routing)) for row in rows]


def list_wishes(tx: Tx) -> list[tuple[str, RoutingWishes]]:
    """Return organizations that wish anything of routing. Platform work."""
    mine = select(ORGANIZATION.c.id, ORGANIZATION.c.routing).where(ORGANIZATION.c.suspended_at.is_(None))
    return [(row.id, wishes_from_json(row.routing)) for row in tx.all(mine.order_by(ORGANIZATION.c.id)) if row.routing]
