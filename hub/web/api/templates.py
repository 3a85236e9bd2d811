"""Message templates of a channel."""

from datetime import datetime

from pydantic import Field

from hub.access.permissions import Permission
from hub.db.templates import TemplateRecord
from hub.provisioning import templates
from hub.types import Page
from hub.web.api.frame import Call, Endpoint, Listing, Shown


class Template(Shown):
    id: str
    name: str
    language: str
    text: str = Field(description="With {{variable}} where a value goes")
    variables: list[str]
    category: str
    status: str = Field(description="`approved` can be sent; any other cannot (yet)")
    synced_at: datetime


def list_templates(call: Call[None, None]) -> Page[TemplateRecord]:
    return Page(templates.list_templates(call.services, call.actor, call.path["id"]), None)


def sync_templates(call: Call[None, None]) -> Page[TemplateRecord]:
    return Page(templates.sync_templates(call.services, call.actor, call.path["id"]), None)


ENDPOINTS = (
    Endpoint("GET", "/channels/{id}/templates", "List a channel's message templates", list_templates,
             Listing[Template], permission=Permission.READ_CHANNELS),
    Endpoint("POST", "/channels/{id}/templates/sync", "Fetch a channel's message templates from its provider",
             sync_templates, Listing[Template], permission=Permission.MANAGE_CHANNELS),
)  # fmt: skip
