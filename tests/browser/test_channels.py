"""Connecting channels and caring for them, against the sandbox's providers, in both languages, in a real Chromium."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, expect

from hub.db import channels as stored
from hub.provisioning.channels import NewChannel, create_channel, list_channels
from hub.provisioning.views import ChannelView
from hub.sandbox import seeds
from hub.types import Health, HealthState, Presence, Role
from hub.web.language import load
from tests.browser.conftest import PHONE, Visitors, picture
from tests.browser.stage import Operator, Stage, ago
from tests.provisioning.conftest import URLS, Sandbox, sandbox_server

__all__ = ["sandbox_server"]

pytestmark = pytest.mark.browser
LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])
BOT = seeds.BOTS[0]


@pytest.fixture
def provider_urls(sandbox_server: Sandbox) -> dict[str, str]:
    return dict.fromkeys(URLS, sandbox_server.url)


@pytest.fixture
def olivia(stage: Stage) -> Operator:
    return stage.operator("Olivia Own", Role.OWNER, Presence.ONLINE)


@pytest.fixture(autouse=True)
def _fresh_providers(sandbox_server: Sandbox) -> None:
    sandbox_server.mend()


def connected_bot(stage: Stage, olivia: Operator) -> ChannelView:
    """Connect a bot in another thread: this one's event loop is the browser's."""
    new = NewChannel("telegram", "Our bot", {"bot_token": BOT.token}, delivery="polling")
    with ThreadPoolExecutor(1) as other:
        return other.submit(create_channel, stage.services, olivia.actor, new).result()


def at(page: Page, path: str) -> None:
    page.goto(path)
    assert page.evaluate("document.querySelector('.admin').scrollWidth <= document.querySelector('.admin').clientWidth")


@LANGUAGES
def test_a_bot_is_connected_step_by_step_checked_and_given_up(
    stage: Stage, visitors: Visitors, olivia: Operator, language: str
) -> None:
    t = load(language).text
    page = visitors.signed_in(olivia, language=language)
    page.get_by_role("link", name=t("Channels")).click()
    expect(page.locator(".empty")).to_contain_text(t("No channel yet"))
    picture(page, "channels-empty" if language == "en" else "channels-empty-de")
    page.locator(".tile", has_text="Telegram").click()
    expect(page.locator(".steps li")).to_have_count(4)
    expect(page.locator(".steps a")).to_have_attribute("href", "https://t.me/BotFather")
    picture(page, "connect" if language == "en" else "connect-de")

    secret, name = page.locator("[name='credential:bot_token']"), page.get_by_label(t("Name of the channel"))
    secret.fill("123:wrong")
    name.fill("Support")
    page.get_by_label(t("How messages come in")).select_option("polling")
    page.get_by_role("button", name=t("Connect")).click()
    expect(page.get_by_role("alert").first).not_to_be_empty()
    expect(name).to_have_value("Support")
    expect(secret).to_have_value("")
    secret.fill(BOT.token)
    page.get_by_role("button", name=t("Connect")).click()
    expect(page).to_have_url(re.compile(r"/admin/channels/\w+\?fresh=1"))
    expect(page.locator(".chip").first).to_have_text(t("Works"))
    expect(page.locator(".findings .fine")).to_be_visible()
    picture(page, "channel" if language == "en" else "channel-de")

    page.get_by_role("button", name=t("Check now")).click()
    expect(page.get_by_role("status")).to_contain_text(t("The provider was asked anew."))
    name.fill("First line")
    page.get_by_label(t("Group that answers")).select_option(label="Support")
    page.get_by_label(t("When a customer comes back")).select_option("new")
    page.get_by_role("button", name=t("Save")).click()
    expect(page.get_by_role("heading", name="First line", level=1)).to_be_visible()
    [channel] = list_channels(stage.services, olivia.actor).items
    assert (channel.name, channel.group_id, channel.returning) == ("First line", stage.org.group_id, "new")

    page.locator("#delete-title").click()
    page.get_by_label(t("Yes, delete {name}", {"name": "First line"})).check()
    page.get_by_role("button", name=t("Delete this channel")).click()
    expect(page.get_by_role("status")).to_contain_text(t("The channel was deleted. Its conversations stay."))
    assert list_channels(stage.services, olivia.actor).items == ()


@LANGUAGES
def test_a_mailbox_shows_its_intake_token_once_and_how_mail_gets_here(
    visitors: Visitors, olivia: Operator, language: str
) -> None:
    t = load(language).text
    page = visitors.signed_in(olivia, language=language)
    at(page, "/admin/channels/new/email")
    page.locator("[name='credential:address']").fill("service@nordlicht.example")
    page.get_by_label(t("Name of the channel")).fill("Service")
    page.get_by_role("button", name=t("Connect")).click()
    token = page.locator("#intake-token").input_value()
    expect(page.locator(".copy").first).to_contain_text(token)
    expect(page.locator(".copy").first).to_contain_text("/webhooks/email/mime")
    picture(page, "mailbox" if language == "en" else "mailbox-de")
    page.goto(page.url)
    page.get_by_role("link", name=t("Channels")).first.click()
    page.locator(".channel-rows .row").click()
    expect(page.locator("#intake-token")).to_have_count(0)
    page.locator("#keys-title").click()
    page.get_by_role("button", name=t("Make a new intake token")).click()
    assert page.locator("#intake-token").input_value() != token


@LANGUAGES
def test_what_only_one_kind_has_is_set_on_the_channels_page(
    stage: Stage, visitors: Visitors, olivia: Operator, language: str
) -> None:
    t = load(language).text
    made = connected_bot(stage, olivia)
    page = visitors.signed_in(olivia, language=language)
    at(page, f"/admin/channels/{made.id}")
    leave = page.get_by_label(t("Leave groups, saying that it talks in private chats only"))
    expect(leave.locator("option:checked")).to_have_text(t("Yes"))
    leave.select_option(label=t("No"))
    page.get_by_role("button", name=t("Save")).click()
    expect(page.get_by_role("status")).to_contain_text(t("The channel was saved."))
    expect(leave.locator("option:checked")).to_have_text(t("No"))
    picture(page, "channel-settings" if language == "en" else "channel-settings-de")
    [channel] = list_channels(stage.services, olivia.actor).items
    assert channel.settings == {"leave_groups": False}


@LANGUAGES
def test_a_fault_is_told_with_whose_side_it_is_on(
    stage: Stage, visitors: Visitors, olivia: Operator, language: str
) -> None:
    t = load(language).text
    connected_bot(stage, olivia)
    stage.hear(stage.customer("+49 151 1", "sms", "+491511"), "Hello", at=ago(stage.services, minutes=40))
    sms = stage.org.channels["sms"].sender_id
    broken = Health(HealthState.BROKEN, ("the number was taken back",))
    with stage.services.db.transaction(stage.org.id) as tx:
        stored.set_health(tx, sms, broken, stage.services.clock())
    page = visitors.signed_in(olivia, language=language)
    at(page, "/admin/channels")
    rows = page.locator(".channel-rows li")
    expect(rows).to_have_count(2)
    lame = rows.filter(has_text="sms")
    expect(lame).to_contain_text(t("Does not work"))
    expect(lame.locator(".row-fault")).to_contain_text(
        t("On the side of whoever runs this hub. They have to mend it; nothing is lost meanwhile.")
    )
    expect(lame).to_contain_text("40 min" if language == "en" else "40 Min.")
    expect(rows.filter(has_text="Our bot")).to_contain_text(t("Works"))
    picture(page, "channels" if language == "en" else "channels-de")


def test_kinds_without_credentials_say_where_their_channels_come_from(visitors: Visitors, olivia: Operator) -> None:
    page = visitors.signed_in(olivia)
    at(page, "/admin/channels/new/whatsapp")
    expect(page.locator(".lead")).to_contain_text("lent to you by the platform")
    expect(page.locator("main form")).to_have_count(0)
    at(page, "/admin/channels/new/facebook")
    expect(page.get_by_role("link", name="Connect with Facebook")).to_have_attribute(
        "href", "/admin/channels/connect/facebook"
    )
    picture(page, "connect-facebook")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_channels_fit_a_phone(stage: Stage, visitors: Visitors, olivia: Operator, dark: bool) -> None:
    made = connected_bot(stage, olivia)
    page = visitors.signed_in(olivia, PHONE, dark, "de")
    at(page, "/admin/channels")
    expect(page.locator(".channel-rows .row")).to_be_in_viewport()
    picture(page, "channels-phone-dark" if dark else "channels-phone")
    at(page, f"/admin/channels/{made.id}")
    expect(page.get_by_role("heading", name="Our bot", level=1)).to_be_in_viewport()
    at(page, "/admin/channels/new/telegram")
    expect(page.locator(".steps li").first).to_be_in_viewport()
    if dark:
        picture(page, "connect-phone-dark")


def test_the_language_is_chosen_in_the_menu_and_kept(visitors: Visitors, olivia: Operator) -> None:
    page = visitors.signed_in(olivia)
    page.goto("/admin/channels")
    page.get_by_label(re.compile("your account")).click()
    page.get_by_role("button", name="Deutsch").click()
    expect(page).to_have_url(re.compile("/admin/channels$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Kanäle")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    again = visitors.signed_in(olivia, language="en")
    again.get_by_label(re.compile("Ihr Konto")).click()
    picture(again, "language")
    again.get_by_role("button", name="English").click()
    expect(again.get_by_role("link", name="Channels")).to_be_visible()


def test_an_operator_sees_no_channels_page(stage: Stage, visitors: Visitors) -> None:
    page = visitors.signed_in(stage.operator("Ben Okafor"))
    expect(page.get_by_role("link", name="Channels")).to_have_count(0)
    refused = page.goto("/admin/channels")
    assert refused is not None
    assert refused.status == 403
