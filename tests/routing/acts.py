"""What is done and looked at in tests of routing."""

from collections import Counter
from typing import Any

from sqlalchemy import select, update

from hub.access.presence import set_presence
from hub.db.routing_forms import group_rules_to_json
from hub.db.routing_rules import replace_rules
from hub.db.tables.core import ASSIGNMENT, CHANNEL, GROUP, GROUP_MEMBER, USER
from hub.ids import new_id
from hub.types import Actor, ConversationView, GroupRules, Presence, Role, Rule
from tests.outbound.stage import Stage
from tests.world import Channel


def colleague(stage: Stage, name: str, presence: str = "online") -> Actor:
    return stage.world.user(stage.org.id, name, Role.OPERATOR, presence, stage.org.group_id)


def give_slots(stage: Stage, slots: int) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(USER).where(USER.c.organization_id == stage.org.id).values(slots=slots))


def go(stage: Stage, user: Actor, state: str) -> None:
    set_presence(stage.services, stage.org.actor, user.user_id, Presence(state))


def load(stage: Stage) -> Counter[str]:
    """Name → open conversations; "" for those that wait."""
    return Counter(each.assignee.name if each.assignee else "" for each in stage.conversations())


def owner_of(stage: Stage, conversation: ConversationView) -> str:
    [now] = [each for each in stage.conversations() if each.id == conversation.id]
    assert now.assignee is not None
    return now.assignee.id


def set_group(stage: Stage, rules: GroupRules) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(GROUP).where(GROUP.c.id == stage.org.group_id).values(rules=group_rules_to_json(rules)))


def add_group(stage: Stage, name: str, *members: Actor) -> str:
    group_id = new_id()
    row = {"id": group_id, "organization_id": stage.org.id, "name": name, "strategy": "least_busy", "rules": {}}
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.insert(GROUP, [{**row, "created_at": stage.clock()}])
        mine = {"organization_id": stage.org.id, "group_id": group_id}
        tx.insert(GROUP_MEMBER, [{**mine, "user_id": each.user_id} for each in members])
    return group_id


def set_rules(stage: Stage, *rules: Rule) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        replace_rules(tx, rules)


def look(stage: Stage, conversation: ConversationView) -> ConversationView:
    return next(each for each in stage.conversations() if each.id == conversation.id)


def rows(stage: Stage, table: Any) -> list[Any]:
    with stage.services.db.reading(stage.org.id) as tx:
        return list(tx.all(select(table)))


def times(stage: Stage, conversation: ConversationView) -> list[tuple[str, str | None]]:
    """(who had it, by what it ended), oldest first."""
    found = [each for each in rows(stage, ASSIGNMENT) if each.conversation_id == conversation.id]
    return [(each.user_id, each.ended_by) for each in sorted(found, key=lambda each: (each.assigned_at, each.id))]


def set_channel_group(stage: Stage, channel: Channel, group_id: str | None) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(CHANNEL).where(CHANNEL.c.id == channel.id).values(group_id=group_id))
