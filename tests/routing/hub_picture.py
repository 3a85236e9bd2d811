"""A picture of a hub's routing from its tables, past every query that routing itself asks."""

from typing import Any

from sqlalchemy import select

from hub.db.routing_forms import group_rules_from_json
from hub.db.session import Tx
from hub.db.tables.core import ASSIGNMENT, CHANNEL, CONVERSATION, GROUP, GROUP_MEMBER, USER
from hub.types import GroupRules, Presence, Strategy
from tests.routing.hub_play import HubPlay
from tests.routing.promises import Given, Picture, Talk, Team, Worker, needs_in

_NO_RULES = GroupRules()


class Camera:
    """Takes pictures of one play."""

    def __init__(self, play: HubPlay) -> None:
        self._play = play
        self._seen = ""
        self._people = {each.user_id: name for name, each in play.people.items()}
        self._groups = {key: name for name, key in play.groups.items()}

    def take(self) -> tuple[Picture, list[Given]]:
        """How things are, and what routing gave since the last picture."""
        with self._play.services.db.reading(self._play.stage.org.id) as tx:
            members: dict[str, set[str]] = {}
            for row in tx.all(select(GROUP_MEMBER.c.group_id, GROUP_MEMBER.c.user_id)):
                members.setdefault(row.group_id, set()).add(self._people.get(row.user_id, "somebody"))
            people = {
                self._people[row.id]: self._worker(row)
                for row in tx.all(select(USER.c.id, USER.c.presence, USER.c.slots, USER.c.skills, USER.c.languages))
                if row.id in self._people
            }
            groups = {
                self._groups[row.id]: self._team(row, members.get(row.id, set()))
                for row in tx.all(select(GROUP.c.id, GROUP.c.strategy, GROUP.c.rules))
                if row.id in self._groups
            }
            return Picture(self._play.stage.clock(), people, groups, self._talks(tx)), self._given(tx)

    def _worker(self, row: Any) -> Worker:
        return Worker(Presence(row.presence), row.slots, frozenset(row.skills), frozenset(row.languages))

    def _team(self, row: Any, members: set[str]) -> Team:
        rules = group_rules_from_json(row.rules) if row.rules else _NO_RULES
        return Team(Strategy(row.strategy), frozenset(members), rules)

    def _talks(self, tx: Tx) -> dict[str, Talk]:
        channels = {row.id: row.group_id for row in tx.all(select(CHANNEL.c.id, CHANNEL.c.group_id))}
        names = {key: name for name, key in self._play.talks.items()}
        return {names[row.id]: self._talk(row, channels) for row in tx.all(select(CONVERSATION))}

    def _talk(self, row: Any, channels: dict[str, str | None]) -> Talk:
        return Talk(
            owner=self._people[row.assignee_id] if row.assignee_id else None,
            group=self._groups.get(row.group_id),
            channel_group=self._groups.get(channels[row.channel_id] or ""),
            closed=row.status == "closed",
            our_turn=row.waiting_for == "us",
            waiting=row.waiting_since is not None,
            snoozed_until=row.snoozed_until,
            last_activity_at=row.last_activity_at,
            routing=row.routing,
            needs=needs_in(row.routing, row.inbound_count, self._people),
        )

    def _given(self, tx: Tx) -> list[Given]:
        names = {key: name for name, key in self._play.talks.items()}
        rows = tx.all(
            select(ASSIGNMENT.c.id, ASSIGNMENT.c.conversation_id, ASSIGNMENT.c.user_id, ASSIGNMENT.c.group_id)
            .where(ASSIGNMENT.c.id > self._seen, ASSIGNMENT.c.by_hand.is_(False))
            .order_by(ASSIGNMENT.c.id)
        )
        self._seen = rows[-1].id if rows else self._seen
        return [
            Given(names[row.conversation_id], self._people[row.user_id], self._groups.get(row.group_id)) for row in rows
        ]
