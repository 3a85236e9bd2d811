"""Groups, their hours and the profile of those in them, in both languages, in a real Chromium."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from hub.access.groups import GroupChanges, change_group, get_group, list_groups
from hub.access.organizations import get_organization
from hub.access.users import get_user
from hub.db.groups import GroupView
from hub.types import GroupRules, Interval, Presence, Role, Strategy, Wanted
from hub.web.language import load
from tests.browser.conftest import PHONE, Visitors, picture
from tests.browser.media import png
from tests.browser.stage import Operator, Stage

pytestmark = pytest.mark.browser
LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])


@pytest.fixture
def olivia(stage: Stage) -> Operator:
    return stage.operator("Olivia Own", Role.OWNER, Presence.ONLINE)


def at(page: Page, path: str) -> None:
    page.goto(path)
    assert page.evaluate("document.querySelector('.admin').scrollWidth <= document.querySelector('.admin').clientWidth")


def make(page: Page, language: str, name: str) -> None:
    """Go to the groups by the links that lead there, and make one."""
    t = load(language).text
    page.get_by_role("link", name=t("Team"), exact=True).click()
    page.get_by_role("link", name=t("Groups"), exact=True).click()
    page.get_by_text(t("New group")).click()
    page.get_by_label(t("Name"), exact=True).fill(name)
    page.get_by_role("button", name=t("Create group")).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def save(page: Page, language: str) -> None:
    page.get_by_role("button", name=load(language).text("Save")).click()


def named(name: str, language: str) -> str:
    return name if language == "en" else f"{name}-{language}"


def only_group(stage: Stage, name: str) -> GroupView:
    [found] = [each for each in list_groups(stage.services, stage.org.actor).items if each.name == name]
    return found


@LANGUAGES
def test_a_group_is_made_and_gets_its_members(
    stage: Stage, visitors: Visitors, olivia: Operator, language: str
) -> None:
    t = load(language).text
    stage.operator("Anna Brandt", Role.SUPERVISOR, Presence.ONLINE)
    ben = stage.operator("Ben Okafor", presence=Presence.AWAY)
    page = visitors.signed_in(olivia, language=language)
    make(page, language, "Billing")
    page.get_by_label("Anna Brandt").check()
    page.get_by_label("Ben Okafor").check()
    page.get_by_label(t("Longest idle")).check()
    page.get_by_label(t("The customer's language")).select_option("required")
    save(page, language)
    expect(page.get_by_role("status")).to_contain_text(t("The group was saved."))
    saved = only_group(stage, "Billing")
    assert {each.name for each in saved.members} == {"Anna Brandt", "Ben Okafor"}
    assert (saved.strategy, saved.rules.languages) == (Strategy.LONGEST_IDLE, Wanted.REQUIRED)
    picture(page, named("group", language))

    page.get_by_label(ben.actor.name).uncheck()
    save(page, language)
    at(page, "/admin/groups")
    row = page.locator(f"#group-{saved.id}")
    expect(row).to_contain_text(t("{n} of {all} online", {"n": 1, "all": 1}))
    expect(row).to_contain_text(t("Longest idle"))
    picture(page, named("groups", language))


@LANGUAGES
def test_a_group_gets_its_hours_and_a_wrong_time_is_told_beside_its_day(
    stage: Stage, visitors: Visitors, olivia: Operator, language: str
) -> None:
    t, days = load(language).text, load(language).dates["weekdays"]
    group = stage.group("Billing")
    page = visitors.signed_in(olivia, language=language)
    at(page, f"/admin/groups/{group}")
    expect(page.get_by_label(t("Time zone"))).to_be_hidden()
    page.get_by_label(t("Open at certain times")).check()
    page.get_by_label(days[0]).fill("9-12:30, 13:30-18:00")
    page.get_by_label(days[1]).fill("9-25")
    page.get_by_label(days[4]).fill("22:00-06:00")
    page.get_by_label(t("Closed on public holidays of")).fill("de-be")
    page.get_by_label(t("Days with times of their own")).fill("2026-12-24: 09:00-12:00")
    page.get_by_label(t("Answer outside the hours")).fill("We are back in the morning.")
    save(page, language)

    expect(page.locator("#wrong-day-1")).to_contain_text("25")
    expect(page.get_by_label(days[1])).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label(days[1])).to_be_focused()
    expect(page.get_by_label(days[0])).to_have_value("9-12:30, 13:30-18:00")
    picture(page, named("hours-wrong", language))
    assert get_group(stage.services, olivia.actor, group).rules == GroupRules()

    page.get_by_label(days[1]).fill("")
    save(page, language)
    expect(page.locator("#now")).to_be_visible()
    rules = get_group(stage.services, olivia.actor, group).rules
    nine_to_six, overnight = (Interval(540, 750), Interval(810, 1080)), (Interval(1320, 360),)
    assert rules.hours is not None
    assert [rules.hours.week[day] for day in (0, 1, 4)] == [nine_to_six, (), overnight]
    assert (rules.hours.holidays, rules.closed_answer) == ("DE-BE", "We are back in the morning.")
    page.locator("#hours-title").scroll_into_view_if_needed()
    picture(page, named("hours", language))


@LANGUAGES
def test_what_holds_for_all_groups_is_saved_and_a_browser_is_given_time(
    stage: Stage, visitors: Visitors, olivia: Operator, language: str
) -> None:
    t = load(language).text
    stage.group("Billing", olivia)
    page = visitors.signed_in(olivia, language=language)
    at(page, "/admin/groups")
    page.get_by_label(t("Silent browser: seconds until offline")).fill("20")
    page.get_by_label(t("Silent conversation: days until it closes")).fill("30")
    page.get_by_role("button", name=t("Save for all groups")).click()
    expect(page.locator("#wrong-browser_seconds")).to_contain_text("45")
    expect(page.get_by_label(t("Silent browser: seconds until offline"))).to_be_focused()
    expect(page.get_by_label(t("Silent conversation: days until it closes"))).to_have_value("30")
    picture(page, named("wishes-wrong", language))
    page.get_by_label(t("Silent browser: seconds until offline")).fill("90")
    page.get_by_role("button", name=t("Save for all groups")).click()
    expect(page.get_by_role("status")).to_contain_text(t("Saved; it holds for all groups from now on."))
    kept = get_organization(stage.services, olivia.actor).routing
    assert (kept["browser_grace"], kept["close_after"]) == (90, 30)


def test_an_overflow_that_would_go_in_a_circle_is_refused_and_says_why(
    stage: Stage, visitors: Visitors, olivia: Operator
) -> None:
    sales, billing = stage.group("Sales"), stage.group("Billing")
    change_group(stage.services, olivia.actor, sales, GroupChanges(rules=GroupRules(overflow_group_id=billing)))
    page = visitors.signed_in(olivia)
    at(page, f"/admin/groups/{billing}")
    page.get_by_label("Hand over to the group").select_option(label="Sales")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").first).to_contain_text(re.compile("Sales|Billing"))
    expect(page.get_by_label("Hand over to the group")).to_have_value(sales)
    assert get_group(stage.services, olivia.actor, billing).rules.overflow_group_id is None


def test_a_group_in_use_is_not_deleted(stage: Stage, visitors: Visitors, olivia: Operator) -> None:
    stage.customer("Lena", "telegram", "700002")
    page = visitors.signed_in(olivia)
    at(page, f"/admin/groups/{stage.org.group_id}")
    page.locator("#delete-title").click()
    page.get_by_role("button", name="Delete group").click()
    expect(page.get_by_role("alert").first).to_contain_text("give them another group first")
    empty = stage.group("Empty")
    at(page, f"/admin/groups/{empty}")
    page.locator("#delete-title").click()
    page.get_by_role("button", name="Delete group").click()
    expect(page.get_by_role("status")).to_contain_text("The group was deleted.")


@LANGUAGES
def test_the_own_profile_says_what_customers_see_and_skills_are_the_teams(
    stage: Stage, visitors: Visitors, language: str
) -> None:
    t = load(language).text
    ben = stage.operator("Ben Okafor")
    page = visitors.signed_in(ben, language=language)
    page.locator(".menu.me > summary").click()
    page.get_by_role("link", name=t("Your profile")).click()
    expect(page.locator("#seen")).to_contain_text("Nordlicht Outdoor")
    expect(page.get_by_label(t("Skills"))).to_have_count(0)
    page.get_by_label(t("Alias")).fill("Ben from Nordlicht")
    page.get_by_label(t("German"), exact=True).check()
    page.get_by_label(t("Time zone")).fill("Europe/Vienna")
    page.get_by_role("button", name=t("Save")).click()
    expect(page.get_by_role("status")).to_contain_text(t("The profile was saved."))
    expect(page.locator("#seen strong")).to_have_text("Ben from Nordlicht")
    page.locator("#photo-file").set_input_files(
        FilePayload(name="me.png", mimeType="image/png", buffer=png(96, 96, warm=True))
    )
    expect(page.get_by_role("status")).to_contain_text(t("The photo was saved."))
    expect(page.locator("#seen img")).to_be_visible()
    picture(page, named("profile", language))
    kept = get_user(stage.services, ben.actor, ben.actor.user_id)
    assert (kept.alias, kept.languages, kept.time_zone) == ("Ben from Nordlicht", ("de",), "Europe/Vienna")
    page.get_by_role("button", name=t("Take the photo away")).click()
    expect(page.locator("#seen img")).to_have_count(0)
    page.get_by_label(t("Time zone")).fill("Europe/Nowhere")
    page.get_by_role("button", name=t("Save")).click()
    expect(page.locator("#wrong-time_zone")).to_contain_text("Europe/Berlin")
    expect(page.get_by_label(t("Time zone"))).to_have_value("Europe/Nowhere")


def test_an_admin_gives_a_colleague_skills(stage: Stage, visitors: Visitors, olivia: Operator) -> None:
    ben = stage.operator("Ben Okafor")
    page = visitors.signed_in(olivia)
    page.goto("/admin/people")
    row = page.locator(f"#user-{ben.actor.user_id}")
    row.locator("summary").click()
    row.get_by_role("link", name="Profile, languages and skills").click()
    page.get_by_label("Skills").fill("Billing, tents")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Skills")).to_have_value("billing, tents")
    assert get_user(stage.services, olivia.actor, ben.actor.user_id).skills == ("billing", "tents")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_groups_and_profiles_fit_a_phone(stage: Stage, visitors: Visitors, olivia: Operator, dark: bool) -> None:
    group = stage.group("Sales", stage.operator("Anna Brandt", presence=Presence.ONLINE))
    page = visitors.signed_in(olivia, PHONE, dark, "de")
    at(page, "/admin/groups")
    picture(page, f"groups-phone{'-dark' if dark else ''}")
    at(page, f"/admin/groups/{group}")
    page.get_by_label("Zu bestimmten Zeiten geöffnet").check()
    page.locator("#hours-title").scroll_into_view_if_needed()
    picture(page, f"hours-phone{'-dark' if dark else ''}")
    at(page, "/profile")
