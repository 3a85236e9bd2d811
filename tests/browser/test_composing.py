"""What an operator puts together in the composer, in both languages, in a real Chromium."""

import re

import pytest
from playwright.sync_api import Page, expect

from hub.conversations.reading import list_messages
from hub.db import templates
from hub.types import TemplateView
from hub.web.language import load
from tests.browser.composing import LANGUAGES, Open, anna, opened, said, talk
from tests.browser.conftest import PHONE, Visitors, picture
from tests.browser.media import PDF, png
from tests.browser.stage import Operator, Stage, ago

__all__ = ["anna", "opened", "talk"]

pytestmark = pytest.mark.browser
PICTURE = {"name": "tent.png", "mimeType": "image/png", "buffer": png(240, 180)}
OFFER = {"name": "offer.pdf", "mimeType": "application/pdf", "buffer": PDF}
GIVE = """([selector, kind, name, type, octets]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(octets)], name, { type }));
  const target = document.querySelector(selector);
  const init = { bubbles: true, cancelable: true };
  if (kind === "paste") target.dispatchEvent(new ClipboardEvent("paste", { ...init, clipboardData: data }));
  else for (const each of ["dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(each, { ...init, dataTransfer: data }));
  }
}"""


def give(page: Page, selector: str, kind: str, name: str, octets: bytes) -> None:
    page.evaluate(GIVE, [selector, kind, name, "image/png", list(octets)])


@LANGUAGES
def test_files_are_attached_by_button_by_paste_and_by_drop_and_go_out_together(
    stage: Stage, opened: Open, talk: str, language: str
) -> None:
    t = load(language).text
    page = opened(talk, language)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=t("Attach files")).click()
    chooser.value.set_files([PICTURE, OFFER])
    give(page, "#text", "paste", "pasted.png", png(120, 120, True))
    give(page, "#messages", "drop", "dropped.png", png(120, 120))
    expect(page.locator("#tray .ready")).to_have_count(4)
    expect(page.locator("#tray canvas")).to_have_count(3)
    page.get_by_role("button", name=t("Remove {name}", {"name": "pasted.png"})).click()
    expect(page.locator("#tray .ready")).to_have_count(3)
    page.locator("#text").fill("Here it is")
    picture(page, "attach" if language == "en" else "attach-de")
    page.get_by_role("button", name=t("Send")).click()
    expect(page.locator("#tray li")).to_have_count(0)
    expect(page.locator("#messages")).to_contain_text("offer.pdf")
    expect(page.locator("#messages .picture")).to_have_count(2)
    names = {part["name"] for each in said(stage, talk) for part in each.parts if part["type"] in {"image", "file"}}
    assert names == {"tent.png", "offer.pdf", "dropped.png"}


@LANGUAGES
def test_what_the_channel_does_not_take_is_refused_in_words_and_never_sent(
    stage: Stage, opened: Open, anna: Operator, language: str
) -> None:
    t = load(language).text
    talk = stage.hear(stage.customer("Priya Raman", "facebook", "900001"), "Hi")
    page = opened(talk, language)
    page.locator("#files").set_input_files([{"name": "empty.txt", "mimeType": "text/plain", "buffer": b""}])
    refused = page.locator("#tray .refused")
    expect(refused).to_contain_text(t("The file is empty."))
    expect(page.get_by_role("button", name=t("Send"))).to_be_disabled()
    refused.get_by_role("button").click()
    expect(page.get_by_role("button", name=t("Send"))).to_be_enabled()
    page.locator("#composer").evaluate(
        "form => { const rules = JSON.parse(form.dataset.rules);"
        " for (const kind of Object.values(rules.media)) kind.most = 10; form.dataset.rules = JSON.stringify(rules); }"
    )
    page.locator("#files").set_input_files([PICTURE])
    expect(refused).to_contain_text(re.compile("at most 10 B|höchstens 10 B"))
    assert said(stage, talk) == []


@LANGUAGES
def test_answers_to_choose_from_go_out_within_the_channels_limits(
    stage: Stage, opened: Open, talk: str, language: str
) -> None:
    t = load(language).text
    page = opened(talk, language)
    page.get_by_role("button", name=t("Offer answers")).click()
    page.get_by_role("textbox", name=t("Answer {n}", {"n": 1}), exact=True).fill("Morning")
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name=t("Answer {n}", {"n": 2}), exact=True).fill("Evening")
    limit = next(each for each in stage.services.adapters.values() if each.kind == "telegram").capabilities.buttons
    assert limit is not None
    expect(page.locator("#choices input").first).to_have_attribute("maxlength", str(limit.label_limit))
    page.locator("#text").fill("When shall we call you?")
    picture(page, "quick-replies" if language == "en" else "quick-replies-de")
    page.get_by_role("button", name=t("Send")).click()
    expect(page.locator(".offered li")).to_have_text(["Morning", "Evening"])
    expect(page.locator("#choices")).to_be_hidden()
    [answer] = said(stage, talk)
    [buttons] = [part for part in answer.parts if part["type"] == "buttons"]
    assert [each["label"] for each in buttons["options"]] == ["Morning", "Evening"]


