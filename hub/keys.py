"""The keys for whoever runs the hub: listing them, rotating the key ring, destroying an organization's key.

docs/adr/0009 says what rests on which key; docs/operations.md, section Keys, in which order to rotate.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hub import audit
from hub.audit import Change
from hub.crypto import PLATFORM
from hub.db import data_keys, journal_mending, suspension
from hub.db.data_keys import WrappedKey
from hub.db.session import PlatformWork, Tx
from hub.errors import Conflict, Invalid, NotFound
from hub.key_ring import KeyRing
from hub.types import Machine
from hub.wiring import Services

_DESTROYED = "the organization's data key was destroyed; what it sealed can never be read again"


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did: how many data keys it wrapped anew, with which key of the ring.

    `unused` are the keys of HUB_SECRET_KEY_FALLBACKS, by their public ids: nothing needs them any more.
    """

    count: int
    current: str
    unused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What a destruction came to.

    `opened_by` is the public id of the ring key with which backups still open; empty when none of the ring does.
    `finished` says that an earlier call destroyed the key and died, and that this one did what that one had left.
    """

    opened_by: str
    finished: bool


def list_keys(services: Services) -> Sequence[WrappedKey]:
    """Return every data key as it is kept, the oldest first."""
    with services.db.platform_reading(PlatformWork.KEYS) as tx:
        return data_keys.list_all(tx)


def rotate(services: Services, by: Machine) -> Rotated:
    """Wrap every data key with the current key of the ring, in one transaction; what was sealed stays as it is.

    A ring in a file first gets a new current key, and loses the older ones once nothing needs them. Processes that run
    go on: they read the file again. Raises Misconfigured when a key of the ring is missing.
    """
    ring = services.vault.ring
    # before the lock: an audit entry is keyed with it
    services.vault.platform()
    with services.db.platform_transaction(PlatformWork.KEYS) as tx:
        count = _wrap_all_anew(tx, ring)
        change = Change("keys.rotated", "key_ring", ring.current().id, after={"data_keys": count})
        audit.record(services, tx, by, change, PLATFORM)
    _drop_older(services, ring)
    return Rotated(count, ring.current().id, _unused(ring))


def destroy(services: Services, by: Machine, organization_id: str) -> Destroyed:
    """Destroy an organization's data key for good and suspend the organization; a second call ends what one began.

    A ring in a file is rotated with it, so that no backup opens any more; another one has to be rotated afterwards.
    Raises NotFound, Conflict (nothing is left to do), Invalid (the platform's key, no reason).
    """
    if organization_id == PLATFORM or not by.reason.strip():
        raise Invalid("name an organization and a reason; the platform's own key cannot be destroyed")
    ring = services.vault.ring
    services.vault.platform()
    with services.db.platform_transaction(PlatformWork.KEYS, organization_id) as tx:
        data_keys.lock_rotation(tx)
        found = _find(tx, organization_id)
        if found.wrapped is None:
            _check_unfinished(ring, found)
            change = Change("key.destruction_finished", "organization", organization_id)
        else:
            change = _destroy(services, tx, organization_id)
        audit.record(services, tx, by, change)
    services.vault.forget(organization_id)
    _drop_older(services, ring)
    return Destroyed(found.wrapped_by if _is_in(ring, found) else "", finished=found.wrapped is None)


def _find(tx: Tx, organization_id: str) -> WrappedKey:
    found = data_keys.find(tx, organization_id)
    if found is None:
        raise NotFound(f"there is no organization {organization_id}; see `hub keys list`")
    return found


def _check_unfinished(ring: KeyRing, destroyed: WrappedKey) -> None:
    if not _is_in(ring, destroyed):
        raise Conflict("the data key of this organization was destroyed before; no secret key here opens its backups")


def _is_in(ring: KeyRing, key: WrappedKey) -> bool:
    """Say whether the ring key that wrapped this one last is still there: backups of the database open with it."""
    return key.wrapped_by in {each.id for each in ring.in_order()}


def _destroy(services: Services, tx: Tx, organization_id: str) -> Change:
    ring, now = services.vault.ring, services.clock()
    data_keys.destroy(tx, organization_id, now)
    journal_mending.fail_all_pending(tx, organization_id, _DESTROYED, now)
    suspension.set_organization(tx, now, _DESTROYED)
    rotated = _wrap_all_anew(tx, ring) if ring.file else 0
    return Change("key.destroyed", "organization", organization_id, after={"data_keys_wrapped_anew": rotated})


def _wrap_all_anew(tx: Tx, ring: KeyRing) -> int:
    """Return how many keys there were."""
    data_keys.lock_rotation(tx)
    if ring.file is not None:
        ring.add_key()
    kept = data_keys.list_all(tx)
    anew = [_wrap_anew(ring, key.wrapped, key) for key in kept if key.wrapped is not None]
    data_keys.set_wrapped(tx, anew)
    return len(anew)


def _wrap_anew(ring: KeyRing, wrapped: bytes, key: WrappedKey) -> WrappedKey:
    plain = ring.unwrap(wrapped, key.wrapped_by, key.owner)
    again, wrapped_by = ring.wrap(plain, key.owner)
    return replace(key, wrapped=again, wrapped_by=wrapped_by)


def _drop_older(services: Services, ring: KeyRing) -> None:
    """Take the older keys out of the file. Only after the commit: a crash before it must find them there."""
    if ring.file is None:
        return
    with services.db.platform_transaction(PlatformWork.KEYS) as tx:
        data_keys.lock_rotation(tx)
        current = ring.current().id
        if all(key.wrapped_by == current for key in data_keys.list_all(tx) if key.wrapped is not None):
            ring.drop_older()


def _unused(ring: KeyRing) -> tuple[str, ...]:
    current, *older = (key.id for key in ring.in_order())
    return tuple(dict.fromkeys(each for each in older if each != current))
