"""Calls to the organization's own server: what became of them, and one to try it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from hub.access.permissions import Permission
from hub.calling import writing
from hub.db.outgoing_calls import CallView
from hub.types import Page
from hub.web.api.frame import Call, Endpoint, Listing, Paging, Shown


class WebhookCall(Shown):
    id: str
    kind: str = Field(description="Such as ban.confirmed; docs/outgoing-webhooks.md lists them")
    state: Literal["waiting", "taken", "given_up", "stopped"]
    attempts: int
    trouble: str = Field(description="Why the last attempt came to nothing; empty when it did not")
    due_at: datetime = Field(description="When it is tried next, while it waits")
    created_at: datetime
    done_at: datetime | None


def list_calls(call: Call[None, Paging]) -> Page[CallView]:
    return writing.list_calls(call.services, call.actor, call.query.limit, call.query.cursor)


def send_test(call: Call[None, None]) -> CallView:
    return writing.send_test(call.services, call.actor, call.once)


_MANAGE = Permission.MANAGE_ORGANIZATION

ENDPOINTS = (
    Endpoint("GET", "/organization/webhook/calls", "List calls to the organization's own server", list_calls,
             Listing[WebhookCall], query=Paging, permission=_MANAGE),
    Endpoint("POST", "/organization/webhook/test", "Call the organization's own server to try it", send_test,
             WebhookCall, status=202, permission=_MANAGE, creates=True),
)  # fmt: skip
