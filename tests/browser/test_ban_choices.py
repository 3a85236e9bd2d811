"""What a customer chooses in a ban, in a real Chromium: what takes the sender's place, its connecting, what waits."""

import pytest
from playwright.sync_api import expect

from hub.conversations.reading import list_messages
from hub.db import ban_work
from hub.numbers import cases
from hub.numbers.cases.possibilities import OWN_SENDER
from hub.numbers.cases.reading import get_ban
from hub.numbers.policy import happenings as h
from hub.outbound.submit import Reply, submit
from hub.sandbox import seeds
from hub.types import ChannelKind, MessageStatus, Role
from hub.types.bans import BanState, Possibility
from hub.types.numbers import OfferKind, Readiness
from hub.web.language import load
from tests.browser.banned import NEW_NUMBER, Ban
from tests.browser.conftest import PHONE, Visitors, picture
from tests.browser.stage import Operator, Stage
from tests.browser.test_bans import fits
from tests.provisioning.conftest import URLS, Sandbox, sandbox_server

__all__ = ["sandbox_server"]
pytestmark = pytest.mark.browser
LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])
BOT = Possibility(
    OfferKind.ANOTHER_KIND,
    ChannelKind("telegram"),
    Readiness.READY,
    "a new channel of your own on Telegram",
    (OWN_SENDER,),
)


@pytest.fixture
def provider_urls(sandbox_server: Sandbox) -> dict[str, str]:
    return dict.fromkeys(URLS, sandbox_server.url)


@pytest.fixture(autouse=True)
def _fresh_providers(sandbox_server: Sandbox) -> None:
    sandbox_server.mend()


@pytest.fixture
def olivia(stage: Stage) -> Operator:
    return stage.operator("Olivia Own", Role.OWNER)


@pytest.fixture
def ban(stage: Stage) -> Ban:
    stage.world.channel(stage.org, "whatsapp", "+4930901820")
    return Ban(stage, stage.org.channels["whatsapp"])


@LANGUAGES
def test_instead_of_what_is_offered_the_customer_asks_for_something_else(
    stage: Stage, visitors: Visitors, olivia: Operator, ban: Ban, language: str
) -> None:
    t = load(language).text
    ban.offered()
    page = visitors.signed_in(olivia, language=language)
    page.goto(f"/bans/{ban.id}")
    other = page.locator("#possible-telegram")
    expect(other).to_contain_text(t("Ready at once"))
    expect(other.locator(".takes li")).to_have_count(1)
    page.locator("#possible-title").evaluate("element => element.scrollIntoView()")
    picture(page, "ban-possible" if language == "en" else "ban-possible-de")
    other.get_by_role("button", name=t("Ask for this instead")).click()
    expect(page.get_by_role("status").first).to_contain_text(t("The hub looks for a replacement."))
    expect(page.locator(".chip").first).to_have_text(t("Declined"))
    cases.work(stage.services, ban.id)
    found = get_ban(stage.services, olivia.actor, ban.id)
    assert found.state is BanState.OFFERED
    assert found.offer and (found.offer.kind, found.offer.channel_kind) == (OfferKind.ANOTHER_KIND, "telegram")


def test_after_an_offer_was_declined_each_possibility_can_be_asked_for(
    stage: Stage, visitors: Visitors, olivia: Operator, ban: Ban
) -> None:
    ban.offered()
    page = visitors.signed_in(olivia, size=PHONE, dark=True)
    page.goto(f"/bans/{ban.id}")
    page.locator("#decline summary").click()
    page.get_by_role("button", name="Decline the offer").click()
    assert fits(page)
    page.locator("#possible-title").evaluate("element => element.scrollIntoView()")
    picture(page, "ban-possible-phone-dark")
    page.locator("#possible-telegram").get_by_role("button", name="Ask for this").click()
    expect(page.get_by_role("status").first).to_contain_text("The hub looks for a replacement.")
    with stage.services.db.reading(stage.org.id) as tx:
        assert "telegram" in {each.data.get("channel_kind") for each in ban_work.list_open(tx, ban.id)}


@LANGUAGES
def test_the_customer_connects_the_bot_that_takes_over(
    stage: Stage, visitors: Visitors, olivia: Operator, ban: Ban, language: str
) -> None:
    t = load(language).text
    ban.accepted(BOT)
    page = visitors.signed_in(olivia, language=language)
    page.goto(f"/bans/{ban.id}")
    form = page.locator("#bring")
    secret = form.locator("[name='credential:bot_token']")
    secret.fill("123:wrong")
    form.get_by_label(t("Name of the channel")).fill("Our bot")
    form.get_by_role("button", name=t("It takes over")).click()
    expect(page.get_by_role("alert").first).not_to_be_empty()
    expect(form.get_by_label(t("Name of the channel"))).to_have_value("Our bot")
    page.locator("#bring-title").evaluate("element => element.scrollIntoView()")
    picture(page, "ban-bring" if language == "en" else "ban-bring-de")
    secret.fill(seeds.BOTS[0].token)
    form.get_by_role("button", name=t("It takes over")).click()
    expect(page.get_by_role("status").first).to_contain_text(t("The new sender takes over."))
    expect(form).to_have_count(0)
    found = get_ban(stage.services, olivia.actor, ban.id)
    assert found.new_sender_id and found.new_address == str(seeds.BOTS[0].id)


