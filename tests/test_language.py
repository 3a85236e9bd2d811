"""The pages in two languages: nothing is left out, and nothing is said that no template says."""

import re
import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.access.languages import LANGUAGES
from hub.channels.registry import _CLASSES
from hub.types import Presence, Role
from hub.web.admin.guides import guide_of
from hub.web.inbox.previews import preview
from hub.web.language import USUAL, load, preferred
from hub.web.rendering import Times
from tests.language import SCRIPTS, TEMPLATES, WEB, texts_of_code, texts_of_scripts, texts_of_templates, written_by

OTHERS = [code for code in LANGUAGES if code != USUAL]
# words that templates put together from a fixed list
FROM_LISTS = {
    *(f"presence|{each.capitalize()}" for each in Presence),
    *(f"role|{each.capitalize()}" for each in Role),
    *(each.label for each in _CLASSES),
    *(setting.label for each in _CLASSES for setting in each.channel_settings),
}
HOLE = re.compile(r"\{\w+\}")
# what is the same in every language: the product's name, symbols, two languages' own names
NOT_TEXT = re.compile(r"^(?:\W*Messenger Hub|English|Deutsch|CSV|JSON Lines|[\W\d_]*)$")


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_of_pages_and_scripts_is_in_the_catalogue_and_nothing_else(code: str) -> None:
    language = load(code)
    said = texts_of_templates() | texts_of_code() | FROM_LISTS
    assert said - set(language.words) == set()
    assert set(language.words) - said - texts_of_scripts() == set()
    assert set(language.scripts) == texts_of_scripts()


@pytest.mark.parametrize("code", OTHERS)
def test_a_text_stands_in_one_file_only(code: str) -> None:
    """Scripts have their own file, for they are given nothing else."""
    files = [path for path in (WEB / "language" / code).glob("*.toml") if path.stem not in {"scripts", "core", "dates"}]
    texts = [text for path in files for text in tomllib.loads(path.read_text("utf-8"))]
    assert [text for text, times in Counter(texts).items() if times > 1] == []


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_holes_of_its_text(code: str) -> None:
    wrong = {
        text: each
        for text, said in load(code).words.items()
        for each in ([said] if isinstance(said, str) else said)
        if set(HOLE.findall(text)) != set(HOLE.findall(each))
    }
    assert wrong == {}


@pytest.mark.parametrize("page", TEMPLATES, ids=lambda page: page.name)
def test_a_template_says_nothing_that_is_not_translated(page: Path) -> None:
    shown = re.sub(r"<[^>]*>", "\n", written_by(page))
    pieces = [each.strip() for line in shown.split("\n") for each in line.split("\x00")]
    assert [each for each in pieces if not NOT_TEXT.match(each)] == []
    spoken = re.findall(r'\b(?:title|placeholder|aria-label|alt)="([^"{]+)"', page.read_text())
    assert [each for each in spoken if not NOT_TEXT.match(each)] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_says_nothing_that_is_not_translated(script: Path) -> None:
    source = re.sub(r"//.*", "", script.read_text())
    without = re.sub(r"(?<![\w$.])t\(\"(?:[^\"\\]|\\.)*\"", "", source)
    # a sentence is a capital, then words with blanks between them
    assert re.findall(r"[\"'`]([A-Z][a-z]+ [a-z]+[^\"'`]*)[\"'`]", without) == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_kind_has_a_guide_in_every_language(code: str) -> None:
    for each in _CLASSES:
        guide = guide_of(each.kind, load(code), {"base": "https://hub.example", "channel": "01C", "token": "TOKEN"})
        assert guide.lead, (each.kind, code)
        assert guide.steps, (each.kind, code)
        assert set(guide.fields) == {field.name for field in each.credential_fields}, (each.kind, code)
        assert "{base}" not in str(guide)
        english = guide_of(each.kind, load(USUAL), {})
        assert (len(guide.steps), len(guide.after)) == (len(english.steps), len(english.after))
        assert code == USUAL or guide.lead != english.lead


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,en;q=0.8", "de"),
        ("en;q=0.4, de;q=0.5", "de"),
        ("fr-FR, fr;q=0.9", "en"),
        ("fr, de;q=0", "en"),
        ("de;q=x,;;,\x00", "en"),
        ("*", "en"),
    ],
)
def test_the_browsers_favourite_among_ours_is_chosen(header: str, code: str) -> None:
    assert preferred(header) == code


def test_dates_numbers_and_sizes_are_written_as_the_language_does() -> None:
    now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    german, english = Times(UTC, now, load("de")), Times(UTC, now, load("en"))
    assert german.day(now - timedelta(days=3)) == "Mittwoch, 18. Nov."
    assert german.full(now - timedelta(days=400)) == "17. Okt. 2025, 12:00"
    assert (german.ago(now - timedelta(minutes=3)), german.day(now)) == ("3 Min.", "Heute")
    assert english.full(now) == "21 Nov, 12:00"
    assert (load("de").number(1234.5, 1), load("en").number(1234.5, 1)) == ("1.234,5", "1,234.5")
    assert (load("de").size(1_800_000), load("en").size(14_200), load("en").size(1)) == ("1,8 MB", "14 kB", "1 B")


def test_one_and_many_have_their_own_forms() -> None:
    german = load("de")
    assert [german.count("{n} member", "{n} members", number) for number in (0, 1, 2)] == [
        "0 Mitglieder",
        "1 Mitglied",
        "2 Mitglieder",
    ]
    assert load("en").count("{n} member", "{n} members", 1) == "1 member"


def test_what_the_core_said_in_english_is_told_in_the_readers_language() -> None:
    german = load("de")
    assert (
        german.retell("Reopened by an answer of Ben {Okafor}") == "Durch eine Antwort von Ben {Okafor} wieder geöffnet"
    )
    assert german.retell("something nobody translated") == "something nobody translated"
    assert load("en").retell("The snooze is over") == "The snooze is over"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Photo", "Foto"),
        ("Voice note (0:07)", "Sprachnachricht (0:07)"),
        ("Photo and 3 more", "Foto und 3 weitere"),
        ("Photo of my cat", "Photo of my cat"),
        ("Message taken back", "Nachricht zurückgenommen"),
    ],
)
def test_a_preview_translates_what_the_hub_says_and_nothing_a_person_wrote(text: str, shown: str) -> None:
    assert preview(load("de"), text) == shown
    assert preview(load("en"), text) == text
