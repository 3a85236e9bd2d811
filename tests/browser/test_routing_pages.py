"""Rules with “try it”, and the figures, in a real Chromium."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from hub.access.groups import GroupChanges, change_group
from hub.access.routing_rules import list_rules, replace_rules
from hub.conversations.commands import close
from hub.outbound.submit import Reply, submit
from hub.routing.assignment import Assignment, assign
from hub.types import Conditions, Effects, GroupRules, Presence, Role, Rule
from hub.web.language import load
from tests.browser.conftest import PHONE, Visitors, picture
from tests.browser.stage import PASSWORD, Operator, Stage, ago

pytestmark = pytest.mark.browser
LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])


@pytest.fixture
def olivia(stage: Stage) -> Operator:
    return stage.operator("Olivia Own", Role.OWNER)


@pytest.fixture
def anna(stage: Stage) -> Operator:
    return stage.operator("Anna Brandt", Role.SUPERVISOR, Presence.ONLINE)


def at(page: Page, path: str) -> None:
    page.goto(path)
    assert page.evaluate("document.querySelector('.admin').scrollWidth <= document.querySelector('.admin').clientWidth")


def named(name: str, language: str) -> str:
    return name if language == "en" else f"{name}-{language}"


def keep(stage: Stage, *rules: Rule) -> list[Rule]:
    return replace_rules(stage.services, stage.org.actor, rules)


@LANGUAGES
def test_a_rule_is_written_reads_as_a_sentence_and_is_tried(
    stage: Stage, visitors: Visitors, olivia: Operator, anna: Operator, language: str
) -> None:
    t = load(language).text
    stage.group("Billing", anna, stage.operator("Ben Okafor", presence=Presence.AWAY))
    stage.customer("Lena", "telegram", "700002")
    page = visitors.signed_in(olivia, language=language)
    at(page, "/admin/routing")
    expect(page.locator(".empty").first).to_contain_text(t("No rule yet"))
    page.get_by_role("link", name=t("New rule")).click()
    page.get_by_label(t("Name of the rule")).fill("Invoices")
    page.get_by_label(t("The text has one of these words or phrases")).fill("Rechnung")
    page.get_by_label(t("German"), exact=True).check()
    page.get_by_label(t("it goes to the group")).select_option(label="Billing")
    page.get_by_label(t("with the priority")).select_option("2")
    picture(page, named("rule", language))
    page.get_by_role("button", name=t("Save")).click()
    expect(page.get_by_role("status")).to_contain_text(t("The rule was saved."))
    said = {
        "en": "If the language is German and the text has “Rechnung” → Billing, priority 2",
        "de": "Wenn die Sprache Deutsch ist und der Text „Rechnung“ enthält → Billing, Priorität 2",
    }
    expect(page.locator(".rule p")).to_have_text(said[language])

    page.get_by_label(t("What the customer writes")).fill("Guten Tag, meine letzte Rechnung stimmt leider nicht")
    page.get_by_role("button", name=t("Try it")).click()
    verdict = page.locator("#verdict")
    expect(verdict).to_contain_text("Anna Brandt")
    expect(verdict).to_contain_text("Invoices")
    expect(verdict).to_contain_text(t("German"))
    expect(verdict.locator(".counts")).to_contain_text(t("count|could have it"))
    expect(verdict.locator("tbody tr")).to_have_count(2)
    expect(verdict.locator("tbody tr").nth(1)).to_contain_text({"en": "is away", "de": "ist abwesend"}[language])
    verdict.scroll_into_view_if_needed()
    picture(page, named("try-it", language))
    page.get_by_label(t("Customer, by name or address")).fill("nobody at all")
    page.get_by_role("button", name=t("Try it")).click()
    expect(page.locator("#wrong-contact")).to_be_visible()


def test_rules_that_cannot_both_be_right_are_refused_with_sentences_and_nothing_is_saved(
    stage: Stage, visitors: Visitors, olivia: Operator
) -> None:
    group = stage.org.group_id
    keep(stage, Rule("", "Everything", Conditions(), Effects(group_id=group)))
    page = visitors.signed_in(olivia)
    at(page, "/admin/routing/new")
    page.get_by_label("Name of the rule").fill("Refunds")
    page.get_by_label("The text has one of these words or phrases").fill("refund")
    page.get_by_label("it goes to the group").select_option(group)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").first).to_contain_text("never reached")
    expect(page.get_by_label("Name of the rule")).to_have_value("Refunds")
    picture(page, "rules-refused")
    assert [each.name for each in list_rules(stage.services, olivia.actor)] == ["Everything"]


def test_rules_are_put_in_order_switched_off_and_deleted_without_scripts(
    stage: Stage, visitors: Visitors, olivia: Operator
) -> None:
    group = stage.org.group_id
    for_words = (("Refunds", "refund"), ("Tents", "tent"), ("Stoves", "stove"))
    keep(stage, *(Rule("", name, Conditions(keywords=(word,)), Effects(group_id=group)) for name, word in for_words))
    context = visitors.browser.new_context(base_url=visitors.server.url, java_script_enabled=False)
    visitors.open.append(context)
    page = context.new_page()
    page.goto("/login?next=/admin/routing")
    page.locator("[name=email]").fill(olivia.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form button").click()
    names = page.locator(".rule strong")
    page.get_by_role("button", name="Move up: Stoves").click()
    expect(page.get_by_role("button", name="Move up: Stoves")).to_be_focused()
    expect(names).to_have_text(["Refunds", "Stoves", "Tents"])
    page.get_by_role("button", name="Move down: Refunds").click()
    expect(names).to_have_text(["Stoves", "Refunds", "Tents"])
    expect(page.get_by_role("button", name="Move up: Stoves")).to_be_disabled()
    page.locator(".rule").nth(1).get_by_role("button", name="Switch off").click()
    expect(page.locator(".rule").nth(1)).to_contain_text("Off")
    page.get_by_role("link", name="Edit: Tents").click()
    page.locator("#delete-title").click()
    page.get_by_role("button", name="Delete rule").click()
    expect(names).to_have_text(["Stoves", "Refunds"])
    rules = list_rules(stage.services, olivia.actor)
    assert [(each.name, each.enabled) for each in rules] == [("Stoves", True), ("Refunds", False)]


@LANGUAGES
def test_a_rule_gets_hours_of_its_own_which_its_sentence_tells(
    stage: Stage, visitors: Visitors, olivia: Operator, language: str
) -> None:
    t, days = load(language).text, load(language).dates["weekdays"]
    page = visitors.signed_in(olivia, language=language)
    at(page, "/admin/routing/new")
    page.get_by_label(t("Name of the rule")).fill("Nights")
    expect(page.get_by_label(t("Time zone"))).to_be_hidden()
    page.get_by_label(t("At the time")).select_option("own-open")
    for day in days:
        page.get_by_label(day).fill("22:00-06:00")
    page.get_by_label(days[6]).fill("20:00-25:00")
    page.get_by_label(t("it goes to the group")).select_option(stage.org.group_id)
    page.get_by_role("button", name=t("Save")).click()
    expect(page.locator("#wrong-day-6")).to_contain_text("25:00")
    expect(page.get_by_label(days[6])).to_be_focused()
    picture(page, named("rule-hours-wrong", language))
    page.get_by_label(days[6]).fill("20:00-06:00")
    page.get_by_role("button", name=t("Save")).click()
    times = f"{days[0]}\u2013{days[5]} 22:00-06:00, {days[6]} 20:00-06:00 (Europe/Berlin)"
    expect(page.locator(".rule p")).to_contain_text(times)
    [before] = list_rules(stage.services, olivia.actor)
    page.get_by_role("link", name=t("Edit")).first.click()
    expect(page.get_by_label(days[6])).to_have_value("20:00-06:00")
    page.get_by_role("button", name=t("Save")).click()
    expect(page.get_by_role("status")).to_contain_text(t("The rule was saved."))
    assert list_rules(stage.services, olivia.actor) == [before]


def test_a_choice_is_offered_by_a_rule_and_stays_when_the_rule_is_saved_again(
    stage: Stage, visitors: Visitors, olivia: Operator
) -> None:
    stage.group("Sales")
    page = visitors.signed_in(olivia)
    at(page, "/admin/routing/new")
    page.get_by_text("Let the customer choose first").click()
    page.get_by_label("Question", exact=True).fill("Sales or Support?")
    page.get_by_label("Answer 1", exact=True).fill("Sales")
    page.get_by_label("Group of answer 1").select_option(label="Sales")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#wrong-options")).to_contain_text("at least two answers")
    page.get_by_label("Answer 2", exact=True).fill("Support")
    page.get_by_label("Group of answer 2").select_option(label="Support")
    page.get_by_label("Whoever does not choose goes to").select_option(label="Support")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".rule p")).to_contain_text(
        "asks “Sales or Support?”: “Sales” goes to Sales and “Support” goes"
    )
    [before] = list_rules(stage.services, olivia.actor)
    page.get_by_role("link", name="Edit").first.click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("The rule was saved.")
    assert list_rules(stage.services, olivia.actor) == [before]


@LANGUAGES
def test_the_figures_name_groups_and_people_for_a_period(
    stage: Stage, visitors: Visitors, anna: Operator, language: str
) -> None:
    t = load(language).text
    ben = stage.operator("Ben Okafor", presence=Presence.ONLINE)
    sales = stage.group("Sales", anna, ben)
    for number, minutes in enumerate((4, 31, 7, 90, 12)):
        customer = stage.customer(f"Customer {number}", "telegram", f"70000{number}")
        talk = stage.hear(customer, "Hello?", at=ago(stage.services, minutes=minutes))
        who = (anna, ben)[number % 2]
        assign(stage.services, stage.org.actor, talk, Assignment(group_id=sales, user_id=who.actor.user_id))
        submit(stage.services, who.actor, talk, Reply("Here you are."))
        close(stage.services, who.actor, talk)
    page = visitors.signed_in(anna, language=language)
    page.get_by_role("link", name=t("Team"), exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(t("Figures"))
    groups, people = page.locator("table").nth(0), page.locator("table").nth(1)
    expect(groups.locator("tbody tr", has_text="Sales").locator("td").first).to_have_text("5")
    expect(people.locator("tbody tr", has_text="Anna Brandt").locator("td").first).to_have_text("3")
    median = {"en": "12 min", "de": "12 Min."}[language]
    expect(groups.locator("tbody tr", has_text="Sales")).to_contain_text(median)
    picture(page, named("figures", language))
    long_ago = (stage.services.clock() - timedelta(days=300)).date().isoformat()
    page.get_by_label(t("day|From")).fill(long_ago)
    page.get_by_label(t("day|To")).fill(long_ago)
    page.get_by_role("button", name=t("Show")).click()
    expect(page.locator(".empty")).to_contain_text(t("Nothing to count"))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_rules_and_figures_fit_a_phone(stage: Stage, visitors: Visitors, olivia: Operator, dark: bool) -> None:
    group = stage.group("Rechnungen und Mahnungen")
    change_group(stage.services, olivia.actor, group, GroupChanges(rules=GroupRules(tell_after=600)))
    keep(stage, Rule("", "Mahnung", Conditions(keywords=("Mahnung", "Rechnung")), Effects(group_id=group, priority=3)))
    stage.hear(stage.customer("Lena", "telegram", "700002"), "Meine Rechnung?")
    page = visitors.signed_in(olivia, PHONE, dark, "de")
    at(page, "/admin/routing")
    page.get_by_label("Was der Kunde schreibt").fill("Ich habe eine Mahnung bekommen")
    page.get_by_role("button", name="Ausprobieren").click()
    expect(page.locator("#verdict")).to_be_visible()
    page.locator(".admin").evaluate("element => element.scrollTop = 0")
    picture(page, f"rules-phone{'-dark' if dark else ''}")
    page.locator("#verdict").scroll_into_view_if_needed()
    picture(page, f"try-it-phone{'-dark' if dark else ''}")
    at(page, "/admin/routing/new")
    at(page, "/admin/usage")
