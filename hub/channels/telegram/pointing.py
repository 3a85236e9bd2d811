"""Where a bot delivers: setting the webhook up, and what is wrong with the one it has."""

from telegram import Bot, WebhookInfo

from hub.channels.telegram import parse
from hub.channels.telegram.client import retrying
from hub.types import Sender

_MANY_WAITING = 100


def polls(sender: Sender) -> bool:
    return sender.credentials.get("delivery") == "polling"


async def point(bot: Bot, sender: Sender, url: str) -> None:
    """Set the webhook, or remove it for a polling channel. What waits is never dropped: it is customers' messages."""
    if polls(sender):
        await retrying()(bot.delete_webhook)
        return
    await retrying()(
        bot.set_webhook,
        url,
        secret_token=str(sender.credentials["webhook_secret"]),
        allowed_updates=parse.ALLOWED_UPDATES,
    )


async def point_again(bot: Bot, sender: Sender, url: str) -> None:
    """Set the webhook anew where it was lost, leads elsewhere, or leaves kinds of updates out."""
    info: WebhookInfo = await retrying()(bot.get_webhook_info)
    if not polls(sender) and (info.url != url or not _complete(info)):
        await point(bot, sender, url)


def problems(info: WebhookInfo, sender: Sender, url: str) -> tuple[str, ...]:
    """Say what is wrong with a bot's webhook, cause and mend, nothing when all is well."""
    wanted = "" if polls(sender) else url
    found = []
    if wanted and not info.url:
        found.append("the bot has no webhook; check the channel to set it")
    elif info.url != wanted:
        found.append(
            "the bot's webhook points elsewhere: another program uses this bot; check the channel to set it again"
        )
    found += _waiting(info)
    if not _complete(info):
        found.append("Telegram does not send every kind of update the hub reads; check the channel to set it again")
    return tuple(found)


def _waiting(info: WebhookInfo) -> list[str]:
    count = info.pending_update_count
    if count and info.last_error_message:
        return [
            f"Telegram cannot deliver {count} updates ({info.last_error_message}); "
            "check that HUB_PUBLIC_URL reaches the hub"
        ]
    if count > _MANY_WAITING:
        return [f"{count} updates wait at Telegram; the hub takes them more slowly than they come"]
    return []


def _complete(info: WebhookInfo) -> bool:
    """Telegram names no list where it was never given one, and then sends all but reactions."""
    return not info.allowed_updates or set(parse.ALLOWED_UPDATES) <= set(info.allowed_updates)
