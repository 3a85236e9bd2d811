"""The caller's own organization, its API tokens and its intake."""

from datetime import datetime
from typing import Any

from pydantic import Field

from hub.access import organizations, tokens
from hub.access.permissions import Permission, allows
from hub.db.journal_reading import Balance
from hub.db.organizations import OrganizationView
from hub.db.sign_in import TokenView
from hub.inbound import journal
from hub.types import Page
from hub.web.api.frame import Body, Call, Endpoint, Listing, Paging, Query, Shown


class Notifying(Shown):
    people: bool = Field(description="Persons who are away are told of answers by mail")
    operators: bool = Field(description="Operators are told of people who wait too long")
    unread_minutes: int
    waiting_minutes: int


class NotifyingChanges(Body):
    people: bool | None = None
    operators: bool | None = None
    unread_minutes: int | None = None
    waiting_minutes: int | None = None


class Routing(Shown):
    offline_grace: int = Field(description="Seconds until who went offline gives back what waits for us")
    browser_grace: int = Field(description="Seconds a browser may be silent before its user counts as offline")
    close_after: int | None = Field(description="Days of silence after which a conversation closes; null: never")


class RoutingChanges(Body):
    offline_grace: int | None = None
    browser_grace: int | None = None
    close_after: int | None = Field(None, description="null: never")


class Webhook(Shown):
    url: str
    secret: str | None = Field(None, description="What calls are signed with; shown once, when it was just made")


class WebhookChanges(Body):
    url: str = Field(min_length=1, max_length=2000, description="https, on the public internet; makes a new secret")


class Caps(Shown):
    recipients: int | None = Field(description="People who did not ask, in 24 hours; null: the platform's cap")
    unasked: int | None = Field(description="Messages to them; null: the platform's cap")


class CapsChanges(Body):
    recipients: int | None = Field(None, description="null: the platform's cap")
    unasked: int | None = Field(None, description="null: the platform's cap")


class Bans(Shown):
    automatic: bool = Field(description="Offers of a replacement are accepted by themselves; off unless switched on")
    invitation_order: list[str] = Field(description="Kinds of channel by which people are invited elsewhere, in order")
    masked_numbers: bool = Field(description="Only the last digits of numbers are shown to the organization")
    offer_days: int = Field(description="How long an offer of a replacement stands")
    caps: Caps


class BansChanges(Body):
    automatic: bool | None = None
    invitation_order: list[str] | None = Field(None, max_length=20, description="Empty: the usual order")
    masked_numbers: bool | None = None
    offer_days: int | None = None
    caps: CapsChanges | None = None


class Organization(Shown):
    id: str
    name: str
    time_zone: str
    conversation_retention_days: int | None = Field(
        description="Days without activity after which a closed conversation is removed; null: it is kept"
    )
    suspended_at: datetime | None = Field(description="Since when nothing but this is answered; null as a rule")
    suspended_reason: str | None
    notifying: Notifying
    routing: Routing
    bans: Bans
    webhook: Webhook | None = Field(description="Where the organization's own server is told; null: nowhere")
    created_at: datetime


class OrganizationChanges(Body):
    name: str | None = Field(None, min_length=1, max_length=200)
    time_zone: str | None = Field(None, max_length=40, description="IANA name")
    conversation_retention_days: int | None = Field(None, ge=1, le=3650, description="null: closed ones are kept")
    notifying: NotifyingChanges | None = None
    routing: RoutingChanges | None = None
    bans: BansChanges | None = None
    webhook: WebhookChanges | None = Field(None, description="null: the organization's own server is told nothing more")


class Token(Shown):
    id: str
    name: str
    scopes: list[str]
    user_id: str
    created_at: datetime


class TokenWithSecret(Token):
    token: str = Field(description="The token itself; shown this once")


class NewToken(Body):
    name: str = Field(min_length=1, max_length=200)
    scopes: list[str] = Field(["admin"], max_length=50)