@LANGUAGES
def test_with_a_closed_window_a_template_is_filled_in_and_sent(stage: Stage, opened: Open, language: str) -> None:
    t = load(language).text
    priya = stage.customer("Priya Raman", "whatsapp", "+919800000001")
    talk = stage.hear(priya, "Hello?", at=ago(stage.services, hours=30))
    text = "Hello {{1}}, your order {{2}} is ready. See you soon!"
    with stage.services.db.transaction(stage.org.id) as tx:
        found = [
            TemplateView("HX1", "order_ready", "en", text, ("1", "2"), "utility", "approved"),
            TemplateView("HX2", "welcome", "en", "Welcome!", (), "marketing", "approved"),
            TemplateView("HX3", "not_yet", "en", "No", (), "marketing", "pending"),
        ]
        templates.replace(tx, priya.channel.sender_id, found, stage.services.clock())
    page = opened(talk, language)
    expect(page.locator(".banner")).to_contain_text(t("The reply window is closed"))
    expect(page.locator(".banner li")).not_to_have_count(0)
    expect(page.get_by_role("button", name=t("Send"), exact=True)).to_be_disabled()
    picture(page, "window-closed" if language == "en" else "window-closed-de")
    page.locator(".banner").get_by_role("button", name=t("Use a template")).click()
    dialog = page.locator("#templates")
    expect(dialog.locator(".template-list li")).to_have_count(2)
    dialog.get_by_role("button", name="order_ready").click()
    send = dialog.get_by_role("button", name=t("Send template"))
    expect(send).to_be_disabled()
    dialog.get_by_label(t("Value for {name}", {"name": "1"})).fill("Priya")
    dialog.get_by_label(t("Value for {name}", {"name": "2"})).fill("21034")
    expect(dialog.locator("[data-preview]")).to_have_text("Hello Priya, your order 21034 is ready. See you soon!")
    picture(page, "templates" if language == "en" else "templates-de")
    send.click()
    expect(page.locator(".entry.outbound")).to_contain_text("Hello Priya, your order 21034 is ready.")
    expect(dialog).to_be_hidden()
    expect(page.locator(".entry.outbound .aside")).to_contain_text("order_ready")


@LANGUAGES
def test_after_the_window_a_person_may_answer_with_the_platforms_tag(stage: Stage, opened: Open, language: str) -> None:
    t = load(language).text
    sofia = stage.customer("Sofia Petrova", "facebook", "900002")
    talk = stage.hear(sofia, "Hello?", at=ago(stage.services, hours=30))
    page = opened(talk, language)
    expect(page.locator(".banner.late")).to_contain_text(t("Only a person may answer now"))
    page.locator("#text").fill("Sorry for the wait!")
    expect(page.get_by_role("button", name=t("Send"))).to_be_enabled()
    picture(page, "window-late" if language == "en" else "window-late-de")
    page.get_by_role("button", name=t("Send")).click()
    expect(page.locator(".entry.outbound")).to_contain_text("Sorry for the wait!")


def test_one_message_is_answered_and_the_answer_quotes_it(stage: Stage, opened: Open, talk: str) -> None:
    page = opened(talk, "en")
    entry = page.locator(".entry.inbound")
    entry.hover()
    entry.get_by_label("What to do with this message").click()
    entry.get_by_role("button", name="Answer this message").click()
    expect(page.locator("#about-what")).to_contain_text("Answer to: Can you send me the offer?")
    page.locator("#text").fill("Of course")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".entry.outbound a.quoted")).to_contain_text("Can you send me the offer?")
    expect(page.locator("#about-what")).to_be_hidden()
    [answer] = said(stage, talk)
    assert answer.reply_to is not None


def test_reacting_editing_and_taking_back_ask_the_api(stage: Stage, opened: Open, talk: str, anna: Operator) -> None:
    page = opened(talk, "en")
    asked: list[tuple[str, str, str | None]] = []

    def answer(route) -> None:  # type: ignore[no-untyped-def]
        asked.append((route.request.method, route.request.url.rsplit("/messages/", 1)[-1], route.request.post_data))
        route.fulfill(status=200, json={})

    page.route(re.compile(r"/api/v1/messages/"), answer)
    entry = page.locator(".entry.inbound")
    entry.hover()
    entry.get_by_label("What to do with this message").click()
    with page.expect_response(re.compile(r"/api/v1/messages/")):
        entry.get_by_role("button", name="React with 👍").click()
    message = list_messages(stage.services, anna.actor, talk).items[0]
    expect(entry.locator(".entry-menu[open]")).to_have_count(0)
    assert asked == [("POST", f"{message.id}/react", '{"emoji":"👍"}')]


def test_a_phone_has_room_for_everything_in_the_composer(
    stage: Stage, visitors: Visitors, anna: Operator, talk: str
) -> None:
    page = visitors.signed_in(anna, PHONE, dark=True, language="de")
    page.goto(f"/inbox/{talk}?tab=all")
    page.locator("#files").set_input_files([PICTURE, OFFER])
    expect(page.locator("#tray .ready")).to_have_count(2)
    page.locator("#offer").click()
    page.locator("#choices input").fill("Ja, bitte")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    expect(page.locator("#send")).to_be_in_viewport()
    picture(page, "composer-phone-dark")
