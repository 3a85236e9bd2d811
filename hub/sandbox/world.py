"""Everything the sandbox knows: bots, pages, numbers, messages, threads, and the webhooks it owes."""

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import dataclass, field
from time import time
from typing import Any

from starlette.requests import Request

from hub.sandbox import seeds
from hub.sandbox.bans.ban import Ban
from hub.sandbox.faults import Faults
from hub.sandbox.files import Files
from hub.sandbox.people import People
from hub.sandbox.provisioned import Provisioned
from hub.sandbox.queue import WebhookQueue
from hub.sandbox.schedules import State
from hub.sandbox.signing import meta_signature
from hub.sandbox.threads import Threads
from hub.sandbox.webhook import Destination, Webhook

JsonObject = dict[str, Any]
FORM = "application/x-www-form-urlencoded"
_MESSAGES_KEPT = 60_000
_ID_BASE = 1_000


@dataclass
class Bot:
    """A Telegram bot with its webhook.

    updates   wait for getUpdates; with a webhook they are webhooks instead
    chats     who ever wrote to the bot: chat id to "open" or "blocked"
    queries   presses of buttons that were not answered
    """

    id: int
    name: str
    username: str
    token: str
    url: str = ""
    secret: str = ""
    allowed: list[str] = field(default_factory=list)
    max_connections: int = 40
    updates: list[JsonObject] = field(default_factory=list)
    chats: dict[str, str] = field(default_factory=dict)
    queries: list[str] = field(default_factory=list)


@dataclass
class Page:
    """A Facebook page.

    scopes      what its token allows; `revoked`: whoever connected it took that back
    blocked     who blocked it; `restricted`: Meta lets it send nothing
    actions     the newest "psid:typing_on" and "psid:mark_seen" that it was told to show
    """

    id: str
    name: str
    token: str
    fields: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=lambda: ["pages_messaging", "pages_manage_metadata"])
    revoked: bool = False
    blocked: list[str] = field(default_factory=list)
    restricted: bool = False
    actions: list[str] = field(default_factory=list)


@dataclass
class Account:
    """A Twilio account; `owner` is the sid of the parent account, its own for the parent."""

    sid: str
    token: str
    name: str
    owner: str
    status: str = "active"


@dataclass
class Settings:
    """Where the providers without a configuration API of their own deliver to."""

    facebook_webhook_url: str = ""
    facebook_verify_token: str = seeds.APP_VERIFY_TOKEN
    facebook_batch: int = 1
    mail_inbound_url: str = ""
    mail_raw_url: str = ""
    mail_intake_token: str = ""
    mail_events_url: str = ""
    twilio_errors_url: str = ""


@dataclass(frozen=True)
class Place:
    """Where the sandbox listens, and how much faster than real its retries run."""

    host: str = "127.0.0.1"
    port: int = 8010
    smtp_port: int = 8025
    speed: float = 1.0


class World:
    """The mutable whole; one per process."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.faults = Faults()
        self.threads = Threads()
        self.files = Files()
        self._under_way: set[asyncio.Future[None]] = set()
        self.queue = WebhookQueue(self.faults, place.speed, self._resolve, self._started, self._attempted)
        self._be_born()

    def _be_born(self) -> None:
        self.settings = Settings()
        self.people = People()
        self.counters: dict[str, int] = {}
        self.bots = {seed.token: Bot(**vars(seed)) for seed in seeds.BOTS}
        self.pages = {seed.id: Page(**vars(seed)) for seed in seeds.PAGES}
        parent = Account(seeds.ACCOUNT_SID, seeds.ACCOUNT_TOKEN, "Sandbox parent account", seeds.ACCOUNT_SID)
        self.accounts = {parent.sid: parent}
        self.numbers: dict[str, JsonObject] = {}
        self.senders: dict[str, JsonObject] = {}
        self.messages: OrderedDict[str, JsonObject] = OrderedDict()
        self.opted_out: list[str] = []
        self.contents: dict[str, JsonObject] = {}
        self.provisioned = Provisioned.at_birth()
        self.bans: dict[str, Ban] = {}
        self.changes = 0

    def reset(self) -> None:
        """Forget everything but where the sandbox listens. Twilio's numbers come back with `twilio.seed`."""
        self.queue.clear()
        self.threads.clear()
        self.files.clear()
        self.faults.waiting.clear()
        self._be_born()

    def next_id(self, name: str) -> int:
        """Return the next number of a provider's counter."""
        self.counters[name] = self.counters.get(name, _ID_BASE) + 1
        self.changes += 1
        return self.counters[name]

    def keep_message(self, message: JsonObject) -> None:
        """Keep a Twilio message; the oldest are forgotten."""
        self.messages[message["sid"]] = message
        if len(self.messages) > _MESSAGES_KEPT:
            self.messages.popitem(last=False)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something once the call at hand is answered."""
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def after(self, seconds: float) -> float:
        """Return the moment that lies some real-world seconds ahead, at this sandbox's speed."""
        return time() + seconds / self.place.speed

    # --- what the queue asks and tells -----------------------------------------------------------------

    def _resolve(self, webhook: Webhook) -> Destination | None:
        kind, _, name = webhook.target.partition(":")
        match kind:
            case "telegram":
                bot = self.bots.get(name)
                if bot is None or not bot.url:
                    return None
                headers = {"X-Telegram-Bot-Api-Secret-Token": bot.secret} if bot.secret else {}
                return Destination(bot.url, headers)
            case "facebook":
                signature = meta_signature(seeds.APP_SECRET, webhook.body.encode("latin-1"))
                return Destination(self.settings.facebook_webhook_url, {"X-Hub-Signature-256": signature})
            case _:
                return Destination(webhook.target, {"I-Twilio-Idempotency-Token": webhook.id} if webhook.tries else {})

    def _started(self, webhook: Webhook) -> None:
        if webhook.effect:
            self.apply_status(webhook.channel, *webhook.effect)
        self.changes += 1

    def apply_status(self, channel: str, message_id: str, status: str) -> None:
        """A message reached a status: the phone's tick and Twilio's own record follow."""
        self.threads.raise_status(channel, message_id, status)
        message = self.messages.get(message_id)
        if message:
            message["status"] = status
            message["changed"] = time()

    def _attempted(self, webhook: Webhook) -> None:
        self.changes += 1
        if webhook.what == "message" and webhook.state == State.ACKNOWLEDGED:
            for message_id in webhook.message_id.split(","):
                self.threads.raise_status(webhook.channel, message_id, "delivered")


def world_of(request: Request) -> World:
    """Return the world this request came to."""
    world: World = request.app.state.world
    return world
