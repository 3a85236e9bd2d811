"""Every kind of part goes to JSON and back, and has a line that a list shows."""

import json

import pytest

from hub.conversations.parts import PIECE, parts_from_json, parts_json, preview_text, text_of
from hub.types import (
    Button,
    ButtonPress,
    Buttons,
    ContactCard,
    FileState,
    Forwarded,
    FullText,
    Location,
    Mark,
    MarkKind,
    Media,
    MediaKind,
    Part,
    Quote,
    Referral,
    Template,
    Text,
    Unsupported,
)

EVERY_KIND: list[tuple[Part, str]] = [
    (Text("Hello", (Mark(MarkKind.LINK, 0, 5, "https://example.com"),)), "Hello"),
    (FullText("Hello\n> quoted"), ""),
    (Location(52.5, 13.4, "Gate", "Berlin"), "Location: Gate"),
    (Location(52.5, 13.4, live=True), "Live location"),
    (ContactCard("Carla", ("+49",), ("c@example.com",), own=True), "Contact: Carla"),
    (ContactCard("", ("+49",)), "Contact: +49"),
    (ButtonPress("Yes", "payload"), "Yes"),
    (Referral("ad", "ref", "Summer sale", "https://example.com"), "Came from Summer sale"),
    (Quote("what I answer", "Ben"), ""),
    (Forwarded("somebody", often=True), ""),
    (Unsupported("poll", "A poll: which day?"), "A poll: which day?"),
    (Buttons((Button("Yes", "1"), Button("No"))), ""),
    (Template("HX1", "welcome", "en", (("1", "Carla"),)), "welcome"),
    *((Media(kind, "file-id"), line) for kind, line in {
        MediaKind.IMAGE: "Photo", MediaKind.VIDEO: "Video", MediaKind.VIDEO_NOTE: "Video note",
        MediaKind.ANIMATION: "Animation", MediaKind.AUDIO: "Audio", MediaKind.VOICE: "Voice note",
        MediaKind.STICKER: "Sticker", MediaKind.CONTACT: "Contact", MediaKind.FILE: "File",
    }.items()),
    (Media(MediaKind.VOICE, "file-id", duration=72), "Voice note (1:12)"),
    (Media(MediaKind.STICKER, "file-id", alt="👍"), "Sticker 👍"),
    (Media(MediaKind.FILE, "file-id", "bill.pdf", "application/pdf", 12, 3, 4, 5, "alt"), "bill.pdf"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "line"), EVERY_KIND)
def test_a_part_goes_to_json_and_back_and_has_its_line(part: Part, line: str) -> None:
    written = json.loads(json.dumps(parts_json([part])))
    assert parts_from_json(written) == (part,)
    assert parts_from_json([{**each, PIECE: "500:1"} for each in written]) == (part,), "as a piece of an album"
    assert preview_text([part]) == line


def test_a_text_without_marks_stays_as_short_as_it_was() -> None:
    assert parts_json([Text("Hello")]) == [{"type": "text", "text": "Hello"}]


def test_a_file_never_says_where_it_came_from() -> None:
    [file] = parts_json([Media(MediaKind.IMAGE, "attachment-id")], FileState.FETCHING)
    assert "source" not in file
    assert (file["type"], file["attachment_id"], file["state"]) == ("image", "attachment-id", "fetching")
    [never] = parts_json([Media(MediaKind.IMAGE, "", problem="too large for bots")], FileState.FETCHING)
    assert (never["attachment_id"], never["state"]) == (None, "failed")


def test_words_go_before_files_and_several_files_are_counted() -> None:
    photos: list[Part] = [Media(MediaKind.IMAGE, str(number)) for number in range(3)]
    assert preview_text(photos) == "Photo and 2 more"
    assert preview_text([*photos, Text("Holidays")]) == "Holidays"
    assert text_of(photos) == ""


def test_what_no_database_takes_is_left_out_at_any_depth() -> None:
    [card] = parts_json([ContactCard("a\x00b", ("\ud800+49",))])
    assert (card["name"], card["phones"]) == ("ab", ["+49"])
