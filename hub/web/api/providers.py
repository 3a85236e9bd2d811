"""Which companies the hub may send data to (J0). Platform scope only."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from hub.access.permissions import Permission
from hub.providers import activation
from hub.providers.activation import ProviderView
from hub.types import Page
from hub.web.api.frame import Call, Endpoint, Listing, Paging, Shown


class Provider(Shown):
    id: str
    name: str
    purpose: str
    data: list[str] = Field(description="Which data goes there")
    region: str
    basis: str = Field(description="Why it may go there (GDPR)")
    need: Literal["inherent", "optional"]
    variables: list[str] = Field(description="The settings whose URLs are its hosts")
    configured: list[str] = Field(description="Those of them that are set")
    media: list[str] = Field(description="Further hosts, of its files")
    reviewed: date
    state: Literal["inherent", "off", "active", "review"] = Field(
        description="`review`: activated, and the registry changed since"
    )
    activated_at: datetime | None
    activated_by: str | None
    registry_version: str | None = Field(description="The version of the registry it was activated in")


def list_providers(call: Call[None, Paging]) -> Page[ProviderView]:
    return Page(activation.list_providers(call.services, call.actor), None)


def activate(call: Call[None, None]) -> ProviderView:
    return activation.activate(call.services, call.actor, call.path["id"])


def deactivate(call: Call[None, None]) -> ProviderView:
    return activation.deactivate(call.services, call.actor, call.path["id"])


ENDPOINTS = (
    Endpoint("GET", "/platform/providers", "List providers", list_providers, Listing[Provider], query=Paging,
             permission=Permission.PLATFORM),
    Endpoint("POST", "/platform/providers/{id}/activate", "Activate an optional provider", activate, Provider,
             permission=Permission.PLATFORM),
    Endpoint("POST", "/platform/providers/{id}/deactivate", "Deactivate an optional provider", deactivate, Provider,
             permission=Permission.PLATFORM),
)  # fmt: skip
