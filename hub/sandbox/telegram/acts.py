"""What customers do besides writing: react, edit, block and unblock the bot."""

from time import time

from hub.sandbox.telegram import messages
from hub.sandbox.telegram.updates import announce, find_bot
from hub.sandbox.threads import Bubble
from hub.sandbox.world import Bot, JsonObject, World


def customer_reacts(world: World, bubble: Bubble, emoji: str) -> None:
    """Tell of the change from the reaction that stands to the new one; "" is none."""
    bot = find_bot(world, bubble.endpoint)
    change = {
        "chat": messages.private_chat(world, bubble.address),
        "message_id": messages.number_of(bubble),
        "user": messages.customer(world, bubble.address),
        "date": int(time()),
        "old_reaction": _reactions(bubble.reactions.get("customer", "")),
        "new_reaction": _reactions(emoji),
    }
    announce(world, bot, "message_reaction", change)


def _reactions(emoji: str) -> list[JsonObject]:
    return [{"type": "emoji", "emoji": emoji}] if emoji else []


def customer_edits(world: World, bubble: Bubble, text: str) -> None:
    """Tell of a message's new text, or new caption where it has a file."""
    bot = find_bot(world, bubble.endpoint)
    message = messages.of_bubble(world, bot, bubble)
    words = "text" if "text" in message else "caption"
    announce(world, bot, "edited_message", message | {words: text, "edit_date": int(time())})


def customer_blocks(world: World, bot: Bot, address: str) -> None:
    """A customer blocks a bot."""
    _changes(world, bot, address, "blocked")


def customer_unblocks(world: World, bot: Bot, address: str) -> None:
    """A customer lifts the block."""
    _changes(world, bot, address, "open")


def _changes(world: World, bot: Bot, address: str, state: str) -> None:
    bot.chats[address] = state
    member, kicked = (
        {"user": messages.user(bot), "status": "member"},
        {
            "user": messages.user(bot),
            "status": "kicked",
            "until_date": 0,
        },
    )
    change = {
        "chat": messages.private_chat(world, address),
        "from": messages.customer(world, address),
        "date": int(time()),
        "old_chat_member": member if state == "blocked" else kicked,
        "new_chat_member": kicked if state == "blocked" else member,
    }
    announce(world, bot, "my_chat_member", change)
