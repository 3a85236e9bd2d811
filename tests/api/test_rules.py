"""The organization's routing rules through the API: replaced as a whole, and what would become of a message."""

from typing import Any

import pytest
from sqlalchemy import insert

from hub.db import tables as t
from hub.db.session import PlatformWork
from hub.ids import new_id
from hub.types import Role
from tests.api.conftest import ONE_DATABASE, Api

WHEN = {
    "channel_ids": [],
    "kinds": [],
    "fields": [{"field": "plan", "values": ["gold", "silver"]}],
    "languages": ["de", "unknown"],
    "keywords": ["Rechnung", "money back"],
    "payloads": ["billing"],
    "topics": ["refund"],
    "returning": True,
    "time": {"inside": False, "group_id": None, "hours": {
        "time_zone": "Europe/Berlin", "holidays": "", "closed": [], "extra": {},
        "week": {"mon": ["09:00-17:00"], **{day: [] for day in ("tue", "wed", "thu", "fri", "sat", "sun")}},
    }},
}  # fmt: skip


def then(api: Api) -> dict[str, Any]:
    return {
        "group_id": api.org.group_id,
        "priority": 2,
        "topic": "billing",
        "skills": ["refunds"],
        "language": True,
        "answer": "We look into it.",
        "choice": None,
    }


def put(api: Api, *rules: dict[str, Any]) -> Any:
    return api.owner("PUT", "/routing/rules", json={"rules": list(rules)})


def test_rules_are_shown_as_they_were_said_in_their_order(api: Api) -> None:
    assert api.owner("GET", "/routing/rules").json() == {"rules": [], "problems": []}
    full = {"name": "Billing", "when": WHEN, "then": then(api), "enabled": False}
    done = put(api, full, {"name": "The rest", "then": {"group_id": api.org.group_id}})
    assert done.status_code == 200, done.text
    first, second = done.json()["rules"]
    assert first == {**full, "id": first["id"]}
    assert (second["name"], second["enabled"], second["when"]["returning"]) == ("The rest", True, None)
    assert api.owner("GET", "/routing/rules").json() == done.json()
    turned = put(api, second, first).json()["rules"]
    assert turned == [second, first]


def test_a_rule_keeps_its_id_and_a_new_one_gets_its_own(api: Api) -> None:
    [old] = put(api, {"name": "Old", "then": {"priority": 1}}).json()["rules"]
    new = {"name": "New", "when": {"topics": ["x"]}, "then": {"priority": 2}}
    new, kept = put(api, new, {**old, "name": "Renamed"}).json()["rules"]
    assert (kept["id"], kept["name"]) == (old["id"], "Renamed")
    assert new["id"] not in {old["id"], None, ""}


def test_ids_that_no_rule_has_and_ids_of_others_are_refused(api: Api) -> None:
    [old] = put(api, {"name": "Old", "then": {"priority": 1}}).json()["rules"]
    other = api.token(api.world.organization("Other").actor)
    theirs = {"rules": [{"id": old["id"], "name": "Stolen"}]}
    refused = api.call("PUT", "/routing/rules", other, json=theirs)
    assert (refused.status_code, len(refused.json()["problems"])) == (422, 1)
    assert "“Stolen” has an id that no rule has" in refused.json()["problems"][0]
    assert put(api, old, old).status_code == 422
    assert api.owner("GET", "/routing/rules").json()["rules"] == [old]


def test_one_replacement_is_one_entry_and_the_same_rules_again_are_none(api: Api) -> None:
    rules = put(api, {"name": "Billing", "then": then(api)}).json()["rules"]
    put(api, *rules)
    [entry] = api.owner("GET", "/audit?action=routing.rules_replaced").json()["items"]
    assert entry["before"] == {"rules": []}
    assert [each["name"] for each in entry["after"]["rules"]] == ["Billing"]


