"""Numbers: how long people waited, for whom, and what waits now."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from hub.db import tables as t
from hub.db.session import PlatformWork
from hub.ids import new_id
from hub.types import Actor, Role
from tests.api.conftest import ONE_DATABASE, Api
from tests.api.test_health import get

DAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOTHING = {"count": 0, "mean": 0.0, "median": 0.0, "p90": 0.0}


class Past:
    """What was assigned in an organization: rows as routing leaves them."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.channel_id = api.world.channel(api.org, "telegram", "1000").id

    def conversation(self, **values: Any) -> str:
        own = {"organization_id": self.api.org.id, "created_at": DAY}
        contact_id, identity_id, conversation_id = new_id(), new_id(), new_id()
        of = {"channel_id": self.channel_id, "contact_id": contact_id, "identity_id": identity_id}
        known = {"kind": "telegram", "address": identity_id, "contact_id": contact_id, "first_contact_id": contact_id}
        with self.api.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            tx.execute(insert(t.Contact).values(id=contact_id, name="Carla", **own))
            tx.execute(insert(t.Identity).values(id=identity_id, **known, **own))
            state = {"status": "new", "waiting_for": "us", "last_activity_at": DAY, **of, **own, **values}
            tx.execute(insert(t.Conversation).values(id=conversation_id, **state))
        return conversation_id

    def assigned(
        self,
        who: Actor,
        waited: float | None,
        answered: float | None = None,
        ended: float | None = None,
        at: datetime = DAY,
        **values: Any,
    ) -> None:
        """Somebody was given a conversation; seconds are counted from when its customer began to wait."""
        begin = at - timedelta(seconds=waited or 0)
        row = {
            "id": new_id(),
            "organization_id": self.api.org.id,
            "conversation_id": self.conversation(status="closed"),
            "group_id": self.api.org.group_id,
            "user_id": who.user_id,
            "waiting_since": None if waited is None else begin,
            "assigned_at": at,
            "first_answer_at": None if answered is None else begin + timedelta(seconds=answered),
            "answered_by": None if answered is None else who.user_id,
            "ended_at": None if ended is None else at + timedelta(seconds=ended),
            **values,
        }
        with self.api.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            tx.execute(insert(t.Assignment).values(**row))


@pytest.mark.parametrize(
    "query", [{"from": "0001-01-01T00:00:00Z"}, {"to": "0001-01-01T00:00:00Z"}, {"to": "9999-12-31T23:59:59Z"}]
)
def test_a_time_at_the_ends_of_the_calendar_is_refused(api: Api, query: dict[str, str]) -> None:
    answer = api.owner("GET", "/usage", params=query)
    assert (answer.status_code, "choose one from 1970 to 2199" in answer.json()["detail"]) == (422, True)


def usage(api: Api, **query: str) -> Any:
    asked = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z", **query}
    answer = api.owner("GET", "/usage", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_waiting_first_answers_and_handling_are_told_by_operator(api: Api) -> None:
    past, ben = Past(api), api.org.operator
    ada = api.world.user(api.org.id, "Ada Operator", Role.OPERATOR)
    for waited in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 100.5):
        past.assigned(ben, waited, answered=waited + 10, ended=60)
    past.assigned(ada, 30, beyond_slots=True, by_hand=True)
    past.assigned(ada, None, by_hand=True)
    found = usage(api, by="operator")
    assert [(each["name"], each["assignments"], each["by_hand"], each["beyond_slots"]) for each in found["items"]] == [
        ("Ben Operator", 10, 0, 0), ("Ada Operator", 2, 2, 1),
    ]  # fmt: skip
    of_ben, of_ada = found["items"]
    assert of_ben["id"] == ben.user_id
    assert of_ben["waiting"] == {"count": 10, "mean": 14.55, "median": 5.0, "p90": 9.0}
    assert of_ben["first_answer"] == {"count": 10, "mean": 24.55, "median": 15.0, "p90": 19.0}
    assert of_ben["handling"] == {"count": 10, "mean": 60.0, "median": 60.0, "p90": 60.0}
    assert of_ada["waiting"] == {"count": 1, "mean": 30.0, "median": 30.0, "p90": 30.0}
    assert (of_ada["first_answer"], of_ada["handling"]) == (NOTHING, NOTHING)
    assert (found["total"]["assignments"], found["total"]["waiting"]["count"]) == (12, 11)


