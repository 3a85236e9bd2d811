"""Incidents: what was or is wrong with the senders of channels."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from hub.access.permissions import Permission
from hub.db.incidents import IncidentView
from hub.numbers import health
from hub.types import Page
from hub.web.api.frame import Call, Endpoint, Listing, Paging, Shown


class Incident(Shown):
    id: str
    channel_id: str
    what: str = Field(description="What it is about: webhook, subscription, permission, token, number, relay, …")
    side: Literal["ours", "provider", "yours"] = Field(description="Whose it is to mend")
    words: str = Field(description="Cause and mend")
    repaired: bool = Field(description="The hub put it right by itself")
    opened_at: datetime
    restored_at: datetime | None = Field(description="null while it lasts")
    seconds: float | None = Field(description="How long it lasted; null while it does")


class IncidentAnywhere(Incident):
    channel: str
    organization_id: str
    organization: str


def list_of_channel(call: Call[None, Paging]) -> Page[IncidentView]:
    query = call.query
    return health.list_of_channel(call.services, call.actor, call.path["id"], query.limit, query.cursor)


def list_everywhere(call: Call[None, Paging]) -> Page[IncidentView]:
    return health.list_everywhere(call.services, call.actor, call.query.limit, call.query.cursor)


ENDPOINTS = (
    Endpoint("GET", "/channels/{id}/incidents", "List what was wrong with a channel", list_of_channel,
             Listing[Incident], query=Paging, permission=Permission.READ_CHANNELS),
    Endpoint("GET", "/platform/incidents", "List what was wrong with all senders", list_everywhere,
             Listing[IncidentAnywhere], query=Paging, permission=Permission.PLATFORM),
)  # fmt: skip
