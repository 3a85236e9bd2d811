"""The pages of groups and rules over HTTP: what they keep, what they refuse and why. Their look is in tests/browser."""

import re
from collections.abc import Mapping
from html import unescape

import pytest

from hub.access.groups import GroupChanges, change_group, get_group, set_members
from hub.access.organizations import get_organization
from hub.access.routing_rules import list_rules, replace_rules
from hub.provisioning.channels import delete_channel
from hub.types import Conditions, Effects, GroupRules, Hours, Interval, Presence, Role, Rule, TimeCondition
from hub.web.language import load
from hub.wiring import Services
from tests.browser.stage import Operator, Stage
from tests.test_pages import Visitor
from tests.world import World

GERMAN = load("de")
EVENINGS = Hours("Europe/Vienna", ((Interval(420, 480), Interval(1080, 120)), *((),) * 6), "DE-BE")
_FIELD = re.compile(
    r'<(?:input|textarea)[^>]*? name="(?P<name>[^"]+)"[^>]*?>(?:(?P<text>[^<]*)</textarea>)?|'
    r'<select[^>]*? name="(?P<select>[^"]+)".*?</select>',
    re.DOTALL,
)


@pytest.fixture
def stage(services: Services, world: World) -> Stage:
    return Stage(services, world)


@pytest.fixture
def olivia(stage: Stage) -> Operator:
    return stage.operator("Olivia Own", Role.OWNER, Presence.ONLINE)


@pytest.fixture
def visitor(stage: Stage, olivia: Operator) -> Visitor:
    return Visitor(stage.services).sign_in(olivia)


def form_of(page: str, action: str) -> dict[str, list[str]]:
    """What a browser would send of a form that nobody touched."""
    inside = page.split(f'action="{action}"', 1)[1].split("</form>", 1)[0]
    sent: dict[str, list[str]] = {}
    for found in _FIELD.finditer(inside):
        tag = found[0]
        if found["select"]:
            chosen = re.search(r'<option value="([^"]*)" selected', tag)
            sent.setdefault(found["select"], []).append(chosen[1] if chosen else "")
        elif found["text"] is not None:
            sent.setdefault(found["name"], []).append(unescape(found["text"]))
        elif not re.search(r'type="(checkbox|radio)"', tag) or " checked" in tag:
            value = re.search(r' value="([^"]*)"', tag)
            sent.setdefault(found["name"], []).append(unescape(value[1]) if value else "")
    return sent


def rule(name: str, when: Conditions, group: str) -> Rule:
    return Rule("", name, when, Effects(group_id=group))


def send(visitor: Visitor, path: str, form: Mapping[str, object]) -> str:
    """Post a form that is refused, and return the page that says why."""
    answer = visitor.post(path, {"csrf_token": visitor.token(), **form})
    assert answer.status_code == 422, answer.text
    return answer.text


def wrong(page: str) -> dict[str, str]:
    """What the page says is wrong, by field."""
    return dict(re.findall(r'<small class="wrong" id="wrong-([^"]+)">([^<]*)</small>', page))


def test_a_rule_keeps_everything_when_its_form_is_saved_untouched(
    stage: Stage, visitor: Visitor, olivia: Operator
) -> None:
    everything = Conditions(
        keywords=("refund", "Hello, there"),
        languages=("de", "unknown", "xh"),
        topics=("a; b",),
        time=TimeCondition(inside=False, hours=EVENINGS),
    )
    [before] = replace_rules(stage.services, olivia.actor, [rule("Evenings", everything, stage.org.group_id)])
    path = f"/admin/routing/{before.id}"
    form = form_of(visitor.get(path).text, path)
    assert visitor.post(path, dict(form)).status_code == 303
    assert list_rules(stage.services, olivia.actor) == [before]