class IntakeQuery(Query):
    channel: str | None = Field(None, max_length=50, description="Id of a channel")


class Intake(Shown):
    received: int
    handled: int
    pending: int
    failed: int
    unreadable: int
    duplicates: int
    quarantined: int
    recovered: int


def get_organization(call: Call[None, None]) -> OrganizationView:
    return organizations.get_organization(call.services, call.actor)


def change_organization(call: Call[OrganizationChanges, None]) -> OrganizationView:
    body = call.body
    days = body.conversation_retention_days
    if days is None and "conversation_retention_days" in body.model_fields_set:
        days = organizations.FOR_EVER
    wishes = body.notifying.model_dump(exclude_none=True) if body.notifying else None
    changes = organizations.OrganizationChanges(
        body.name,
        body.time_zone,
        days,
        wishes,
        _routing(body.routing),
        _bans(body.bans),
        webhook_url=_webhook_url(body),
    )
    return organizations.change_organization(call.services, call.actor, changes)


def _webhook_url(body: OrganizationChanges) -> str | None:
    """Return where the webhook leads from now on, "" for nowhere, None when nothing is said of it."""
    if body.webhook is not None:
        return body.webhook.url
    return "" if "webhook" in body.model_fields_set else None


def _bans(changes: BansChanges | None) -> dict[str, Any] | None:
    if changes is None:
        return None
    said = changes.model_dump(exclude_none=True)
    if changes.caps is not None:
        said["caps"] = changes.caps.model_dump(exclude_unset=True)
    if "invitation_order" in said:
        said["invitation_order"] = tuple(said["invitation_order"])
    return said


def _routing(changes: RoutingChanges | None) -> dict[str, int | None] | None:
    if changes is None:
        return None
    said = changes.model_dump(exclude_unset=True)
    return {name: value for name, value in said.items() if value is not None or name == "close_after"}


def list_tokens(call: Call[None, Paging]) -> Page[TokenView]:
    return tokens.list_tokens(call.services, call.actor, call.query.limit, call.query.cursor)


def create_token(call: Call[NewToken, None]) -> TokenWithSecret:
    body, once = call.body, call.once.showing(_with_secret)
    return _with_secret(tokens.create_token(call.services, call.actor, body.name, body.scopes, once))


def revoke_token(call: Call[None, None]) -> None:
    tokens.revoke_token(call.services, call.actor, call.path["id"])


def show_intake(call: Call[None, IntakeQuery]) -> Balance:
    # platform scope counts the whole hub, also what no organization could be named for
    actor = None if allows(call.actor, Permission.PLATFORM) else call.actor
    return journal.balance(call.services, actor, call.query.channel)


def _with_secret(new: tokens.NewToken) -> TokenWithSecret:
    return TokenWithSecret(**Token.model_validate(new.view).model_dump(), token=new.token)


_TOKENS = Permission.MANAGE_TOKENS

ENDPOINTS = (
    Endpoint("GET", "/organization", "Show the organization", get_organization, Organization,
             permission=Permission.READ_ORGANIZATION),
    Endpoint("PATCH", "/organization", "Change the organization", change_organization, Organization,
             body=OrganizationChanges, permission=Permission.MANAGE_ORGANIZATION),
    Endpoint("GET", "/tokens", "List API tokens", list_tokens, Listing[Token], query=Paging, permission=_TOKENS),
    Endpoint("POST", "/tokens", "Issue an API token", create_token, TokenWithSecret, body=NewToken, status=201,
             permission=_TOKENS, creates=True),
    Endpoint("DELETE", "/tokens/{id}", "Revoke an API token", revoke_token, permission=_TOKENS),
    Endpoint("GET", "/intake", "Show the balance of the intake", show_intake, Intake, query=IntakeQuery,
             permission=Permission.SEE_INTAKE),
)  # fmt: skip
