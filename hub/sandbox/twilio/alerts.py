"""Twilio's debugger webhook: one signed post per error, to the URL that the console takes (facts C9)."""

import json
from datetime import UTC, datetime
from time import time
from urllib.parse import urlencode

from hub.sandbox import seeds
from hub.sandbox.signing import twilio_signature
from hub.sandbox.webhook import Webhook, webhook_id
from hub.sandbox.world import FORM, JsonObject, World


def tell(world: World, message: JsonObject, code: int) -> None:
    """Queue the alert of a message that failed, unless nobody wants to know."""
    url = world.settings.twilio_errors_url
    if not url:
        return
    account, sid = world.accounts[message["account"]], "NO" + seeds.derive(f"alert {world.next_id('twilio alert')}")
    payload = {
        "resource_sid": message["sid"],
        "service_sid": None,
        "error_code": str(code),
        "more_info": {"Msg": message.get("channel_message", ""), "LogLevel": "ERROR", "product": "Messaging"},
        "webhook": None,
    }
    fields = [
        ("Sid", sid),
        ("AccountSid", account.sid),
        ("ParentAccountSid", account.owner if account.owner != account.sid else ""),
        ("Level", "ERROR"),
        ("Timestamp", datetime.fromtimestamp(time(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")),
        ("PayloadType", "application/json"),
        ("Payload", json.dumps(payload)),
    ]
    world.queue.put(
        Webhook(
            id=webhook_id(),
            channel="whatsapp" if message["from"].startswith("whatsapp:") else "sms",
            what="alert",
            rule="twilio",
            lane=f"twilio:{sid}",
            target=url,
            body=urlencode(fields),
            content_type=FORM,
            created=time(),
            due=0.0,
            headers={"X-Twilio-Signature": twilio_signature(account.token, url.partition("#")[0], fields)},
        )
    )
