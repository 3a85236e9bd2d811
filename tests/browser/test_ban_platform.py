"""A customer's ban as whoever runs the hub sees it, in a real Chromium: in the third person, with what is theirs."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from hub.db.session import PlatformWork
from hub.db.tables.core import USER
from hub.ids import new_id
from hub.types import ChannelKind, Level, Reach, Role
from hub.types.bans import Possibility
from hub.types.numbers import OfferKind, Readiness
from hub.web.language import load
from tests.browser.banned import Ban
from tests.browser.conftest import PHONE, Visitors, picture
from tests.browser.stage import Operator, Stage, ago
from tests.browser.test_bans import fits, shot

pytestmark = pytest.mark.browser
LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])


@pytest.fixture
def petra(stage: Stage) -> Operator:
    """Somebody who runs the hub, and belongs to another organization."""
    made = Stage(stage.services, stage.world, "The platform").operator("Petra Platform", Role.OWNER)
    with stage.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(update(USER).where(USER.c.email == made.email).values(platform_admin=True))
    return made


def banned(stage: Stage, reach: Reach, level: Level = Level.BANNED) -> Ban:
    if "whatsapp" not in stage.org.channels:
        stage.world.channel(stage.org, "whatsapp", "+4930901820")
    priya = stage.customer("Priya Raman", "whatsapp", "+919800000000")
    stage.hear(priya, "Is the tent back in stock?", at=ago(stage.services, hours=40))
    return Ban(stage, stage.org.channels["whatsapp"], level, reach)


@LANGUAGES
def test_a_customers_whole_business_account_is_banned_and_the_platform_reads_whose_turn_it_is(
    stage: Stage, visitors: Visitors, petra: Operator, language: str
) -> None:
    t = load(language).text
    ban = banned(stage, Reach.BUSINESS_ACCOUNT)
    mail = Possibility(OfferKind.ANOTHER_KIND, ChannelKind("email"), Readiness.READY, "Our mail")
    ban.offered(mail)
    page = visitors.signed_in(petra, language=language)
    page.goto("/platform/bans")
    row = page.locator(".linked-rows li")
    expect(row).to_contain_text(t("The customer's turn"))
    row.get_by_role("link").click()
    lead = page.locator(".case-lead")
    expect(lead).to_contain_text(
        t("The customer's whole business account is concerned: another number in it would be banned too.")
    )
    expect(lead).to_contain_text(t("The customer accepts or declines the offer; nothing is replaced without that"))
    expect(lead.locator(".chip")).to_contain_text(t("The customer's turn"))
    expect(page.locator("#accept, #decline, .form-actions [href$='evidence.txt']")).to_have_count(0)
    # nothing of WhatsApp is offered: another number in this account would be banned, too
    expect(page.locator("#possible-whatsapp")).to_have_count(0)
    assert fits(page)
    shot(page, "ban-platform", language)


def test_what_the_customer_reads_of_the_same_ban_is_said_to_them(
    stage: Stage, visitors: Visitors, petra: Operator
) -> None:
    ban = banned(stage, Reach.BUSINESS_ACCOUNT)
    ban.offered(Possibility(OfferKind.ANOTHER_KIND, ChannelKind("email"), Readiness.READY, "Our mail"))
    page = visitors.signed_in(stage.operator("Olivia Own", Role.OWNER))
    page.goto(f"/bans/{ban.id}")
    expect(page.locator(".case-lead")).to_contain_text("Your whole business account is concerned")
    expect(page.locator(".case-lead .chip")).to_contain_text("Your turn until")
    shot(page, "ban-business", "en")
    page.goto("/bans?waits=me")
    expect(page.locator(".linked-rows li")).to_have_count(1)


@LANGUAGES
def test_where_the_platform_has_to_appeal_it_finds_the_case_and_downloads_the_evidence(
    stage: Stage, visitors: Visitors, petra: Operator, language: str
) -> None:
    t = load(language).text
    theirs = banned(stage, Reach.SENDER)
    theirs.informed()
    stage.world.sender(stage.org, stage.org.channels["whatsapp"].id, "whatsapp", "+493090182099")
    ours = banned(stage, Reach.PROVIDER_ACCOUNT, Level.ACCOUNT)
    ours.informed()
    page = visitors.signed_in(petra, size=PHONE, dark=True, language=language)
    page.goto("/platform/bans?waits=me")
    [row] = page.locator(".linked-rows li").all()
    row.get_by_role("link").click()
    assert page.url.endswith(ours.id)
    expect(page.locator(".case-lead .chip")).to_contain_text(t("Your turn"))
    expect(page.locator(".case-lead")).to_contain_text(
        t("Settle it with the provider, or appeal with the evidence kept here")
    )
    assert fits(page)
    picture(page, "ban-platform-phone-dark" if language == "en" else "ban-platform-phone-dark-de")
    with page.expect_download() as got:
        page.get_by_role("link", name=t("Download the evidence")).click()
    assert "+493090182099" in got.value.path().read_text()
    # where the customer appeals the pack is theirs
    assert page.request.get(f"/platform/bans/{theirs.id}/evidence.txt").status == 409
    assert page.request.get(f"/platform/bans/{new_id()}/evidence.txt").status == 404


def test_the_platform_helps_to_mend_on_the_page_of_a_customers_case(
    stage: Stage, visitors: Visitors, petra: Operator
) -> None:
    ban = banned(stage, Reach.SENDER)
    ban.informed()
    page = visitors.signed_in(petra)
    page.goto(f"/platform/bans/{ban.id}")
    page.locator("#remedy-register_again").get_by_role("button", name="Begin").click()
    expect(page.get_by_role("status").first).to_contain_text("It is noted that this is being tried.")
    page.locator("#close-title").click()
    page.get_by_label("Why it is closed").fill("Settled on the phone")
    page.locator("#close").get_by_role("button", name="Close the case").click()
    expect(page.locator(".timeline li").first).to_contain_text("Settled on the phone")