@LANGUAGES
def test_until_the_new_sender_is_there_the_customer_may_step_back(
    stage: Stage, visitors: Visitors, olivia: Operator, ban: Ban, language: str
) -> None:
    t = load(language).text
    ban.accepted(BOT)
    page = visitors.signed_in(olivia, language=language)
    page.goto(f"/bans/{ban.id}")
    expect(page.get_by_text(t("Your turn")).first).to_be_visible()
    page.get_by_text(t("Step back from it")).click()
    picture(page, "ban-step-back" if language == "en" else "ban-step-back-de")
    page.get_by_role("button", name=t("Step back from the offer")).click()
    expect(page.get_by_role("status").first).to_contain_text(t("The offer is declined."))
    assert get_ban(stage.services, olivia.actor, ban.id).state is BanState.DECLINED


def test_whoever_chooses_before_the_new_sender_is_there_reads_that_messages_wait(
    visitors: Visitors, olivia: Operator, ban: Ban
) -> None:
    ban.accepted()
    ban.happens(h.ReplacingBegun(), h.Reinstated("it works again"))
    page = visitors.signed_in(olivia)
    page.goto(f"/bans/{ban.id}")
    expect(page.get_by_text("Messages wait until you choose.")).to_be_visible()
    expect(page.get_by_text("Nothing is held.")).to_have_count(0)


@LANGUAGES
def test_what_waited_is_counted_listed_and_the_rest_discarded(
    stage: Stage, visitors: Visitors, olivia: Operator, language: str
) -> None:
    language_ = load(language)
    t = language_.text
    channel = stage.world.channel(stage.org, "whatsapp", "+4930901820")
    lena = stage.hear(stage.customer("Lena Weiss", "whatsapp", "+4917000001"), "Where is my tent?")
    stage.hear(stage.customer("Tom Berg", "whatsapp", "+4917000002"), "Hello")
    waits = submit(stage.services, olivia.actor, lena, Reply("It leaves our house today."))
    ban = Ban(stage, channel)
    ban.recruiting()
    page = visitors.signed_in(olivia, language=language)
    page.goto(f"/bans/{ban.id}")
    expect(page.locator("#waiting-title")).to_have_text(
        language_.count("{n} message waits for somebody to decide", "{n} messages wait for somebody to decide", 1)
    )
    page.locator("#waiting-title").evaluate("element => element.scrollIntoView()")
    picture(page, "ban-waiting" if language == "en" else "ban-waiting-de")
    page.get_by_role("link", name=t("Show the conversations")).click()
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".card")).to_contain_text("Lena Weiss")
    page.goto(f"/bans/{ban.id}")
    page.locator("#discard summary").click()
    page.locator("#discard").get_by_role("button").click()
    expect(page.get_by_role("status").first).to_contain_text(t("What still waited is discarded."))
    expect(page.locator("#waiting-title")).to_have_count(0)
    said = {each.id: each for each in list_messages(stage.services, olivia.actor, lena).items}
    assert said[waits.id].status == MessageStatus.FAILED


@LANGUAGES
def test_an_operator_is_told_above_the_composer_and_sees_what_is_held(
    stage: Stage, visitors: Visitors, ban: Ban, language: str
) -> None:
    t = load(language).text
    ben = stage.operator("Ben Okafor")
    talk = stage.hear(stage.customer("Lena Weiss", "whatsapp", "+4917000001"), "Where is my tent?")
    submit(stage.services, ben.actor, talk, Reply("It leaves our house today."))
    page = visitors.signed_in(ben, language=language)
    page.goto(f"/inbox/{talk}?tab=all")
    stopped = page.locator("#held .stopped")
    said = "{channel} has stopped this channel. What you write waits and is not lost."
    expect(stopped).to_have_text(t(said, {"channel": "WhatsApp"}))
    expect(page.locator(".tick.held")).to_have_count(1)
    expect(page.locator(".tick.held")).to_have_text(t("tick|Held"))
    expect(page.locator("#banned")).to_have_count(0)
    picture(page, "stopped" if language == "en" else "stopped-de")
    # over the new sender it goes on: nothing stops what is written from now on, the old answer waits for a person
    ban.recruiting()
    page.reload()
    expect(stopped).to_have_count(0)
    expect(page.locator(".tick.held")).to_have_count(1)


def test_admins_see_no_alarm_once_the_channel_works_again(
    stage: Stage, visitors: Visitors, olivia: Operator, ban: Ban
) -> None:
    page = visitors.signed_in(olivia)
    expect(page.locator("#banned")).to_contain_text(f"WhatsApp has banned {ban.channel_name}.")
    page.goto(f"/admin/channels/{ban.channel.id}")
    expect(page.locator(".alert.bad")).to_contain_text("WhatsApp has banned")
    ban.recruiting()
    page.reload()
    expect(page.locator(".alert.bad")).to_have_count(0)
    expect(page.locator(".alert.good")).to_contain_text("The channel works over a new sender")
    page.goto("/inbox")
    expect(page.locator("#banned")).to_be_hidden()
    page.goto(f"/bans/{ban.id}")
    expect(page.locator(".case-lead.good")).to_contain_text(NEW_NUMBER)
    expect(page.locator("#remedies")).not_to_have_attribute("open", "")
