"""From nothing to the first message in a real Chromium, on a whole hub: account, sign-up, purchase, registration,
lending, a customer's message and its answer. Nothing is done behind the pages; the providers are the sandbox."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.bans import stage
from tests.bans.stage import WHATSAPP
from tests.rig import PASSWORD, Rig, until

pytestmark = [pytest.mark.browser, pytest.mark.chaos, pytest.mark.timeout(400)]
NAME, OWN_PHONE, PERSON = "bakery", "+4915204000777", "+4915226200001"
SIGNED_UP = "Your business account is known to the hub"


@pytest.fixture
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    rig = Rig(tmp_path_factory.mktemp("first-number"), settings={"HUB_FACEBOOK_SIGN_UP_CONFIG": "4711"})
    try:
        rig.start()
        yield rig
    finally:
        rig.stop()


@contextmanager
def signed_in(chromium: Browser, rig: Rig, email: str) -> Iterator[Page]:
    context = chromium.new_context(base_url=f"http://127.0.0.1:{rig.web_port}", reduced_motion="reduce")
    context.set_default_timeout(30_000)
    page = context.new_page()
    try:
        page.goto("/login")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_selector("body[data-live=yes]")
        yield page
    finally:
        context.close()


def told(page: Page, text: str) -> None:
    expect(page.get_by_role("status").first).to_contain_text(text)


def refused(page: Page, *texts: str) -> None:
    """Something was refused, with a reason in our words; what is ours and what is Twilio's own is told apart."""
    alert = page.get_by_role("alert").first
    for text in texts:
        expect(alert).to_contain_text(text)
    assert not re.search(r"\b(?:AC|PN|XE|BU)[0-9a-f]{32}\b|Traceback", alert.inner_text())


# --- the platform ---------------------------------------------------------------------------------------


def opens_account(page: Page) -> str:
    """Open the customer's account, and make the link for their sign-up; return it."""
    page.goto("/platform/accounts")
    page.get_by_text("Open one for an organization").click()
    page.locator("form[action='/platform/accounts'] select").select_option(label=NAME)
    page.get_by_role("button", name="Open it").click()
    told(page, "The account is open.")
    page.get_by_role("button", name=re.compile("Make the sign-up link")).click()
    return page.locator("#sign-up-link").input_value()


def buys(page: Page) -> str:
    """Search badly, then well, and buy for the customer; return the number."""
    page.goto("/platform/numbers/buy")
    page.get_by_label("Country").fill("US")
    page.get_by_label("Kind").select_option(label="Local")
    page.get_by_label("For the account").select_option(label=NAME)
    page.get_by_label("Pattern").fill("1")
    page.get_by_role("button", name="Search").click()
    refused(page)
    page.get_by_label("Pattern").fill("")
    page.get_by_label("WhatsApp").check()
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("Nothing stands in the way")).to_be_visible()
    wanted = page.locator("tbody tr").first
    wanted.locator("summary").click()
    wanted.get_by_label("Costs a month").fill("1.15")
    wanted.get_by_role("button", name=re.compile("^Buy .* now$")).click()
    told(page, "The number is bought.")
    return page.get_by_role("heading", level=1).inner_text()


def registers(page: Page) -> None:
    """Register the number; the hub reads its code from the text message by itself."""
    register = page.locator("form[action$='/registration']")
    register.get_by_label("For").select_option(label=NAME)
    register.get_by_label("Name that people see").fill(NAME)
    register.get_by_role("button", name="Register it").click()
    chip = page.locator(".panel", has_text="Sender for WhatsApp").locator(".panel-head .chip")

    def online() -> bool:
        page.reload()
        return chip.inner_text() == "Online"

    until("the number to be a sender", online, 60)


def lends(page: Page) -> None:
    lend = page.locator("form[action$='/assign']")
    lend.get_by_label("Organization").select_option(label=NAME)
    lend.get_by_label("As a channel for").select_option(label="WhatsApp")
    lend.get_by_label("Name of the channel").fill("The shop on WhatsApp")
    lend.get_by_role("button", name="Lend it").click()
    told(page, "The number is lent.")
    expect(page.locator(".chip").first).to_have_text("Lent")


# --- the customer ---------------------------------------------------------------------------------------


def signs_up(page: Page, rig: Rig, link: str) -> None:
    """Follow the link, break it off once, then go through the messenger's own dialog."""
    page.goto(link)
    page.get_by_role("link", name="Sign up at the messenger").click()
    page.get_by_role("button", name="Cancel").click()
    refused(page, "The sign-up was not finished there")
    page.get_by_role("link", name="Sign up at the messenger").click()
    page.get_by_label("Business name").fill(NAME)
    page.get_by_label("The new portfolio is verified").check()
    page.get_by_label("Phone number").fill(OWN_PHONE)
    page.get_by_label("Display name").fill(NAME)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Code").fill(until("the code", lambda: code_of(rig)))
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text(re.compile(SIGNED_UP))).to_be_visible()


def code_of(rig: Rig) -> str:
    """The code that the messenger sent to the customer's own phone."""
    known: dict[str, Any] = rig.sandbox.get("/control/numbers").json()
    return next((str(each["code"]) for each in known["codes"] if each["number"] == OWN_PHONE), "")


def answers(page: Page, customer: Rig, number: str) -> None:
    """Find the first message in the inbox, answer it, and see that the answer is received."""
    customer.addresses["shop"] = number
    stage.write_many(customer, WHATSAPP, "shop", {PERSON: "Do you have rye bread today?"})
    page.goto("/inbox?tab=all")
    page.locator(".card").first.click()
    expect(page.locator("#messages")).to_contain_text("Do you have rye bread today?")
    page.locator("#composer #text").fill("Good morning, yes: until noon.")
    page.locator("#send").click()
    expect(page.locator("#messages")).to_contain_text("Good morning, yes: until noon.")
    got = until("the answer", lambda: stage.arrived(customer, WHATSAPP, PERSON, number))
    assert got == ["Good morning, yes: until noon."]


def test_a_customer_gets_a_number_and_answers_the_first_message(chromium: Browser, rig: Rig) -> None:
    customer = rig.of_customer(NAME)
    with (
        signed_in(chromium, rig, "owner@example.com") as platform,
        signed_in(chromium, rig, f"{NAME}@example.com") as owner,
    ):
        link = opens_account(platform)
        number = buys(platform)
        at = platform.url
        # whoever is not signed up yet cannot be registered, and reads what is missing
        register = platform.locator("form[action$='/registration']")
        register.get_by_label("For").select_option(label=NAME)
        register.get_by_label("Name that people see").fill(NAME)
        register.get_by_role("button", name="Register it").click()
        refused(platform, "sign-up")
        signs_up(owner, rig, link)
        platform.goto(at)
        registers(platform)
        lends(platform)
        owner.goto("/admin/channels")
        expect(owner.get_by_text("The shop on WhatsApp")).to_be_visible()
        answers(owner, customer, number)
    assert number in stage.owned_at_supplier(rig)
