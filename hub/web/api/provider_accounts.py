"""The platform's accounts at providers, and the sign-up of their organizations. Platform scope only."""

from datetime import datetime

from pydantic import Field, SecretStr

from hub.access.permissions import Permission
from hub.errors import Invalid
from hub.numbers.policy.obstacles import Portfolio
from hub.numbers.supply import accounts, opening, reinstating, signing_up
from hub.numbers.supply.views import AccountView
from hub.types import Health, Page
from hub.web.api.frame import Body, Call, Endpoint, Listing, Named, Paging, Shown
from hub.web.api.number_values import Probe


class Account(Shown):
    id: str
    provider: str
    external_id: str = Field(description="The provider's id of it; empty until the provider has opened it")
    name: str
    state: str = Field(description="opening, active, suspended or closed")
    organization: Named | None = Field(description="Whose senders it carries; null: nobody's in particular")
    parent_id: str | None
    signed_up: bool = Field(description="Whether the organization's business account at the messenger is known")
    business_id: str
    portfolio_id: str
    portfolio: str = Field(description="How far the messenger trusts the business: unverified, verified or raised")
    subscribed_at: datetime | None = Field(
        description="When the messenger last said that it tells the hub of bans of the business account; null: not"
    )
    level: str = Field(description="What is held against the business account")
    forbids: list[str]
    forbids_until: datetime | None
    created_at: datetime


class NewAccount(Body):
    external_id: str = Field(min_length=1, max_length=200, description="The provider's id of the account")
    auth_token: SecretStr = Field(min_length=1, max_length=500)
    name: str = Field("", max_length=200)
    provider: str = Field("", max_length=40, description="May stay empty while there is one provider only")
    organization_id: str | None = Field(None, max_length=26, description="Whose senders it carries")


class NewSubAccount(Body):
    organization_id: str = Field(min_length=1, max_length=26)
    name: str = Field("", max_length=200)
    provider: str = Field("", max_length=40, description="May stay empty while there is one provider only")


class AccountChanges(Body):
    portfolio: str = Field(description="unverified, verified or raised, as the messenger's console shows it")


class AccountReinstated(Body):
    reason: str = Field(min_length=1, max_length=2_000, description="How it is known; kept in the audit log")


class SignUpLink(Shown):
    url: str = Field(description="A page of the hub that an admin of the organization opens")


def list_accounts(call: Call[None, Paging]) -> Page[AccountView]:
    return Page(accounts.list_accounts(call.services, call.actor), None)


def get_account(call: Call[None, None]) -> AccountView:
    return accounts.get_account(call.services, call.actor, call.path["id"])


def add_account(call: Call[NewAccount, None]) -> AccountView:
    body = call.body
    token = body.auth_token.get_secret_value()
    new = accounts.NewAccount(body.external_id, token, body.name, body.provider, body.organization_id)
    return accounts.add_account(call.services, call.actor, new, call.once)


def open_account(call: Call[NewSubAccount, None]) -> AccountView:
    new = opening.NewSubAccount(call.body.organization_id, call.body.name, call.body.provider)
    return opening.open_account(call.services, call.actor, new, call.once)


def change_account(call: Call[AccountChanges, None]) -> AccountView:
    if call.body.portfolio not in list(Portfolio):
        raise Invalid(f"portfolio must be one of {', '.join(Portfolio)}")
    return accounts.set_portfolio(call.services, call.actor, call.path["id"], Portfolio(call.body.portfolio))


def reinstate_account(call: Call[AccountReinstated, None]) -> AccountView:
    return reinstating.reinstate_account(call.services, call.actor, call.path["id"], call.body.reason)


def check_account(call: Call[None, None]) -> Health:
    return accounts.check_account(call.services, call.actor, call.path["id"])


def sign_up(call: Call[None, None]) -> SignUpLink:
    return SignUpLink(url=signing_up.sign_up_link(call.services, call.actor, call.path["id"]))


_ACCOUNTS, _ACCOUNT, _PLATFORM = "/platform/provider-accounts", "/platform/provider-accounts/{id}", Permission.PLATFORM

ENDPOINTS = (
    Endpoint("GET", _ACCOUNTS, "List provider accounts", list_accounts, Listing[Account], query=Paging,
             permission=_PLATFORM),
    Endpoint("POST", _ACCOUNTS, "Add a provider account", add_account, Account, body=NewAccount, status=201,
             permission=_PLATFORM, creates=True),
    Endpoint("POST", f"{_ACCOUNTS}/open", "Open a sub-account for an organization", open_account, Account,
             body=NewSubAccount, status=201, permission=_PLATFORM, creates=True),
    Endpoint("GET", _ACCOUNT, "Show a provider account", get_account, Account, permission=_PLATFORM),
    Endpoint("PATCH", _ACCOUNT, "Say how far the messenger trusts the business", change_account, Account,
             body=AccountChanges, permission=_PLATFORM),
    Endpoint("POST", f"{_ACCOUNT}/reinstate", "Note that the messenger has given a business account back",
             reinstate_account, Account, body=AccountReinstated, permission=_PLATFORM),
    Endpoint("POST", f"{_ACCOUNT}/check", "Probe a provider account", check_account, Probe, permission=_PLATFORM),
    Endpoint("GET", f"{_ACCOUNT}/sign-up", "Get the link by which an organization signs up with the messenger",
             sign_up, SignUpLink, permission=_PLATFORM),
)  # fmt: skip
