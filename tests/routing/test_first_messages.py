"""The language of what people write first."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from hub.routing.language import LANGUAGES, UNKNOWN, detect
from hub.types.languages import ISO_639_1

TABLE: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("first_messages.toml").read_text("utf-8"))
SAID = [(code, text) for code, texts in TABLE.items() for text in texts]


def test_the_table_holds_two_hundred_messages_of_at_most_five_words_in_eight_languages() -> None:
    assert len(TABLE) == 8
    assert len(set(SAID)) == len(SAID) == 200
    assert [text for _, text in SAID if len(text.replace(" ?", "?").split()) > 5] == []


def test_nine_in_ten_first_messages_are_right_or_unknown_and_unknown_is_no_way_out() -> None:
    taken_for = [(code, detect(text), text) for code, text in SAID]
    wrong = [each for each in taken_for if each[1] not in (each[0], UNKNOWN)]
    right = [each for each in taken_for if each[1] == each[0]]
    assert len(wrong) <= len(SAID) * 0.1, wrong
    # 195 as measured; so many that "unknown" for everything doubtful would not do
    assert len(right) >= len(SAID) * 0.95, [each for each in taken_for if each[1] != each[0]]
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    ["", " ", "ok", "OK!", "12345", "?", "👍", "asdfgh", "iPhone 13", "https://example.com/hilfe", "ada@example.com",
     "Info", "Maria", "No", "ja", "\ud800", "\x00", "A-4711 / 22"],
)  # fmt: skip
def test_what_is_of_no_language_or_of_several_is_unknown(text: str) -> None:
    assert detect(text) == UNKNOWN


@pytest.mark.parametrize(
    ("text", "code"),
    [("こんにちは", "ja"), ("你好", "zh"), ("مرحبا", "ar"), ("שלום", "he"), ("안녕하세요", "ko"), ("สวัสดีครับ", "th"),
     ("Καλημέρα", "el"), ("नमस्ते", "hi"), ("Hej, jag behöver hjälp", "sv"), ("Siparişim nerede?", "tr")],
)  # fmt: skip
def test_other_scripts_and_languages_are_known_too(text: str, code: str) -> None:
    assert detect(text) == code


def test_links_numbers_and_broken_signs_beside_words_do_not_hide_the_language() -> None:
    assert detect("Wo ist meine Bestellung 4711? https://example.com/order/4711 \ud83d") == "de"


def test_a_long_text_costs_no_more_than_its_beginning() -> None:
    assert detect("Wo ist meine Bestellung? " + "where is my order " * 200_000) == "de"


def test_every_language_is_a_code_of_iso_639() -> None:
    assert set(LANGUAGES) <= ISO_639_1
    assert len(LANGUAGES) == len(set(LANGUAGES))


def test_knowing_the_language_costs_each_process_little_of_its_own() -> None:
    """Measured in another process: what importing and all these texts add, in bytes; the file's pages are shared."""
    code = (
        "import json, psutil, sys; me = psutil.Process();"
        "own = lambda: me.memory_info().rss - me.memory_info().shared; before = own();"
        "from hub.routing.language import detect; [detect(text) for text in json.load(sys.stdin)];"
        "print(own() - before, me.memory_info().rss)"
    )
    texts = json.dumps([text for _, text in SAID])
    done = subprocess.run(
        [sys.executable, "-c", code], input=texts, capture_output=True, check=True, text=True, timeout=60
    )
    added, whole = map(int, done.stdout.split())
    assert added < 5_000_000
    assert whole < 80_000_000
