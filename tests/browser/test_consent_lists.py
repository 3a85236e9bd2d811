"""A list of consents in a real Chromium: fetched for a ban, pasted or from a file, with good lines and bad ones."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hub import contacts
from hub.conversations.reading import get_conversation
from hub.numbers.consents import list_consents
from hub.types import Role
from hub.types.numbers import Purpose, RecipientState
from hub.web.language import load
from tests.browser.banned import Ban
from tests.browser.conftest import Visitors, picture
from tests.browser.stage import Operator, Stage

pytestmark = pytest.mark.browser
LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])
SOURCE = "The order form of our shop"


@pytest.fixture
def olivia(stage: Stage) -> Operator:
    return stage.operator("Olivia Own", Role.OWNER)


def _contact(stage: Stage, talk: str) -> str:
    return get_conversation(stage.services, stage.org.actor, talk).contact.id


def _somebody(stage: Stage, name: str, number: str, mail: str) -> tuple[str, str]:
    """Somebody on the banned sender, known by mail too; return their conversation there and their contact."""
    there = stage.hear(stage.customer(name, "whatsapp", number), "Hello")
    here = stage.hear(stage.customer(name, "email", mail), "Hello")
    contacts.merge(stage.services, stage.org.actor, _contact(stage, there), _contact(stage, here))
    return there, _contact(stage, there)


def _enter(page: Page, language: str, lines: str, source: str = SOURCE) -> None:
    t = load(language).text
    page.locator("[name=kind]").select_option("email")
    page.get_by_label(t("How you know")).fill(source)
    if lines:
        page.get_by_label(t("The list"), exact=True).fill(lines)
    page.get_by_role("button", name=t("Enter the list")).click()


@LANGUAGES
def test_a_list_of_consents_says_what_became_of_each_line(
    stage: Stage, visitors: Visitors, olivia: Operator, tmp_path: Path, language: str
) -> None:
    t, n = load(language).text, load(language).count
    ban_talk, lena = _somebody(stage, "=Lena Weiss", "+919800000001", "lena@example.com")
    other_talk, omar = _somebody(stage, "Omar Aziz", "+919800000002", "omar@example.com")
    ban = Ban(stage, stage.org.channels["whatsapp"])
    ban.recruiting()
    for talk, contact in ((ban_talk, lena), (other_talk, omar)):
        ban.person(talk, contact, RecipientState.TO_RECRUIT)
    page = visitors.signed_in(olivia, language=language)
    page.goto(f"/bans/{ban.id}")
    with page.expect_download() as fetched:
        page.get_by_role("link", name=t("Download whom only a consent is missing")).click()
    rows = list(csv.reader(fetched.value.path().read_text().splitlines()))
    assert rows[0] == ["name", "address", "kind"]
    assert sorted(rows[1:]) == [
        ["'=Lena Weiss", "lena@example.com", "email"],
        ["Omar Aziz", "omar@example.com", "email"],
    ]
    page.get_by_role("link", name=t("Enter a list of consents")).click()
    bad = "\nx@example.com\nOmar@Example.com,party\nomar@example.com,,yesterday\nomar@example.com,,2999-01-01\n,service"
    _enter(page, language, "Lena@Example.com,marketing,21.11.2026" + bad)
    told = page.locator(".alert.bad")
    expect(told).to_contain_text(n("{n} consent is entered.", "{n} consents are entered.", 1))
    expect(told).to_contain_text(n("{n} line was not taken.", "{n} lines were not taken.", 5))
    expect(page.locator("tbody tr")).to_have_count(5)
    expect(page.locator("tbody tr").nth(1)).to_contain_text(
        t("The purpose is none of: service, invitation, marketing.")
    )
    picture(page, "consent-list" if language == "en" else f"consent-list-{language}")
    [entry] = list_consents(stage.services, olivia.actor, lena)
    assert (entry.purpose, entry.source, f"{entry.at:%Y-%m-%d}") in {
        (Purpose.MARKETING, SOURCE, f"2026-11-{day}") for day in (20, 21)
    }
    # what was fetched is what is entered, from the file
    brought = tmp_path / "agreed.csv"
    brought.write_bytes(fetched.value.path().read_bytes())
    page.get_by_label(t("From a CSV file")).set_input_files(brought)
    expect(page.get_by_label(t("The list"), exact=True)).to_have_value(brought.read_text().replace("\r\n", "\n"))
    _enter(page, language, "")
    expect(page.locator(".alert.good")).to_contain_text(n("{n} consent is entered.", "{n} consents are entered.", 2))
    assert Purpose.INVITATION in [each.purpose for each in list_consents(stage.services, olivia.actor, omar)]
    _enter(page, language, "omar@example.com")
    expect(page.locator(".alert.good")).to_contain_text(n("{n} was there already.", "{n} were there already.", 1))
    _enter(page, language, "omar@example.com", "  ")
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto(f"/bans/{ban.id}")
    with page.expect_download() as fetched:
        page.get_by_role("link", name=t("Download whom only a consent is missing")).click()
    assert fetched.value.path().read_text().splitlines() == ["name,address,kind"]
