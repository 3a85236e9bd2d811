"""Where a bot delivers: setting the webhook up, and what is wrong with the one it has."""

from telegram import Bot, WebhookInfo

from hub.channels.telegram import parse
from hub.channels.telegram.client import retrying
from hub.types import Sender
from hub.types.bans import Drift, DriftKind

_MANY_WAITING = 100
_LOST = Drift(DriftKind.WEBHOOK, "the bot has no webhook; check the channel to set it", mended_by_setup=True)
_ELSEWHERE = Drift(
    DriftKind.WEBHOOK,
    "the bot's webhook points elsewhere: another program uses this bot; check the channel to set it again",
    mended_by_setup=True,
)
_INCOMPLETE = Drift(
    DriftKind.SUBSCRIPTION,
    "Telegram does not send every kind of update the hub reads; check the channel to set it again",
    mended_by_setup=True,
)


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


def drift(info: WebhookInfo, sender: Sender, url: str) -> tuple[Drift, ...]:
    """Say what is wrong with a bot's webhook, nothing when all is well."""
    wanted = "" if polls(sender) else url
    found = []
    if wanted and not info.url:
        found.append(_LOST)
    elif info.url != wanted:
        found.append(_ELSEWHERE)
    return (*found, *_waiting(info), *(() if _complete(info) else (_INCOMPLETE,)))


def _waiting(info: WebhookInfo) -> list[Drift]:
    count = info.pending_update_count
    if count and info.last_error_message:
        said = f"Telegram cannot deliver {count} updates ({info.last_error_message})"
        words = f"{said}; check that HUB_PUBLIC_URL reaches the hub"
        return [Drift(DriftKind.WEBHOOK, words)]
    if count > _MANY_WAITING:
        words = f"{count} updates wait at Telegram; the hub takes them more slowly than they come"
        return [Drift(DriftKind.WEBHOOK, words)]
    return []


def _complete(info: WebhookInfo) -> bool:
    """Telegram names no list where it was never given one, and then sends all but reactions."""
    return not info.allowed_updates or set(parse.ALLOWED_UPDATES) <= set(info.allowed_updates)
