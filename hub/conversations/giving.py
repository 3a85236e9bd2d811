"""Giving a conversation to a person by somebody's hand: by assigning it, opening it again, or answering in it.

Slots and presence bind automatic assignment only. What a hand passes over is marked so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from hub.conversations import life
from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.db.assignments import NewAssignment
from hub.db.conversations import ConversationRecord
from hub.db.routing_setup import takes_slot
from hub.routing.policy.model import Group, Operator
from hub.types import Actor, Presence

NEEDS: Final = "needs"
BY_HAND: Final = "by_hand"
"""What `conversations.routing` keeps beside the digest of a decision; BY_HAND stands for its rule."""
_BEYOND = "beyond their slots"
_ABSENT = {Presence.AWAY: "though they are away", Presence.OFFLINE: "though they are offline"}


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody's hand that gives a conversation to a person.

    what           how the activity line is called
    words          how it begins; what the hand has passed over follows
    waiting_since  since when the customer has waited for it; None: nobody waited
    """

    actor: Actor
    now: datetime
    what: str
    words: str
    waiting_since: datetime | None


def give_by_hand(
    record: ConversationRecord, to: Operator, hand: Hand, groups: Mapping[str, Group], changes: Changes
) -> None:
    """Give a conversation to `to`, with an activity line. Whoever calls it holds the conversation, then routing.

    `to.taken` leaves this conversation out. A closed one only notes whose it is.
    """
    after = life.give(record, to.user_id, hand.now)
    beyond = takes_slot(after, groups, hand.now) and to.taken >= to.slots
    reason = ", ".join([hand.words, *_marks(to, beyond=beyond)])
    changes.put(marked(after, reason))
    if record.assignee_id != to.user_id and not life.is_closed(record):
        given = NewAssignment(after.id, after.group_id, to.user_id, hand.waiting_since, hand.now, True, beyond)
        changes.handing.given.append(given)
    about = {"group_id": after.group_id, "user_id": to.user_id, "beyond_slots": beyond}
    changes.say(activity(record, hand.what, reason, hand.now, hand.actor, **about))


def marked(record: ConversationRecord, reason: str) -> ConversationRecord:
    """With the hand's own reason; what the conversation needs of an operator stays."""
    kept = {NEEDS: record.routing[NEEDS]} if NEEDS in record.routing else {}
    return replace(record, routing={"reason": reason, "rule": BY_HAND, **kept})


def _marks(operator: Operator, *, beyond: bool) -> list[str]:
    """What a person's hand has passed over, in words."""
    absent = _ABSENT.get(operator.presence)
    return [_BEYOND] * beyond + ([absent] if absent else [])
