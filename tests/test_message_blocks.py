"""A message's parts as blocks, and its text as safe HTML: pure functions over values that strangers choose."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.types import MarkKind
from hub.web.inbox.blocks import blocks_of, length, map_url, quoted, reactions_of, text_of
from hub.web.inbox.marks import safe_url
from tests.test_thread_lines import entry

KINDS = [str(kind) for kind in MarkKind]
MARKS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([*KINDS, "marquee"]),
        "start": st.integers(-5, 60),
        "end": st.integers(-5, 60),
        "url": st.sampled_from(["", "https://x.example/a", "javascript:alert(1)", "//x", 'https://x"onclick=1 y']),
    }
)
TAGS = re.compile(r"</?(?:strong|em|u|s|code|q|span|a)(?: (?:class|href|target|rel|tabindex)=\"[^\"<>]*\")*>")


def marked_text(text: str, *marks: dict[str, Any]) -> str:
    message = entry(text, 1)
    object.__setattr__(message, "parts", ({"type": "text", "text": text, "marks": list(marks)},))
    return str(text_of(message))


def mark(kind: str, start: int, end: int, url: str = "") -> dict[str, Any]:
    return {"kind": kind, "start": start, "end": end, "url": url}


def test_marks_set_off_their_stretch_of_the_text() -> None:
    shown = marked_text("Very good", mark("bold", 0, 4), mark("italic", 5, 9))
    assert shown == "<strong>Very</strong> <em>good</em>"


def test_marks_may_overlap() -> None:
    shown = marked_text("abcdef", mark("bold", 0, 4), mark("italic", 2, 6))
    assert shown == "<strong>ab</strong><em><strong>cd</strong></em><em>ef</em>"


def test_a_link_leads_to_http_only_and_code_has_none() -> None:
    assert 'href="https://x.example/"' in marked_text("here", mark("link", 0, 4, "https://x.example/"))
    assert "<a" not in marked_text("here", mark("link", 0, 4, "javascript:alert(1)"))
    assert "<a" not in marked_text("https://x.example/", mark("code", 0, 18))
    assert 'rel="noopener noreferrer nofollow"' in marked_text("https://www.example.com/")


def test_marks_beyond_the_text_are_left_out() -> None:
    assert marked_text("ab", mark("bold", 0, 9), mark("bold", -1, 1), mark("bold", 2, 1)) == "ab"


@given(st.text(alphabet="ab<>&\"'/: http.example", max_size=50), st.lists(MARKS, max_size=8))
def test_whatever_was_written_only_our_own_elements_are_in_it(text: str, marks: list[dict[str, Any]]) -> None:
    left = TAGS.sub("", marked_text(text, *marks))
    assert "<" not in left
    assert ">" not in left
    assert "javascript:alert" not in left


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://x.example/a?b=1", "https://x.example/a?b=1"),
        ("http://x", "http://x"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//x.example", ""),
        ("https:///x", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_only_whole_web_addresses_become_links(url: str, kept: str) -> None:
    assert safe_url(url) == kept


def file(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "attachment_id": name, "state": "ready", **more}


def test_pictures_in_a_row_are_one_grid_and_everything_else_stands_alone() -> None:
    parts = [
        {"type": "text", "text": "x"},
        file("image", "a"),
        file("video", "b"),
        file("file", "c"),
        file("image", "d"),
        file("image", "e", state="fetching"),
    ]
    assert [(block.kind, len(block.parts)) for block in blocks_of(parts)] == [
        ("album", 2),
        ("file", 1),
        ("image", 1),
        ("image", 1),
    ]


def test_an_emoji_is_shown_once_with_its_count_and_whether_it_is_ours() -> None:
    found = [{"by": "contact", "emoji": "❤"}, {"by": "user", "emoji": "❤"}, {"by": "contact", "emoji": "👍"}]
    assert [(each.emoji, each.count, each.ours) for each in reactions_of(found)] == [("❤", 2, True), ("👍", 1, False)]


def test_an_answer_quotes_what_is_at_hand_and_says_so_when_it_is_not() -> None:
    answered, answering = entry("Good morning", 5), entry("Hello", 4)
    object.__setattr__(answering, "reply_to", answered.id)
    found = quoted(answering, {answered.id: answered})
    assert found is not None
    assert (found.id, found.text) == (answered.id, "Good morning")
    missing = quoted(answering, {})
    assert missing is not None
    assert missing.id == ""
    assert quoted(answered, {}) is None


@pytest.mark.parametrize(("seconds", "shown"), [(7, "0:07"), (725, "12:05"), (3725, "1:02:05"), (0.4, "0:00")])
def test_a_length_is_written_as_players_do(seconds: float, shown: str) -> None:
    assert length(seconds) == shown


def test_a_place_on_the_map_has_its_coordinates_and_nothing_else() -> None:
    url = map_url({"latitude": 54.3233, "longitude": -10.1228, "name": "secret"})
    assert url == "https://www.openstreetmap.org/?mlat=54.323300&mlon=-10.122800#map=16/54.323300/-10.122800"
