"""The Facebook Messenger adapter: one page a channel, one Meta app for the platform."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import httpx

from hub.channels.base import Adapter, AdapterContext, Answer, Known, Polled, Route, SecretQuery
from hub.channels.facebook import errors, parse, webhook
from hub.channels.facebook.client import Graph, GraphError, retrying
from hub.channels.facebook.render import TEXT_LIMIT, render
from hub.errors import HubError, Invalid, Unavailable
from hub.types import (
    Capabilities,
    ChannelKind,
    CredentialField,
    FailureKind,
    Health,
    HealthState,
    InboundEvent,
    JournalEvent,
    JsonObject,
    OutboundMessage,
    ProviderAccount,
    RawEvent,
    Secret,
    Sender,
    SenderProfile,
    SendFailure,
    Sent,
    Verdict,
    WebhookRequest,
    WebhookSecret,
)

_FIELDS = (
    "messages",
    "messaging_postbacks",
    "messaging_optins",
    "messaging_referrals",
    "message_deliveries",
    "message_reads",
    "message_echoes",
    "message_edits",
    "message_reactions",
    "messaging_handovers",
    "standby",
    "messaging_account_linking",
    "messaging_policy_enforcement",
    "messaging_feedback",
    "business_integrity",
)
"""What a page is subscribed to (providers.md B1, B5)."""

_PAGE_ID = re.compile(r"[0-9]{1,30}")
_UNREACHABLE = "Meta could not be reached; try again, and check HUB_FACEBOOK_GRAPH_URL if it stays so"
_REFUSED = "Meta refuses the page's token; connect the page again with a token of that page"
_OTHER_PAGE = "the token is not for the page with this id; enter the id and the token of the same page"


class FacebookAdapter(Adapter):
    kind: ClassVar[ChannelKind] = webhook.KIND
    label: ClassVar[str] = "Facebook Messenger"
    processors: ClassVar[tuple[str, ...]] = ("meta",)
    capabilities: ClassVar[Capabilities] = Capabilities(
        text_limit=TEXT_LIMIT,
        receipts=True,
        reply_window=24 * 60 * 60,
        lawful_after_window=(
            "wait until the person writes again",
            "answer as a human agent within 7 days, if Meta granted the page that permission",
            "reach the person on another channel they use",
        ),
    )
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField("page_id", "Page id", secret=False),
        CredentialField("page_access_token", "Page access token"),
    )
    routes: ClassVar[tuple[Route, ...]] = (Route("/webhooks/facebook", methods=("GET", "POST")),)

    def __init__(self, context: AdapterContext) -> None:
        settings = context.settings
        self._app_id = settings.facebook_app_id
        self._app_secret = Secret(settings.facebook_app_secret.get_secret_value())
        self._verify_token = Secret(settings.facebook_verify_token.get_secret_value())
        root = f"{settings.facebook_graph_url}/{settings.facebook_graph_version}"
        self._graph = Graph(root, self._app_secret, context.http)

    def missing_settings(self) -> tuple[str, ...]:
        needed = {
            "HUB_FACEBOOK_APP_ID": self._app_id,
            "HUB_FACEBOOK_APP_SECRET": self._app_secret,
            "HUB_FACEBOOK_VERIFY_TOKEN": self._verify_token,
        }
        return tuple(name for name, value in needed.items() if not value)

    def secret_query(self, request: WebhookRequest) -> SecretQuery:  # noqa: ARG002
        return Known((WebhookSecret(self._app_secret),))

    def verify(self, request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Verdict:
        return webhook.verify(request, secrets)

    def answer_challenge(self, request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Answer | None:  # noqa: ARG002
        return webhook.answer_challenge(request, self._verify_token)

    def split(self, request: WebhookRequest) -> list[RawEvent]:
        return webhook.split(request.body)

    def parse(self, event: JournalEvent, sender: Sender) -> list[InboundEvent]:
        return parse.parse(event, sender.address, self._app_id)

    def classify(self, error: Exception) -> SendFailure:
        return errors.classify(error)

    async def send(self, message: OutboundMessage, sender: Sender) -> Sent:
        """Send once, as an answer inside the 24-hour window."""
        answer = await self._graph.post("me/messages", sender.credentials["page_access_token"], render(message))
        return Sent(str(answer["message_id"]))

    async def identify(self, credentials: JsonObject) -> SenderProfile:
        """Ask whose page it is. Raises Invalid (wrong page or token), Unavailable (not reachable)."""
        page_id, token = str(credentials.get("page_id", "")).strip(), credentials.get("page_access_token")
        if not _PAGE_ID.fullmatch(page_id) or not isinstance(token, str) or not token.strip():
            raise Invalid("page_id must be the page's number, and page_access_token its token")
        try:
            page: JsonObject = await retrying()(self._graph.get, page_id, Secret(token.strip()), {"fields": "id,name"})
        except (GraphError, httpx.HTTPError) as error:
            raise _in_our_words(error) from None
        if str(page.get("id")) != page_id:
            raise Invalid(_OTHER_PAGE)
        return SenderProfile(page_id, str(page.get("name", "")))

    async def setup(self, sender: Sender) -> None:
        """Subscribe the app to the page's events. Raises Invalid, Unavailable."""
        token = sender.credentials["page_access_token"]
        body = {"subscribed_fields": ",".join(_FIELDS)}
        try:
            await retrying()(self._graph.post, f"{sender.address}/subscribed_apps", token, body)
        except (GraphError, httpx.HTTPError) as error:
            raise _in_our_words(error) from None

    async def health(self, sender: Sender) -> Health:
        """Ask whose token it is, and whether the page still sends us its events. Never raises."""
        try:
            problems = await self._problems(sender)
        except Exception as error:  # noqa: BLE001 - a probe never raises
            found = _in_our_words(error)
            broken = isinstance(found, Invalid)
            return Health(HealthState.BROKEN if broken else HealthState.UNKNOWN, (found.detail,))
        return Health(HealthState.BROKEN if problems else HealthState.OK, problems)

    async def _problems(self, sender: Sender) -> tuple[str, ...]:
        token = sender.credentials["page_access_token"]
        me: JsonObject = await retrying()(self._graph.get, "me", token, {"fields": "id"})
        if str(me.get("id")) != sender.address:
            return (_OTHER_PAGE,)
        answer: JsonObject = await retrying()(self._graph.get, f"{sender.address}/subscribed_apps", token, {})
        ours = [app for app in _rows(answer) if str(app.get("id")) == self._app_id]
        if not ours:
            return ("the page does not send its events to the hub; check the channel to subscribe it again",)
        missing = sorted(set(_FIELDS) - set(map(str, ours[0].get("subscribed_fields") or ())))
        return (
            (f"the page does not send {', '.join(missing)}; check the channel to subscribe it again",)
            if missing
            else ()
        )

    async def recover(self, sender: Sender, since: datetime) -> list[RawEvent]:  # noqa: ARG002
        """Nothing to list: Meta itself delivers again for hours."""
        return []

    async def poll(self, sender: Sender, cursor: str) -> Polled:  # noqa: ARG002
        return Polled((), cursor)

    async def probe_account(self, account: ProviderAccount) -> Health:  # noqa: ARG002
        return Health(HealthState.OK)


def _rows(answer: JsonObject) -> list[dict[str, Any]]:
    data = answer.get("data")
    return [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []


def _in_our_words(error: Exception) -> HubError:
    if isinstance(error, GraphError) and errors.classify(error).kind in {FailureKind.CREDENTIALS, FailureKind.CONTENT}:
        return Invalid(_REFUSED)
    return Unavailable(_UNREACHABLE)
