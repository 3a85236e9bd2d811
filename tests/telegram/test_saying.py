"""In which messages an answer goes out on Telegram, and what is refused before any call."""

import asyncio

import pytest
import respx

from hub.channels.base import Adapter
from hub.channels.telegram.errands import REACTIONS
from hub.errors import UnsupportedContent
from hub.types import (
    Button,
    ButtonPress,
    Buttons,
    ContactCard,
    FailureKind,
    Location,
    Media,
    MediaKind,
    OutboundFile,
    OutboundMessage,
    Part,
    Person,
    Said,
    Template,
)
from tests.fixtures.telegram.kit import KIT

MIB = 1 << 20


def file(
    kind: MediaKind, content_type: str, size: int = 1000, width: int | None = None, height: int | None = None
) -> Media:
    return Media(kind, "A1", "name", content_type, size, width, height)


PHOTO = file(MediaKind.IMAGE, "image/jpeg")
CLIP = file(MediaKind.VIDEO, "video/mp4")
VOICE = file(MediaKind.VOICE, "audio/ogg")
STICKER = file(MediaKind.STICKER, "image/webp")
ROUND = file(MediaKind.VIDEO_NOTE, "video/mp4")
PDF = file(MediaKind.FILE, "application/pdf")


def kinds(messages: tuple[Said, ...]) -> list[tuple[str, list[str]]]:
    return [
        (said.text, [part.kind if isinstance(part, Media) else type(part).__name__ for part in said.parts])
        for said in messages
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Said("Two", (PHOTO, CLIP)), [("Two", ["image", "video"])]),
        (Said("", (PHOTO,) * 12), [("", ["image"] * 10), ("", ["image"] * 2)]),
        (Said("Both", (PHOTO, PDF)), [("Both", ["image"]), ("", ["file"])]),
        (Said("", (PDF, PDF)), [("", ["file", "file"])]),
        (Said("Hear", (VOICE, VOICE)), [("Hear", ["voice"]), ("", ["voice"])]),
        (Said("Hi", (STICKER,)), [("Hi", []), ("", ["sticker"])]),
        (Said("Look", (ROUND, ROUND)), [("Look", []), ("", ["video_note"]), ("", ["video_note"])]),
        (Said("c" * 1025, (PHOTO,)), [("c" * 1025, []), ("", ["image"])]),
        (Said("Where", (Location(1, 2),)), [("Where", []), ("", ["Location"])]),
        (Said("", (file(MediaKind.IMAGE, "image/heic"),)), [("", ["file"])]),
        (Said("", (file(MediaKind.IMAGE, "image/jpeg", 11 * MIB),)), [("", ["file"])]),
        (Said("", (file(MediaKind.IMAGE, "image/png", 1000, 300, 9000),)), [("", ["file"])]),
        (Said("", (file(MediaKind.IMAGE, "image/png", 1000, 8000, 8000),)), [("", ["file"])]),
        (Said("", (file(MediaKind.IMAGE, "image/png", 1000, 800, 600),)), [("", ["image"])]),
        (Said("", (file(MediaKind.CONTACT, "text/vcard"),)), [("", ["file"])]),
        (Said("A\n\n" * 1500, ()), [(("A\n\n" * 1365)[:-2], []), (("A\n\n" * 135)[:-2], [])]),
    ],
)
def test_an_answer_goes_out_in_messages_that_telegram_shows(
    adapter: Adapter, said: Said, expected: list[tuple[str, list[str]]]
) -> None:
    assert kinds(adapter.compose(said)) == expected


@pytest.mark.parametrize(
    "said",
    [
        Said("", (file(MediaKind.VIDEO, "video/mp4", 51 * MIB),)),
        Said("", (file(MediaKind.FILE, "application/zip", 51 * MIB),)),
        Said("", (Buttons((Button("Yes", "y"),)),)),
        Said("?", (Buttons((Button(" ", "y"),)),)),
        Said("?", (Buttons(tuple(Button(str(n)) for n in range(101))),)),
        Said("", (Template("T1", "welcome", "en"),)),
        Said("", (ButtonPress("Yes"),)),
    ],
)
def test_what_telegram_cannot_say_is_refused_in_words(adapter: Adapter, said: Said) -> None:
    with pytest.raises(UnsupportedContent) as refused:
        adapter.compose(said)
    assert adapter.classify(refused.value).kind is FailureKind.CONTENT


def message(text: str, *parts: Part, address: str = "410000017") -> OutboundMessage:
    files = {"A1": OutboundFile("a.bin", "application/octet-stream", b"bytes")}
    return OutboundMessage("D1", "C1", Person(address), text, parts, files)


@pytest.mark.parametrize(
    "wrong",
    [
        message("text", address="mila"),
        message("caption", STICKER),
        message("c" * 1025, PHOTO),
        message("", VOICE, VOICE),
        message("", PHOTO, PDF),
        message("", *[PHOTO] * 11),
        message("", PHOTO, Location(1, 2)),
        message("text", Location(1, 2)),
        message("text", ContactCard("Vera", ("+49",))),
        message("", ContactCard("Vera")),
        message("", Media(MediaKind.IMAGE, "A2")),
    ],
)
def test_a_message_that_is_no_single_call_is_refused_before_any(
    api: respx.MockRouter, adapter: Adapter, wrong: OutboundMessage
) -> None:
    with pytest.raises(UnsupportedContent):
        asyncio.run(adapter.send(wrong, KIT.sender))
    assert not api.calls


def test_a_bot_reacts_with_telegrams_standard_emojis() -> None:
    assert {"👍", "❤", "🔥", "🙏"} <= set(REACTIONS)
    assert len(REACTIONS) == len(set(REACTIONS)) > 70
