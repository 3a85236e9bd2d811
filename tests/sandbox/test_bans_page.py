"""The page's buttons for bans, in a real browser."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.sandbox.test_page import _ARGUMENTS, CHROMIUM, _chromium_is_here  # noqa: F401 - a fixture of that file
from tests.sandbox.twilio import Account
from tests.sandbox.world import WHATSAPP, Sandbox

pytestmark = pytest.mark.browser


def _ban_and_appeal(page: Page, sandbox: Sandbox) -> None:
    page.goto(sandbox.url)
    page.locator("#ban-target").select_option(label=f"whatsapp · sender · {WHATSAPP.number}")
    page.locator("#ban-buttons button[data-ban='LOW']").click()
    page.locator("#ban-buttons button[data-ban='banned']").click()
    row = page.locator("#bans tr", has_text=WHATSAPP.number)
    row.locator(".state", has_text="in force").wait_for()
    assert Account(sandbox).sender(WHATSAPP.sender_sid)["status"] == "OFFLINE"
    row.locator("button[data-ban='declined']").click()
    row.locator("td", has_text="declined").wait_for()
    row.locator("button[data-ban='accepted']").click()
    row.locator(".state", has_text="over").wait_for()


def _restrict_a_business_account(page: Page) -> None:
    option = page.locator("#ban-target option", has_text="business account").first
    page.locator("#ban-target").select_option(value=option.get_attribute("value"))
    page.locator("input[value='replies']").uncheck()
    page.locator("#ban-buttons button[data-ban='restricted']").click()
    page.locator("#bans tr", has_text="business account").locator("button[data-ban='lift']").click()
    page.locator("#bans tr", has_text="business account").locator(".state", has_text="over").wait_for()


def _visit(sandbox: Sandbox) -> list[str]:
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        page = browser.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        _ban_and_appeal(page, sandbox)
        _restrict_a_business_account(page)
        browser.close()
    return errors


def test_somebody_is_banned_and_reinstated_with_buttons(sandbox: Sandbox) -> None:
    # a thread of its own: Playwright keeps its thread's event loop running
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(_visit, sandbox).result(60) == []
    account = Account(sandbox)
    assert account.sender(WHATSAPP.sender_sid)["properties"]["quality_rating"] == "LOW"
    assert account.sender(WHATSAPP.sender_sid)["status"] == "ONLINE"
    assert sandbox.get("/control/bans")["items"][-1]["forbids"] == ["unasked", "adding_senders"]
