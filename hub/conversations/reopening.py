"""A customer has one open conversation on a channel: what closed ones must heed before they open again."""

from hub.conversations import life
from hub.conversations.changes import Changes
from hub.db import conversations
from hub.db.conversations import ConversationRecord
from hub.db.session import Tx
from hub.errors import Conflict


def require_only_open(tx: Tx, record: ConversationRecord) -> None:
    """Raise Conflict, naming the other one, when a closed conversation cannot open beside another."""
    other = conversations.find_open_beside(tx, record)
    if other is not None:
        raise Conflict(
            "this customer has another open conversation on the channel; go on there, or close it first",
            conversation_id=other,
        )


def know_with_siblings(tx: Tx, conversation_ids: list[str], changes: Changes) -> None:
    """Lock conversations, and with closed ones all of the same contact, of which one may be open."""
    found = conversations.lock_many(tx, conversation_ids) if conversation_ids else []
    changes.know(found)
    for closed in filter(life.is_closed, found):
        changes.know(conversations.lock_of_contacts(tx, closed.channel_id, [closed.contact_id]))


def open_instead(record: ConversationRecord, changes: Changes) -> ConversationRecord:
    """Return the open conversation of the same customer and channel where there is one, else the record itself."""
    if not life.is_closed(record):
        return record
    place = (record.channel_id, record.identity_id)
    for each in changes.records.values():
        if (each.channel_id, each.identity_id) == place and not life.is_closed(each):
            return each
    return record
