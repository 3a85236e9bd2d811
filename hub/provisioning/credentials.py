"""The credentials a channel is connected with: checked for completeness, asked for at the provider, sealed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.channels.base import Adapter
from hub.crypto import DataKey, new_token
from hub.db.senders import SEALED, WEBHOOK_SECRET
from hub.errors import Invalid
from hub.types import SenderProfile
from hub.wiring import Services

WEBHOOK, POLLING = "webhook", "polling"
_DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class Proven:
    """Credentials that the provider accepts, and whose they are."""

    values: Mapping[str, str] = field(repr=False)
    profile: SenderProfile


def connectable(services: Services, kind: str) -> Adapter:
    """Return the adapter of a kind that channels are connected to by credentials. Raises Invalid."""
    found = {str(name): adapter for name, adapter in services.adapters.items()}.get(kind)
    offered = ", ".join(name for name, adapter in services.adapters.items() if adapter.credential_fields)
    if found is None:
        raise Invalid(f"there is no channel kind of this name; connect one of {offered}")
    if not found.credential_fields:
        raise Invalid(f"{kind} channels come from a number assignment: ask the platform to assign a number")
    return found


def prove(adapter: Adapter, given: Mapping[str, str]) -> Proven:
    """Ask the provider whose credentials these are. Raises Invalid (incomplete, refused), Unavailable (no answer)."""
    names = [each.name for each in adapter.credential_fields]
    unknown = sorted(set(given) - set(names))
    values = {name: given.get(name, "").strip() for name in names}
    missing = [name for name, value in values.items() if not value]
    if unknown or missing:
        raise Invalid(
            f"credentials of a {adapter.kind} channel must be exactly: {', '.join(names)}, none of them empty"
        )
    profile = asyncio.run(adapter.identify(values))
    return Proven({**values, **profile.credentials}, profile)


def seal_new(key: DataKey, values: Mapping[str, str], delivery: str) -> bytes:
    """Seal the credentials of a new sender with a webhook secret of its own."""
    return key.seal_values({**values, WEBHOOK_SECRET: new_token(), _DELIVERY: delivery}, SEALED)


def reseal(key: DataKey, sealed: bytes, values: Mapping[str, str], delivery: str) -> bytes:
    """Seal a sender's credentials anew: `values` replace what they name, the webhook secret stays."""
    return key.seal_values({**key.open_values(sealed, SEALED), **values, _DELIVERY: delivery}, SEALED)


def check_delivery(adapter: Adapter, delivery: str) -> None:
    """Raise Invalid when the kind cannot be served this way."""
    if delivery == POLLING and not adapter.capabilities.polls:
        raise Invalid(f"{adapter.kind} channels cannot poll; leave delivery at {WEBHOOK}")
