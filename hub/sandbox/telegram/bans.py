"""What a ban does to a bot. Telegram tells nobody: calls are refused from now on (facts A7, F)."""

from time import time

from hub.sandbox import seeds
from hub.sandbox.bans.ban import Ban
from hub.sandbox.bans.reaching import on_bot
from hub.sandbox.telegram import acts
from hub.sandbox.telegram.refusing import Refused
from hub.sandbox.telegram.updates import find_bot, take_back
from hub.sandbox.world import Bot, World

_LONG_WAIT = 7200
"""Seconds to wait that a bot is told when its ban names no end; over an hour means restricted (facts F)."""


def check(world: World, bot: Bot, *, sends: bool) -> None:
    """Raise Refused when a ban is on the bot."""
    ban = on_bot(world, bot.id)
    match ban.level if ban else "":
        case "banned":
            raise Refused(401)
        case "restricted" if sends:
            raise Refused(400, "FROZEN_METHOD_INVALID")
        case "rate_limited" if sends and ban is not None:
            wait = max(int(ban.until - time()), 1) if ban.until else _LONG_WAIT
            raise Refused(429, f"retry after {wait}", {"retry_after": wait})


def begin(world: World, ban: Ban) -> None:
    """Let a ban take hold. A revoked token is replaced: `kept` is the old one, and the webhook is gone with it [K]."""
    bot = find_bot(world, ban.target)
    if ban.level == "recipient":
        acts.customer_blocks(world, bot, ban.person)
    elif ban.level == "credentials":
        ban.kept = bot.token
        _rename(world, bot, f"{bot.id}:{seeds.derive(f'token of {ban.id}', 35)}")


def end(world: World, ban: Ban) -> None:
    """Let go. The old token works again."""
    bot = find_bot(world, ban.target)
    if ban.level == "recipient":
        acts.customer_unblocks(world, bot, ban.person)
    elif ban.level == "credentials" and ban.kept:
        _rename(world, bot, ban.kept)


def _rename(world: World, bot: Bot, token: str) -> None:
    bot.updates = take_back(world, bot)
    del world.bots[bot.token]
    bot.token, bot.url, bot.secret = token, "", ""
    world.bots[token] = bot
