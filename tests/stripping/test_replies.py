"""Answers as mail programs write them: only what the person wrote stays."""

from pathlib import Path

import pytest

from hub.channels.email.html import cut_html, text_of
from hub.channels.email.stripping import strip

REPLIES = Path(__file__).parent / "replies"
NAMES = sorted(path.name for path in REPLIES.iterdir() if path.suffixes in ([".txt"], [".html"]))


def read(name: str) -> str:
    return (REPLIES / name).read_text(encoding="utf-8")


def shown(name: str) -> str:
    """The text of a mail as the inbox shows it."""
    if not name.endswith(".html"):
        return strip(read(name)).text
    found = strip(cut_html(read(name)))
    return text_of(read(name)) if found.cut_at is None else found.text


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("name", NAMES)
def test_only_what_the_person_wrote_is_shown(name: str) -> None:
    assert lines(shown(name)) == lines(read(f"{name}.expected.txt"))


def test_every_reply_is_listed_with_the_program_it_is_written_after() -> None:
    listed = read("README.md")
    assert all(f"| `{name}` |" in listed for name in NAMES)
    assert len(NAMES) >= 40
    for language in ("de", "en"):
        assert sum(name.startswith(f"{language}_") for name in NAMES) >= 15
