"""Groups with their hours and rules, and the organization's routing rules, through the API."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import update

from hub.access.groups import GroupChanges, change_group
from hub.access.permissions import Permission, require
from hub.access.presence import ASSIGN_WAITING
from hub.db.tables.core import CHANNEL
from hub.types import Actor
from tests.api.conftest import ONE_DATABASE, Api

HOURS = {
    "time_zone": "Europe/Berlin",
    "week": {"mon": ["09:00-12:30", "13:30-18:00"], "fri": ["22:00-06:00"], "sun": ["00:00-24:00"]},
    "holidays": "DE-BE",
    "closed": ["2026-12-31"],
    "extra": {"2026-12-24": ["09:00-12:00"], "2026-12-25": []},
}
CHANGED = {
    "sticky": False,
    "skills": "preferred",
    "languages": "off",
    "hours": HOURS,
    "closed_answer": "We are closed until tomorrow.",
    "overflow_after": 60,
    "tell_after": 600,
    "slot_minutes": 15,
}


def group(api: Api, name: str = "Night shift", **rules: Any) -> dict[str, Any]:
    made = api.owner("POST", "/groups", json={"name": name, "rules": rules})
    assert made.status_code == 201, made.text
    return dict(made.json())


def week(shown: dict[str, Any]) -> dict[str, Any]:
    """A group's hours as they were said: days that are not open left out."""
    hours = shown["rules"]["hours"]
    return {**hours, "week": {day: parts for day, parts in hours["week"].items() if parts}}


@pytest.mark.parametrize("strategy", ["least_busy", "round_robin", "longest_idle", "manual"])
def test_a_group_chooses_by_one_of_four_strategies(api: Api, strategy: str) -> None:
    made = api.owner("POST", "/groups", json={"name": "Night shift", "strategy": strategy}).json()
    assert api.owner("GET", f"/groups/{made['id']}").json()["strategy"] == strategy
    changed = api.owner("PATCH", f"/groups/{api.org.group_id}", json={"strategy": strategy})
    assert changed.json()["strategy"] == strategy


@ONE_DATABASE
def test_another_strategy_is_refused_naming_the_four(api: Api) -> None:
    answer = api.owner("POST", "/groups", json={"name": "Night shift", "strategy": "random"})
    assert (answer.status_code, "round_robin" in answer.json()["detail"]) == (422, True)


def test_rules_and_hours_are_shown_as_they_were_said(api: Api) -> None:
    made = group(api, overflow_group_id=api.org.group_id, **CHANGED)
    shown = api.owner("GET", f"/groups/{made['id']}").json()
    assert shown == made
    assert week(shown) == HOURS
    said = {**CHANGED, "hours": None, "overflow_group_id": api.org.group_id}
    assert {**shown["rules"], "hours": None} == said


def test_what_a_change_leaves_out_stays_and_null_takes_away(api: Api) -> None:
    made = group(api, overflow_group_id=api.org.group_id, **CHANGED)
    path = f"/groups/{made['id']}"
    changed = api.owner("PATCH", path, json={"rules": {"tell_after": None, "slot_minutes": 30}}).json()
    assert changed["rules"] == {**made["rules"], "tell_after": None, "slot_minutes": 30}
    opened = api.owner("PATCH", path, json={"rules": {"hours": None, "overflow_group_id": None}}).json()
    assert (opened["rules"]["hours"], opened["rules"]["overflow_group_id"]) == (None, None)
    assert opened["rules"]["slot_minutes"] == 30


