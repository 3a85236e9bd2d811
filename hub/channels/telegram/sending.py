"""One call of the Bot API for one message. Files go as bytes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from telegram import (
    Bot,
    InputFile,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    Message,
)

from hub.channels.telegram.render import Call, CardCall, FilesCall, PlaceCall, TextCall, To, title_and_address
from hub.types import ContactCard, Location, Media, MediaKind, OutboundFile, Sent


async def make(bot: Bot, call: Call, to: To) -> Sent:
    """Make the call, once."""
    match call:
        case TextCall():
            sent = await bot.send_message(
                to.chat_id,
                call.text,
                reply_markup=call.keyboard,
                reply_parameters=to.reply,
                business_connection_id=to.connection,
            )
        case FilesCall() if len(call.files) > 1:
            return await _album(bot, call, to)
        case FilesCall():
            [(media, file)] = call.files
            sent = await _file(bot, to, media, file, call.caption)
        case PlaceCall():
            sent = await _place(bot, to, call.place)
        case CardCall():
            sent = await _card(bot, to, call.card)
        case never:
            assert_never(never)
    return Sent(to.name(sent.message_id))


def _input(file: OutboundFile) -> InputFile:
    # the library tells Telegram the type that the name's ending stands for
    return InputFile(file.body, filename=file.name or "file")


# --- one file -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Verb:
    """How one kind of file is sent. `measures`: parameters of `send` → the field of Media that each is."""

    send: Callable[..., Awaitable[Message]]
    measures: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, object] = field(default_factory=dict)
    captioned: bool = True


_LENGTH = {"duration": "duration"}
_DOCUMENT = _Verb(Bot.send_document)
_VERBS: Mapping[MediaKind, _Verb] = {
    MediaKind.IMAGE: _Verb(Bot.send_photo),
    MediaKind.VIDEO: _Verb(
        Bot.send_video, {"width": "width", "height": "height", **_LENGTH}, given={"supports_streaming": True}
    ),
    # a circle: its one measure is called length
    MediaKind.VIDEO_NOTE: _Verb(Bot.send_video_note, {"length": "width", **_LENGTH}, captioned=False),
    MediaKind.ANIMATION: _Verb(Bot.send_animation),
    MediaKind.AUDIO: _Verb(Bot.send_audio, _LENGTH),
    MediaKind.VOICE: _Verb(Bot.send_voice, _LENGTH),
    MediaKind.STICKER: _Verb(Bot.send_sticker, captioned=False),
    MediaKind.CONTACT: _DOCUMENT,
    MediaKind.FILE: _DOCUMENT,
}


async def _file(bot: Bot, to: To, media: Media, file: OutboundFile, caption: str) -> Message:
    verb = _VERBS[media.kind]
    more: dict[str, object] = {name: getattr(media, each) for name, each in verb.measures.items()}
    if verb.captioned:
        more["caption"] = caption or None
    return await verb.send(
        bot,
        to.chat_id,
        _input(file),
        reply_parameters=to.reply,
        business_connection_id=to.connection,
        **verb.given,
        **more,
    )


# --- albums, places, cards ------------------------------------------------------------------------------

_OF_ALBUM = {
    MediaKind.IMAGE: InputMediaPhoto,
    MediaKind.VIDEO: InputMediaVideo,
    MediaKind.AUDIO: InputMediaAudio,
}


async def _album(bot: Bot, call: FilesCall, to: To) -> Sent:
    """Telegram makes one message of each file; the first one's caption stands under the album."""
    items = [
        _OF_ALBUM.get(media.kind, InputMediaDocument)(
            file.body, caption=(call.caption or None) if place == 0 else None, filename=file.name or "file"
        )
        for place, (media, file) in enumerate(call.files)
    ]
    sent = await bot.send_media_group(
        to.chat_id, items, reply_parameters=to.reply, business_connection_id=to.connection
    )
    first, *rest = (to.name(message.message_id) for message in sent)
    return Sent(first, also=tuple(rest))


async def _place(bot: Bot, to: To, place: Location) -> Message:
    named = title_and_address(place)
    if named is None:
        return await bot.send_location(
            to.chat_id,
            place.latitude,
            place.longitude,
            reply_parameters=to.reply,
            business_connection_id=to.connection,
        )
    title, street = named
    return await bot.send_venue(
        to.chat_id,
        place.latitude,
        place.longitude,
        title,
        street,
        reply_parameters=to.reply,
        business_connection_id=to.connection,
    )


async def _card(bot: Bot, to: To, card: ContactCard) -> Message:
    first, _, last = card.name.strip().partition(" ")
    return await bot.send_contact(
        to.chat_id,
        card.phones[0],
        first,
        last or None,
        reply_parameters=to.reply,
        business_connection_id=to.connection,
    )
