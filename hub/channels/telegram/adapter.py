"""The Telegram adapter: one bot a channel, by webhook or by polling."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote

from telegram import User, WebhookInfo
from telegram.error import BadRequest, InvalidToken, TelegramError

from hub.channels.base import Adapter, AdapterContext, Polled
from hub.channels.doors import Answer, OfChannel, Route, SecretQuery
from hub.channels.fetching import Fetched
from hub.channels.looking import Eye, seen
from hub.channels.telegram import errands, errors, files, looking, parse, pointing, raw, sending, webhook
from hub.channels.telegram.chores import LEAVE_GROUPS
from hub.channels.telegram.client import BotApi, retrying, waiting_updates
from hub.channels.telegram.render import address, render
from hub.channels.telegram.saying import CAPABILITIES, compose_for_telegram
from hub.errors import Invalid, Unavailable
from hub.types import (
    Capabilities,
    ChannelKind,
    ChannelSetting,
    CredentialField,
    Errand,
    Health,
    HealthState,
    InboundEvent,
    JournalEvent,
    JsonObject,
    OutboundMessage,
    ProviderAccount,
    RawEvent,
    Said,
    Secret,
    Sender,
    SenderProfile,
    SendFailure,
    Sent,
    Verdict,
    WebhookRequest,
    WebhookSecret,
)
from hub.types.bans import AppealPlace, Look

_PATH = "/webhooks/telegram/"
_POLL_LIMIT = 100
_REFUSED = (
    "Telegram refuses the bot's token; it was revoked, or the bot was deleted or banned. "
    "Enter the token that BotFather shows"
)
_UNREACHABLE = "Telegram could not be reached; try again, and check HUB_TELEGRAM_API_URL if it stays so"


class TelegramAdapter(Adapter):
    kind: ClassVar[ChannelKind] = webhook.KIND
    label: ClassVar[str] = "Telegram"
    signal_family: ClassVar[str] = "telegram"
    appeal: ClassVar[AppealPlace] = AppealPlace(
        "The owner of the bot writes to Telegram's own bot for such questions", "https://t.me/BotSupport"
    )
    invitation_place: ClassVar[int | None] = 2
    may_begin: ClassVar[bool] = False
    processors: ClassVar[tuple[str, ...]] = ("telegram",)
    capabilities: ClassVar[Capabilities] = CAPABILITIES
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField("bot_token", "Bot token from BotFather"),
    )
    channel_settings: ClassVar[tuple[ChannelSetting, ...]] = (
        ChannelSetting(LEAVE_GROUPS, "Leave groups, saying that it talks in private chats only", (True, False)),
    )
    routes: ClassVar[tuple[Route, ...]] = (Route(_PATH + "{channel_id}"),)

    def __init__(self, context: AdapterContext) -> None:
        self._base_url = context.settings.base_url
        self._http = context.http
        self._api = BotApi(context.settings.telegram_api_url, context.http)

    def missing_settings(self) -> tuple[str, ...]:
        return ()

    def secret_query(self, request: WebhookRequest) -> SecretQuery:
        return OfChannel(request.params["channel_id"])

    def verify(self, request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Verdict:
        return webhook.verify(request, secrets)

    def answer_challenge(self, request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Answer | None:  # noqa: ARG002
        return None

    def split(self, request: WebhookRequest) -> list[RawEvent]:
        return webhook.split(request.body)

    def parse(self, event: JournalEvent, sender: Sender) -> list[InboundEvent]:
        return parse.parse(event, sender)

    def show_raw(self, event: JournalEvent) -> str:
        return raw.show(event)

    def compose(self, said: Said) -> tuple[Said, ...]:
        return compose_for_telegram(self.label, said)

    def classify(self, error: Exception) -> SendFailure:
        return errors.classify(error)

    def open(self) -> AbstractAsyncContextManager[None]:
        return self._api.open()

    async def send(self, message: OutboundMessage, sender: Sender) -> Sent:
        """Send once. Telegram has no place for our delivery id: an unanswered send stays uncertain."""
        call, to = render(message), address(message)
        async with self._api.bot(sender.credentials["bot_token"]) as bot:
            return await sending.make(bot, call, to)

    async def run_errand(self, errand: Errand, sender: Sender) -> Sequence[InboundEvent]:
        """React, edit, delete, show typing or seen, answer a press, leave a group. Nothing comes to light by it."""
        async with self._api.bot(sender.credentials["bot_token"]) as bot:
            await errands.run(bot, errand, sender)
        return ()

    async def download(self, source: str, event: JournalEvent, sender: Sender, limit: int) -> Fetched:  # noqa: ARG002
        async with self._api.bot(sender.credentials["bot_token"]) as bot:
            return await files.download(bot, self._http, source, limit)

    async def identify(self, credentials: JsonObject) -> SenderProfile:
        """Ask whose token it is. Raises Invalid (refused, or no token), Unavailable (not reachable)."""
        token = credentials.get("bot_token")
        if not isinstance(token, str) or not token.strip():
            raise Invalid("bot_token is missing; enter the token that BotFather shows")
        try:
            async with self._api.bot(Secret(token.strip())) as bot:
                me: User = await retrying()(bot.get_me)
        except InvalidToken:
            raise Invalid(_REFUSED) from None
        except TelegramError:
            raise Unavailable(_UNREACHABLE) from None
        return SenderProfile(str(me.id), f"@{me.username}")

    def deep_link(self, sender: SenderProfile, text: str, code: str = "") -> str:  # noqa: ARG002
        """https://core.telegram.org/bots/features#deep-linking: "/start CODE" is all that is said."""
        return f"https://t.me/{quote(sender.name.removeprefix('@'))}" + (f"?start={quote(code)}" if code else "")

    async def setup(self, sender: Sender) -> None:
        """Set the webhook, or remove it for a polling channel. Raises Invalid, Unavailable."""
        try:
            async with self._api.bot(sender.credentials["bot_token"]) as bot:
                await pointing.point(bot, sender, self._url(sender))
        except InvalidToken:
            raise Invalid(_REFUSED) from None
        except BadRequest as error:
            raise Invalid(
                f"Telegram refused the webhook address ({error}); HUB_PUBLIC_URL must be a public https address "
                "on port 443, 80, 88 or 8443, or the channel must poll"
            ) from None
        except TelegramError:
            raise Unavailable(_UNREACHABLE) from None

    async def look(self, sender: Sender, now: datetime) -> Look:
        """Ask getMe and getWebhookInfo. Never raises."""
        eye = Eye(self.signal_family, now)
        try:
            async with self._api.bot(sender.credentials["bot_token"]) as bot:
                await retrying()(bot.get_me)
                info: WebhookInfo = await retrying()(bot.get_webhook_info)
        except Exception as error:  # noqa: BLE001 - a look reports whatever stopped it
            return looking.of_error(eye, error, _UNREACHABLE, _REFUSED)
        return seen([eye.saw(looking.WELL)], online=True, drift=pointing.drift(info, sender, self._url(sender)))

    async def recover(self, sender: Sender, since: datetime) -> list[RawEvent]:  # noqa: ARG002
        """Nothing to list: Telegram itself delivers again for 24 hours, once the webhook stands as it should."""
        async with self._api.bot(sender.credentials["bot_token"]) as bot:
            await pointing.point_again(bot, sender, self._url(sender))
        return []

    async def poll(self, sender: Sender, cursor: str) -> Polled:
        """Fetch up to 100 waiting updates; asking with the next cursor confirms them to Telegram."""
        async with self._api.bot(sender.credentials["bot_token"]) as bot:
            updates = await waiting_updates(bot, cursor, _POLL_LIMIT)
        events = [webhook.polled_event(update) for update in updates]
        known = [int(event.key) for event in events if event.unreadable is None]
        return Polled(events, str(max(known) + 1) if known else cursor)

    async def probe_account(self, account: ProviderAccount) -> Health:  # noqa: ARG002
        return Health(HealthState.OK)

    def _url(self, sender: Sender) -> str:
        return f"{self._base_url}{_PATH}{sender.channel_id}"