def test_numbers_are_told_by_group_also_of_none_and_of_those_that_are_gone(api: Api) -> None:
    past = Past(api)
    for group_id in (api.org.group_id, api.org.group_id, None, "01AAAAAAAAAAAAAAAAAAAAAAAA"):
        past.assigned(api.org.operator, 5, group_id=group_id)
    found = usage(api)
    assert {each["id"]: (each["name"], each["assignments"]) for each in found["items"]} == {
        api.org.group_id: ("Support", 2), None: (None, 1), "01AAAAAAAAAAAAAAAAAAAAAAAA": (None, 1),
    }  # fmt: skip


def test_a_time_begins_with_its_first_moment_and_ends_before_its_last(api: Api) -> None:
    past = Past(api)
    for at in (DAY, DAY + timedelta(hours=1), DAY + timedelta(hours=2)):
        past.assigned(api.org.operator, 5, at=at)
    found = usage(api, **{"from": "2026-03-02T09:00:00Z", "to": "2026-03-02T12:00:00+01:00"})
    assert (found["total"]["assignments"], found["from"], found["by"]) == (2, "2026-03-02T09:00:00Z", "group")


def test_numbers_of_another_organization_are_not_counted(api: Api) -> None:
    Past(api).assigned(api.org.operator, 5)
    other = api.token(api.world.organization("Other").actor)
    shown = api.call("GET", "/usage?from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z", other).json()
    assert (shown["total"]["assignments"], shown["items"]) == (0, [])


@ONE_DATABASE
@pytest.mark.parametrize(
    "query",
    [
        "from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z",
        "from=2026-03-02T00:00:00Z&to=2026-03-02T00:00:00Z",
        "from=2020-01-01T00:00:00Z&to=2026-03-02T00:00:00Z",
        "from=2026-03-02T00:00:00",
        "by=person",
        "since=2026-03-02T00:00:00Z",
    ],
)
def test_a_time_that_is_none_is_refused(api: Api, query: str) -> None:
    answer = api.owner("GET", f"/usage?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@ONE_DATABASE
def test_operators_do_not_see_the_numbers_of_their_colleagues(api: Api) -> None:
    assert api.call("GET", "/usage", api.token(api.org.operator)).status_code == 403
    supervisor = api.world.user(api.org.id, "Sam Supervisor", Role.SUPERVISOR)
    assert api.call("GET", "/usage", api.token(supervisor)).status_code == 200


def test_metrics_tell_what_waits_in_each_group_without_any_name(api: Api) -> None:
    past, now = Past(api), api.services.clock()
    group = {"group_id": api.org.group_id}
    for seconds in (600, 60):
        past.conversation(waiting_since=now - timedelta(seconds=seconds), **group)
    past.conversation(waiting_since=now, assignee_id=api.org.operator.user_id, **group)
    past.conversation(waiting_since=None, waiting_for="customer", **group)
    past.conversation(waiting_since=now, status="closed", **group)
    past.conversation(waiting_since=now - timedelta(days=1), snoozed_until=now + timedelta(days=1), **group)
    text = get(api.app, "/metrics").text
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    label = json.dumps(api.org.group_id)
    assert lines[f"hub_queue_length{{group={label}}}"] == "2.0"
    assert 600 <= float(lines[f"hub_queue_longest_wait_seconds{{group={label}}}"]) < 660
    assert not [name for name in ("Support", "Ben", "Acme", "Carla") if name in text]
