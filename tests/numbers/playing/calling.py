"""Calls of the supplier in the name of any of its accounts, through the hub's own webhook doors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import anyio
import httpx

from hub.sandbox.signing import twilio_signature
from tests.line import webhooks
from tests.numbers.playing.play import Play

_BASE = "https://hub.example.com"


@dataclass(frozen=True)
class Call:
    """One call of the supplier, as all its accounts could make it."""

    what: str
    path: str
    fields: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)


def account_of(play: Play, which: int) -> tuple[str, str]:
    """An organization's sub-account, and its token."""
    external_id = list(play.supplier.names.values())[which]
    return external_id, play.supplier.tokens[external_id]


def post(play: Play, call: Call, account: str, token: str) -> httpx.Response:
    """Make a call in an account's name, signed with a token."""
    url = _BASE + call.path + (f"?{urlencode(call.query)}" if call.query else "")
    fields = {**call.fields, "AccountSid": account}
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "x-twilio-signature": twilio_signature(token, url, fields.items()),
    }

    async def send() -> httpx.Response:
        async with webhooks(play.services) as client:
            return await client.post(url, content=urlencode(fields), headers=headers)

    return anyio.run(send)
