"""How much groups and rules may say: what the pages take, the API shows, and both doors refuse more with a sentence."""

from datetime import date, timedelta
from typing import Any

import pytest

from hub.routing.policy import limits
from hub.types import Presence, Role
from hub.web.language import load
from hub.wiring import Services
from tests.api.conftest import ONE_DATABASE, Api
from tests.browser.stage import Operator, Stage
from tests.test_pages import Visitor
from tests.test_team_pages import form_of
from tests.world import World

GERMAN = load("de")
DAYS = [date(2026, 1, 1) + timedelta(days=number) for number in range(limits.MOST_DAYS)]
INTERVALS = ", ".join(f"{hour:02d}:00-{hour:02d}:30" for hour in range(limits.MOST_INTERVALS))


@pytest.fixture
def stage(services: Services, world: World) -> Stage:
    return Stage(services, world)


@pytest.fixture
def olivia(stage: Stage) -> Operator:
    return stage.operator("Olivia Own", Role.OWNER, Presence.ONLINE)


@pytest.fixture
def visitor(stage: Stage, olivia: Operator) -> Visitor:
    return Visitor(stage.services).sign_in(olivia)


@pytest.fixture
def api(stage: Stage, visitor: Visitor, world: World) -> Api:
    return Api(stage.services, visitor.app, world, stage.org)


def words(prefix: str, count: int = limits.MOST_WORDS) -> str:
    return ", ".join(f"{prefix}{number}".ljust(limits.LONGEST_WORD, "x") for number in range(count))


def test_the_most_that_the_page_of_a_group_takes_is_shown_by_the_api(stage: Stage, visitor: Visitor, api: Api) -> None:
    path = f"/admin/groups/{stage.org.group_id}"
    form: dict[str, object] = {
        **form_of(visitor.get(path).text, path),
        "name": "N" * limits.LONGEST_NAME,
        "slot_minutes": "10080",
        "closed_answer": "a" * limits.LONGEST_TEXT,
        "overflow_minutes": "10080",
        "tell_minutes": "0.02",
        "hours": "week",
        "time_zone": "Europe/Berlin",
        "day-0": INTERVALS,
        "holidays": "",
        "closed": ", ".join(map(str, DAYS)),
        "extra": "\n".join(f"{each + timedelta(days=1000)}: {INTERVALS}" for each in DAYS),
    }
    assert visitor.post(path, form).status_code == 303
    shown = api.owner("GET", f"/groups/{stage.org.group_id}")
    assert shown.status_code == 200, shown.text
    rules = shown.json()["rules"]
    assert (rules["slot_minutes"], rules["overflow_after"], rules["tell_after"]) == (10080, 604_800, 1)
    assert (len(rules["hours"]["closed"]), len(rules["hours"]["week"]["mon"])) == (400, 20)
    again = api.owner("PATCH", f"/groups/{stage.org.group_id}", json={"name": shown.json()["name"], "rules": rules})
    assert (again.status_code, again.json()) == (200, shown.json())


def test_the_most_that_the_page_of_a_rule_takes_is_shown_by_the_api(stage: Stage, visitor: Visitor, api: Api) -> None:
    field = f"{'f' * limits.LONGEST_WORD}: {words('v', 5)}"
    form: dict[str, object] = {
        "csrf_token": visitor.token(),
        "name": "",
        "enabled": "yes",
        "keywords": words("k"),
        "payloads": words("p"),
        "topics": words("t"),
        "fields": "\n".join([field] * limits.MOST_FIELDS),
        "topic": "t" * limits.LONGEST_TOPIC,
        "answer": "a" * limits.LONGEST_TEXT,
        "question": "q" * limits.LONGEST_TEXT,
        "otherwise": stage.org.group_id,
        "wait": "10080",
        **{f"label-{n}": f"{n}".rjust(limits.LONGEST_WORD, "l") for n in range(limits.MOST_OPTIONS)},
        **{f"option-group-{n}": stage.org.group_id for n in range(limits.MOST_OPTIONS)},
        **{f"option-topic-{n}": "o" * limits.LONGEST_TOPIC for n in range(limits.MOST_OPTIONS)},
    }
    saved = visitor.post("/admin/routing", form)
    assert saved.status_code == 303, saved.text
    shown = api.owner("GET", "/routing/rules")
    assert shown.status_code == 200, shown.text
    [rule] = shown.json()["rules"]
    assert (rule["name"], len(rule["when"]["fields"]), len(rule["then"]["choice"]["options"])) == ("", 20, 20)
    again = api.owner("PUT", "/routing/rules", json={"rules": [rule]})
    assert (again.status_code, again.json()) == (200, shown.json())


