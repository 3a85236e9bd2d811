"""The Facebook Messenger adapter: one page a channel, one Meta app for the platform."""

import json
import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote

import httpx

from hub.channels.base import Adapter, AdapterContext, Polled
from hub.channels.doors import MIB, Answer, Known, Route, SecretQuery
from hub.channels.facebook import calls, errors, looking, parse, raw, signed_request, subscription, tokens, webhook
from hub.channels.facebook.reactions import WORDS
from hub.channels.facebook.render import TEXT_LIMIT, render
from hub.channels.fetching import Fetched
from hub.channels.looking import Eye
from hub.channels.meta import appeals
from hub.channels.meta.graph import Graph, GraphError
from hub.channels.notices import CONNECTED_BY, Notice
from hub.errors import Invalid
from hub.types import (
    ButtonRule,
    Candidate,
    Capabilities,
    ChannelKind,
    CredentialField,
    Errand,
    Health,
    HealthState,
    InboundEvent,
    JournalEvent,
    JsonObject,
    LookUp,
    MediaKind,
    MediaRule,
    OutboundMessage,
    ProviderAccount,
    RawEvent,
    Reactions,
    Secret,
    Sender,
    SenderProfile,
    SendFailure,
    Sent,
    Uncertain,
    Verdict,
    WebhookRequest,
    WebhookSecret,
)
from hub.types.bans import AppealPlace, Look

_PAGE_ID = re.compile(r"[0-9]{1,30}")
_FILE_LIMIT = 25 * MIB
"""General knowledge, not confirmed (providers.md B3)."""


