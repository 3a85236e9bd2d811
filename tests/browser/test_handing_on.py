"""Why a conversation is where it is, handing it on, taking it, releasing it, the own standing; in a real Chromium."""

import pytest
from playwright.sync_api import expect

from hub.access.routing_rules import replace_rules
from hub.access.users import UserChanges, change_user
from hub.types import Conditions, Effects, Presence, Role, Rule
from hub.web.language import load
from tests.browser.conftest import PHONE, Visitors, picture
from tests.browser.stage import Operator, Stage

pytestmark = pytest.mark.browser
LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])


@pytest.fixture
def anna(stage: Stage) -> Operator:
    return stage.operator("Anna Brandt", Role.SUPERVISOR, Presence.ONLINE)


def named(name: str, language: str) -> str:
    return name if language == "en" else f"{name}-{language}"


@LANGUAGES
def test_a_thread_says_why_it_is_where_it_is_and_is_handed_on_with_a_note(
    stage: Stage, visitors: Visitors, anna: Operator, language: str
) -> None:
    t = load(language).text
    ben = stage.operator("Ben Okafor", presence=Presence.ONLINE)
    change_user(stage.services, stage.org.actor, ben.actor.user_id, UserChanges(slots=0))
    sales = stage.group("Sales", anna, ben)
    to_sales = Rule("", "To sales", Conditions(), Effects(group_id=sales, priority=2))
    replace_rules(stage.services, stage.org.actor, [to_sales])
    talk = stage.hear(stage.customer("Lena Fischer", "telegram", "700002"), "Do you ship to Estonia?")
    page = visitors.signed_in(anna, language=language)
    expect(page.locator("#own")).to_contain_text(t("{used} of {all} slots", {"used": 1, "all": 10}))
    expect(page.locator(".card")).to_contain_text(t("Priority {n}", {"n": 2}))
    page.goto(f"/inbox/{talk}")
    why = page.locator(".activity .why")
    why.locator("summary").click()
    expect(why).to_contain_text("Ben Okafor")
    expect(why).to_contain_text({"en": "has no free slot", "de": "hat keinen freien Platz"}[language])
    picture(page, named("why", language))

    details = page.locator("#details")
    details.get_by_label(t("Assign to")).select_option(f"user:{ben.actor.user_id}")
    details.get_by_label(t("Note to go with it")).fill("She wants the blue one.")
    details.get_by_role("button", name=t("Assign")).click()
    expect(page.locator(".entry.note")).to_contain_text("She wants the blue one.")
    marked = page.locator(".activity.beyond")
    expect(marked).to_contain_text({"en": "beyond their slots", "de": "über die Plätze hinaus"}[language])
    expect(page.locator("#own")).to_contain_text(t("{used} of {all} slots", {"used": 0, "all": 10}))
    picture(page, named("handed-on", language))
    page.locator("#take").click()
    page.locator("#release").click()
    expect(details.locator("dd", has_text=t("Nobody"))).to_be_visible()
    page.locator("#own select").select_option("away")
    expect(page.locator("#own .dot")).to_have_class("dot away")
    expect(page.locator("#my-dot")).to_have_class("dot away")
    expect(page.locator("#own select")).to_have_value("away")


@pytest.mark.parametrize("size", [PHONE, (800, 900)], ids=["phone", "tablet"])
def test_a_conversation_is_handed_to_a_group_on_a_small_screen(
    stage: Stage, visitors: Visitors, anna: Operator, size: tuple[int, int]
) -> None:
    stage.group("Sales", anna)
    stage.group("Nobody's")
    talk = stage.hear(stage.customer("Lena Fischer", "telegram", "700002"), "Do you ship to Estonia?")
    page = visitors.signed_in(anna, size, language="de")
    own = page.locator("#own")
    assert own.evaluate("element => element.scrollWidth <= element.clientWidth")
    page.goto(f"/inbox/{talk}")
    page.locator("#about").click()
    details = page.locator("#details")
    details.get_by_label("Zuweisen an").select_option(label="Nobody's")
    details.get_by_label("Notiz dazu").fill("Bitte weiter mit dem Angebot")
    details.get_by_role("button", name="Zuweisen").click()
    expect(details).to_contain_text("In die Gruppe Nobody's verschoben von Anna Brandt")
    expect(page.locator(".entry.note")).to_contain_text("Bitte weiter mit dem Angebot")
