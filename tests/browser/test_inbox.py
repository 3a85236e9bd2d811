"""The inbox in a real Chromium."""

import re

import pytest
from playwright.sync_api import Page, expect

from hub.conversations.reading import get_conversation, list_messages
from hub.routing.assignment import Assignment, assign
from hub.types import MessageStatus, Presence
from tests.browser.conftest import Server, Visitors
from tests.browser.stage import Operator, Stage, ago

pytestmark = pytest.mark.browser


@pytest.fixture
def anna(stage: Stage) -> Operator:
    return stage.operator("Anna Brandt", presence=Presence.ONLINE)


def open_talk(page: Page, name: str) -> None:
    page.get_by_role("radio", name="All").check()
    page.locator(".card", has_text=name).click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def test_a_wrong_password_is_refused_and_the_right_one_leads_to_the_page_asked_for(
    stage: Stage, visitors: Visitors, anna: Operator
) -> None:
    talk = stage.hear(stage.customer("Lena Fischer", "telegram", "7001"), "Hello?")
    page = visitors.page()
    page.goto(f"/inbox/{talk}")
    expect(page).to_have_url(re.compile(r"/login\?next="))
    page.get_by_label("E-mail address").fill(anna.email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    expect(page.get_by_label("E-mail address")).to_have_value(anna.email)
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(f"/inbox/{talk}"))
    expect(page.locator("#messages")).to_contain_text("Hello?")


def test_messages_arrive_live_in_the_list_and_in_the_open_thread(
    stage: Stage, visitors: Visitors, anna: Operator
) -> None:
    page = visitors.signed_in(anna)
    expect(page.locator("#list")).to_contain_text("No conversation yet")
    lena = stage.customer("Lena Fischer", "telegram", "7001")
    stage.hear(lena, "Is anybody there?")
    expect(page.locator(".card", has_text="Lena Fischer")).to_contain_text("Is anybody there?")
    expect(page).to_have_title(re.compile(r"^\(1\)"))
    page.locator(".card", has_text="Lena Fischer").click()
    expect(page.locator("#messages")).to_contain_text("Is anybody there?")
    expect(page.locator(".badge")).to_have_count(0)
    stage.hear(lena, "I can wait.")
    expect(page.locator("#messages")).to_contain_text("I can wait.")
    expect(page).to_have_title(re.compile("^Inbox"))
    # whoever wrote last stands first
    stage.hear(stage.customer("Tom Berg", "telegram", "7002"), "Me too!")
    expect(page.locator(".card").first).to_contain_text("Tom Berg")
    stage.hear(lena, "Still here")
    expect(page.locator(".card").first).to_contain_text("Lena Fischer")


def test_an_answer_by_keyboard_appears_with_its_ticks_and_leaves_the_composer_empty(
    stage: Stage, visitors: Visitors, anna: Operator
) -> None:
    talk = stage.hear(stage.customer("Lena Fischer", "telegram", "7001"), "Hello?")
    page = visitors.signed_in(anna)
    open_talk(page, "Lena Fischer")
    page.get_by_role("textbox", name="Message").fill("Good morning!")
    page.keyboard.press("Control+Enter")
    answer = page.locator(".entry.outbound", has_text="Good morning!")
    expect(answer.locator(".tick")).to_have_text("Waiting to be sent")
    expect(page.get_by_role("textbox", name="Message")).to_have_value("")
    said = list_messages(stage.services, anna.actor, talk, newest=True).items
    [message] = [each for each in said if each.direction == "outbound"]
    for status in (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ):
        stage.outcome(message.id, talk, status)
        expect(answer.locator(".tick")).to_have_text(status.capitalize())


def test_a_note_looks_different_and_is_no_answer(stage: Stage, visitors: Visitors, anna: Operator) -> None:
    talk = stage.hear(stage.customer("Lena Fischer", "telegram", "7001"), "Hello?")
    page = visitors.signed_in(anna)
    open_talk(page, "Lena Fischer")
    page.get_by_role("radio", name="Note").check()
    page.get_by_role("textbox", name="Message").fill("She called yesterday")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".entry.note")).to_contain_text("Note, never sent")
    directions = [each.direction for each in list_messages(stage.services, anna.actor, talk, newest=True).items]
    assert "note" in directions
    assert "outbound" not in directions


