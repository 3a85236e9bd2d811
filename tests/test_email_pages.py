"""Pages of mails that are too large to be laid out: no word is lost, or it is told."""

from hub.channels.email.content import Content, Piece
from hub.channels.email.guard import MAX_HTML, MAX_HTML_ELEMENTS
from hub.channels.email.html import text_of
from hub.channels.email.reading import shown
from hub.types import Unsupported


def test_a_page_of_many_elements_loses_its_layout_and_no_word() -> None:
    page = (
        "<html><head><title>no</title><style>p { color: red }</style></head><body><!-- <b>no</b> > no -->"
        "<script>if (a < b) no()</script>1 < 2 &amp; <i>three</i>\nfour"
        + "".join(f"<P class=x>word{n}</P>" for n in range(MAX_HTML_ELEMENTS))
        + "<p>the <b>en</b>d"
    )
    words = ["1 < 2 & three four", *(f"word{n}" for n in range(MAX_HTML_ELEMENTS)), "the end"]
    assert [line for line in text_of(page).split("\n") if line] == words


def test_a_page_that_is_cut_is_told_so() -> None:
    def told(page: str) -> list[str]:
        parts = shown(Content((Piece(page, html=True),)), "")
        return [part.summary for part in parts if isinstance(part, Unsupported)]

    assert told("<p>Hi" + " " * MAX_HTML) == ["Only the beginning of this mail is shown: its page is too long"]
    assert told("<p>Hi") == []
