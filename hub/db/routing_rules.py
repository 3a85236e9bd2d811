"""An organization's routing rules, in their order."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from hub.db.routing_forms import conditions_from_json, conditions_to_json, effects_from_json, effects_to_json
from hub.db.session import Tx
from hub.db.tables.core import CHANNEL, ROUTING_RULE
from hub.types import Rule


def list_rules(tx: Tx) -> list[Rule]:
    """Return all rules, also those that are switched off; the first that holds decides."""
    mine = select(ROUTING_RULE).where(ROUTING_RULE.c.organization_id == tx.organization_id)
    return [_rule(row) for row in tx.all(mine.order_by(ROUTING_RULE.c.place))]


def has_rules(tx: Tx) -> bool:
    """Whether any rule is switched on."""
    mine = ROUTING_RULE.c.organization_id == tx.organization_id, ROUTING_RULE.c.enabled.is_(True)
    return tx.first(select(ROUTING_RULE.c.id).where(*mine).limit(1)) is not None


def replace_rules(tx: Tx, rules: Sequence[Rule]) -> None:
    """Make these the rules, in this order. Their ids are the organization's own."""
    tx.execute(delete(ROUTING_RULE).where(ROUTING_RULE.c.organization_id == tx.organization_id))
    tx.insert(
        ROUTING_RULE,
        [
            {
                "id": each.id,
                "organization_id": tx.organization_id,
                "place": place,
                "name": each.name,
                "enabled": each.enabled,
                "conditions": conditions_to_json(each.when),
                "effects": effects_to_json(each.then),
            }
            for place, each in enumerate(rules)
        ],
    )


def list_channel_kinds(tx: Tx) -> dict[str, str]:
    """Return the kind of every channel that there is, by its id."""
    there = CHANNEL.c.organization_id == tx.organization_id, CHANNEL.c.deleted_at.is_(None)
    return {row.id: row.kind for row in tx.all(select(CHANNEL.c.id, CHANNEL.c.kind).where(*there))}


def _rule(row: Any) -> Rule:
    return Rule(row.id, row.name, conditions_from_json(row.conditions), effects_from_json(row.effects), row.enabled)
