"""What updates ask the bot to do by itself: answer the press of a button, leave a group."""

from typing import Final

from telegram import Bot
from telegram.error import BadRequest, Forbidden

from hub.channels.telegram import fields
from hub.errors import UnsupportedContent
from hub.types import Chore, InboundEvent, JsonObject, NothingToDo, Sender

LEAVE_GROUPS: Final = "leave_groups"
"""The channel's setting: false lets the bot stay in groups, and be silent there."""
_WORDS = {
    "de": "Dieser Bot spricht nur in privaten Chats und verlässt jetzt die Gruppe. Schreiben Sie ihm direkt: {link}",
    "en": "This bot talks in private chats only and leaves this group now. Please write to it directly: {link}",
}
_TALKS = ("group", "supergroup")
"""Where the bot says why it leaves; a channel is left in silence, because all its readers would see it."""


def leave(chat: JsonObject, language: str, sender: Sender) -> list[InboundEvent]:
    """Return what to do in a chat that is not private."""
    if sender.settings.get(LEAVE_GROUPS, True) is not True:
        return [NothingToDo("not from a private chat")]
    kind = fields.text(chat, "type")
    data: JsonObject = {"chat_id": fields.number(chat, "id")}
    if kind in _TALKS:
        data["say"] = "de" if language.partition("-")[0] == "de" else "en"
    return [Chore("leave_group", data)]


def answer_press(query_id: str) -> Chore:
    return Chore("answer_press", {"id": query_id})


async def run(bot: Bot, chore: Chore, sender: Sender) -> None:
    """Do a chore; one that was done before is no failure. Raises UnsupportedContent for one that is none of ours."""
    match chore.what:
        case "answer_press":
            await _answer(bot, str(chore.data["id"]))
        case "leave_group":
            await _leave(bot, int(chore.data["chat_id"]), chore.data.get("say"), sender)
        case _:
            raise UnsupportedContent(f"Telegram has no chore {chore.what}")


async def _answer(bot: Bot, query_id: str) -> None:
    try:
        await bot.answer_callback_query(query_id)
    except BadRequest as error:
        # answered already, or so old that the person's app has given up
        if "query is too old" not in str(error).lower():
            raise


async def _leave(bot: Bot, chat_id: int, say: object, sender: Sender) -> None:
    try:
        if isinstance(say, str) and say in _WORDS:
            await _explain(bot, chat_id, _WORDS[say].format(link=_link(sender)))
        await bot.leave_chat(chat_id)
    except Forbidden:
        # no member any more: left before, or thrown out
        return
    except BadRequest as error:
        if "chat not found" not in str(error).lower() and "not a member" not in str(error).lower():
            raise


async def _explain(bot: Bot, chat_id: int, words: str) -> None:
    try:
        await bot.send_message(chat_id, words)
    except BadRequest:
        # a group where the bot may not write is left all the same
        return


def _link(sender: Sender) -> str:
    return f"https://t.me/{sender.name.removeprefix('@')}"
