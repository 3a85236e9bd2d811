"""What stands around a ban in a real Chromium: its rehearsal, held messages, claims, consents, wishes."""

import pytest
from playwright.sync_api import expect

from hub.access.organizations import get_organization
from hub.conversations.reading import get_conversation
from hub.db import incidents
from hub.db.incidents import Place, Side, Trouble
from hub.numbers.consents import list_consents
from hub.types import Role
from hub.types.bans import DriftKind
from hub.types.numbers import Purpose
from hub.web.language import load
from tests.browser.conftest import Visitors, picture
from tests.browser.stage import Operator, Stage, ago

pytestmark = pytest.mark.browser
_ELSEWHERE = "the bot's webhook points elsewhere: another program uses this bot; check the channel to set it again"
_REFUSED = (
    "Telegram refuses the bot's token; it was revoked, or the bot was deleted or banned. "
    "Enter the token that BotFather shows"
)
LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])


@pytest.fixture
def olivia(stage: Stage) -> Operator:
    return stage.operator("Olivia Own", Role.OWNER)


def named(name: str, language: str) -> str:
    return name if language == "en" else f"{name}-{language}"


@LANGUAGES
def test_a_ban_is_rehearsed_without_sending_anything(
    stage: Stage, visitors: Visitors, olivia: Operator, language: str
) -> None:
    t = load(language).text
    stage.world.channel(stage.org, "whatsapp", "+4930901820")
    for number in range(5):
        stage.hear(stage.customer(f"Person {number}", "whatsapp", f"+91980000000{number}"), "Hello")
    page = visitors.signed_in(olivia, language=language)
    page.goto(f"/admin/channels/{stage.org.channels['whatsapp'].id}")
    page.get_by_role("link", name=t("Rehearse it")).click()
    expect(page.locator(".big-number").first).to_have_text("5")
    expect(page.locator(".takes").first).to_be_visible()
    picture(page, named("rehearsal", language))


@LANGUAGES
def test_a_contacts_consents_are_entered_and_shown(
    stage: Stage, visitors: Visitors, olivia: Operator, language: str
) -> None:
    t = load(language).text
    talk = stage.hear(stage.customer("Lena Weiss", "telegram", "700001"), "Hello")
    contact = get_conversation(stage.services, stage.org.actor, talk).contact.id
    page = visitors.signed_in(olivia, language=language)
    page.goto(f"/inbox/{talk}?tab=all")
    page.locator("#details").get_by_role("link", name=t("Addresses and consents")).click()
    expect(page.get_by_role("heading", name="Lena Weiss")).to_be_visible()
    page.locator("[name=purpose]").select_option("invitation")
    page.get_by_label(t("How you know")).fill("She said so on the phone")
    page.get_by_role("button", name=t("Enter it")).click()
    expect(page.locator("tbody .chip").first).to_have_text(t("agreed"))
    picture(page, named("consents", language))
    [entry] = list_consents(stage.services, olivia.actor, contact)
    assert (entry.purpose, entry.source) == (Purpose.INVITATION, "She said so on the phone")


@LANGUAGES
def test_what_is_wished_for_bans_is_kept_and_masks_the_numbers(
    stage: Stage, visitors: Visitors, olivia: Operator, language: str
) -> None:
    t = load(language).text
    stage.world.channel(stage.org, "whatsapp", "+4930901820")
    page = visitors.signed_in(olivia, language=language)
    page.goto("/admin/settings")
    page.get_by_label(t("Days that an offer stands")).fill("0")
    page.get_by_role("button", name=t("Save"), exact=True).click()
    expect(page.locator(".alert.bad")).to_be_visible()
    page.get_by_label(t("Days that an offer stands")).fill("7")
    page.get_by_label(t("Show your own people only the last digits of your numbers")).check()
    picture(page, named("wishes-bans", language))
    page.get_by_role("button", name=t("Save"), exact=True).click()
    expect(page.get_by_role("status")).to_contain_text(t("Saved; it holds from now on."))
    page.locator(".sort-list .down").first.click()
    expect(page.get_by_role("status")).to_contain_text(t("Saved; it holds from now on."))
    wishes = get_organization(stage.services, olivia.actor).bans
    assert (wishes["offer_days"], wishes["masked_numbers"], wishes["invitation_order"][1]) == (7, True, "email")
    page.goto(f"/admin/channels/{stage.org.channels['whatsapp'].id}")
    expect(page.locator(".lead").first).to_contain_text("1820")
    assert "+4930901820" not in page.content()


@LANGUAGES
def test_a_channel_shows_what_was_wrong_whose_side_and_for_how_long(
    stage: Stage, visitors: Visitors, olivia: Operator, language: str
) -> None:
    t = load(language).text
    stage.customer("Lena Weiss", "telegram", "700001")
    channel = stage.org.channels["telegram"]
    place = Place(channel.sender_id, channel.id)
    webhook = Trouble(DriftKind.WEBHOOK, Side.OURS, _ELSEWHERE)
    token = Trouble(DriftKind.TOKEN, Side.YOURS, _REFUSED)
    with stage.services.db.transaction(stage.org.id) as tx:
        incidents.open_all(tx, place, [webhook], ago(stage.services, hours=5))
        incidents.restore(tx, channel.sender_id, [webhook.what], ago(stage.services, hours=2))
        incidents.open_all(tx, place, [token], ago(stage.services, minutes=9))
    page = visitors.signed_in(olivia, language=language)
    page.goto(f"/admin/channels/{channel.id}")
    lines = page.locator("#incidents .timeline li")
    expect(lines.nth(0)).to_contain_text(t("still so"))
    expect(lines.nth(0)).to_contain_text(t("side|On your side"))
    expect(lines.nth(0)).to_contain_text(load(language).retell(_REFUSED)[1:])
    expect(lines.nth(1)).to_contain_text("3 ")
    expect(lines.nth(1)).to_contain_text(t("side|On the side of whoever runs this hub"))
    page.locator("#incidents-title").evaluate("element => element.scrollIntoView()")
    picture(page, named("incidents", language))
