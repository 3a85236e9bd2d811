"""The platform's numbers and accounts in a real Chromium, against the sandbox: bought, registered, lent, taken back."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from hub.db import accounts, incidents
from hub.db.incidents import Place, Side, Trouble
from hub.db.session import PlatformWork
from hub.db.tables.core import SENDER, USER
from hub.numbers.supply.accounts import list_accounts
from hub.numbers.supply.owned import list_numbers
from hub.sandbox import seeds
from hub.types import Role
from hub.types.bans import DriftKind
from hub.types.numbers import NumberState
from hub.web.language import load
from tests.browser.conftest import PHONE, Visitors, picture
from tests.browser.stage import Operator, Stage
from tests.provisioning.conftest import URLS, Sandbox, sandbox_server

__all__ = ["sandbox_server"]

pytestmark = pytest.mark.browser
PAGES = ("/platform/numbers", "/platform/numbers/buy", "/platform/accounts", "/platform/incidents", "/platform/bans")
LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])


@pytest.fixture
def provider_urls(sandbox_server: Sandbox) -> dict[str, str]:
    account = {"twilio_account_sid": seeds.ACCOUNT_SID, "twilio_auth_token": seeds.ACCOUNT_TOKEN}
    return {**dict.fromkeys(URLS, sandbox_server.url), **account}


@pytest.fixture(autouse=True)
def _fresh_providers(sandbox_server: Sandbox) -> None:
    sandbox_server.mend()


@pytest.fixture
def petra(stage: Stage) -> Operator:
    """Somebody who runs the hub."""
    made = stage.operator("Petra Platform", Role.OWNER)
    with stage.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(update(USER).where(USER.c.email == made.email).values(platform_admin=True))
    return made


def fits(page: Page) -> bool:
    return bool(
        page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        and page.evaluate(
            "document.querySelector('.admin').scrollWidth <= document.querySelector('.admin').clientWidth"
        )
    )


@LANGUAGES
def test_a_number_is_searched_bought_lent_and_taken_back(
    stage: Stage, visitors: Visitors, petra: Operator, language: str
) -> None:
    t = load(language).text
    page = visitors.signed_in(petra, language=language)
    page.get_by_role("link", name=t("Platform")).click()
    expect(page.locator(".empty")).to_contain_text(t("No number yet"))
    page.get_by_role("link", name=t("Search and buy")).click()
    page.locator("[name=country]").fill("US")
    page.locator("[name=kind]").select_option("local")
    page.get_by_role("button", name=t("Search")).click()
    expect(page.get_by_text(t("Nothing stands in the way"))).to_be_visible()
    picture(page, "numbers-buy" if language == "en" else "numbers-buy-de")
    wanted = page.locator("tbody tr").first
    wanted.locator("summary").click()
    wanted.get_by_label(t("Costs a month")).fill("1,15")
    expect(wanted.get_by_label(t("Currency"))).to_have_value("USD")
    picture(page, "numbers-buying" if language == "en" else "numbers-buying-de")
    wanted.get_by_role("button").click()
    expect(page.get_by_role("status").first).to_contain_text(t("The number is bought."))
    expect(page.locator(".facts").first).to_contain_text("USD")
    page.get_by_label(t("Costs a month")).fill("1,20")
    page.get_by_role("button", name=t("Save the price")).click()
    expect(page.get_by_role("status").first).to_contain_text(t("The price is saved."))
    lend = page.locator("form[action$='/assign']")
    lend.get_by_label(t("As a channel for")).select_option("sms")
    lend.get_by_role("button", name=t("Lend it")).click()
    expect(page.locator(".chip").first).to_have_text(t("number|Lent"))
    picture(page, "number" if language == "en" else "number-de")
    page.goto("/platform/numbers")
    expect(page.locator("tbody").first).to_contain_text("Nordlicht Outdoor")
    expect(page.locator("tbody").first).to_contain_text(t("needs no registration"))
    expect(page.locator("tbody").last).to_contain_text("USD")
    choose = page.get_by_role("search")
    choose.get_by_label(t("State")).select_option("quarantined")
    choose.get_by_role("button", name=t("Show"), exact=True).click()
    expect(page.locator(".empty")).to_contain_text(t("None like that"))
    page.get_by_role("link", name=t("Show all")).click()
    expect(page.locator("tbody").first).to_contain_text("Nordlicht Outdoor")
    picture(page, "numbers" if language == "en" else "numbers-de")
    page.locator("tbody a").first.click()
    page.get_by_role("button", name=t("Take it back into quarantine")).click()
    expect(page.get_by_role("status").first).to_contain_text(t("The number is taken back."))
    page.get_by_label(re.compile(t("Yes, give {number} back to the provider for good").split("{")[0])).check()
    page.get_by_role("button", name=t("Give it back"), exact=True).click()
    expect(page.locator(".chip").first).to_have_text(t("number|Given back"))
    actor = stage.org.actor.__class__(stage.org.id, petra.actor.user_id, "Petra", Role.OWNER, platform_admin=True)
    assert [each.state for each in list_numbers(stage.services, actor).items] == [NumberState.RETURNED]


def test_what_is_needed_stands_above_what_can_be_bought(visitors: Visitors, petra: Operator) -> None:
    page = visitors.signed_in(petra)
    page.goto("/platform/numbers/buy?country=FR&kind=local&go=1")
    expect(page.locator("main")).to_contain_text(re.compile("What is needed first|None like that"))
    page.get_by_label("Country").fill("XX")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("main .alert, main .empty").first).to_be_visible()


@LANGUAGES
def test_an_account_is_opened_and_its_sign_up_link_leads_the_customer_there(
    stage: Stage, visitors: Visitors, petra: Operator, language: str
) -> None:
    t = load(language).text
    page = visitors.signed_in(petra, language=language)
    page.goto("/platform/accounts")
    page.get_by_text(t("Open one for an organization")).click()
    page.get_by_role("button", name=t("Open it")).click()
    expect(page.get_by_role("status").first).to_contain_text(t("The account is open."))
    page.get_by_role("button", name=re.compile(t("Make the sign-up link"))).click()
    link = page.locator("#sign-up-link").input_value()
    assert link.endswith("/admin/business-account")
    picture(page, "accounts" if language == "en" else "accounts-de")
    page.goto("/admin/business-account")
    expect(page.locator(".steps li")).to_have_count(2)
    picture(page, "business-account" if language == "en" else "business-account-de")


def test_an_account_that_exists_is_entered_and_it_is_noted_how_far_its_business_is_trusted(
    stage: Stage, visitors: Visitors, petra: Operator
) -> None:
    page = visitors.signed_in(petra)
    page.goto("/platform/accounts")
    page.get_by_text("Enter one that exists").click()
    page.get_by_label("The provider's id of it").fill("AC" + "7" * 32)
    page.get_by_label("Its token").fill("secret-of-it")
    page.get_by_label("Name", exact=True).fill("Old shop")
    enter = page.locator("form[action$='/add']")
    enter.get_by_label("Organization").select_option(label="Nordlicht Outdoor")
    enter.get_by_role("button").click()
    expect(page.get_by_role("status").first).to_contain_text("The account is known to the hub now.")
    with ThreadPoolExecutor(1) as other:
        other.submit(_sign_up, stage, petra).result()
    page.reload()
    row = page.locator("tr", has_text="Old shop")
    expect(row).to_contain_text("The messenger tells the hub of no bans")
    row.get_by_role("combobox").select_option("verified")
    row.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("how far the messenger trusts")
    expect(page.locator("tr", has_text="Old shop").get_by_role("combobox")).to_have_value("verified")
    assert "secret-of-it" not in page.content()
    picture(page, "accounts-trusted")


@LANGUAGES
def test_incidents_of_all_organizations_say_whose_they_are_to_mend(
    stage: Stage, visitors: Visitors, petra: Operator, language: str
) -> None:
    t = load(language).text
    page = visitors.signed_in(petra, language=language)
    page.goto("/platform/incidents")
    expect(page.locator(".empty")).to_contain_text(t("No incident"))
    with ThreadPoolExecutor(1) as other:
        other.submit(_go_wrong, stage).result()
    page.reload()
    expect(page.locator("tbody")).to_contain_text("Nordlicht Outdoor")
    expect(page.locator("tbody")).to_contain_text(t("side|The customer's"))
    expect(page.locator("tbody .chip")).to_have_text(t("still so"))
    picture(page, "incidents" if language == "en" else "incidents-de")


_NOT_VALID = "Meta says that this token is no longer valid; connect with Facebook, or make a new token for the page"


def _go_wrong(stage: Stage) -> None:
    """A token of the customer's was taken back."""
    stage.world.channel(stage.org, "facebook", "108" * 5)
    now = stage.services.clock()
    with stage.services.db.transaction(stage.org.id) as tx:
        sender = tx.first(select(SENDER.c.id, SENDER.c.channel_id).where(SENDER.c.organization_id == stage.org.id))
        assert sender is not None
        found = Trouble(DriftKind.TOKEN, Side.YOURS, _NOT_VALID)
        incidents.open_all(tx, Place(sender.id, sender.channel_id), [found], now)


