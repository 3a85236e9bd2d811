"""The life of a conversation as pure moves: a record and what happened in, the next record out (house decision 10)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from hub.db.conversations import ConversationRecord
from hub.ids import new_id
from hub.types import ConversationStatus, Returning, WaitingFor

_PREVIEW = 160
RELEASED: Final = "released"
"""What `conversations.routing` keeps of those who gave it back: `by`, and the `inbound_count` at which that holds."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new conversation begins."""

    channel_id: str
    contact_id: str
    identity_id: str


@dataclass(frozen=True, slots=True)
class Inbound:
    """A customer's message as far as a conversation's state is concerned. `position` is its place in the thread.

    `opens_window`: it came by the channel itself, whose platform counts the reply window from it.
    """

    text: str
    position: datetime
    topic: str | None
    opens_window: bool = True


def begin(place: Place, position: datetime, now: datetime) -> ConversationRecord:
    """A conversation nobody has written in yet."""
    return ConversationRecord(
        id=new_id(),
        channel_id=place.channel_id,
        contact_id=place.contact_id,
        identity_id=place.identity_id,
        status=ConversationStatus.NEW,
        waiting_for=WaitingFor.US,
        answered=False,
        topic=None,
        priority=0,
        group_id=None,
        assignee_id=None,
        assigned_at=None,
        routing={},
        waiting_since=None,
        snoozed_until=None,
        last_inbound_at=None,
        last_activity_at=position,
        preview="",
        preview_direction="inbound",
        inbound_count=0,
        created_at=now,
    )


def choose(records: list[ConversationRecord], identity_id: str, returning: Returning) -> ConversationRecord | None:
    """Pick the conversation a message of this identity belongs to; None: a new one begins.

    `records` are the contact's conversations on the channel, oldest first. The identity's own go before any other of
    the same contact, whose address changed or who was joined with somebody: joining never joins conversations. Of these
    an open one goes before a closed one.
    """
    own = [each for each in records if each.identity_id == identity_id] or records
    candidates = [each for each in own if returning is Returning.REOPEN or not is_closed(each)]
    return max(candidates, key=lambda each: (not is_closed(each), each.id), default=None)


def is_closed(record: ConversationRecord) -> bool:
    return record.status is ConversationStatus.CLOSED


def receive(record: ConversationRecord, inbound: Inbound) -> ConversationRecord:
    """A customer's message: it is our turn. A closed conversation begins again, unassigned, as far as it had come."""
    reopened = _begin_again(record) if is_closed(record) else record
    newest = record.last_inbound_at is None or inbound.position >= record.last_inbound_at
    return replace(
        reopened,
        waiting_for=WaitingFor.US,
        waiting_since=reopened.waiting_since or inbound.position,
        snoozed_until=None,
        topic=reopened.topic or inbound.topic,
        last_inbound_at=inbound.position if newest and inbound.opens_window else record.last_inbound_at,
        last_activity_at=max(record.last_activity_at, inbound.position),
        preview=preview_of(inbound.text) if newest else record.preview,
        preview_direction="inbound" if newest else record.preview_direction,
        inbound_count=record.inbound_count + 1,
    )


def overhear(record: ConversationRecord, inbound: Inbound) -> ConversationRecord:
    """Somebody else's letter that nobody vouches for: people see it, and whose turn it is stays as it was.

    It is nothing that happens between the customer and us: it takes no slot and moves nothing up in the inbox. A closed
    conversation begins again and waits for us, or nobody would look.
    """
    opened = record
    if is_closed(record):
        opened = replace(
            _begin_again(record),
            waiting_for=WaitingFor.US,
            waiting_since=inbound.position,
            last_activity_at=max(record.last_activity_at, inbound.position),
        )
    newest = inbound.position >= record.last_activity_at
    return replace(
        opened,
        routing=_still_released(opened),
        preview=preview_of(inbound.text) if newest else record.preview,
        preview_direction="inbound" if newest else record.preview_direction,
        inbound_count=record.inbound_count + 1,
    )


def _still_released(record: ConversationRecord) -> Mapping[str, Any]:
    """The customer has written no more than before, so whoever gave it back does not get it yet."""
    note = record.routing.get(RELEASED)
    if note is None or note["inbound_count"] != record.inbound_count:
        return record.routing
    return {**record.routing, RELEASED: {**note, "inbound_count": record.inbound_count + 1}}


def answer(record: ConversationRecord, text: str, now: datetime) -> ConversationRecord:
    """A user's answer: under way, and the customer's turn."""
    opened = reopen(record) if is_closed(record) else record
    return replace(
        opened,
        status=ConversationStatus.PENDING,
        answered=True,
        waiting_for=WaitingFor.CUSTOMER,
        waiting_since=None,
        queued_at=None,
        told_at=None,
        snoozed_until=None,
        last_activity_at=max(record.last_activity_at, now),
        preview=preview_of(text),
        preview_direction="outbound",
    )


def reopen(record: ConversationRecord) -> ConversationRecord:
    """Open again: `pending` if it was ever answered, else `new`. Routing decides anew who gets it."""
    status = ConversationStatus.PENDING if record.answered else ConversationStatus.NEW
    return replace(take_off(record), status=status, snoozed_until=None)


def _begin_again(record: ConversationRecord) -> ConversationRecord:
    """Open again by a letter: nothing of how it was routed holds any more, whenever it is that it can be routed."""
    return replace(reopen(record), routing={})


def close(record: ConversationRecord) -> ConversationRecord:
    """Done with. It keeps who had it last."""
    return replace(
        record,
        status=ConversationStatus.CLOSED,
        waiting_since=None,
        snoozed_until=None,
        queued_at=None,
        told_at=None,
        last_assignee_id=record.assignee_id or record.last_assignee_id,
    )


def give(record: ConversationRecord, user_id: str, now: datetime) -> ConversationRecord:
    """Somebody's from now on; whoever has it already goes on having it."""
    assigned_at = record.assigned_at if record.assignee_id == user_id else now
    return replace(take_off(record), assignee_id=user_id, assigned_at=assigned_at, queued_at=None, told_at=None)


def take_off(record: ConversationRecord) -> ConversationRecord:
    """Nobody's, with who had it last."""
    return replace(
        record,
        assignee_id=None,
        assigned_at=None,
        last_assignee_id=record.assignee_id or record.last_assignee_id,
    )


def line_up(record: ConversationRecord, group_id: str | None, needs: str, now: datetime) -> ConversationRecord:
    """Nobody's, and in the line of a group for `needs`, if anybody waits; in the same group it keeps its time there."""
    stood = record.queued_at if record.assignee_id is None and record.group_id == group_id else None
    waits = record.waiting_since is not None and group_id is not None
    return replace(
        take_off(record),
        group_id=group_id,
        needs=needs,
        queued_at=(stood or now) if waits else None,
        told_at=record.told_at if stood and waits else None,
    )


def offer_choice(record: ConversationRecord, now: datetime) -> ConversationRecord:
    """Nobody's and no group's: it waits for the customer to choose."""
    return replace(take_off(record), group_id=None, needs="", queued_at=now, told_at=None)


def snooze(record: ConversationRecord, until: datetime) -> ConversationRecord:
    return replace(record, snoozed_until=until)


def preview_of(text: str) -> str:
    """The beginning of a text on one line."""
    return " ".join(text.split())[:_PREVIEW]
