"""What the platform itself owns: organizations, provider accounts, numbers. Platform scope only."""

from datetime import datetime
from typing import Literal

from pydantic import Field, SecretStr

from hub.access import organizations
from hub.access.organizations import CreatedOrganization
from hub.access.permissions import Permission
from hub.db.organizations import OrganizationView
from hub.provisioning import accounts, assignment, numbers
from hub.provisioning.accounts import AccountView
from hub.provisioning.numbers import NumberView
from hub.types import Health, Page
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


class Account(Shown):
    id: str
    provider: str
    external_id: str
    name: str
    state: str
    created_at: datetime


class NewAccount(Body):
    external_id: str = Field(min_length=1, max_length=200, description="The provider's id of the account")
    auth_token: SecretStr = Field(min_length=1, max_length=500)
    name: str = Field("", max_length=200)
    provider: str = Field("", max_length=40, description="May stay empty while there is one provider only")


class Probe(Shown):
    state: Literal["ok", "broken", "unknown"]
    problems: list[str]


class Holder(Shown):
    id: str
    name: str


class ChannelOnNumber(Shown):
    id: str
    kind: str
    name: str
    health: Probe


class PoolMessage(Shown):
    id: str
    received_at: datetime
    body: str


class Number(Shown):
    id: str
    number: str
    capabilities: list[str]
    provider_account_id: str
    state: Literal["free", "lent"]
    organization: Holder | None
    health: Probe
    channels: list[ChannelOnNumber]
    messages: list[PoolMessage] = Field(description="The newest that arrived while the number was free")
    created_at: datetime


class NewNumber(Body):
    number: str = Field(min_length=4, max_length=40, description="International form, such as +4930123456")
    capabilities: list[str] = Field(min_length=1, max_length=10)
    provider_account_id: str | None = Field(None, max_length=26, description="Without it the parent account")


class Assignment(Body):
    organization_id: str = Field(min_length=1, max_length=26)
    kind: str = Field(min_length=1, max_length=40)
    name: str = Field("", max_length=200)
    group_id: str | None = Field(None, max_length=26)


def list_organizations(call: Call[None, Paging]) -> Page[OrganizationView]:
    return organizations.list_organizations(call.services, call.actor, call.query.limit, call.query.cursor)


def create_organization(call: Call[NewOrganization, None]) -> CreatedOrganization:
    password = call.body.owner_password
    plain = None if password is None else password.get_secret_value()
    new = organizations.NewOrganization(call.body.name, call.body.owner_email, plain)
    return organizations.create_organization(call.services, call.actor, new, call.once)


def list_accounts(call: Call[None, Paging]) -> Page[AccountView]:
    return Page(accounts.list_accounts(call.services, call.actor), None)


def add_account(call: Call[NewAccount, None]) -> AccountView:
    body = call.body
    new = accounts.NewAccount(body.external_id, body.auth_token.get_secret_value(), body.name, body.provider)
    return accounts.add_account(call.services, call.actor, new, call.once)


def check_account(call: Call[None, None]) -> Health:
    return accounts.check_account(call.services, call.actor, call.path["id"])


def list_numbers(call: Call[None, Paging]) -> Page[NumberView]:
    return numbers.list_numbers(call.services, call.actor, call.query.limit, call.query.cursor)


def get_number(call: Call[None, None]) -> NumberView:
    return numbers.get_number(call.services, call.actor, call.path["id"])


def register_number(call: Call[NewNumber, None]) -> NumberView:
    new = numbers.NewNumber(call.body.number, call.body.capabilities, call.body.provider_account_id)
    return numbers.register_number(call.services, call.actor, new, call.once)


def assign_number(call: Call[Assignment, None]) -> NumberView:
    body = call.body
    to = assignment.Assignment(body.organization_id, body.kind, body.name, body.group_id)
    return assignment.assign_number(call.services, call.actor, call.path["id"], to)


def release_number(call: Call[None, None]) -> NumberView:
    return numbers.release_number(call.services, call.actor, call.path["id"])


_PLATFORM = Permission.PLATFORM

ENDPOINTS = (
    Endpoint("GET", "/platform/organizations", "List organizations", list_organizations, Listing[Organization],
             query=Paging, permission=_PLATFORM),
    Endpoint("POST", "/platform/organizations", "Create an organization", create_organization, FreshOrganization,
             body=NewOrganization, status=201, permission=_PLATFORM, creates=True),
    Endpoint("GET", "/platform/provider-accounts", "List provider accounts", list_accounts, Listing[Account],
             query=Paging, permission=_PLATFORM),
    Endpoint("POST", "/platform/provider-accounts", "Add a provider account", add_account, Account, body=NewAccount,
             status=201, permission=_PLATFORM, creates=True),
    Endpoint("POST", "/platform/provider-accounts/{id}/check", "Probe a provider account", check_account, Probe,
             permission=_PLATFORM),
    Endpoint("GET", "/platform/numbers", "List numbers", list_numbers, Listing[Number], query=Paging,
             permission=_PLATFORM),
    Endpoint("POST", "/platform/numbers", "Register an owned number", register_number, Number, body=NewNumber,
             status=201, permission=_PLATFORM, creates=True),
    Endpoint("GET", "/platform/numbers/{id}", "Show a number", get_number, Number, permission=_PLATFORM),
    Endpoint("POST", "/platform/numbers/{id}/assign", "Lend a number as a channel", assign_number, Number,
             body=Assignment, permission=_PLATFORM),
    Endpoint("POST", "/platform/numbers/{id}/release", "Take a number back", release_number, Number,
             permission=_PLATFORM),
)  # fmt: skip
