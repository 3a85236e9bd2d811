"""The platform's customers. Platform scope only."""

from datetime import datetime

from pydantic import Field, SecretStr

from hub.access import organizations
from hub.access.organizations import CreatedOrganization
from hub.access.permissions import Permission
from hub.db.organizations import OrganizationView
from hub.types import Page
from hub.web.api.frame import Body, Call, Endpoint, Listing, Paging, Shown


class Organization(Shown):
    id: str
    name: str
    time_zone: str
    created_at: datetime


class NewOrganization(Body):
    name: str = Field(min_length=1, max_length=200)
    owner_email: str = Field(min_length=3, max_length=200)
    owner_password: SecretStr | None = Field(None, max_length=1024, description="Without one the owner is invited")


class FreshOrganization(Shown):
    id: str
    owner_id: str
    token: str = Field(description="An API token of the organization, shown this once")
    invitation: str | None = Field(description="Lets the owner choose a password, shown this once")


def list_organizations(call: Call[None, Paging]) -> Page[OrganizationView]:
    return organizations.list_organizations(call.services, call.actor, call.query.limit, call.query.cursor)


def create_organization(call: Call[NewOrganization, None]) -> CreatedOrganization:
    password = call.body.owner_password
    plain = None if password is None else password.get_secret_value()
    new = organizations.NewOrganization(call.body.name, call.body.owner_email, plain)
    return organizations.create_organization(call.services, call.actor, new, call.once)


_PLATFORM = Permission.PLATFORM

ENDPOINTS = (
    Endpoint("GET", "/platform/organizations", "List organizations", list_organizations, Listing[Organization],
             query=Paging, permission=_PLATFORM),
    Endpoint("POST", "/platform/organizations", "Create an organization", create_organization, FreshOrganization,
             body=NewOrganization, status=201, permission=_PLATFORM, creates=True),
)  # fmt: skip
