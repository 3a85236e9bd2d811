"""How an answer is cut up for WhatsApp and SMS, and what neither can say."""

import pytest

from hub.errors import UnsupportedContent
from hub.types import (
    Button,
    Buttons,
    ContactCard,
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
from tests.conformance.cases import send
from tests.conformance.kit import Kit
from tests.twilio.account import SMS, WHATSAPP


def file(kind: MediaKind, content_type: str, size: int = 100) -> Media:
    return Media(kind, f"A-{kind}", f"a.{kind}", content_type, size)


PICTURE = file(MediaKind.IMAGE, "image/jpeg")
VIDEO = file(MediaKind.VIDEO, "video/mp4")
VOICE = file(MediaKind.VOICE, "audio/ogg")
PDF = file(MediaKind.FILE, "application/pdf")


def compose(kit: Kit, text: str, *parts: Part) -> list[tuple[str, int]]:
    """Return text and number of parts of each message."""
    return [(each.text, len(each.parts)) for each in kit.build().compose(Said(text, parts))]


def test_a_picture_carries_the_text_and_every_further_file_goes_by_itself() -> None:
    assert compose(WHATSAPP, "Sieh mal", PICTURE, PDF) == [("Sieh mal", 1), ("", 1)]
    assert compose(WHATSAPP, "", PICTURE, PICTURE) == [("", 1), ("", 1)]


@pytest.mark.parametrize("first", [VIDEO, VOICE, PDF], ids=["video", "voice", "pdf"])
def test_a_text_beside_any_other_file_goes_out_by_itself_because_whatsapp_would_drop_it(first: Media) -> None:
    assert compose(WHATSAPP, "Sieh mal", first, PICTURE) == [("Sieh mal", 0), ("", 1), ("", 1)]


def test_a_text_and_a_place_are_two_messages() -> None:
    assert compose(WHATSAPP, "Hier", Location(52.5, 13.4)) == [("Hier", 0), ("", 1)]


@pytest.mark.parametrize("kit", [SMS, WHATSAPP], ids=lambda kit: str(kit.kind))
def test_a_long_text_goes_out_as_several(kit: Kit) -> None:
    pieces = compose(kit, "Wort " * 700)
    assert len(pieces) == 3
    assert all(len(text) <= 1600 for text, _ in pieces)


def test_choices_stand_numbered_below_the_text() -> None:
    choices = Buttons((Button("Dienstag", "d2"), Button("Mittwoch", "d3")))
    assert (
        compose(SMS, "Wann?", choices)
        == compose(WHATSAPP, "Wann?", choices)
        == [("Wann?\n\n1. Dienstag\n2. Mittwoch", 0)]
    )


@pytest.mark.parametrize(
    ("kit", "part"),
    [
        (SMS, PICTURE),
        (SMS, Location(52.5, 13.4)),
        (SMS, ContactCard("Mara", ("+4915254599371",))),
        (SMS, Template("HX1", "t", "de")),
        (WHATSAPP, ContactCard("Mara", ("+4915254599371",))),
        (WHATSAPP, file(MediaKind.IMAGE, "image/gif")),
        (WHATSAPP, file(MediaKind.FILE, "application/zip")),
        (WHATSAPP, file(MediaKind.VIDEO, "video/mp4", 17 << 20)),
        (WHATSAPP, file(MediaKind.STICKER, "image/webp", 1 << 20)),
    ],
)
def test_what_the_channel_does_not_have_is_refused_aloud(kit: Kit, part: Part) -> None:
    with pytest.raises(UnsupportedContent):
        kit.build().compose(Said("", (part,)))


def refused(kit: Kit, text: str, *parts: Part) -> None:
    """Nothing leaves, whatever a message says that `compose` would not have made."""
    files = {part.source: OutboundFile("a", part.content_type, b"") for part in parts if isinstance(part, Media)}
    message = OutboundMessage("D1", "V1", Person("+4915254599371"), text, parts, files)
    with kit.wire({"status": 201, "json": {"sid": "SM1"}}) as wire:
        with pytest.raises(UnsupportedContent):
            send(kit.build(), kit, message)
        assert wire.calls == []


@pytest.mark.parametrize("value", ["", "  ", "zwei\nZeilen", "mit\tTab", "weite    Lücke", "x" * 1601])
def test_a_value_that_whatsapp_would_refuse_is_refused_before_the_network(value: str) -> None:
    refused(WHATSAPP, "Hallo", Template("HX1", "lieferung", "de", (("1", value),)))


def test_messages_that_nobody_composed_do_not_leave() -> None:
    refused(WHATSAPP, "Text beside a video", VIDEO)
    refused(WHATSAPP, "", PICTURE, PDF)
    refused(WHATSAPP, "x" * 1601)
    refused(SMS, "", PICTURE)


def test_a_file_without_a_link_does_not_leave() -> None:
    refused(WHATSAPP, "", PICTURE)
