"""One call of the Bot API for one message. Files go as bytes."""

from collections.abc import Awaitable, Callable
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
            sent = await _VERBS[media.kind](bot, to, media, _input(file), call.caption or None)
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


async def _photo(bot: Bot, to: To, _media: Media, file: InputFile, caption: str | None) -> Message:
    return await bot.send_photo(
        to.chat_id, file, caption=caption, reply_parameters=to.reply, business_connection_id=to.connection
    )


async def _video(bot: Bot, to: To, media: Media, file: InputFile, caption: str | None) -> Message:
    return await bot.send_video(
        to.chat_id,
        file,
        caption=caption,
        width=media.width,
        height=media.height,
        duration=media.duration,
        supports_streaming=True,
        reply_parameters=to.reply,
        business_connection_id=to.connection,
    )


async def _animation(bot: Bot, to: To, _media: Media, file: InputFile, caption: str | None) -> Message:
    return await bot.send_animation(
        to.chat_id, file, caption=caption, reply_parameters=to.reply, business_connection_id=to.connection
    )


async def _audio(bot: Bot, to: To, media: Media, file: InputFile, caption: str | None) -> Message:
    return await bot.send_audio(
        to.chat_id,
        file,
        caption=caption,
        duration=media.duration,
        reply_parameters=to.reply,
        business_connection_id=to.connection,
    )


async def _voice(bot: Bot, to: To, media: Media, file: InputFile, caption: str | None) -> Message:
    return await bot.send_voice(
        to.chat_id,
        file,
        caption=caption,
        duration=media.duration,
        reply_parameters=to.reply,
        business_connection_id=to.connection,
    )


async def _video_note(bot: Bot, to: To, media: Media, file: InputFile, _caption: str | None) -> Message:
    return await bot.send_video_note(
        to.chat_id,
        file,
        duration=media.duration,
        length=media.width,
        reply_parameters=to.reply,
        business_connection_id=to.connection,
    )


async def _sticker(bot: Bot, to: To, _media: Media, file: InputFile, _caption: str | None) -> Message:
    return await bot.send_sticker(to.chat_id, file, reply_parameters=to.reply, business_connection_id=to.connection)


async def _document(bot: Bot, to: To, _media: Media, file: InputFile, caption: str | None) -> Message:
    return await bot.send_document(
        to.chat_id, file, caption=caption, reply_parameters=to.reply, business_connection_id=to.connection
    )


_VERBS: dict[MediaKind, Callable[[Bot, To, Media, InputFile, str | None], Awaitable[Message]]] = {
    MediaKind.IMAGE: _photo,
    MediaKind.VIDEO: _video,
    MediaKind.VIDEO_NOTE: _video_note,
    MediaKind.ANIMATION: _animation,
    MediaKind.AUDIO: _audio,
    MediaKind.VOICE: _voice,
    MediaKind.STICKER: _sticker,
    MediaKind.CONTACT: _document,
    MediaKind.FILE: _document,
}


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
