"""Allowing optional providers, and seeing which are (J0): who, when, and in which version of the registry."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from hub import audit
from hub.access.permissions import Permission, require
from hub.audit import Change
from hub.db import activations as queries
from hub.db.activations import Activation
from hub.db.session import PlatformWork
from hub.errors import Conflict, Invalid
from hub.providers.registry import OF_EVERY_KIND, PROVIDERS, REGISTRY_VERSION, Need, Provider, get_provider
from hub.settings import Settings
from hub.types import Actor, ChannelKind, Machine
from hub.wiring import Services


class State(StrEnum):
    """What the hub may do with a provider.

    inherent   it is used by the channels that customers connect
    off        nothing goes there until somebody activates it
    active     somebody did
    review     somebody did, and the registry changed since: it is used, and somebody must look again
    """

    INHERENT = "inherent"
    OFF = "off"
    ACTIVE = "active"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class ProviderView:
    """A registry entry with what was decided about it. `configured` are those of its `variables` that are set."""

    id: str
    name: str
    purpose: str
    data: tuple[str, ...]
    region: str
    basis: str
    need: Need
    variables: tuple[str, ...]
    media: tuple[str, ...]
    reviewed: date
    state: State
    configured: tuple[str, ...]
    activated_at: datetime | None
    activated_by: str | None
    registry_version: str | None


def list_providers(services: Services, by: Actor | Machine) -> tuple[ProviderView, ...]:
    """Return every provider of the registry. Platform scope."""
    _require_platform(by)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        in_force = {activation.provider: activation for activation in queries.list_in_force(tx)}
    return tuple(_view(services.settings, provider, in_force.get(provider.id)) for provider in PROVIDERS)


def activate(services: Services, by: Actor | Machine, provider_id: str) -> ProviderView:
    """Allow an optional provider; one that was allowed in an earlier version of the registry is confirmed in this one.

    Running processes learn it within `REMEMBERED_SECONDS`. Raises NotFound, Invalid for an inherent provider, and
    Conflict when it is allowed already.
    """
    provider = _optional(by, provider_id)
    new = Activation(provider.id, REGISTRY_VERSION, services.clock(), _name(by))
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        earlier = next((each for each in queries.list_in_force(tx) if each.provider == provider.id), None)
        if earlier is not None and earlier.registry_version != REGISTRY_VERSION:
            queries.end(tx, provider.id, new.activated_at, new.activated_by)
        if not queries.insert(tx, new):
            raise Conflict(f"{provider.id} is activated already; `hub providers list` shows since when")
        before = {"registry_version": earlier.registry_version} if earlier else None
        after = {"registry_version": REGISTRY_VERSION}
        change = Change("provider.activated", "provider", provider.id, before, after)
        audit.record(services, tx, by, change, audit.PLATFORM)
    return _view(services.settings, provider, new)


def deactivate(services: Services, by: Actor | Machine, provider_id: str) -> ProviderView:
    """End the use of an optional provider. Raises NotFound, Invalid for an inherent one, Conflict when it is off."""
    provider = _optional(by, provider_id)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        if not queries.end(tx, provider.id, services.clock(), _name(by)):
            raise Conflict(f"{provider.id} is not activated, so there is nothing to end")
        audit.record(services, tx, by, Change("provider.deactivated", "provider", provider.id), audit.PLATFORM)
    return _view(services.settings, provider, None)


def recipients_of(services: Services, kinds: Iterable[ChannelKind]) -> tuple[Provider, ...]:
    """Return the companies that got data of these channel kinds (K23): inherent ones, and those ever activated."""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        ever = queries.list_ever_activated(tx)
    named = {provider_id for kind in kinds for provider_id in services.adapters[kind].processors}
    named |= OF_EVERY_KIND
    return tuple(p for p in PROVIDERS if p.id in named and (p.need is Need.INHERENT or p.id in ever))


def _require_platform(by: Actor | Machine) -> None:
    """A command is given by whoever runs the hub; everybody else needs the platform's permission."""
    if isinstance(by, Actor):
        require(by, Permission.PLATFORM)


def _optional(by: Actor | Machine, provider_id: str) -> Provider:
    _require_platform(by)
    provider = get_provider(provider_id)
    if provider.need is Need.INHERENT:
        raise Invalid(f"{provider.id} is inherent: channels need it. To stop it, delete its channels or its settings")
    return provider


def _name(by: Actor | Machine) -> str:
    return by.name or by.type if isinstance(by, Machine) else by.name


def _view(settings: Settings, provider: Provider, activation: Activation | None) -> ProviderView:
    configured = zip(provider.variables, provider.settings, strict=True)
    return ProviderView(
        id=provider.id,
        name=provider.name,
        purpose=provider.purpose,
        data=provider.data,
        region=provider.region,
        basis=provider.basis,
        need=provider.need,
        variables=provider.variables,
        media=tuple(f"*.{media.domain}" for media in provider.media),
        reviewed=provider.reviewed,
        state=_state(provider, activation),
        configured=tuple(variable for variable, setting in configured if settings.address_of(setting)),
        activated_at=activation.activated_at if activation else None,
        activated_by=activation.activated_by if activation else None,
        registry_version=activation.registry_version if activation else None,
    )


def _state(provider: Provider, activation: Activation | None) -> State:
    if provider.need is Need.INHERENT:
        return State.INHERENT
    if activation is None:
        return State.OFF
    return State.ACTIVE if activation.registry_version == REGISTRY_VERSION else State.REVIEW
