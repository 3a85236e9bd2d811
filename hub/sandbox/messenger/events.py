"""What customers do on Messenger, and the events of the app's webhook."""

import json
from collections.abc import Sequence
from time import time
from typing import Any

import httpx

from hub.sandbox import seeds
from hub.sandbox.threads import new_bubble
from hub.sandbox.webhook import Webhook, webhook_id
from hub.sandbox.world import JsonObject, Page, World

_FIELDS = {"message": "messages", "delivery": "message_deliveries", "read": "message_reads", "echo": "message_echoes"}


def owed_event(world: World, page: Page, what: str, psid: str, event: JsonObject, mid: str) -> Webhook | None:
    """Return the webhook of one event; None when nobody subscribed to it."""
    if not world.settings.facebook_webhook_url or _FIELDS[what] not in page.fields:
        return None
    entries = [_entry(page.id, event)]
    if what != "message":
        # receipts wait for their time, and nobody waits for them
        return _webhook("receipt", f"facebook:{mid}", entries, mid)
    # batches mix pages and people, so with them all messages keep one order
    lane = "facebook" if world.settings.facebook_batch > 1 else f"facebook:{page.id}:{psid}"
    return _webhook("message", lane, entries, mid)


def _entry(page_id: str, event: JsonObject) -> JsonObject:
    return {"id": page_id, "time": int(time() * 1000), "messaging": [event]}


def _webhook(what: str, lane: str, entries: Sequence[Any], message_id: str) -> Webhook:
    return Webhook(
        id=webhook_id(),
        channel="facebook",
        what=what,
        rule="meta",
        lane=lane,
        target="facebook",
        body=json.dumps({"object": "page", "entry": entries}, separators=(",", ":")),
        content_type="application/json",
        created=time(),
        due=0.0,
        message_id=message_id,
    )


def customer_writes(world: World, page: Page, psid: str, text: str) -> tuple[str, Webhook | None]:
    """A customer writes to a page. Returns the message id and the webhook owed for it, which the caller queues."""
    mid = "m_" + seeds.derive(f"mid {world.next_id('facebook')}", 40)
    bubble = new_bubble("facebook", psid, page.id, "customer", text, mid)
    world.threads.add(bubble)
    event = {
        "sender": {"id": psid},
        "recipient": {"id": page.id},
        "timestamp": int(bubble.at * 1000),
        "message": {"mid": mid, "text": text},
    }
    return mid, owed_event(world, page, "message", psid, event, mid)


def merge(webhooks: Sequence[Webhook]) -> Webhook:
    """Return one webhook with the entries of several."""
    entries = [entry for webhook in webhooks for entry in json.loads(webhook.body)["entry"]]
    return _webhook("message", "facebook", entries, ",".join(webhook.message_id for webhook in webhooks))


async def check_webhook(url: str, verify_token: str) -> str:
    """Ask an URL the challenge, as Meta does before it takes one. Returns what is wrong, "" if nothing."""
    challenge = seeds.derive(f"challenge {time()}", 16)
    query = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": challenge}
    try:
        async with httpx.AsyncClient(timeout=10.0) as client:
            reply = await client.get(url, params=query)
    except httpx.HTTPError as error:
        return f"the webhook URL cannot be reached ({type(error).__name__}); start the hub first"
    if reply.status_code != 200 or reply.text != challenge:
        return f"the challenge was answered {reply.status_code} without its text; check the verify token"
    return ""
