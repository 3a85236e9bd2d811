"""The pages on a busy morning. With HUB_SCREENSHOTS=1 the pictures of the docs are written anew."""

import pytest
from playwright.sync_api import Page, expect

from hub.types import Role
from tests.browser.conftest import PHONE, Visitors, picture
from tests.browser.scene import furnish
from tests.browser.stage import Operator, Stage

pytestmark = pytest.mark.browser


def _fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.fixture
def talks(stage: Stage) -> dict[str, str]:
    return furnish(stage)


@pytest.fixture
def anna(stage: Stage) -> Operator:
    return Operator("anna@nordlicht.example", stage.org.actor)


def test_the_sign_in_page(stage: Stage, visitors: Visitors) -> None:
    page = visitors.page()
    page.goto("/login")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    picture(page, "sign-in")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_inbox_with_a_long_talk(visitors: Visitors, talks: dict[str, str], anna: Operator, dark: bool) -> None:
    page = visitors.signed_in(anna, dark=dark)
    page.goto(f"/inbox/{talks['long']}?tab=all&status=any")
    expect(page.locator(".card")).to_have_count(6)
    expect(page.locator(".entry.failed .trouble")).to_be_visible()
    expect(page.locator(".entry.uncertain .trouble")).to_contain_text("Perhaps sent")
    expect(page.locator(".card[aria-current] .badge")).to_have_count(0)
    page.locator("#messages").evaluate("element => element.scrollTop = element.scrollHeight")
    picture(page, "inbox-dark" if dark else "inbox")


def test_a_mail_with_its_whole_text_and_something_that_cannot_be_shown(
    visitors: Visitors, talks: dict[str, str], anna: Operator
) -> None:
    page = visitors.signed_in(anna)
    page.goto(f"/inbox/{talks['mail']}?tab=all")
    expect(page.locator(".unsupported")).to_contain_text("zip.jpg")
    page.get_by_text("Show trimmed text").click()
    expect(page.locator(".full")).to_contain_text("> Your order 20981")
    # a refresh of the thread does not shut what the reader opened
    page.locator("#messages").evaluate("element => htmx.trigger(element, 'refresh')")
    page.wait_for_load_state("networkidle")
    expect(page.locator(".full .text")).to_be_visible()
    picture(page, "mail")


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_shows_the_list_and_then_the_thread_alone(
    visitors: Visitors, talks: dict[str, str], anna: Operator, width: int
) -> None:
    page = visitors.signed_in(anna, size=(width, PHONE[1]))
    page.get_by_role("radio", name="All").check()
    expect(page.locator(".card")).to_have_count(5)
    assert _fits(page)
    if width == PHONE[0]:
        picture(page, "phone-list")
    page.locator(".card", has_text="Lena Fischer").click()
    expect(page.locator(".list")).to_be_hidden()
    assert _fits(page)
    if width == PHONE[0]:
        picture(page, "phone-thread")
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator(".card").first).to_be_visible()


def test_the_people_page(stage: Stage, visitors: Visitors, talks: dict[str, str]) -> None:
    page = visitors.signed_in(stage.operator("Olivia Own", Role.OWNER))
    page.goto("/admin/people")
    expect(page.get_by_role("heading", name="Users")).to_be_visible()
    picture(page, "people")


def test_on_a_tablet_the_details_open_on_demand(visitors: Visitors, talks: dict[str, str], anna: Operator) -> None:
    page = visitors.signed_in(anna, size=(820, 1000))
    page.goto(f"/inbox/{talks['whatsapp']}")
    expect(page.locator("#details")).to_be_hidden()
    page.get_by_role("button", name="About this conversation").click()
    expect(page.locator("#details")).to_contain_text("Why here")
    page.locator("#details").get_by_label("Assign to").select_option(label="Anna Brandt (you) · online")
    page.locator("#details").get_by_role("button", name="Assign").click()
    expect(page.locator("#details dd", has_text="You")).to_be_visible()
    page.get_by_role("button", name="About this conversation").click()
    expect(page.locator("#details")).to_be_hidden()
