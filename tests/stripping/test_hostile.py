"""No text takes long, raises, or loses what it must not lose."""

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.channels.email.content import Content, Piece
from hub.channels.email.html import cut_html
from hub.channels.email.reading import shown
from hub.channels.email.stripping import strip
from tests.stripping.hostile import LINES, SHAPES, SIZE, mixture, shapes

SECONDS = 5.0
"""Ten times what a text of 100,000 characters may take, because a busy machine measures too."""

PAGE = 1_000_000
PAGE_SECONDS = 1.5
"""Three times what a page of 1,000,000 characters may take."""
PAGES = (
    *("<p>", "<p>hello world</p>", "<br>", "<li>x", "<ul><li>x</li></ul>", "<tr><td>x</td></tr>", "<span>a</span> "),
    *("<", "<a ", "</", "<!--", "<!-- x -->", "<style>", "<script>x</script>", "<p a=b c=d e=f>", "</div>"),
    *("&amp;&lt;", "<div>" * 30 + "x" + "</div>" * 30, "<b>", "<pre>x\n</pre>", "<blockquote type=cite>x</blockquote>"),
    "<p class=MsoNormal><span lang=DE style='font-size:11.0pt'>Hello<o:p></o:p></span></p>",
)

texts = st.lists(st.sampled_from(LINES) | st.text(max_size=30), max_size=40).map("\n".join)


def steps(call: Callable[[], Any]) -> int:
    """Count the calls of functions, ours and built in, that a call makes: work that no busy machine can change."""
    counted = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        call()
    finally:
        sys.setprofile(before)
    return counted


def test_no_hostile_text_takes_long() -> None:
    for text in shapes():
        start = time.process_time()
        strip(text, sent=[text])
        assert time.process_time() - start < SECONDS, text[:80]


@pytest.mark.parametrize("at", range(0, len(SHAPES), 4))
def test_twice_the_text_is_at_most_about_twice_the_work(at: int) -> None:
    shape = SHAPES[at]
    small, large = ((shape * (size // len(shape) + 1))[:size] for size in (10_000, 20_000))
    assert steps(lambda: strip(large)) < 2.5 * steps(lambda: strip(small)) + 2_000


def test_twice_the_mixture_is_at_most_about_twice_the_work() -> None:
    for seed in range(5):
        small, large = mixture(seed, 10_000), mixture(seed, 20_000)
        # what is cut early costs little, so the whole work may also stay as it is
        assert steps(lambda: strip(large)) < 3 * steps(lambda: strip(small)) + 2_000  # noqa: B023 - called at once


def test_html_of_any_shape_is_read_in_time() -> None:
    for shape in (
        "<blockquote type=cite>",
        "<div class=gmail_attr>x</div>",
        "<div id=appendonsend></div>",
        "\ue001",
        "<p>",
    ):
        start = time.process_time()
        strip(cut_html(shape * (SIZE // len(shape))))
        assert time.process_time() - start < SECONDS, shape


@pytest.mark.parametrize("shape", PAGES)
def test_a_page_of_a_megabyte_is_read_in_time(shape: str) -> None:
    content = Content((Piece(shape * (PAGE // len(shape)), html=True),))
    start = time.process_time()
    shown(content, "Hello")
    assert time.process_time() - start < PAGE_SECONDS


def is_subsequence(wanted: list[str], lines: list[str]) -> bool:
    remaining = iter(lines)
    return all(line in remaining for line in wanted)


@settings(max_examples=400, deadline=None)
@given(texts, st.lists(texts, max_size=2))
def test_what_stays_are_lines_of_the_mail_in_their_order(text: str, sent: list[str]) -> None:
    found = strip(text, sent=sent)
    assert found.text == text or is_subsequence(found.text.split("\n"), text.split("\n"))
    assert found.text.strip() or not text.strip()
    assert (found.cut_at is None) == (found.text == text)


@settings(max_examples=400, deadline=None)
@given(texts, st.lists(texts, max_size=2))
def test_stripping_twice_is_stripping_once(text: str, sent: list[str]) -> None:
    once = strip(text, sent=sent).text
    assert strip(once, sent=sent).text == once


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="<>/=\"' abdiv\n\ue001\ue002\ue003\ue004", max_size=200))
def test_html_of_any_kind_is_read_without_our_own_marks(html: str) -> None:
    assert not set(strip(cut_html(html)).text) & set("\ue001\ue002\ue003\ue004")
