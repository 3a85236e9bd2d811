"""Errands at the Bot API: reactions, edits, deletions, typing, seen marks. Each may be repeated."""

from collections.abc import Awaitable
from typing import assert_never

from telegram import Bot, ReactionTypeEmoji
from telegram.constants import ChatAction, ReactionEmoji
from telegram.error import BadRequest

from hub.channels.telegram import chores, ids
from hub.channels.telegram.render import CAPTION_LIMIT, TEXT_LIMIT
from hub.errors import UnsupportedContent
from hub.types import Chore, DeleteSent, EditSent, Errand, MarkSeen, React, Sender, ShowTyping

REACTIONS = tuple(str(emoji) for emoji in ReactionEmoji)
"""What a bot can react with: Telegram's standard list, as python-telegram-bot 22.8 has it."""

_DONE_BEFORE = ("message is not modified", "message to delete not found")
_NO_TEXT = "there is no text in the message to edit"


async def run(bot: Bot, errand: Errand, sender: Sender) -> None:
    """Do an errand. Raises UnsupportedContent before any call, and what the library raises."""
    match errand:
        case React():
            await _react(bot, errand)
        case EditSent():
            await _edit(bot, errand)
        case DeleteSent():
            await _delete(bot, errand)
        case MarkSeen():
            await _mark_seen(bot, errand)
        case ShowTyping():
            await bot.send_chat_action(
                ids.chat(errand.person.address), ChatAction.TYPING, business_connection_id=errand.person.scope or None
            )
        case Chore():
            await chores.run(bot, errand, sender)
        case never:
            assert_never(never)


async def _react(bot: Bot, errand: React) -> None:
    name = ids.get(errand.external_id)
    if name.connection:
        raise UnsupportedContent("a bot cannot react in the chats of a business account")
    if errand.emoji and errand.emoji not in REACTIONS:
        raise UnsupportedContent("Telegram lets a bot react with its own list of emojis only; choose one of them")
    reaction = [ReactionTypeEmoji(errand.emoji)] if errand.emoji else []
    await _unless_done(bot.set_message_reaction(name.chat_id, name.message_id, reaction))


async def _edit(bot: Bot, errand: EditSent) -> None:
    name = ids.get(errand.external_id)
    if not errand.text.strip() or len(errand.text) > TEXT_LIMIT:
        raise UnsupportedContent(f"an edited message needs 1 to {TEXT_LIMIT} characters on Telegram")
    try:
        await _unless_done(
            bot.edit_message_text(
                errand.text, name.chat_id, name.message_id, business_connection_id=name.connection or None
            )
        )
    except BadRequest as error:
        if _NO_TEXT not in str(error).lower():
            raise
        await _edit_caption(bot, name, errand.text)


async def _edit_caption(bot: Bot, name: ids.Name, caption: str) -> None:
    """The message is a file: its words are the caption."""
    if len(caption) > CAPTION_LIMIT:
        raise UnsupportedContent(f"the text under a file has at most {CAPTION_LIMIT} characters on Telegram")
    await _unless_done(
        bot.edit_message_caption(
            name.chat_id, name.message_id, caption=caption, business_connection_id=name.connection or None
        )
    )


async def _delete(bot: Bot, errand: DeleteSent) -> None:
    names = [ids.get(each) for each in errand.external_ids]
    numbers, connection = [name.message_id for name in names], names[0].connection
    if connection:
        await _unless_done(bot.delete_business_messages(connection, numbers))
    else:
        # ids that are gone already are passed over by Telegram itself
        await _unless_done(bot.delete_messages(names[0].chat_id, numbers))


async def _mark_seen(bot: Bot, errand: MarkSeen) -> None:
    name = ids.get(errand.external_id)
    if not name.connection:
        raise UnsupportedContent("Telegram shows people no seen marks of a bot")
    await bot.read_business_message(name.connection, name.chat_id, name.message_id)


async def _unless_done(call: Awaitable[object]) -> None:
    """Wait for a call; its refusal because it was done before is no failure."""
    try:
        await call
    except BadRequest as error:
        if not any(words in str(error).lower() for words in _DONE_BEFORE):
            raise
