"""Organizations, and how the first one comes to be."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from hub import audit
from hub.access import tokens, users
from hub.access.passwords import hash_password
from hub.access.permissions import ALL_SCOPES, ORGANIZATION_SCOPES, Permission, require
from hub.access.profile_values import clean_time_zone
from hub.access.users import CreatedUser, NewUser, clean_name
from hub.access.webhooks import NewWebhook, make_webhook, store_webhook
from hub.access.wishes import changed_bans, changed_routing, changed_wishes, read_wishes
from hub.db import organizations as queries
from hub.db.ban_wishes import ban_wishes_from_json, ban_wishes_to_json
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.organizations import OrganizationView
from hub.db.paging import page_by_id
from hub.db.routing_forms import wishes_from_json, wishes_to_json
from hub.db.session import PlatformWork, Tx
from hub.db.users import UserView, any_user
from hub.errors import Conflict
from hub.ids import new_id
from hub.types import Actor, Machine, Page, Role, Secret
from hub.wiring import Services

DEFAULT_TIME_ZONE = "Europe/Berlin"
FOR_EVER = 0
"""As a period of retention: nothing is removed."""


@dataclass(frozen=True, slots=True)
class NewOrganization:
    """A customer to be. Without a password the owner is invited to choose one."""

    name: str
    owner_email: str
    owner_password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CreatedOrganization:
    """An organization just created; `token` (all scopes of an organization) and `invitation` are shown this once."""

    id: str
    owner_id: str
    token: Secret
    invitation: str | None


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    """The first organization, its owner (also platform admin), and a token with all scopes."""

    organization_id: str
    user_id: str
    token: Secret


@dataclass(frozen=True, slots=True)
class OrganizationChanges:
    """What changes; None leaves it. `time_zone` is an IANA name.

    conversation_retention_days   FOR_EVER, or 1 to 3650
    notifying                     those of `Wishes` that change
    routing                       those of `RoutingWishes` that change
    bans                          those of `BanWishes` that change; of its `caps` those that change
    webhook_url                   where their own server is told from now on, with a new secret; "": nowhere
    """

    name: str | None = None
    time_zone: str | None = None
    conversation_retention_days: int | None = None
    notifying: Mapping[str, Any] | None = None
    routing: Mapping[str, Any] | None = None
    bans: Mapping[str, Any] | None = None
    webhook_url: str | None = None


def bootstrap(
    services: Services,
    organization: str,
    email: str,
    password: str,
    *,
    force: bool = False,
    by: Machine = audit.COMMAND_LINE,
) -> Bootstrapped:
    """Create the first organization. Raises Conflict on a second run unless forced, Invalid on unusable values."""
    hashed = hash_password(password)
    organization_id = new_id()
    owner = NewUser(email, _name_from(email), Role.OWNER)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, organization_id) as tx:
        if not force and any_user(tx):
            raise Conflict("this hub has an organization already; use --force to make another one")
        _insert(services, tx, organization_id, organization)
        made = users.add_user(services, tx, owner, hashed, platform_admin=True)
        _record_creation(services, tx, by, made.user)
        issued = tokens.issue(services, tx, made.user.id, "bootstrap", ALL_SCOPES)
        return Bootstrapped(organization_id, made.user.id, issued.token)


def create_organization(
    services: Services, actor: Actor, new: NewOrganization, once: Once = EVERY_TIME
) -> CreatedOrganization:
    """Create a customer with its owner and a token. Raises Forbidden, Invalid, Conflict on a taken e-mail address."""
    require(actor, Permission.PLATFORM)
    hashed = hash_password(new.owner_password) if new.owner_password is not None else None
    organization_id = new_id()
    owner = NewUser(new.owner_email, _name_from(new.owner_email), Role.OWNER)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, organization_id) as tx:
        _insert(services, tx, organization_id, new.name)
        made: CreatedUser = users.add_user(services, tx, owner, hashed)
        _record_creation(services, tx, actor, made.user)
        issued = tokens.issue(services, tx, made.user.id, "first token", ORGANIZATION_SCOPES)
        return once.keep(tx, CreatedOrganization(organization_id, made.user.id, issued.token, made.invitation))


def list_organizations(
    services: Services, actor: Actor, limit: int = 50, cursor: str | None = None
) -> Page[OrganizationView]:
    """Return all customers of the hub, oldest first. Raises Forbidden without platform scope."""
    require(actor, Permission.PLATFORM)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return page_by_id(queries.list_organizations(tx, limit + 1, cursor), limit)


def get_organization(services: Services, actor: Actor) -> OrganizationView:
    """Return the actor's own organization."""
    require(actor, Permission.READ_ORGANIZATION)
    with services.db.reading(actor.organization_id) as tx:
        return _shown(queries.get_own(tx))


