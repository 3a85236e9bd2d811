"""Routing's tables as dictionaries, and transactions over them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from hub.conversations.changes import Changes
from hub.db.conversations import ConversationRecord
from hub.db.routing_facts import ChannelFacts
from hub.db.routing_lines import Line
from hub.routing.policy.model import Group, Operator
from hub.types import RoutingWishes, Rule
from tests.routing.promises import Given

ORGANIZATION = "the organization"


@dataclass
class Tables:
    """Everything there is. `since`: when each person's presence changed; `ended`: when they last gave something up."""

    channels: dict[str, ChannelFacts]
    groups: dict[str, Group] = field(default_factory=dict)
    people: dict[str, Operator] = field(default_factory=dict)
    since: dict[str, datetime] = field(default_factory=dict)
    ended: dict[str, datetime] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    wishes: RoutingWishes = field(default_factory=RoutingWishes)
    records: dict[str, ConversationRecord] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    lines: set[Line] = field(default_factory=set)
    holders: dict[str, str] = field(default_factory=dict)
    by_hand: set[str] = field(default_factory=set)
    given: list[Given] = field(default_factory=list)

    def write(self, changes: Changes) -> None:
        """What `Changes.write` leaves in the tables of routing."""
        for each in changes.touched:
            self.records[each] = changes.records[each]
        handing = changes.handing
        self.lines |= handing.lines
        for ended in handing.ended:
            self._end(ended.conversation_id, ended.at)
        for new in handing.given:
            self._end(new.conversation_id, new.assigned_at)
            self.holders[new.conversation_id] = new.user_id
            self.by_hand = self.by_hand - {new.conversation_id} | ({new.conversation_id} if new.by_hand else set())
            if not new.by_hand:
                person = self.people[new.user_id]
                self.people[new.user_id] = replace(person, last_assigned_at=new.assigned_at)
                self.given.append(Given(new.conversation_id, new.user_id, new.group_id))

    def _end(self, conversation_id: str, at: datetime) -> None:
        user_id = self.holders.pop(conversation_id, None)
        if user_id is not None:
            self.ended[user_id] = max(at, self.ended.get(user_id, at))


class ModelTx:
    """A transaction over the tables; whatever else is asked of it is not imitated, and fails."""

    organization_id = ORGANIZATION

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def after_commit(self, action: Callable[[], object]) -> None:
        """Nobody is woken here."""
