"""What a dialog beside the composer asks for and sends by itself, in both languages, in a real Chromium."""

import re

import pytest
from playwright.sync_api import expect

from hub.contacts import merge
from hub.conversations.reading import get_conversation
from hub.notifying.reading import list_notifications
from hub.web.language import load
from tests.browser.composing import LANGUAGES, Open, anna, opened, said, talk
from tests.browser.conftest import picture
from tests.browser.stage import Stage, ago

__all__ = ["anna", "opened", "talk"]

pytestmark = pytest.mark.browser


@pytest.fixture
def provider_urls() -> dict[str, str]:
    """Mails of the hub's own are on: their relay is never reached here."""
    return {
        "mail_primary_url": "smtp://127.0.0.1:9?tls=off",
        "mail_from": "hub@nordlicht.example",
        "mail_reply_domain": "reply.nordlicht.example",
    }


@LANGUAGES
def test_with_a_closed_window_a_person_with_a_mailbox_is_answered_by_mail(
    stage: Stage, opened: Open, language: str
) -> None:
    t = load(language).text
    priya = stage.customer("Priya Raman", "whatsapp", "+919800000001")
    talk = stage.hear(priya, "Hello?", at=ago(stage.services, hours=30))
    letter = stage.hear(stage.customer("Priya Raman", "email", "priya@mail.example"), "It is me, by mail")
    of_talk, of_letter = (get_conversation(stage.services, stage.org.actor, each) for each in (talk, letter))
    page = opened(talk, language)
    way = page.locator(".banner").get_by_role("button", name=t("Answer by mail"))
    expect(page.locator(".banner")).to_be_visible()
    expect(way).to_have_count(0)
    merge(stage.services, stage.org.actor, of_talk.contact.id, of_letter.contact.id)
    page.reload()
    picture(page, "window-closed-mail" if language == "en" else "window-closed-mail-de")
    way.click()
    dialog = page.get_by_role("dialog", name=t("Answer by mail"))
    dialog.get_by_label(t("Message")).fill("Your tent is here.")
    picture(page, "by-mail" if language == "en" else "by-mail-de")
    dialog.get_by_role("button", name=t("Send")).click()
    expect(page.locator(".entry.outbound")).to_contain_text("Your tent is here.")
    expect(dialog).to_be_hidden()
    [mail] = list_notifications(stage.services, stage.org.actor, talk)
    assert (mail.trigger, mail.to) == ("by_mail", "customer")


@LANGUAGES
def test_a_place_and_a_contact_card_are_sent_where_the_channel_has_them(
    stage: Stage, opened: Open, talk: str, language: str
) -> None:
    t = load(language).text
    page = opened(talk, language)
    page.get_by_label(t("Send something else")).click()
    page.get_by_role("button", name=t("Location"), exact=True).click()
    dialog = page.get_by_role("dialog", name=t("Send a location"))
    dialog.get_by_label(t("Coordinates")).fill("here")
    dialog.get_by_role("button", name=t("Send")).click()
    expect(dialog.locator(":invalid").first).to_be_visible()
    dialog.get_by_label(t("Coordinates")).fill("53.55034, 9.99246")
    dialog.get_by_label(t("Name of the place")).fill("Our shop")
    dialog.get_by_label(t("Address")).fill("Rathausmarkt 1")
    picture(page, "send-location" if language == "en" else "send-location-de")
    dialog.get_by_role("button", name=t("Send")).click()
    expect(page.locator(".entry.outbound .thing")).to_contain_text("Our shop")
    page.get_by_label(t("Send something else")).click()
    picture(page, "send-more" if language == "en" else "send-more-de")
    page.get_by_role("button", name=t("Contact card")).click()
    dialog = page.get_by_role("dialog", name=t("Send a contact card"))
    dialog.get_by_label(t("Name")).fill("Ben Okafor")
    dialog.get_by_label(t("Telephone")).fill("+49 40 123456")
    dialog.get_by_role("button", name=t("Send")).click()
    expect(page.locator(".entry.outbound .thing")).to_have_count(2)
    expect(dialog).to_be_hidden()
    place, card = (each for message in said(stage, talk) for each in message.parts)
    assert (place["latitude"], place["longitude"], place["name"]) == (53.55034, 9.99246, "Our shop")
    assert (card["name"], list(card["phones"])) == ("Ben Okafor", ["+49 40 123456"])


def test_a_refused_card_says_why_in_the_dialog_and_keeps_what_was_written(
    stage: Stage, opened: Open, talk: str
) -> None:
    page = opened(talk, "en")
    page.get_by_label("Send something else").click()
    page.get_by_role("button", name="Contact card").click()
    dialog = page.get_by_role("dialog", name="Send a contact card")
    dialog.get_by_label("Name").fill("Ben Okafor")
    dialog.get_by_label("Telephone").fill("+49 40 123456")
    page.route(re.compile("/messages$"), lambda route: route.fulfill(status=409, json={"detail": "not now"}))
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("alert")).to_have_text("Not now")
    expect(dialog.get_by_label("Telephone")).to_have_value("+49 40 123456")
    page.unroute(re.compile("/messages$"))
    dialog.get_by_role("button", name="Send").click()
    expect(dialog).to_be_hidden()
    assert len(said(stage, talk)) == 1


def test_a_channel_without_places_and_cards_and_a_note_offer_neither(stage: Stage, opened: Open, talk: str) -> None:
    page = opened(talk, "en")
    expect(page.locator("#more")).to_be_visible()
    page.locator("#composer .modes [value=note]").check(force=True)
    expect(page.locator("#more")).to_be_hidden()
    texting = stage.hear(stage.customer("+49 151 1", "sms", "+491511"), "Hello")
    page.goto(f"/inbox/{texting}?tab=all")
    expect(page.locator("#composer")).to_be_visible()
    expect(page.locator("#more")).to_have_count(0)