@ONE_DATABASE
@pytest.mark.parametrize(
    ("field", "value", "rules", "said"),
    [
        ("name", "N" * 201, {}, "the name of the group has 201 characters; shorten it to 200"),
        ("slot_minutes", "10081", {"slot_minutes": 10081}, "no slot can be taken for 10081 minutes; choose from 0"),
        ("slot_minutes", "9" * 5000, {"slot_minutes": -1}, "no slot can be taken for -1 minutes; choose from 0"),
        ("overflow_minutes", "0", {"overflow_after": 0}, "nothing can be handed over after 0 seconds; choose from 1"),
        ("tell_minutes", "0.001", {"tell_after": 0}, "supervisors cannot be told after 0 seconds; choose from 1"),
        ("tell_minutes", "10080.1", {"tell_after": 604_801}, "supervisors cannot be told after 604801 seconds"),
        ("closed_answer", "a" * 1001, {"closed_answer": "a" * 1001}, "the answer outside the hours has 1001"),
    ],
)  # fmt: skip
def test_more_than_a_group_can_say_is_refused_by_both_doors(
    stage: Stage, visitor: Visitor, api: Api, field: str, value: str, rules: dict[str, Any], said: str
) -> None:
    path = f"/admin/groups/{stage.org.group_id}"
    refused = visitor.post(path, {**form_of(visitor.get(path).text, path), field: value})
    assert refused.status_code == 422, refused.text
    name = {"name": value} if field == "name" else {}
    for method, where in (("POST", "/groups"), ("PATCH", f"/groups/{stage.org.group_id}")):
        answer = api.owner(method, where, json={"name": "New", **name, "rules": rules})
        assert answer.status_code == 422, answer.text
        [problem] = answer.json()["problems"]
        assert problem.startswith(said)
        assert GERMAN.retell(problem) != problem
    assert api.owner("GET", f"/groups/{stage.org.group_id}").json()["name"] == "Support"


@ONE_DATABASE
@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"name": "N" * 201}, "rule 1 has a name of 201 characters; shorten it to 200"),
        ({"when": {"keywords": ["k" * 101]}}, "rule 1 asks for “kkkk"),
        ({"when": {"topics": [""]}}, "rule 1 asks for an empty word; take it out"),
        ({"when": {"payloads": ["p"] * 201}}, "rule 1 has a list of 201; make several rules of it"),
        ({"when": {"fields": [{"field": "city", "values": ["x"]}] * 21}}, "rule 1 asks for 21 fields"),
        ({"when": {"kinds": ["pigeon"]}}, "rule 1 asks for channels of the kind “pigeon”, which there is not"),
        ({"then": {"topic": "t" * 201}}, "rule 1 gives a topic of 201 characters; shorten it to 200"),
        ({"then": {"answer": "a" * 1001}}, "rule 1 has an answer of 1001 characters; shorten it to 1000"),
    ],
)
def test_more_than_a_rule_can_say_is_refused_with_a_sentence(api: Api, rule: dict[str, Any], said: str) -> None:
    answer = api.owner("PUT", "/routing/rules", json={"rules": [rule]})
    assert answer.status_code == 422, answer.text
    [problem] = answer.json()["problems"]
    assert problem.startswith(said)
    assert GERMAN.retell(problem) != problem
    assert api.owner("GET", "/routing/rules").json()["rules"] == []


@ONE_DATABASE
def test_the_page_refuses_a_rule_that_says_more_and_tells_what(stage: Stage, visitor: Visitor, api: Api) -> None:
    for form, said in (
        ({"name": "N" * 201}, "Rule 1 has a name of 201 characters; shorten it to 200."),
        ({"fields": "\n".join(["city: Berlin"] * 21)}, "Rule 1 asks for 21 fields;"),
        ({"topic": "t" * 201}, "Rule 1 gives a topic of 201 characters; shorten it to 200."),
        ({"kinds": "pigeon"}, "which there is not; choose of"),
    ):
        answer = visitor.post("/admin/routing", {"csrf_token": visitor.token(), "place": "9" * 5000, **form})
        assert (answer.status_code, said in answer.text) == (422, True), answer.text
    rules = [{"name": f"{number}", "when": {"topics": [f"{number}"]}} for number in range(201)]
    answer = api.owner("PUT", "/routing/rules", json={"rules": rules})
    assert (answer.status_code, "201 rules are more than the 200" in answer.json()["detail"]) == (422, True)
