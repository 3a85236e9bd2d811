"""What the platform watches: ages and counts of work that waits or went wrong. Platform work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from hub.db import incidents, looks, usage
from hub.db.session import Tx
from hub.db.suspension import resting_senders, shown_anywhere
from hub.db.tables.core import CONTACT, CONVERSATION, DELIVERY, EVENT, MESSAGE, PARKED, QUARANTINE
from hub.db.usage import Span, Times
from hub.types import ConversationStatus

_WATCHED_MESSAGES = ("failed", "uncertain")
_WATCHED_EVENTS = ("pending", "failed", "unreadable")
_WATCHED_DELIVERIES = ("queued", "sending")
LATELY = timedelta(hours=1)
"""How far back numbers about assignments reach: what a scrape costs does not grow with what is on record."""


@dataclass(frozen=True, slots=True)
class Line:
    """What waits in a group for somebody to have it: how many conversations, and since when the first one."""

    group_id: str
    length: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Gauges:
    """Counts by state; the oldest of what waits, None when nothing does.

    The two oldest leave out suspended senders: what these have waits on purpose. `resting` counts their events.
    `forgotten`: genuine requests that have been in quarantine for too long; 0 where nobody asked for it.
    `lines`: groups where somebody waits. `assignments`: those of the time LATELY, by whether a person gave them.
    `incidents`: what is wrong with senders, by whose it is to mend. `unanswered`: kind → senders whose last look got no
    answer. `times`: what ended in that time, by group (None: of conversations without one).
    """

    events: dict[str, int]
    deliveries: dict[str, int]
    messages: dict[str, int]
    unmatched: int
    quarantined: int
    oldest_event: datetime | None
    oldest_delivery: datetime | None
    resting: int = 0
    forgotten: int = 0
    lines: tuple[Line, ...] = ()
    assignments: dict[str, int] = field(default_factory=dict)
    times: Mapping[Span, Mapping[str | None, Times]] = field(default_factory=dict)
    incidents: Mapping[str, int] = field(default_factory=dict)
    unanswered: Mapping[str, int] = field(default_factory=dict)


def read(tx: Tx, now: datetime) -> Gauges:
    """Return the gauges of the whole hub."""
    return Gauges(
        events=_by_state(tx, EVENT.c.state, _WATCHED_EVENTS),
        deliveries=_by_state(tx, DELIVERY.c.state, _WATCHED_DELIVERIES),
        messages=_by_state(tx, MESSAGE.c.status, _WATCHED_MESSAGES),
        unmatched=_by_state(tx, PARKED.c.state, ("unmatched",))["unmatched"],
        quarantined=_by_state(tx, QUARANTINE.c.state, ("held",))["held"],
        oldest_event=tx.scalar(
            select(func.min(EVENT.c.received_at)).where(
                EVENT.c.state == "pending", EVENT.c.sender_id.not_in(resting_senders())
            )
        ),
        oldest_delivery=tx.scalar(
            select(func.min(DELIVERY.c.created_at))
            .join(MESSAGE, MESSAGE.c.id == DELIVERY.c.message_id)
            .join(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id)
            .join(CONTACT, CONTACT.c.id == CONVERSATION.c.contact_id)
            .where(
                DELIVERY.c.state.in_(_WATCHED_DELIVERIES),
                DELIVERY.c.sender_id.not_in(resting_senders()),
                MESSAGE.c.suspended_at.is_(None),
                CONTACT.c.restricted_at.is_(None),
            )
        ),
        resting=int(
            tx.scalar(
                select(func.count())
                .select_from(EVENT)
                .where(EVENT.c.state == "pending", EVENT.c.sender_id.in_(resting_senders()))
            )
            or 0
        ),
        lines=_lines(tx, now),
        assignments=_assignments(tx, now - LATELY),
        incidents=incidents.count_open(tx),
        unanswered=looks.count_unanswered(tx),
        times={span: usage.measure_lately(tx, span, now - LATELY) for span in Span},
    )


def _lines(tx: Tx, now: datetime) -> tuple[Line, ...]:
    """By the index of what waits (`conversations_queue`); what is suspended, restricted or put aside for later waits on
    purpose."""
    waits = (
        CONVERSATION.c.assignee_id.is_(None),
        CONVERSATION.c.status != ConversationStatus.CLOSED,
        CONVERSATION.c.waiting_since.is_not(None),
        CONVERSATION.c.group_id.is_not(None),
        or_(CONVERSATION.c.snoozed_until.is_(None), CONVERSATION.c.snoozed_until <= now),
        *shown_anywhere(),
    )
    oldest = func.min(CONVERSATION.c.waiting_since)
    statement = select(CONVERSATION.c.group_id, func.count(), oldest).where(*waits).group_by(CONVERSATION.c.group_id)
    rows: Sequence[Any] = tx.all(statement)
    return tuple(Line(row[0], int(row[1]), row[2]) for row in rows)


def _assignments(tx: Tx, since: datetime) -> dict[str, int]:
    found = usage.count_lately(tx, since)
    return {"decision": found.get(False, 0), "person": found.get(True, 0)}


def _by_state(tx: Tx, column: Any, states: Sequence[str]) -> dict[str, int]:
    statement = select(column, func.count()).where(column.in_(states)).group_by(column)
    rows: Sequence[Any] = tx.all(statement)
    found = {str(row[0]): int(row[1]) for row in rows}
    return {state: found.get(state, 0) for state in states}
