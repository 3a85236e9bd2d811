"""What the audit log keeps of a conversation: who has it and how it stands, never what was said in it."""

from hub import audit
from hub.db.conversations import ConversationRecord
from hub.db.session import Tx
from hub.types import Actor
from hub.wiring import Services

_ACTIONS = {
    "assigned": "conversation.assigned",
    "closed": "conversation.closed",
    "reopened": "conversation.reopened",
    "snoozed": "conversation.snoozed",
    "topic": "conversation.topic_set",
}
_KEPT = ("status", "waiting_for", "topic", "group_id", "assignee_id", "snoozed_until")


def record_move(
    services: Services, tx: Tx, actor: Actor, what: str, before: ConversationRecord, after: ConversationRecord
) -> None:
    """Note a person's change of a conversation; `what` as its activity line is called."""
    differs = audit.difference(*({name: getattr(each, name) for name in _KEPT} for each in (before, after)))
    audit.record(services, tx, actor, audit.Change(_ACTIONS[what], "conversation", before.id, **differs))