class FacebookAdapter(Adapter):
    kind: ClassVar[ChannelKind] = webhook.KIND
    label: ClassVar[str] = "Facebook Messenger"
    signal_family: ClassVar[str] = "messenger"
    appeal: ClassVar[AppealPlace] = appeals.OF_PAGES
    invitation_place: ClassVar[int | None] = 3
    may_begin: ClassVar[bool] = False
    processors: ClassVar[tuple[str, ...]] = ("meta",)
    names_people: ClassVar[bool] = True
    capabilities: ClassVar[Capabilities] = Capabilities(
        text_limit=TEXT_LIMIT,
        splits_text=True,
        media={
            MediaKind.IMAGE: MediaRule(_FILE_LIMIT, ("image/jpeg", "image/png", "image/gif")),
            MediaKind.VIDEO: MediaRule(_FILE_LIMIT, ("video/*",)),
            MediaKind.AUDIO: MediaRule(_FILE_LIMIT, ("audio/*",)),
            MediaKind.VOICE: MediaRule(_FILE_LIMIT, ("audio/*",)),
            MediaKind.FILE: MediaRule(_FILE_LIMIT),
        },
        reply_to=True,
        reactions=Reactions.LISTED,
        reaction_list=tuple(WORDS),
        buttons=ButtonRule(most=13, label_limit=20),
        typing=True,
        seen=True,
        receipts=True,
        read_receipts=True,
        recovers=True,
        reply_window=24 * 60 * 60,
        late_window=7 * 24 * 60 * 60,
        lawful_after_window=("wait until the person writes again",),
        # Meta takes 300 a second of a page, but 10 of audio and video; what is too much is told to wait
        sends_per_second=40.0,
        parallel_sends=8,
        look_up_after=30.0,
    )
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField("page_id", "Page id", secret=False),
        CredentialField("page_access_token", "Page access token"),
    )
    routes: ClassVar[tuple[Route, ...]] = (
        Route("/webhooks/facebook", methods=("GET", "POST")),
        Route(signed_request.DEAUTHORIZE),
        Route(signed_request.DATA_DELETION),
    )

    def __init__(self, context: AdapterContext) -> None:
        settings = context.settings
        self._app_secret = Secret(settings.facebook_app_secret.get_secret_value())
        self._verify_token = Secret(settings.facebook_verify_token.get_secret_value())
        self._http = context.http
        self._base_url = settings.base_url
        version = settings.facebook_graph_version
        self._graph = Graph(f"{settings.facebook_graph_url}/{version}", self._app_secret, context.http)
        self._app = tokens.App(
            settings.facebook_app_id,
            self._app_secret,
            f"{settings.facebook_dialog_url}/{version}",
            f"{self._base_url}/admin/channels/connected",
        )

    def missing_settings(self) -> tuple[str, ...]:
        needed = {
            "HUB_FACEBOOK_APP_ID": self._app.id,
            "HUB_FACEBOOK_APP_SECRET": self._app_secret,
            "HUB_FACEBOOK_VERIFY_TOKEN": self._verify_token,
        }
        return tuple(name for name, value in needed.items() if not value)

    def secret_query(self, request: WebhookRequest) -> SecretQuery:  # noqa: ARG002
        return Known((WebhookSecret(self._app_secret),))

    def verify(self, request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Verdict:
        if request.path in signed_request.PATHS:
            return signed_request.verify(request, secrets)
        return webhook.verify(request, secrets)

    def answer_challenge(self, request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Answer | None:  # noqa: ARG002
        return webhook.answer_challenge(request, self._verify_token)

    def read_notice(self, request: WebhookRequest) -> Notice | None:
        return signed_request.read(request, self._app_secret) if request.path in signed_request.PATHS else None

    def answer_accepted(self, request: WebhookRequest, told: str) -> Answer | None:  # noqa: ARG002
        """Tell Meta where the person sees what became of their request, and under which code."""
        if request.path != signed_request.DATA_DELETION:
            return None
        code = signed_request.code_of(request, self._app_secret)
        where = {"url": f"{self._base_url}/data-deletion/{code}", "confirmation_code": code}
        return Answer(200, json.dumps(where).encode(), "application/json")

    def split(self, request: WebhookRequest) -> list[RawEvent]:
        return webhook.split(request.body)

    def parse(self, event: JournalEvent, sender: Sender) -> list[InboundEvent]:
        return parse.parse(event, sender.address, self._app.id)

    def show_raw(self, event: JournalEvent) -> str:
        return raw.show(event)

    def classify(self, error: Exception) -> SendFailure:
        return errors.classify(error)

    def open(self) -> AbstractAsyncContextManager[None]:
        return self._graph.keep()

    async def send(self, message: OutboundMessage, sender: Sender) -> Sent:
        """Send once: an answer in the free window, or (`late`) a person's own answer under the tag for that."""
        call, token = render(message), calls.token_of(sender)
        try:
            if call.file:
                answer = await self._graph.post_file("me/messages", token, call.body, call.file)
            else:
                answer = await self._graph.post("me/messages", token, call.body)
        except GraphError as error:
            error.late = message.late
            raise
        return Sent(str(answer["message_id"]))

    async def look_up(self, uncertain: Uncertain, sender: Sender) -> LookUp:
        return await calls.look_up(self._graph, uncertain, sender)

    async def run_errand(self, errand: Errand, sender: Sender) -> Sequence[InboundEvent]:
        return await calls.run(self._graph, errand, sender)

    async def download(self, source: str, event: JournalEvent, sender: Sender, limit: int) -> Fetched:  # noqa: ARG002
        return await calls.download(self._http, source, limit)

    def sign_in_url(self, state: str) -> str | None:
        return None if self.missing_settings() else tokens.sign_in_url(self._app, state)

    async def list_candidates(self, code: str) -> list[Candidate]:
        return await tokens.candidates(self._graph, self._app, code)

    async def identify(self, credentials: JsonObject) -> SenderProfile:
        """Take a token only if Meta says it is the hub's app's, of this page, and allows what the hub does.

        Raises Invalid naming which of these it is not, Unavailable (not reachable).
        """
        page_id, token = str(credentials.get("page_id", "")).strip(), credentials.get("page_access_token")
        if not _PAGE_ID.fullmatch(page_id) or not isinstance(token, str) or not token.strip():
            raise Invalid("page_id must be the page's number, and page_access_token its token")
        name, facts = await tokens.prove(self._graph, self._app, page_id, Secret(token.strip()))
        return SenderProfile(page_id, name, {CONNECTED_BY: facts.user_id} if facts.user_id else {})

    def deep_link(self, sender: SenderProfile, text: str, code: str = "") -> str:  # noqa: ARG002
        """https://developers.facebook.com/docs/messenger-platform/discovery/m-me-links"""
        return f"https://m.me/{quote(sender.address)}?text={quote(text, safe='')}"

    async def setup(self, sender: Sender) -> None:
        """Subscribe the app to the page's events. Raises Invalid, Unavailable."""
        try:
            await subscription.make(self._graph, sender)
        except (GraphError, httpx.HTTPError) as error:
            raise errors.in_our_words(error) from None

    async def look(self, sender: Sender, now: datetime) -> Look:
        return await looking.look(self._graph, self._app, sender, Eye(self.signal_family, now))

    async def recover(self, sender: Sender, since: datetime) -> list[RawEvent]:  # noqa: ARG002
        """Subscribe the page again where Meta dropped it; there is no list: Meta itself delivers again for hours."""
        await subscription.mend(self._graph, self._app, sender)
        return []

    async def poll(self, sender: Sender, cursor: str) -> Polled:  # noqa: ARG002
        return Polled((), cursor)

    async def probe_account(self, account: ProviderAccount) -> Health:  # noqa: ARG002
        return Health(HealthState.OK)
