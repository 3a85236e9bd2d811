"""Bytes whose last row is gone are removed from the storage; bytes that lie in the database still are moved there."""

from hub.db import file_removals, files
from hub.db.files import KeptBody
from hub.db.session import PlatformWork
from hub.errors import NotFound
from hub.failpoints import reach
from hub.filing.fetching import QUEUE
from hub.filing.keeping import Place, reserved
from hub.media.storage import key_of
from hub.wiring import Services

REMOVE_JOB = "workers.media.remove"
MOVE_JOB = "workers.media.move"
_PORTION = 100
_BODIES = 5


def remove(services: Services, organization_id: str) -> bool:
    """Remove what an organization's rows no longer name; False when somebody else is still at some of it.

    Raises Unavailable when the storage cannot be used now.
    """
    services.queue.clear(REMOVE_JOB, organization_id)
    while True:
        with services.db.reading(organization_id) as tx:
            keys = file_removals.list_keys(tx, services.clock(), _PORTION)
            if not keys:
                return not file_removals.is_any_left(tx)
        for each in keys:
            _remove_one(services, organization_id, each)


def _remove_one(services: Services, organization_id: str, storage_key: str) -> None:
    with services.db.transaction(organization_id) as tx:
        claim = file_removals.claim(tx, storage_key, services.clock())
    if claim is None:
        return
    reach("media.before_remove")
    services.storage.delete(storage_key)
    reach("media.after_remove")
    with services.db.transaction(organization_id) as tx:
        file_removals.forget(tx, claim)


def move_bodies(services: Services, organization_id: str) -> None:
    """Move some files of an organization out of the database, and wake itself for the rest."""
    services.queue.clear(MOVE_JOB, organization_id)
    with services.db.reading(organization_id) as tx:
        bodies = files.list_bodies(tx, _BODIES)
    for each in bodies:
        _move_one(services, organization_id, each)
    if len(bodies) == _BODIES:
        services.queue.wake(QUEUE, MOVE_JOB, organization_id)


def _move_one(services: Services, organization_id: str, kept: KeptBody) -> None:
    place = Place(key_of(organization_id, bytes.fromhex(kept.sha256)), kept.sha256)
    try:
        with reserved(services, organization_id, kept.id, place):
            services.storage.put(place.storage_key, kept.body)
    except NotFound:
        # erased meanwhile, and its bytes with it
        return
    with services.db.transaction(organization_id) as tx:
        files.drop_body(tx, kept.id)


def wake(services: Services) -> None:
    """Wake removals and moves wherever there is something to do."""
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        to_remove, to_move = file_removals.organizations(tx), files.organizations_with_bodies(tx)
    if to_remove:
        services.queue.wake_many(QUEUE, REMOVE_JOB, to_remove)
    if to_move:
        services.queue.wake_many(QUEUE, MOVE_JOB, to_move)