def test_two_who_change_different_rules_of_a_group_at_once_both_have_them_changed(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/groups/{api.org.group_id}"
    others = [GroupChanges(some_rules={"slot_minutes": 15})]

    def require_last(actor: Actor, permission: Permission) -> None:
        """The other change comes just before this one begins to write."""
        require(actor, permission)
        if permission is Permission.MANAGE_TEAM and others:
            change_group(api.services, api.org.actor, api.org.group_id, others.pop())

    monkeypatch.setattr("hub.access.groups.require", require_last)
    changed = api.owner("PATCH", path, json={"rules": {"tell_after": 60}}).json()["rules"]
    assert (changed["slot_minutes"], changed["tell_after"], others) == (15, 60, [])


def test_only_the_rules_that_changed_stand_in_the_audit_log(api: Api) -> None:
    made = group(api, slot_minutes=15)
    api.owner("PATCH", f"/groups/{made['id']}", json={"rules": {"slot_minutes": 30}})
    api.owner("PATCH", f"/groups/{made['id']}", json={"rules": {"slot_minutes": 30}})
    [entry] = api.owner("GET", "/audit?action=group.changed").json()["items"]
    assert (entry["before"], entry["after"]) == ({"slot_minutes": 15}, {"slot_minutes": 30})


@ONE_DATABASE
@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"hours": {**HOURS, "week": {"mon": ["9-12"]}}}, "like 09:00-12:30"),
        ({"hours": {**HOURS, "week": {"mon": ["09:00-12:60"]}}}, "00:00 to 24:00"),
        ({"hours": {**HOURS, "week": {"mon": ["24:00-25:00"]}}}, "00:00 to 24:00"),
        ({"hours": {**HOURS, "week": {"monday": []}}}, "week"),
        ({"hours": {**HOURS, "extra": {"2026-02-30": []}}}, "extra"),
        ({"hours": {"week": {}}}, "time_zone"),
        ({"skills": "nice"}, "required"),
        ({"slot_minutes": "long"}, "slot_minutes"),
        ({"overflow_after": None}, "overflow_after"),
        ({"patience": 1}, "patience"),
    ],
)
def test_rules_of_another_shape_are_refused_naming_the_field(api: Api, rules: dict[str, Any], said: str) -> None:
    for method, path in (("POST", "/groups"), ("PATCH", f"/groups/{api.org.group_id}")):
        answer = api.owner(method, path, json={"name": "Support again", "rules": rules})
        assert answer.status_code == 422, answer.text
        assert said in answer.json()["detail"]


def test_hours_that_cannot_be_are_refused_with_all_that_is_wrong(api: Api) -> None:
    wrong = {
        **HOURS,
        "time_zone": "Mars/Olympus",
        "week": {"mon": ["09:00-12:00", "11:00-14:00"], "tue": ["08:00-08:00"]},
        "holidays": "XX",
    }
    for method, path in (("POST", "/groups"), ("PATCH", f"/groups/{api.org.group_id}")):
        answer = api.owner(method, path, json={"name": "Support again", "rules": {"hours": wrong}})
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        problems = answer.json()["problems"]
        assert len(problems) == 4, problems
        for words in ("“Mars/Olympus”, which does not exist", "overlap", "empty interval on Tuesday", "“XX”"):
            assert [each for each in problems if words in each], words
    assert [each["name"] for each in api.owner("GET", "/groups").json()["items"]] == ["Support"]
    assert api.owner("GET", f"/groups/{api.org.group_id}").json()["rules"]["hours"] is None


def test_an_overflow_that_could_loop_or_leads_nowhere_is_refused_with_a_sentence(api: Api) -> None:
    night = group(api, "Night shift", overflow_group_id=api.org.group_id)
    back = {"rules": {"overflow_group_id": night["id"]}}
    refused = api.owner("PATCH", f"/groups/{api.org.group_id}", json=back)
    assert refused.status_code == 422
    [problem] = refused.json()["problems"]
    assert "in a circle (Support → Night shift → Support)" in problem
    itself = api.owner("PATCH", f"/groups/{night['id']}", json={"rules": {"overflow_group_id": night["id"]}})
    foreign = {"rules": {"overflow_group_id": api.world.organization("Other").group_id}}
    nowhere = api.owner("PATCH", f"/groups/{night['id']}", json=foreign)
    assert "in a circle (Night shift → Night shift)" in itself.json()["detail"]
    assert (nowhere.status_code, "does not exist" in nowhere.json()["detail"]) == (422, True)
    assert api.owner("GET", f"/groups/{night['id']}").json()["rules"]["overflow_group_id"] == api.org.group_id


def test_two_who_let_groups_overflow_into_each_other_at_once_do_not_make_a_circle(api: Api) -> None:
    night = group(api, "Night shift")
    ways = [(night["id"], api.org.group_id), (api.org.group_id, night["id"])]
    token = api.token(api.org.actor)

    def overflow(way: tuple[str, str]) -> int:
        body = {"rules": {"overflow_group_id": way[1]}}
        return api.call("PATCH", f"/groups/{way[0]}", token, json=body).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(overflow, ways)) == [200, 422]


