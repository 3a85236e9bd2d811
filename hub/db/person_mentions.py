"""What colleagues wrote about a person: in other people's conversations, and into the rules that route them."""

from collections.abc import Iterator, Sequence

from sqlalchemy import or_, select

from hub.db.json_rows import as_json
from hub.db.person import PersonRecord
from hub.db.session import Tx
from hub.db.tables.core import CONVERSATION, GROUP, MESSAGE, ROUTING_RULE
from hub.types import Direction, JsonObject


def staff_entries(tx: Tx, person: PersonRecord, words: Sequence[str]) -> Iterator[JsonObject]:
    """Yield notes and activity lines of other people's conversations that say one of these words, in either case."""
    if not words:
        return
    said = or_(*(MESSAGE.c.text.icontains(word, autoescape=True) for word in words))
    rows = tx.all(
        select(MESSAGE).where(
            MESSAGE.c.organization_id == tx.organization_id,
            MESSAGE.c.direction.in_((Direction.NOTE, Direction.ACTIVITY)),
            MESSAGE.c.conversation_id.not_in(person.conversation_ids),
            said,
        )
    )
    yield from map(as_json, rows)


def other_conversations(tx: Tx, person: PersonRecord, words: Sequence[str]) -> Iterator[JsonObject]:
    """Yield other people's conversations whose topic, preview or routing says one of these words, in either case.

    Those that keep a question to the customer (`choice`) are all among them: they are few, and its texts are lists.
    """
    if not words:
        return
    texts = (CONVERSATION.c.topic, CONVERSATION.c.preview, CONVERSATION.c.routing["reason"].as_string())
    said = or_(*(text.icontains(word, autoescape=True) for text in texts for word in words))
    rows = tx.all(
        select(CONVERSATION).where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.id.not_in(person.conversation_ids),
            or_(said, CONVERSATION.c.routing["choice"]["text"].as_string().is_not(None)),
        )
    )
    yield from map(as_json, rows)


def routing_rules(tx: Tx) -> Iterator[JsonObject]:
    """Yield all routing rules, each with what a person may have written into it: name, conditions and effects."""
    columns = ROUTING_RULE.c.id, ROUTING_RULE.c.name, ROUTING_RULE.c.conditions, ROUTING_RULE.c.effects
    mine = ROUTING_RULE.c.organization_id == tx.organization_id
    yield from map(as_json, tx.all(select(*columns).where(mine).order_by(ROUTING_RULE.c.place)))


def groups(tx: Tx) -> Iterator[JsonObject]:
    """Yield all groups, each with what a person may have written into it: name and rules, with `closed_answer`."""
    mine = GROUP.c.organization_id == tx.organization_id
    yield from map(as_json, tx.all(select(GROUP.c.id, GROUP.c.name, GROUP.c.rules).where(mine).order_by(GROUP.c.id)))