def change_organization(services: Services, actor: Actor, changes: OrganizationChanges) -> OrganizationView:
    """Return it as it is then, with the webhook's secret when a new one was made: it is shown this once.

    Raises Invalid on an unknown time zone, an empty name, a period out of range, an address nobody may be called at.
    """
    require(actor, Permission.MANAGE_ORGANIZATION)
    values: dict[str, Any] = {}
    if changes.name is not None:
        values["name"] = clean_name(changes.name)
    if changes.time_zone is not None:
        values["time_zone"] = clean_time_zone(changes.time_zone)
    if changes.conversation_retention_days is not None:
        values["conversation_retention_days"] = changes.conversation_retention_days or None
    webhook = None if changes.webhook_url is None else make_webhook(services, actor, changes.webhook_url)
    with services.db.transaction(actor.organization_id) as tx:
        before = queries.lock_own(tx)
        queries.update_own(tx, {**values, **_changed_wishes(services, before, changes)})
        if webhook is not None:
            store_webhook(services, tx, webhook)
        after = queries.get_own(tx)
        _record_change(services, tx, actor, before, after, webhook)
        return _shown(replace(after, webhook=webhook.view) if webhook else after)


def _changed_wishes(services: Services, before: OrganizationView, changes: OrganizationChanges) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if changes.notifying is not None:
        values["notifying"] = asdict(changed_wishes(before.notifying, changes.notifying))
    if changes.routing is not None:
        values["routing"] = wishes_to_json(changed_routing(wishes_from_json(before.routing), changes.routing))
    if changes.bans is not None:
        wishes = changed_bans(ban_wishes_from_json(before.bans), changes.bans, list(services.adapters))
        values["bans"] = ban_wishes_to_json(wishes)
    return values


def _record_change(
    services: Services,
    tx: Tx,
    actor: Actor,
    before: OrganizationView,
    after: OrganizationView,
    webhook: NewWebhook | None,
) -> None:
    """A new secret for the same server is a change too."""
    changed = audit.difference(before, after)
    if webhook is not None and webhook.view is not None:
        told = {"url": webhook.view.url, "new_secret": True}
        changed = {"before": changed["before"], "after": {**changed["after"], "webhook": told}}
    audit.record(services, tx, actor, audit.Change("organization.changed", "organization", after.id, **changed))


def _shown(view: OrganizationView) -> OrganizationView:
    """With every wish, also those that were never changed."""
    routing = wishes_to_json(wishes_from_json(view.routing))
    bans = ban_wishes_to_json(ban_wishes_from_json(view.bans))
    return replace(view, notifying=asdict(read_wishes(view.notifying)), routing=routing, bans=bans)


def _insert(services: Services, tx: Tx, organization_id: str, name: str) -> None:
    view = OrganizationView(organization_id, clean_name(name), DEFAULT_TIME_ZONE, services.clock())
    queries.insert_organization(tx, view)
    services.vault.create(tx, organization_id, view.created_at)


def _record_creation(services: Services, tx: Tx, by: Actor | Machine, owner: UserView) -> None:
    made = queries.get_own(tx)
    after = {"name": made.name, "time_zone": made.time_zone, "owner": {"id": owner.id, "email": owner.email}}
    audit.record(services, tx, by, audit.Change("organization.created", "organization", made.id, after=after))


def _name_from(email: str) -> str:
    return email.strip().partition("@")[0] or email
