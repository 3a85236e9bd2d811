"""Bringing conversations that wait without a group to the group that their channel has by now."""

from collections.abc import Sequence

from hub.conversations.changes import Changes
from hub.db import routing_lines
from hub.db.conversations import ConversationRecord
from hub.db.session import PlatformWork, Tx
from hub.routing.assignment.acting import AT_ONCE, act_while_due, route_all, router_for, waits
from hub.wiring import Services

ENTER_JOB = "workers.routing.enter_lines"
"""Woken when a channel is given a group."""
_CAUSE = "Its channel has a group now"


def wake_groupless(services: Services) -> None:
    """Wake `enter_lines` for organizations where somebody waits in no line though their channel has a group."""
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        found = routing_lines.organizations_with_groupless(tx)
    if found:
        services.queue.wake_many("routing", ENTER_JOB, found)


def enter_lines(services: Services, organization_id: str) -> None:
    """Route whoever waits without a group on a channel that has one, most urgent and longest waiting first."""
    services.queue.clear(ENTER_JOB, organization_id)
    now = services.clock()

    def act(tx: Tx, records: Sequence[ConversationRecord], changes: Changes) -> None:
        due = [each for each in records if _is_nobodys(each) and waits(each)]
        route_all(tx, router_for(tx, due, now), due, changes, _CAUSE)

    act_while_due(services, organization_id, lambda tx: routing_lines.list_groupless(tx, AT_ONCE), act)


def _is_nobodys(record: ConversationRecord) -> bool:
    """Whether nobody has a conversation, no group either, and nobody waits for the customer's choice."""
    return record.assignee_id is None and record.group_id is None and record.queued_at is None