def test_a_group_that_rules_need_cannot_lose_its_hours_and_old_faults_do_not_stand_in_the_way(api: Api) -> None:
    channel = api.world.channel(api.org, "telegram", "1000")
    night = group(api, "Night shift", hours=HOURS)
    rules = [
        {"name": "Closed", "when": {"time": {"inside": False, "group_id": night["id"]}}, "then": {"priority": 1}},
        {"name": "Bot", "when": {"channel_ids": [channel.id]}, "then": {"priority": 2}},
    ]
    assert api.owner("PUT", "/routing/rules", json={"rules": rules}).status_code == 200
    refused = api.owner("PATCH", f"/groups/{night['id']}", json={"rules": {"hours": None}})
    assert (refused.status_code, "“Closed” asks for the time outside" in refused.json()["detail"]) == (422, True)
    with api.services.db.transaction(api.org.id) as tx:
        tx.execute(update(CHANNEL).where(CHANNEL.c.id == channel.id).values(deleted_at=api.services.clock()))
    shown = api.owner("GET", "/routing/rules").json()
    assert [each for each in shown["problems"] if "“Bot” asks for a channel that does not exist any more" in each]
    more = [{"name": "New", "when": {"topics": ["x"]}, "then": {"priority": 3}}, *shown["rules"]]
    added = api.owner("PUT", "/routing/rules", json={"rules": more})
    assert (added.status_code, added.json()["problems"]) == (200, shown["problems"])
    worse = api.owner("PUT", "/routing/rules", json={"rules": [*more, {**more[0], "name": "Same"}]})
    assert (worse.status_code, len(worse.json()["problems"])) == (422, 1)
    changed = api.owner("PATCH", f"/groups/{night['id']}", json={"rules": {"slot_minutes": 5}})
    assert changed.status_code == 200, changed.text


def test_whoever_waits_is_given_out_anew_when_a_group_a_rule_or_a_user_changes(api: Api) -> None:
    flag = f"wake:{ASSIGN_WAITING}:{api.org.id}"
    changes: list[tuple[str, str, dict[str, Any]]] = [
        ("PUT", f"/groups/{api.org.group_id}/members", {"user_ids": [api.org.actor.user_id]}),
        ("PATCH", f"/groups/{api.org.group_id}", {"strategy": "round_robin"}),
        ("PATCH", f"/groups/{api.org.group_id}", {"rules": {"skills": "off"}}),
        ("PUT", "/routing/rules", {"rules": [{"name": "Everything"}]}),
        ("PATCH", f"/users/{api.org.operator.user_id}", {"slots": 20}),
        ("PATCH", f"/users/{api.org.operator.user_id}/profile", {"skills": ["refunds"]}),
    ]
    for method, path, body in changes:
        api.services.queue.redis.delete(flag)
        assert api.owner(method, path, json=body).status_code == 200
        assert api.services.queue.redis.exists(flag), (path, body)


def test_a_group_that_rules_or_another_groups_overflow_name_stays_and_says_which(api: Api) -> None:
    needed = group(api, "Night shift")
    group(api, "Day shift", overflow_group_id=needed["id"])
    choice = {
        "text": "Sales or support?",
        "options": [{"label": "Sales", "group_id": needed["id"]}, {"label": "Support", "group_id": api.org.group_id}],
        "otherwise_group_id": api.org.group_id,
    }
    rules = [
        {"name": "Refunds", "when": {"keywords": ["refund"]}, "then": {"group_id": needed["id"]}},
        {"name": "At night", "when": {"time": {"inside": True, "group_id": needed["id"]}}, "then": {"priority": 2}},
        {"name": "Asked", "when": {"topics": ["new"]}, "then": {"choice": choice}},
        {"name": "Other", "when": {"topics": ["x"]}, "then": {"group_id": api.org.group_id}},
    ]
    api.owner("PATCH", f"/groups/{needed['id']}", json={"rules": {"hours": HOURS}})
    put = api.owner("PUT", "/routing/rules", json={"rules": rules})
    assert put.status_code == 200, put.text
    refused = api.owner("DELETE", f"/groups/{needed['id']}")
    assert refused.status_code == 409
    assert (refused.json()["rules"], refused.json()["groups"]) == (["Refunds", "At night", "Asked"], ["Day shift"])
    for name in ("Refunds", "At night", "Asked", "Day shift"):
        assert f"“{name}”" in refused.json()["detail"]
    assert api.owner("GET", f"/groups/{needed['id']}").status_code == 200
    api.owner("PUT", "/routing/rules", json={"rules": rules[3:]})
    day = next(each for each in api.owner("GET", "/groups").json()["items"] if each["name"] == "Day shift")
    api.owner("PATCH", f"/groups/{day['id']}", json={"rules": {"overflow_group_id": None}})
    assert api.owner("DELETE", f"/groups/{needed['id']}").status_code == 204