def test_a_number_is_registered_and_its_code_handed_in(
    stage: Stage, visitors: Visitors, petra: Operator, sandbox_server: Sandbox
) -> None:
    page = visitors.signed_in(petra)
    page.goto("/platform/accounts")
    page.get_by_text("Open one for an organization").click()
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("status").first).to_contain_text("The account is open.")
    with ThreadPoolExecutor(1) as other:
        other.submit(_sign_up, stage, petra).result()
    page.goto("/platform/numbers/buy?country=US&kind=local&go=1")
    page.locator("tbody tr summary").first.click()
    page.locator("tbody tr").first.get_by_role("button").click()
    register = page.locator("form[action$='/registration']")
    register.get_by_label("Name that people see").fill("Nordlicht Outdoor")
    register.get_by_role("button", name="Register it").click()
    expect(page.get_by_text("Sender for WhatsApp")).to_be_visible()
    picture(page, "number-registering")
    assert fits(page)


def _sign_up(stage: Stage, petra: Operator) -> None:
    """The customer has signed up at the messenger."""
    actor = stage.org.actor.__class__(stage.org.id, petra.actor.user_id, "Petra", Role.OWNER, platform_admin=True)
    own = next(each for each in list_accounts(stage.services, actor) if each.organization)
    with stage.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        accounts.set_business(tx, own.id, "104996122399160", "504996122399160")


def test_on_a_phone_the_platforms_pages_fit(visitors: Visitors, petra: Operator) -> None:
    page = visitors.signed_in(petra, size=PHONE, dark=True)
    for path in (
        "/platform/numbers",
        "/platform/numbers/buy",
        "/platform/accounts",
        "/platform/incidents",
        "/platform/bans",
    ):
        page.goto(path)
        assert fits(page), path
    page.goto("/platform/numbers/buy?country=US&kind=local&go=1")
    assert fits(page)
    picture(page, "numbers-buy-phone-dark")


def test_nobody_else_sees_the_platforms_pages(stage: Stage, visitors: Visitors) -> None:
    page = visitors.signed_in(stage.operator("Olivia Own", Role.OWNER))
    expect(page.get_by_role("link", name="Platform")).to_have_count(0)
    for path in ("/platform", "/platform/numbers", "/platform/accounts", "/platform/incidents", "/platform/bans"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 403
