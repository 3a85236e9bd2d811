"""Claims and held messages in the threads of a real Chromium: confirmed, taken back, denied, sent, discarded."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from hub.conversations.reading import get_conversation, list_messages
from hub.numbers.recruiting import list_recipients
from hub.outbound.submit import Reply, submit
from hub.types import MessageStatus, MessageView, Role
from hub.types.numbers import RecipientState
from hub.web.language import load
from tests.browser.banned import Ban
from tests.browser.conftest import PHONE, Visitors, picture
from tests.browser.stage import Operator, Stage, ago

pytestmark = pytest.mark.browser
LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])


@pytest.fixture
def olivia(stage: Stage) -> Operator:
    return stage.operator("Olivia Own", Role.OWNER)


@dataclass(frozen=True)
class Claimed:
    """Lena's old thread with an answer that waits, and the one of somebody who used her code."""

    ban: Ban
    old: str
    new: str
    waits: str

    def stands(self) -> RecipientState:
        [line] = list_recipients(self.ban.services, self.ban.stage.org.actor, self.ban.id).items
        return line.state

    def message(self) -> MessageView:
        services, actor = self.ban.services, self.ban.stage.org.actor
        told = [each for talk in (self.old, self.new) for each in list_messages(services, actor, talk).items]
        return next(each for each in told if each.id == self.waits)


@pytest.fixture
def claimed(stage: Stage, olivia: Operator) -> Claimed:
    channel = stage.world.channel(stage.org, "telegram", "1000")
    old = stage.hear(stage.customer("Lena Weiss", "telegram", "700001"), "Where is my tent?")
    waits = submit(stage.services, olivia.actor, old, Reply("It leaves our house today."))
    ban = Ban(stage, channel)
    ban.recruiting()
    new = stage.hear(stage.customer("L. W.", "telegram", "700999"), "Hello, my code is here")
    known = get_conversation(stage.services, stage.org.actor, old)
    invited = {"way": "email", "invited_at": ago(stage.services, hours=9)}
    claim = {"claimed": True, "claimed_by": ban.identity(new)}
    ban.person(old, known.contact.id, RecipientState.CLAIMED, **invited, **claim)
    return Claimed(ban, old, new, waits.id)


def named(name: str, language: str) -> str:
    return name if language == "en" else f"{name}-{language}"


def at(page: Page, talk: str) -> None:
    page.goto(f"/inbox/{talk}?tab=all")


@LANGUAGES
def test_a_claim_is_confirmed_in_its_thread_and_taken_back_where_that_stands(
    visitors: Visitors, olivia: Operator, claimed: Claimed, language: str
) -> None:
    t = load(language).text
    page = visitors.signed_in(olivia, language=language)
    at(page, claimed.new)
    box = page.locator("#held")
    expect(box).to_contain_text(t("{who} claims to be {name}", {"who": "L. W.", "name": "Lena Weiss"}))
    for each in ("700999", "700001"):
        expect(box).to_contain_text(each)
    expect(box.get_by_role("link", name=t("The old conversation"))).to_have_attribute("href", f"/inbox/{claimed.old}")
    # neither answer is put before the other
    expect(box.locator(".button.primary")).to_have_count(0)
    picture(page, named("claim", language))
    box.get_by_role("button", name=t("It is them")).click()
    expect(box.locator(".held-box")).to_have_count(0)
    assert claimed.stands() is RecipientState.VERIFIED
    undo = page.locator(".activity").get_by_role("button", name=t("Undo the confirmation"))
    picture(page, named("claim-undo", language))
    undo.click()
    expect(undo).to_have_count(0)
    expect(box.locator(".held-box")).to_have_count(1)
    assert claimed.stands() is RecipientState.CLAIMED


def test_a_claim_on_the_page_of_the_ban_names_both_and_leads_to_both_threads(
    visitors: Visitors, olivia: Operator, claimed: Claimed
) -> None:
    page = visitors.signed_in(olivia, size=PHONE)
    page.goto(f"/bans/{claimed.ban.id}")
    box = page.locator("section[aria-labelledby=claims-title]")
    expect(box).to_contain_text("L. W. claims to be Lena Weiss")
    for name, talk in (("Their conversation", claimed.new), ("The old conversation", claimed.old)):
        expect(box.get_by_role("link", name=name)).to_have_attribute("href", f"/inbox/{talk}")
    box.evaluate("element => element.scrollIntoView()")
    picture(page, "ban-claim-phone")
    box.get_by_role("button", name="It is somebody else").click()
    expect(page.get_by_role("status").first).to_contain_text("It is somebody else: their conversation stays by itself.")
    expect(box).to_have_count(0)
    assert claimed.stands() in (RecipientState.INVITED, RecipientState.TO_RECRUIT)


@LANGUAGES
def test_a_held_message_is_sent_by_the_new_sender_at_a_click(
    visitors: Visitors, olivia: Operator, claimed: Claimed, language: str
) -> None:
    t = load(language).text
    page = visitors.signed_in(olivia, language=language)
    at(page, claimed.new)
    page.locator("#held").get_by_role("button", name=t("It is them")).click()
    expect(page.locator("#held .held-box")).to_have_count(0)
    at(page, claimed.old)
    box = page.locator("#held")
    expect(box).to_contain_text("It leaves our house today.")
    picture(page, named("held", language))
    box.get_by_role("button", name=t("Send it now")).click()
    expect(box.locator(".held-box")).to_have_count(0)
    assert claimed.message().status == MessageStatus.QUEUED
    # it went to where they write now
    at(page, claimed.new)
    expect(page.locator(".entry.outbound")).to_contain_text("It leaves our house today.")
    expect(page.locator(".tick.held")).to_have_count(0)


def test_whoever_has_the_old_thread_open_sees_that_a_colleague_has_sent_the_held_message(
    stage: Stage, visitors: Visitors, olivia: Operator, claimed: Claimed
) -> None:
    theirs, mine = visitors.signed_in(stage.operator("Cora Colleague", Role.ADMIN)), visitors.signed_in(olivia)
    at(mine, claimed.new)
    mine.locator("#held").get_by_role("button", name="It is them").click()
    expect(mine.locator("#held .held-box")).to_have_count(0)
    for page in (theirs, mine):
        at(page, claimed.old)
        expect(page.locator("body")).to_have_attribute("data-live", "yes")
    mine.locator("#held").get_by_role("button", name="Send it now").click()
    for page in (mine, theirs):
        expect(page.locator("#held .held-box")).to_have_count(0)


def test_before_they_wrote_a_held_message_is_refused_and_can_be_discarded(
    visitors: Visitors, olivia: Operator, claimed: Claimed
) -> None:
    page = visitors.signed_in(olivia)
    at(page, claimed.old)
    box = page.locator("#held")
    box.get_by_role("button", name="Send it now").click()
    expect(page.get_by_text("somebody claims to be this person").first).to_be_visible()
    assert claimed.message().status == MessageStatus.QUEUED
    box.get_by_role("button", name="Discard it").click()
    expect(box.locator(".held-box")).to_have_count(0)
    assert claimed.message().status == MessageStatus.FAILED
