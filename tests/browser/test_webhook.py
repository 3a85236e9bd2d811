"""The webhook's page in a real Chromium: the secret is shown once, and calls say what became of them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import expect

from hub.calling import posting
from hub.types import Role
from tests.browser.conftest import PHONE, Visitors, picture
from tests.browser.stage import Stage
from tests.calling.names import lead

pytestmark = pytest.mark.browser

HOST = "crm.nordlicht.example"


@pytest.fixture(autouse=True)
def _its_name_leads_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    lead(monkeypatch, HOST, "10.0.0.1")


def _make_calls(stage: Stage) -> None:
    """In a thread of its own: the browser keeps an event loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(posting.run, stage.services).result()


def test_an_admin_enters_their_server_and_sees_what_became_of_calls(stage: Stage, visitors: Visitors) -> None:
    page = visitors.signed_in(stage.operator("Anna Brandt", Role.ADMIN))
    page.goto("/admin/channels")
    page.get_by_role("link", name="Webhook").click()
    address = page.get_by_label("Address of your server")
    address.fill("https://192.168.1.5/hub")
    page.get_by_role("button", name="Save, with a new secret").click()
    expect(page.get_by_role("alert").first).to_contain_text("on the public internet")
    expect(address).to_have_value("https://192.168.1.5/hub")
    address.fill(f"https://{HOST}/hub")
    page.get_by_role("button", name="Save, with a new secret").click()
    secret = page.locator("#webhook-secret").input_value()
    assert len(secret) > 40
    page.get_by_role("button", name="Send a test call").click()
    expect(page.locator("#calls li").first).to_contain_text("Waits")
    assert secret not in page.content()
    _make_calls(stage)
    page.goto("/admin/webhook")
    expect(page.locator("#calls li").first).to_contain_text("leads to no public host")
    picture(page, "webhook")
    page.get_by_role("button", name="Tell it nothing any more").click()
    expect(page.locator("main")).to_contain_text("Nobody is told")
    expect(page.locator("#calls li").first).to_contain_text("Stopped")


def test_the_page_speaks_german_on_a_phone_too(stage: Stage, visitors: Visitors) -> None:
    page = visitors.signed_in(stage.operator("Anna Brandt", Role.OWNER), size=PHONE, language="de")
    page.goto("/admin/webhook")
    page.get_by_label("Adresse Ihres Servers").fill(f"https://{HOST}/hub")
    page.get_by_role("button", name="Mit neuem Geheimnis speichern").click()
    expect(page.locator(".link-once")).to_contain_text("Es wird nur jetzt gezeigt")
    page.get_by_role("button", name="Einen Testaufruf senden").click()
    _make_calls(stage)
    page.goto("/admin/webhook")
    expect(page.locator("#calls li").first).to_contain_text("führt zu keinem öffentlichen Rechner")
    expect(page.locator("#calls li").first).to_contain_text("1 Versuch")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    picture(page, "webhook-de-phone")
