"""A ban in a real Chromium: admins are told, try what may help, accept an offer, and win the people back."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from hub.conversations.reading import get_conversation
from hub.numbers.cases.reading import get_ban
from hub.numbers.policy import happenings as h
from hub.types import Role
from hub.types.bans import AppealState, BanState, RemedyKind, RemedyState
from hub.types.numbers import RecipientState
from hub.web.language import load
from tests.browser.banned import NEW_NUMBER, Ban
from tests.browser.conftest import PHONE, Visitors, picture
from tests.browser.stage import Operator, Stage, ago

pytestmark = pytest.mark.browser
LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])
NAMES = ("Priya Raman", "Lena Weiss", "Tom Berg", "Sofia Petrova", "Jonas Weber", "Mara Lind", "Paul Adler", "Ida Holm")


@pytest.fixture
def olivia(stage: Stage) -> Operator:
    return stage.operator("Olivia Own", Role.OWNER)


@pytest.fixture
def ban(stage: Stage) -> Ban:
    stage.world.channel(stage.org, "whatsapp", "+4930901820")
    priya = stage.customer("Priya Raman", "whatsapp", "+919800000000")
    stage.hear(priya, "Is the tent back in stock?", at=ago(stage.services, hours=40))
    return Ban(stage, stage.org.channels["whatsapp"])


def people(stage: Stage, ban: Ban) -> list[str]:
    """Put eight people into the ledger, at different places of their way; return the ids of their lines."""
    states: tuple[tuple[RecipientState, dict[str, Any]], ...] = (
        (RecipientState.VERIFIED, {"way": "email", "invited_at": 15, "verified_at": 11}),
        (RecipientState.VERIFIED, {"way": "email", "invited_at": 14, "verified_at": 6}),
        (RecipientState.VERIFIED, {"way": "telegram", "invited_at": 12, "verified_at": 3}),
        (RecipientState.VERIFIED, {"verified_at": 8}),
        (RecipientState.INVITED, {"way": "email", "invited_at": 9}),
        (RecipientState.CLAIMED, {"way": "email", "invited_at": 13}),
        (RecipientState.TO_RECRUIT, {"why": "no_consent"}),
        (RecipientState.OPTED_OUT, {}),
    )
    ids = []
    for number, (name, (state, columns)) in enumerate(zip(NAMES, states, strict=True)):
        who = stage.customer(name, "whatsapp", f"+91980000000{number}")
        talk = stage.hear(who, "Hello", at=ago(stage.services, hours=32))
        view = get_conversation(stage.services, stage.org.actor, talk)
        times = {name: ago(stage.services, hours=value) for name, value in columns.items() if name.endswith("_at")}
        more = {**columns, **times}
        if columns.get("why"):
            more["next_at"] = stage.services.clock() + timedelta(days=1)
        ids.append(ban.person(talk, view.contact.id, state, **more))
    return ids


def fits(page: Page) -> bool:
    fitting = "document.querySelector('.admin').scrollWidth <= document.querySelector('.admin').clientWidth"
    return bool(page.evaluate(fitting)) and bool(
        page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    )


def shot(page: Page, name: str, language: str) -> None:
    page.locator(".admin").evaluate("element => element.scrollTop = 0")
    picture(page, name if language == "en" else f"{name}-{language}")


@LANGUAGES
def test_an_admin_is_told_tries_what_may_help_and_accepts_the_offer(
    stage: Stage, visitors: Visitors, olivia: Operator, ban: Ban, language: str
) -> None:
    t = load(language).text
    page = visitors.signed_in(olivia, language=language)
    banner = page.locator("#banned")
    expect(banner).to_contain_text(ban.channel_name)
    picture(page, "ban-told" if language == "en" else "ban-told-de")
    ban.offered()
    banner.get_by_role("link").click()
    expect(page).to_have_url(re.compile(f"/bans/{ban.id}"))
    expect(page.locator(".case-lead")).to_contain_text(
        t("Nothing goes out over it; what was queued waits and is not lost.")
    )
    shot(page, "ban", language)

    register = page.locator("#remedy-register_again")
    register.get_by_role("button", name=t("Begin")).click()
    expect(page.get_by_role("status").first).to_contain_text(t("It is noted that this is being tried."))
    register.get_by_text(t("It is done")).click()
    register.get_by_label(t("What came of it")).fill("Refused again")
    register.get_by_role("button", name=t("It did not help")).click()
    expect(register).to_contain_text("Refused again")
    [tried] = [each for each in get_ban(stage.services, olivia.actor, ban.id).remedies if each.result]
    assert (tried.kind, tried.state) == (RemedyKind.REGISTER_AGAIN, RemedyState.FAILED)

    accept = page.locator("#accept")
    accept.get_by_label(t("Why do you think it came to this?")).fill("Too many reminders")
    accept.get_by_role("radio").nth(1).check()
    accept.get_by_role("button", name=t("Accept the offer")).click()
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(accept.get_by_label(t("Why do you think it came to this?"))).to_have_value("Too many reminders")
    accept.get_by_label(t("Why no appeal")).fill("It was our fault")
    accept.get_by_role("button", name=t("Accept the offer")).click()
    expect(page.locator(".chip").first).to_have_text(t("Accepted"))
    found = get_ban(stage.services, olivia.actor, ban.id)
    assert (found.state, found.cause) == (BanState.ACCEPTED, "Too many reminders")
    assert (found.appeal.state, found.appeal.reason) == (AppealState.WAIVED, "It was our fault")


def test_an_offer_is_declined_and_the_case_closed_with_a_reason(
    stage: Stage, visitors: Visitors, olivia: Operator, ban: Ban
) -> None:
    ban.offered()
    page = visitors.signed_in(olivia)
    page.goto(f"/bans/{ban.id}")
    page.locator("#decline summary").click()
    page.locator("#decline").get_by_role("button", name="Decline the offer").click()
    expect(page.locator(".chip").first).to_have_text("Declined")
    page.locator("#remedy-replace").get_by_role("button", name="Ask for a replacement").click()
    expect(page.get_by_role("status").first).to_contain_text("The hub looks for a replacement.")
    page.locator("#close-title").click()
    page.get_by_label("Why it is closed").fill("We use mail from now on")
    page.locator("#close").get_by_role("button", name="Close the case").click()
    expect(page.locator(".timeline li").first).to_contain_text("We use mail from now on")
    assert get_ban(stage.services, olivia.actor, ban.id).state is BanState.CLOSED
    page.goto("/inbox")
    expect(page.locator("#banned")).to_be_hidden()


@LANGUAGES
def test_the_way_of_the_people_is_shown_as_bar_plot_and_table_and_can_be_stopped(
    stage: Stage, visitors: Visitors, olivia: Operator, ban: Ban, language: str
) -> None:
    language_ = load(language)
    t = language_.text
    ban.recruiting()
    people(stage, ban)
    page = visitors.signed_in(olivia, language=language)
    page.goto(f"/bans/{ban.id}")
    done = t("{done} of {all} have written to the new sender", {"done": "4", "all": "7"})
    expect(page.get_by_text(done)).to_be_visible()
    expect(page.locator(".bar rect")).to_have_count(4)
    expect(page.locator(".plot path")).to_have_count(6)
    # bar, plot and table say the same: four verified (by themselves, by two ways), each of the others once
    expect(page.locator("#progress-title").locator("xpath=../..").locator(".bar + .keys b")).to_have_text(list("4111"))
    expect(page.locator("figcaption .keys b")).to_have_text(list("111121"))
    expect(page.get_by_text(t("Not counted here:"))).to_contain_text(t("people|Do not want to be written to"))
    page.get_by_text(t("The same as a table")).click()
    expect(page.locator("#plot-table tbody tr").last.locator("td")).to_have_text(list("111121"))
    for row in page.locator("#plot-table tbody tr").all():
        assert sum(int(each) for each in row.locator("td").all_inner_texts()) == 7
    page.get_by_text(t("The same as a table")).click()
    expect(page.locator(".takes")).to_contain_text(t("They have not agreed to be invited."))
    page.locator("#progress-title").scroll_into_view_if_needed()
    page.locator("#progress-title").evaluate("element => element.scrollIntoView()")
    picture(page, "ban-progress" if language == "en" else "ban-progress-de")
    page.get_by_role("button", name=t("Stop the invitations")).click()
    expect(page.get_by_text(t("No invitation goes out now."))).to_be_visible()
    page.get_by_role("button", name=t("Let the invitations go out")).click()
    expect(page.get_by_role("button", name=t("Stop the invitations"))).to_be_visible()
    first = page.locator(".sort-list li").first.inner_text()
    page.locator(".sort-list li").first.locator(".down").click()
    expect(page.locator(".sort-list li").nth(1)).to_contain_text(first.split("\n")[-1])
    assert get_ban(stage.services, olivia.actor, ban.id).invitation_order[1] == "email"


@pytest.mark.parametrize("language", ["en"])
def test_what_is_published_can_be_copied_and_shown_as_a_picture(
    visitors: Visitors, olivia: Operator, ban: Ban, stage: Stage, language: str
) -> None:
    ban.recruiting()
    people(stage, ban)
    page = visitors.signed_in(olivia, language=language)
    page.goto(f"/bans/{ban.id}")
    code = page.locator(".qr")
    assert code.evaluate("image => image.complete && image.naturalWidth > 0")
    expect(page.locator("#link")).to_contain_text(f"wa.me/{NEW_NUMBER[1:]}")
    page.locator("[data-copy=link]").click()
    expect(page.locator("[data-copy=link]")).to_contain_text("Copied")
    page.locator("#published-title").evaluate("element => element.scrollIntoView()")
    picture(page, "ban-published")
    assert page.request.get(f"/bans/{ban.id}/code.png").body()[:4] == b"\x89PNG"


def test_on_a_phone_the_case_fits_and_works_by_the_keyboard(
    stage: Stage, visitors: Visitors, olivia: Operator, ban: Ban
) -> None:
    ban.recruiting()
    people(stage, ban)
    page = visitors.signed_in(olivia, size=PHONE, dark=True)
    page.goto("/bans")
    assert fits(page)
    page.locator(".linked-rows a").focus()
    page.keyboard.press("Enter")
    # the channel works again: nothing red is left, and the number it goes on over is named first
    expect(page.locator(".case-lead.good")).to_contain_text(NEW_NUMBER)
    expect(page.locator(".admin-head .lead")).to_contain_text(NEW_NUMBER)
    assert fits(page)
    picture(page, "ban-phone-dark")
    summary = page.get_by_text("The same as a table")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#plot-table tbody")).to_be_visible()
    page.locator("#progress-title").evaluate("element => element.scrollIntoView()")
    assert fits(page)
    picture(page, "ban-progress-phone-dark")
    # the stream tells of a change, and what the reader opened stays open
    ban.happens(h.Closed("enough"))
    stage.services.queue.notify(stage.org.id)
    expect(page.locator(".chip").first).to_have_text("Closed")
    expect(page.locator("#plot-table tbody")).to_be_visible()


@LANGUAGES
def test_the_customer_chooses_which_sender_stays(
    stage: Stage, visitors: Visitors, olivia: Operator, ban: Ban, language: str
) -> None:
    t = load(language).text
    ban.recruiting()
    ban.happens(h.Reinstated("the provider shows it online again"))
    page = visitors.signed_in(olivia, language=language)
    page.goto(f"/bans/{ban.id}")
    expect(page.get_by_role("heading", name=t("Which sender stays?"))).to_be_visible()
    shot(page, "ban-stays", language)
    page.get_by_role("button", name=t("The new one stays")).click()
    expect(page.locator(".chip").first).to_have_text(t("Winning people back"))


def test_an_operator_sees_the_case_and_cannot_decide_it(stage: Stage, visitors: Visitors, ban: Ban) -> None:
    ban.offered()
    page = visitors.signed_in(stage.operator("Ben Okafor"))
    expect(page.locator("#banned")).to_have_count(0)
    page.goto(f"/bans/{ban.id}")
    expect(page.locator(".case-lead")).to_be_visible()
    expect(page.locator("main form")).to_have_count(0)