def test_a_failed_answer_shows_its_reason_and_can_be_retried(stage: Stage, visitors: Visitors, anna: Operator) -> None:
    talk = stage.hear(stage.customer("Lena Fischer", "telegram", "7001"), "Hello?")
    page = visitors.signed_in(anna)
    open_talk(page, "Lena Fischer")
    page.get_by_role("textbox", name="Message").fill("Good morning!")
    page.get_by_role("button", name="Send").click()
    answer = page.locator(".entry.outbound")
    expect(answer).to_have_count(1)
    said = list_messages(stage.services, anna.actor, talk, newest=True).items
    [message] = [each for each in said if each.direction == "outbound"]
    stage.outcome(message.id, talk, MessageStatus.FAILED, "The bot was blocked by the person.")
    expect(answer.locator(".trouble")).to_contain_text("The bot was blocked by the person.")
    answer.get_by_role("button", name="Retry").click()
    expect(answer.locator(".tick")).to_have_text("Waiting to be sent")
    expect(answer.locator(".trouble")).to_have_count(0)


def test_close_reopen_and_assign_to_me(stage: Stage, visitors: Visitors, anna: Operator) -> None:
    stage.hear(stage.customer("Lena Fischer", "telegram", "7001"), "Hello?")
    page = visitors.signed_in(anna)
    open_talk(page, "Lena Fischer")
    page.get_by_role("button", name="Assign to me").click()
    expect(page.locator("#details")).to_contain_text("You")
    expect(page.locator("#count-mine")).to_have_text("1")
    expect(page.locator("#count-unassigned")).to_have_text("0")
    expect(page.locator(".activity").last).to_contain_text("Assigned to Anna Brandt")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    expect(page.locator(".card")).to_have_count(0)
    page.get_by_role("combobox", name="Status").select_option("closed")
    expect(page.locator(".card", has_text="Lena Fischer")).to_contain_text("Closed")
    page.get_by_role("button", name="Reopen").click()
    expect(page.get_by_role("button", name="Close")).to_be_visible()


def test_unread_is_each_operators_own(stage: Stage, visitors: Visitors, anna: Operator) -> None:
    ben = stage.operator("Ben Okafor", presence=Presence.ONLINE)
    stage.hear(stage.customer("Lena Fischer", "telegram", "7001"), "Hello?")
    annas, bens = visitors.signed_in(anna), visitors.signed_in(ben)
    expect(annas.locator(".badge")).to_contain_text("1")
    expect(bens.locator(".badge")).to_contain_text("1")
    open_talk(annas, "Lena Fischer")
    expect(annas.locator(".divider")).to_have_text("New messages")
    expect(annas.locator(".badge")).to_have_count(0)
    expect(bens.locator(".badge")).to_contain_text("1")


def test_a_draft_is_kept_for_its_conversation(stage: Stage, visitors: Visitors, anna: Operator) -> None:
    stage.hear(stage.customer("Lena Fischer", "telegram", "7001"), "Hello?")
    stage.hear(stage.customer("Tom Berg", "telegram", "7002"), "Hi!")
    page = visitors.signed_in(anna)
    open_talk(page, "Lena Fischer")
    page.get_by_role("textbox", name="Message").fill("Half a sentence")
    page.locator(".card", has_text="Tom Berg").click()
    expect(page.get_by_role("heading", name="Tom Berg")).to_be_visible()
    expect(page.get_by_role("textbox", name="Message")).to_have_value("")
    page.locator(".card", has_text="Lena Fischer").click()
    expect(page.get_by_role("textbox", name="Message")).to_have_value("Half a sentence")
    page.reload()
    expect(page.get_by_role("textbox", name="Message")).to_have_value("Half a sentence")


def test_a_closed_window_says_what_may_be_done_and_allows_notes_only(
    stage: Stage, visitors: Visitors, anna: Operator
) -> None:
    priya = stage.customer("Priya Raman", "whatsapp", "+919800000001")
    stage.hear(priya, "Hello?", at=ago(stage.services, hours=30))
    page = visitors.signed_in(anna)
    open_talk(page, "Priya Raman")
    expect(page.locator(".banner")).to_contain_text("The reply window is closed")
    expect(page.locator(".banner li")).not_to_have_count(0)
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    page.get_by_role("radio", name="Note").check()
    expect(page.get_by_role("button", name="Add note")).to_be_enabled()
    # they write again: the window opens under the reader's eyes
    stage.hear(priya, "Anybody?")
    expect(page.locator(".banner")).to_have_count(0)


