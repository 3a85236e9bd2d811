"""An outbound message as one call of the Bot API."""

from dataclasses import dataclass
from typing import assert_never

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters

from hub.channels.telegram import ids
from hub.channels.telegram.presses import data_of
from hub.errors import UnsupportedContent
from hub.types import (
    Buttons,
    ContactCard,
    Location,
    Media,
    MediaKind,
    OutboundFile,
    OutboundMessage,
    Part,
)

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ALBUM_LIMIT = 10
"""Characters of a text and of a caption; files of an album (providers.md A6)."""

WITHOUT_CAPTION = frozenset({MediaKind.STICKER, MediaKind.VIDEO_NOTE})
ALONE = WITHOUT_CAPTION | {MediaKind.VOICE, MediaKind.ANIMATION}
"""Kinds that go into no album."""


@dataclass(frozen=True, slots=True)
class To:
    """Where a call goes: the chat, the message it answers, and the business connection it goes by."""

    chat_id: int
    reply: ReplyParameters | None
    connection: str | None

    def name(self, message_id: int) -> str:
        """Return the hub's id of a message that Telegram took."""
        return str(ids.Name(self.chat_id, message_id, self.connection or ""))


@dataclass(frozen=True, slots=True)
class TextCall:
    text: str
    keyboard: InlineKeyboardMarkup | None


@dataclass(frozen=True, slots=True)
class FilesCall:
    """One file, or an album of 2 to 10; the caption stands under the first."""

    files: tuple[tuple[Media, OutboundFile], ...]
    caption: str


@dataclass(frozen=True, slots=True)
class PlaceCall:
    place: Location


@dataclass(frozen=True, slots=True)
class CardCall:
    card: ContactCard


Call = TextCall | FilesCall | PlaceCall | CardCall


def address(message: OutboundMessage) -> To:
    """Return where a message goes. Raises UnsupportedContent."""
    chat_id = ids.chat(message.recipient.address)
    # ids of button presses are no messages that can be answered
    answered = ids.find(message.reply_to_external_id)
    reply = ReplyParameters(answered.message_id, allow_sending_without_reply=True) if answered else None
    return To(chat_id, reply, message.recipient.scope or None)


def render(message: OutboundMessage) -> Call:
    """Return what to call. Raises UnsupportedContent for anything that is not one call."""
    match message.parts:
        case ():
            return TextCall(_checked(message.text, TEXT_LIMIT), None)
        case (Buttons() as buttons,):
            return TextCall(_checked(message.text, TEXT_LIMIT), keyboard(buttons))
        case (Location() as place,) if not message.text:
            return PlaceCall(place)
        case (ContactCard() as card,) if not message.text:
            return CardCall(_with_number(card))
        case parts:
            return _files(message, parts)


def _checked(text: str, limit: int) -> str:
    if not text.strip():
        raise UnsupportedContent("Telegram sends no empty message; write some text")
    if len(text) > limit:
        raise UnsupportedContent(f"Telegram takes at most {limit} characters here; this text has {len(text)}")
    return text


def _with_number(card: ContactCard) -> ContactCard:
    if not card.phones or not card.name.strip():
        raise UnsupportedContent("a contact card needs a name and a telephone number on Telegram; send it as a file")
    return card


def keyboard(buttons: Buttons) -> InlineKeyboardMarkup:
    """Return the buttons under a text, one a row."""
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(option.label, callback_data=data_of(option, place))]
            for place, option in enumerate(buttons.options)
        ]
    )


def _files(message: OutboundMessage, parts: tuple[Part, ...]) -> FilesCall:
    media = [part for part in parts if isinstance(part, Media)]
    if len(media) != len(parts):
        raise UnsupportedContent("Telegram cannot say these together; send them one after the other")
    kinds = {part.kind for part in media}
    if len(media) > ALBUM_LIMIT or (len(media) > 1 and not _is_album(kinds)):
        raise UnsupportedContent(
            f"a Telegram album holds at most {ALBUM_LIMIT} files, pictures and videos or one kind; send the rest apart"
        )
    if message.text:
        _checked(message.text, CAPTION_LIMIT)
        if kinds & WITHOUT_CAPTION:
            raise UnsupportedContent("Telegram shows no text under this kind of file; send the text before it")
    return FilesCall(tuple((part, _file(message, part)) for part in media), message.text)


def _is_album(kinds: set[MediaKind]) -> bool:
    """Pictures and videos may be mixed; audio files and documents go with their like (providers.md A6)."""
    return kinds <= {MediaKind.IMAGE, MediaKind.VIDEO} or (len(kinds) == 1 and not kinds & ALONE)


def _file(message: OutboundMessage, media: Media) -> OutboundFile:
    found = message.files.get(media.source)
    if found is None:
        raise UnsupportedContent("the file is not here any more; attach it again")
    return found


def title_and_address(place: Location) -> tuple[str, str] | None:
    """Return both names of a place, which Telegram needs; None for a bare position."""
    match place.name, place.address:
        case "", "":
            return None
        case name, "":
            return name, name
        case "", street:
            return street, street
        case name, street:
            return name, street
        case never:
            assert_never(never)
