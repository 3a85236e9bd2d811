"""Whether a page sends us its events, and making it do so."""

import httpx

from hub.channels.facebook.calls import token_of
from hub.channels.facebook.tokens import OTHER_PAGE, App, inspect, problem
from hub.channels.meta.graph import Graph, GraphError, retrying, rows_of
from hub.log import get_logger
from hub.types import JsonObject, Sender
from hub.types.bans import Drift, DriftKind

FIELDS = (
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

_NOT_SUBSCRIBED = "the page does not send its events to the hub; check the channel to subscribe it again"

log = get_logger(__name__)


async def make(graph: Graph, sender: Sender) -> None:
    """Subscribe the app to the page; safe to repeat. Raises GraphError, httpx.HTTPError."""
    body = {"subscribed_fields": ",".join(FIELDS)}
    await retrying()(graph.post, f"{sender.address}/subscribed_apps", token_of(sender), body)


async def mend(graph: Graph, app: App, sender: Sender) -> None:
    """Subscribe the page again when Meta dropped it. A page that refuses is `health`'s to tell: nothing is raised."""
    try:
        if await _unsent(graph, app, sender):
            await make(graph, sender)
            log.info("subscription.mended", sender_id=sender.id)
    except (GraphError, httpx.HTTPError) as error:
        log.info("subscription.unknown", sender_id=sender.id, error=type(error).__name__)


async def drift(graph: Graph, app: App, sender: Sender) -> tuple[Drift, ...]:
    """Return what keeps a page from working. Raises GraphError, httpx.HTTPError."""
    token = token_of(sender)
    me: JsonObject = await retrying()(graph.get, "me", token, {"fields": "id"})
    if str(me.get("id")) != sender.address:
        return (OTHER_PAGE,)
    wrong = problem(await inspect(graph, app, token), app.id, sender.address)
    if wrong:
        return (wrong,)
    missing = await _unsent(graph, app, sender)
    if set(missing) == set(FIELDS):
        return (Drift(DriftKind.WEBHOOK, _NOT_SUBSCRIBED, mended_by_setup=True),)
    some = f"the page does not send {', '.join(missing)}; check the channel to subscribe it again"
    return (Drift(DriftKind.SUBSCRIPTION, some, mended_by_setup=True),) if missing else ()


async def _unsent(graph: Graph, app: App, sender: Sender) -> tuple[str, ...]:
    """Return the events that the page does not send to our app."""
    answer: JsonObject = await retrying()(graph.get, f"{sender.address}/subscribed_apps", token_of(sender), {})
    ours = [row for row in rows_of(answer) if str(row.get("id")) == app.id]
    sent = {str(field) for row in ours for field in row.get("subscribed_fields") or ()}
    return tuple(field for field in FIELDS if field not in sent)