def test_hours_of_a_rule_are_told_on_the_list_and_refused_where_they_are_wrong(
    stage: Stage, visitor: Visitor, olivia: Operator
) -> None:
    form = {"name": "Evenings", "time": "own-open", "time_zone": "Europe/Vienna", "group_id": stage.org.group_id}
    page = send(visitor, "/admin/routing", {**form, "time_zone": "Mars/Olympus", "day-0": "9-12, 11-14"})
    assert wrong(page) == {
        "time_zone": "There is no time zone “Mars/Olympus”; name one like Europe/Berlin.",
        "day-0": "09:00-12:00 and 11:00-14:00 overlap; make one of them.",
    }
    assert "never open" in send(visitor, "/admin/routing", form)
    assert list_rules(stage.services, olivia.actor) == []
    visitor.post("/admin/routing", {"csrf_token": visitor.token(), **form, "day-0": "18-2", "day-1": "18-2"})
    [kept] = list_rules(stage.services, olivia.actor)
    assert kept.when.time is not None
    assert kept.when.time.hours is not None
    assert kept.when.time.hours.week[:3] == ((Interval(1080, 120),), (Interval(1080, 120),), ())
    assert "it is within Monday\u2013Tuesday 18:00-02:00 (Europe/Vienna)" in visitor.get("/admin/routing").text


def test_a_rule_whose_channel_was_deleted_says_so_stays_as_it_is_and_is_mended(
    stage: Stage, visitor: Visitor, olivia: Operator
) -> None:
    left, gone = (stage.customer("Lena", kind, "700002").channel.id for kind in ("telegram", "sms"))
    group = stage.org.group_id
    rules = [rule("Shop", Conditions(channel_ids=(left, gone)), group), rule("Else", Conditions(), group)]
    shop, other = replace_rules(stage.services, olivia.actor, rules)
    delete_channel(stage.services, olivia.actor, gone)
    said = "asks for a channel that does not exist any more; take it out, or choose another"
    page = visitor.get("/admin/routing").text
    assert f"The rule “Shop” {said}." in page
    assert "(deleted)" in page
    path = f"/admin/routing/{shop.id}"
    form = form_of(visitor.get(path).text, path)
    assert set(form["channels"]) == {left, gone}
    assert visitor.post(path, {**form, "topic": "shop"}).status_code == 303
    assert visitor.post(f"/admin/routing/{other.id}/enable", {"csrf_token": visitor.token()}).status_code == 303
    assert list_rules(stage.services, olivia.actor)[0].when.channel_ids == shop.when.channel_ids
    assert visitor.post(path, {**form, "channels": [left]}).status_code == 303
    assert said not in visitor.get("/admin/routing").text
    assert list_rules(stage.services, olivia.actor)[0].when.channel_ids == (left,)


def test_each_field_of_a_rule_says_what_is_wrong_with_it(visitor: Visitor, stage: Stage) -> None:
    form = {"keywords": "x" * 101, "fields": "city", "label-0": "Sales", "option-group-1": stage.org.group_id}
    page = send(visitor, "/admin/routing", {**form, "wait": "soon", "answer": "x" * 1001})
    assert list(wrong(page)) == ["keywords", "fields", "answer", "question", "options", "otherwise", "wait"]
    assert wrong(page)["fields"] == "Write “city” like city: Berlin, Hamburg."
    assert wrong(page)["options"] == "Say which group the answer “Sales” leads to."
    assert page.count(" autofocus") == 1


def test_how_patient_routing_is_is_shown_changed_and_refused_with_the_reason(
    stage: Stage, visitor: Visitor, olivia: Operator
) -> None:
    sent = form_of(visitor.get("/admin/groups").text, "/admin/groups/wishes")
    values = {"offline_minutes": ["2"], "browser_seconds": ["60"], "close_days": [""]}
    assert {name: sent[name] for name in values} == values
    page = send(visitor, "/admin/groups/wishes", {**sent, "browser_seconds": "44", "close_days": "0"})
    assert wrong(page)["browser_seconds"].startswith(
        "Write at least 45 seconds: an open page says only every 20 seconds"
    )
    assert wrong(page)["close_days"] == "Write whole days, from 1 to 3650, or nothing."
    changed: dict[str, object] = {**sent, "offline_minutes": "1.5", "browser_seconds": "45", "close_days": "30"}
    assert visitor.post("/admin/groups/wishes", changed).headers["location"] == "/admin/groups?saved=wishes"
    kept = get_organization(stage.services, olivia.actor).routing
    assert kept == {"offline_grace": 90, "browser_grace": 45, "close_after": 30}