def test_all_that_is_wrong_is_listed_and_nothing_is_changed(api: Api) -> None:
    kept = put(api, {"name": "Kept", "when": {"topics": ["x"]}}).json()["rules"]
    other = api.world.organization("Other")
    foreign = api.world.channel(other, "telegram", "2000").id
    refused = put(
        api,
        {"name": "One", "when": {"channel_ids": [foreign]}, "then": {"group_id": other.group_id}},
        {"name": "Two", "when": {"languages": ["deutsch"]}},
        {"name": "Three"},
        {"name": "Four"},
    )
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    problems = refused.json()["problems"]
    assert [each.split("”")[0] for each in problems] == [f"the rule “{name}" for name in ("One", "One", "Two", "Four")]
    assert all(each in refused.json()["detail"] for each in problems)
    assert api.owner("GET", "/routing/rules").json()["rules"] == kept


@ONE_DATABASE
@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"name": None}, "name"),
        ({"name": "x", "when": {"colour": "red"}}, "colour"),
        ({"name": "x", "when": {"keywords": [""]}}, "“x” asks for an empty word"),
        ({"name": "x", "then": {"priority": 4}}, "priority"),
        ({"name": "x", "then": {"skills": ["a,b"]}}, "“x” asks for a skill that nobody can have"),
        ({"name": "x", "then": {"skills": [f"skill {n}" for n in range(11)]}}, "“x” asks for 11 skills"),
        ({"name": "x", "then": {"answer": "y" * 1001}}, "“x” has an answer of 1001 characters"),
        ({"name": "x", "when": {"time": {"inside": True, "hours": {"time_zone": "Europe/Berlin", "week": 5}}}}, "week"),
    ],
)
def test_a_rule_of_another_shape_is_refused_naming_the_field(api: Api, rule: dict[str, Any], said: str) -> None:
    answer = put(api, rule)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


# --- explaining -------------------------------------------------------------------------------------------


def explain(api: Api, **question: Any) -> Any:
    answer = api.owner("POST", "/routing/explain", json=question)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_message_is_explained_by_the_rule_that_would_decide(api: Api) -> None:
    channel = api.world.channel(api.org, "telegram", "1000")
    [rule] = put(api, {"name": "Billing", "when": {"keywords": ["Rechnung"]}, "then": then(api)}).json()["rules"]
    found = explain(api, channel_id=channel.id, text="Wo bleibt denn meine Rechnung vom letzten Monat?")
    assert found["rule"] == {"id": rule["id"], "name": "Billing"}
    assert found["group"] == {"id": api.org.group_id, "name": "Support"}
    assert found["language"] == "de"
    assert found["needs"] == {"skills": ["refunds"], "languages": ["de"]}
    assert (found["answer"], found["closed"]) == ("We look into it.", False)
    assert (found["priority"], found["topic"], found["choice"]) == (2, "billing", None)
    assert found["assignee"] is None, "nobody has the skill"
    assert "Support" in found["reason"]


def test_without_a_rule_the_channels_group_is_asked_and_candidates_are_ranked(api: Api) -> None:
    api.world.channel(api.org, "telegram", "1000")
    ada = api.world.user(api.org.id, "Ada Away", Role.OPERATOR, presence="away", group_id=api.org.group_id)
    found = explain(api, channel_kind="telegram", text="Hello")
    assert found["rule"] == {"id": "channel", "name": None}
    assert found["assignee"] == {"id": api.org.operator.user_id, "name": "Ben Operator"}
    assert "Ben Operator" in found["reason"]
    [best, *_] = found["candidates"]
    assert best == {"id": api.org.operator.user_id, "name": "Ben Operator", "free": 10, "why_not": ""}
    assert found["counts"]["fit"] == 1
    assert sum(found["counts"].values()) == 2
    assert ada.user_id not in {each["id"] for each in found["candidates"] if not each["why_not"]}


