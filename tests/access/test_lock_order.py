"""Whoever changes a team locks as routing does (conversations, routing, groups, users): nobody waits in a circle."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from hub.access import groups, presence, routing_rules, users
from hub.access.groups import GroupChanges
from hub.access.users import UserChanges
from hub.db import routing_lines
from hub.db.routing_lines import Line
from hub.db.routing_setup import lock_routing, note_given
from hub.types import Conditions, Effects, GroupRules, Presence, Role, Rule
from hub.wiring import Services
from tests.locks import wait_until_it_waits
from tests.world import Organization

Act = Callable[[Services, Organization, str], Any]

ACTS: dict[str, Act] = {
    "a group is deleted": lambda services, org, group: groups.delete_group(services, org.actor, group),
    "its members are replaced": lambda services, org, group: groups.set_members(
        services, org.actor, group, [org.actor.user_id, org.operator.user_id]
    ),
    "its rules are changed": lambda services, org, group: groups.change_group(
        services, org.actor, group, GroupChanges("Late shift", rules=GroupRules(slot_minutes=5))
    ),
    "the rules are replaced": lambda services, org, group: routing_rules.replace_rules(
        services, org.actor, [Rule("", "All", Conditions(), Effects(group))]
    ),
    "a user is changed": lambda services, org, _: users.change_user(
        services, org.actor, org.operator.user_id, UserChanges(slots=3, role=Role.AUDITOR)
    ),
    "a user is disabled": lambda services, org, _: users.disable_user(services, org.actor, org.operator.user_id),
    "a presence is set": lambda services, org, _: presence.set_presence(
        services, org.actor, org.operator.user_id, Presence.AWAY
    ),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_change_of_the_team_and_routing_at_the_same_time_wait_for_each_other_in_turn(
    services: Services, org: Organization, act: Act
) -> None:
    group = groups.create_group(services, org.actor, "Night shift").id
    with ThreadPoolExecutor(1) as pool:
        with services.db.transaction(org.id) as tx:
            lock_routing(tx)
            changing = pool.submit(partial(act, services, org, group))
            wait_until_it_waits(services, changing)
            # what routing does next: a line of the group needs its row, whoever is given something theirs
            routing_lines.enter(tx, [Line(group, "")])
            note_given(tx, {org.operator.user_id: services.clock()})
        assert changing.exception(timeout=30) is None