def test_a_group_keeps_members_that_are_beyond_a_page_of_users(
    stage: Stage, visitor: Visitor, olivia: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.web.admin.fields._PAGE", 2)
    people = [stage.operator(f"Person{number}", presence=Presence.ONLINE) for number in range(4)]
    group = stage.group("Sales", *people)
    stage.group("Billing")
    path = f"/admin/groups/{group}"
    form = form_of(visitor.get(path).text, path)
    assert visitor.post(path, {**form, "name": "Shop"}).status_code == 303
    assert {each.id for each in get_group(stage.services, olivia.actor, group).members} == {
        each.actor.user_id for each in people
    }
    page = visitor.get("/admin/groups").text
    assert "4 of 4 online" in page
    assert "Billing" in page


def test_the_groups_page_counts_whoever_waits(stage: Stage, visitor: Visitor, olivia: Operator) -> None:
    set_members(stage.services, olivia.actor, stage.org.group_id, [])
    for number in range(3):
        stage.hear(stage.customer(f"Customer {number}", "telegram", f"70000{number}"), "Hello?")
    assert "3 wait" in visitor.get("/admin/groups").text


def test_a_group_is_refused_field_by_field_and_by_what_its_fields_say_together(
    stage: Stage, visitor: Visitor, olivia: Operator
) -> None:
    sales, billing = stage.group("Sales"), stage.group("Billing")
    change_group(stage.services, olivia.actor, sales, GroupChanges(rules=GroupRules(overflow_group_id=billing)))
    path = f"/admin/groups/{billing}"
    form = form_of(visitor.get(path).text, path)
    page = send(visitor, path, {**form, "slot_minutes": "0.5", "overflow_minutes": "-1"})
    assert wrong(page)["slot_minutes"] == "Write whole minutes, from 0 to 10080 (a week)."
    assert wrong(page)["overflow_minutes"] == "Write minutes, more than 0 and at most 10080 (a week)."
    circle = send(visitor, path, {**form, "overflow_group_id": sales})
    assert re.search("overflow in a circle .(Sales → Billing → Sales|Billing → Sales → Billing). without end", circle)
    visitor.language = "de"
    german = visitor.post(path, {**form, "overflow_group_id": "01J0000000000000000000GONE"}).text
    assert "Billing übergibt an eine Gruppe, die es nicht mehr gibt; wählen Sie eine andere oder keine." in german


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_days_at_the_ends_of_the_calendar_are_refused_on_their_page(stage: Stage, visitor: Visitor, year: str) -> None:
    for query in (f"from={year}-01-01", f"to={year}-12-31", f"from={year}-01-01&to={year}-01-02"):
        answer = visitor.get(f"/admin/usage?{query}")
        assert answer.status_code == 422
        assert "choose one from 1970 to 2199" in answer.text or "a day is written like" in answer.text.lower()
    channel = stage.customer("Lena", "telegram", "700002").channel.id
    page = send(visitor, "/admin/routing/try", {"channel_id": channel, "text": "Hi", "at": f"{year}-01-01T00:00"})
    assert "choose one from 1970 to 2199" in page


def test_a_refused_photo_leaves_an_address_that_can_be_loaded_again(visitor: Visitor, olivia: Operator) -> None:
    for home in ("/profile", f"/admin/people/users/{olivia.actor.user_id}/profile"):
        form: dict[str, object] = {"csrf_token": visitor.token(), "photo": "01AAAAAAAAAAAAAAAAAAAAAAAA"}
        assert "upload the photo first" in visitor.post(f"{home}/photo", form).text
        again = visitor.get(f"{home}/photo")
        assert (again.status_code, again.headers["location"]) == (303, home)


@pytest.mark.parametrize(
    "said",
    ["there is no such group", "there is no such rule", "09:00-12:00 and 11:00-14:00 overlap; make one of them",
     "routing rules “A” name this group; change them first", "write whole days, from 1 to 3650, or nothing",
     "the rule “A” asks for 11 skills; a rule can ask for 10 at most"],
)  # fmt: skip
def test_what_these_pages_refuse_is_said_in_german(said: str) -> None:
    assert GERMAN.retell(said) != said