def test_a_choice_and_the_time_of_the_question_are_part_of_the_explanation(api: Api) -> None:
    api.world.channel(api.org, "telegram", "1000")
    choice = {
        "text": "Sales or support?",
        "options": [
            {"label": "Sales", "group_id": api.org.group_id, "topic": None},
            {"label": "Support", "group_id": api.org.group_id, "topic": "help"},
        ],
        "otherwise_group_id": api.org.group_id,
        "wait": 60,
    }
    hours = {"time_zone": "Europe/Berlin", "week": {"mon": ["09:00-17:00"]}}
    at_work = {"name": "At work", "when": {"time": {"inside": True, "hours": hours}}, "then": {"choice": choice}}
    assert put(api, at_work).status_code == 200
    open_ = explain(api, channel_kind="telegram", at="2026-03-02T09:00:00+01:00")
    closed = explain(api, channel_kind="telegram", at="2026-03-02T08:59:59+01:00")
    assert (open_["rule"]["name"], open_["choice"]) == ("At work", choice)
    assert (closed["rule"]["id"], closed["choice"]) == ("channel", None)


def test_explaining_changes_nothing_and_every_role_may_ask(api: Api) -> None:
    api.world.channel(api.org, "telegram", "1000")
    auditor = api.token(api.world.user(api.org.id, "Alma Auditor", Role.AUDITOR))
    asked = api.call("POST", "/routing/explain", auditor, json={"channel_kind": "telegram"})
    assert asked.status_code == 200
    assert api.owner("GET", "/conversations").json()["items"] == []
    assert api.owner("GET", "/audit").json()["items"] == []


def test_whoever_may_not_read_a_contact_or_a_conversation_is_told_nothing_about_it(api: Api) -> None:
    channel = api.world.channel(api.org, "telegram", "1000")
    team = api.token(api.world.user(api.org.id, "Ada Admin", Role.ADMIN), ("team",))
    somebody = {"channel_id": channel.id, "contact_id": "01AAAAAAAAAAAAAAAAAAAAAAAA"}
    for body, what in (({"conversation_id": somebody["contact_id"]}, "conversations"), (somebody, "contacts")):
        with_team = api.call("POST", "/routing/explain", team, json=body)
        assert (with_team.status_code, f"read {what}" in with_team.json()["detail"]) == (403, True)


def test_a_restricted_contact_is_explained_to_nobody(api: Api) -> None:
    channel, contact_id = api.world.channel(api.org, "telegram", "1000"), new_id()
    born = {"organization_id": api.org.id, "created_at": api.services.clock()}
    with api.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(insert(t.Contact).values(id=contact_id, name="Carla", restricted_at=born["created_at"], **born))
    body = {"channel_id": channel.id, "contact_id": contact_id}
    told = {"owner": "this contact is restricted", "operator": "there is no such contact"}
    for role, actor in (("owner", api.org.actor), ("operator", api.org.operator)):
        refused = api.call("POST", "/routing/explain", api.token(actor), json=body)
        assert (refused.status_code, told[role] in refused.json()["detail"]) == (404, True)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "1969-12-31T23:59:59Z"])
def test_a_moment_at_the_ends_of_the_calendar_is_refused(api: Api, at: str) -> None:
    api.world.channel(api.org, "telegram", "1000")
    hours = {"time_zone": "Europe/Berlin", "week": {"mon": ["09:00-17:00"]}}
    put(api, {"name": "At work", "when": {"time": {"inside": True, "hours": hours}}, "then": {"priority": 1}})
    refused = api.owner("POST", "/routing/explain", json={"channel_kind": "telegram", "at": at})
    assert (refused.status_code, "choose one from 1970 to 2199" in refused.json()["detail"]) == (422, True)
    for last in ("1970-01-01T00:00:00Z", "2199-12-31T23:59:59Z"):
        explain(api, channel_kind="telegram", at=last)


def test_what_another_organization_has_cannot_be_asked_about(api: Api) -> None:
    other = api.world.organization("Other")
    channel = api.world.channel(other, "telegram", "2000")
    mine = api.world.channel(api.org, "telegram", "1000")
    for question in (
        {"channel_id": channel.id},
        {"channel_kind": "sms"},
        {"channel_id": mine.id, "contact_id": "01AAAAAAAAAAAAAAAAAAAAAAAA"},
        {"conversation_id": "01AAAAAAAAAAAAAAAAAAAAAAAA"},
    ):
        assert api.owner("POST", "/routing/explain", json=question).status_code == 404, question
    assert api.owner("POST", "/routing/explain", json={"text": "Hello"}).status_code == 422