def test_a_text_over_the_channels_limit_goes_out_in_pieces_where_the_channel_allows_it(
    stage: Stage, visitors: Visitors, anna: Operator
) -> None:
    talk = stage.hear(stage.customer("Lena Fischer", "telegram", "7001"), "Hello?")
    kind = get_conversation(stage.services, anna.actor, talk).channel.kind
    rules = stage.services.adapters[kind].capabilities
    assert rules.splits_text
    page = visitors.signed_in(anna)
    open_talk(page, "Lena Fischer")
    page.get_by_role("textbox", name="Message").fill("x" * (rules.text_limit + 1))
    expect(page.locator("#counter")).to_have_text(f"{rules.text_limit + 1} characters, sent as 2 messages")
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
    # a channel that does not split refuses it before anything is sent
    page.locator("#composer").evaluate(
        "form => { form.dataset.rules = JSON.stringify({ ...JSON.parse(form.dataset.rules), splits: false }); }"
    )
    page.get_by_role("textbox", name="Message").press("End")
    page.keyboard.type("y")
    expect(page.locator("#counter")).to_have_text(f"{rules.text_limit + 2} of {rules.text_limit} characters")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()


def test_after_a_lost_connection_the_inbox_catches_up(
    stage: Stage, visitors: Visitors, anna: Operator, server: Server
) -> None:
    lena = stage.customer("Lena Fischer", "telegram", "7001")
    stage.hear(lena, "Hello?")
    page = visitors.signed_in(anna)
    open_talk(page, "Lena Fischer")
    server.stop()
    expect(page.locator("#lost")).to_contain_text("connection to the hub is lost")
    stage.hear(lena, "Said while you were away")
    server.start()
    expect(page.locator("#messages")).to_contain_text("Said while you were away", timeout=20_000)
    expect(page.locator("#lost")).to_be_hidden()


def test_the_presence_switch_shows_at_once(stage: Stage, visitors: Visitors, anna: Operator) -> None:
    page = visitors.signed_in(anna)
    page.get_by_label(re.compile("your account")).click()
    expect(page.locator(".slots")).to_contain_text("0 of 10 slots in use")
    page.get_by_role("radio", name="Away").check()
    expect(page.locator("#my-dot")).to_have_class(re.compile("away"))


def test_two_quick_clicks_on_send_send_once(stage: Stage, visitors: Visitors, anna: Operator) -> None:
    talk = stage.hear(stage.customer("Lena Fischer", "telegram", "7001"), "Hello?")
    page = visitors.signed_in(anna)
    open_talk(page, "Lena Fischer")
    page.get_by_role("textbox", name="Message").fill("Only once")
    page.get_by_role("button", name="Send").dblclick()
    expect(page.locator(".entry.outbound")).to_have_count(1)
    page.wait_for_load_state("networkidle")
    texts = [each.text for each in list_messages(stage.services, anna.actor, talk, newest=True).items]
    assert texts.count("Only once") == 1


def test_scrolling_down_the_list_loads_more(stage: Stage, visitors: Visitors, anna: Operator) -> None:
    for number in range(60):
        stage.hear(stage.customer(f"Customer {number}", "telegram", f"80{number}"), "Hi")
    page = visitors.signed_in(anna)
    page.get_by_role("radio", name="All").check()
    expect(page.locator(".card").first).to_contain_text("Customer 59")
    page.locator("#list").evaluate("list => list.scrollTop = list.scrollHeight")
    expect(page.locator(".card")).to_have_count(60)
    # a refresh keeps what was loaded, and what it loaded can be opened
    stage.hear(stage.customer("Somebody new", "telegram", "9000"), "Hi")
    expect(page.locator(".card")).to_have_count(61)
    page.locator(".card", has_text="Customer 0").last.click()
    expect(page.get_by_role("heading", name="Customer 0")).to_be_visible()


def test_a_session_that_ended_elsewhere_leads_to_sign_in(stage: Stage, visitors: Visitors, anna: Operator) -> None:
    page = visitors.signed_in(anna)
    other = page.context.new_page()
    other.goto("/inbox")
    other.get_by_label(re.compile("your account")).click()
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("status")).to_contain_text("signed out")
    page.get_by_role("radio", name="Mine").click()
    expect(page).to_have_url(re.compile(r"/login\?next=/inbox"))


def test_taking_what_a_colleague_has_just_taken_is_refused_with_the_reason(
    stage: Stage, visitors: Visitors, anna: Operator
) -> None:
    ben = stage.operator("Ben Okafor")
    talk = stage.hear(stage.customer("Lena Fischer", "telegram", "7001"), "Hello?")
    page = visitors.signed_in(anna)
    open_talk(page, "Lena Fischer")
    assign(stage.services, ben.actor, talk, Assignment(take=True))
    page.locator("#take").evaluate("button => { button.form.elements.to.value = 'take'; button.click(); }")
    expect(page.locator("#toast")).to_contain_text("Somebody has this conversation already")
    # the page refreshes itself meanwhile: the reason is still to be read
    stage.hear(stage.customer("Lena Fischer", "telegram", "7001"), "Are you there?")
    expect(page.locator("#messages")).to_contain_text("Are you there?")
    expect(page.locator("#toast")).to_contain_text("Somebody has this conversation already")
