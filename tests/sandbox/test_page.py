"""The page with five phones, in a real browser."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.sandbox.world import Receiver, Sandbox, bot_call, connect_bot

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(autouse=True)
def _chromium_is_here() -> None:
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no Chromium at {CHROMIUM}: apt-get install chromium")
        pytest.skip(f"no Chromium at {CHROMIUM}; mend: apt-get install chromium")


def _talk(page: Page, sandbox: Sandbox) -> None:
    page.goto(sandbox.url)
    phone = page.locator(".phone.telegram")
    phone.locator("textarea").fill("<b>Is it open?</b>")
    phone.locator("textarea").press("Enter")
    phone.locator(".bubble.own", has_text="<b>Is it open?</b>").locator("[title=delivered]").wait_for()
    bot_call(sandbox, "sendMessage", chat_id=710000001, text="Yes, until six.")
    phone.locator(".bubble:not(.own)", has_text="Yes, until six.").wait_for()


def _play_with_more_than_words(page: Page, sandbox: Sandbox) -> None:
    phone = page.locator(".phone.telegram")
    phone.locator("button[data-piece='album']").click()
    phone.locator(".bubble.own .album img").nth(2).wait_for()
    assert phone.locator(".bubble.own .album img").first.evaluate("image => image.decode().then(() => true)")
    for piece, shown in (("voice", "audio"), ("video", "video"), ("file", "a.file"), ("location", ".place")):
        phone.locator(f"button[data-piece='{piece}']").click()
        phone.locator(f".bubble.own {shown}").first.wait_for()
    keys = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    bot_call(sandbox, "sendMessage", chat_id=710000001, text="Another?", reply_markup=keys)
    asked = phone.locator(".bubble:not(.own)", has_text="Another?")
    asked.locator(".options button", has_text="Yes").click()
    asked.hover()
    asked.locator(".picker button", has_text="👍").click()
    asked.locator(".reactions", has_text="👍").wait_for()
    page.locator("#webhooks tr", has_text="change").first.wait_for()


def _order_a_fault(page: Page) -> None:
    page.locator("#webhooks .state.acknowledged").first.wait_for()
    page.locator("button[data-fault='500'][data-op='send']").click()
    page.locator("#waiting", has_text="500 on send, any").wait_for()


def _visit(sandbox: Sandbox) -> list[str]:
    """Use the page, and return the errors it raised."""
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        page = browser.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        _talk(page, sandbox)
        _play_with_more_than_words(page, sandbox)
        _order_a_fault(page)
        browser.close()
    return errors


def test_a_message_typed_on_a_phone_goes_out_and_the_answer_comes_back(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_bot(sandbox, receiver)
    # a thread of its own: Playwright keeps its thread's event loop running
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(_visit, sandbox).result(60) == []
