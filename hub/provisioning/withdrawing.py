"""What follows when somebody takes back at a provider what they had allowed, or wants their data deleted there.

The provider names them by an id of its own sign-in, which is kept with the senders they connected. It is none of the
ids that customers write under: of those who only ever wrote, nothing can be found by it.
"""

import hashlib
from collections.abc import Iterator

from hub import audit
from hub.channels.notices import CONNECTED_BY, AccessWithdrawn, DeletionAsked
from hub.crypto import PLATFORM, DataKey
from hub.db import channels, connections, deletion_requests, looks, senders
from hub.db.connections import ConnectedSender
from hub.db.deletion_requests import DeletionRequest, DeletionState
from hub.db.session import PlatformWork
from hub.errors import NotFound, Unreadable
from hub.log import get_logger
from hub.numbers import detecting
from hub.provisioning import probing
from hub.types import ChannelKind, Health, HealthState, Machine
from hub.wiring import Services

_REASON = "whoever connected this channel took the hub's access back at the provider; connect the channel again"

log = get_logger(__name__)


def hear(services: Services, kind: ChannelKind, notice: AccessWithdrawn | DeletionAsked) -> None:
    """Do what a notice asks for; once it returns, it may be acknowledged. Safe to repeat.

    Raises Unavailable when the database does not answer.
    """
    match notice:
        case AccessWithdrawn(subject):
            count = _withdraw(services, kind, subject)
            log.info("connection.withdrawn", kind=kind, senders=count)
        case DeletionAsked(subject, code):
            _delete(services, kind, subject, code)


def find_request(services: Services, code: str) -> DeletionRequest:
    """Return what became of a request, for whoever has its code. Raises NotFound."""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        found = deletion_requests.find(tx, code)
    if found is None:
        raise NotFound("no request has this code; look at the link that the platform showed you")
    return found


def _withdraw(services: Services, kind: ChannelKind, subject: str) -> int:
    found = list(_connected_by(services, kind, subject))
    for sender in found:
        _hold(services, kind, sender)
    return len(found)


def _delete(services: Services, kind: ChannelKind, subject: str, code: str) -> None:
    """Forget who connected the senders. A platform's admin is told by an entry of the audit log."""
    found = list(_connected_by(services, kind, subject))
    for sender in found:
        _hold(services, kind, sender)
    now = services.clock()
    state = DeletionState.DONE if found else DeletionState.NOTHING_FOUND
    fingerprint = services.vault.platform().fingerprint(hashlib.sha256(f"{kind}:{subject}".encode()).digest()).hex()
    request = DeletionRequest(code, kind, fingerprint, state, now, now)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        if deletion_requests.keep(tx, request):
            change = audit.Change("deletion.requested", "deletion_request", code, after={"kind": kind, "state": state})
            audit.record(services, tx, _provider(services, kind), change, PLATFORM)
    log.info("deletion.requested", kind=kind, state=state)


def _connected_by(services: Services, kind: ChannelKind, subject: str) -> Iterator[ConnectedSender]:
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        every = connections.list_senders(tx, kind)
    for sender in every:
        try:
            values = services.vault.of(sender.organization_id).open_values(sender.credentials, senders.SEALED)
        except Unreadable:
            # its organization's key was destroyed: nothing of it can be used any more
            continue
        if values.get(CONNECTED_BY) == subject:
            yield sender


def _hold(services: Services, kind: ChannelKind, sender: ConnectedSender) -> None:
    """Hold the sender as one whose credentials are void, say so on its health, and forget who connected it."""
    key = services.vault.of(sender.organization_id)
    with services.db.transaction(sender.organization_id) as tx:
        if not connections.change_credentials(tx, sender, _without_subject(key, sender.credentials)):
            # connected anew meanwhile, by whomever: that one stands
            return
        channel_id = senders.hold(tx, sender.id, probing.CREDENTIALS_HOLD, None, _REASON)
        channels.set_health(tx, sender.id, Health(HealthState.BROKEN, (_REASON,)), services.clock())
        # whether its tokens are void already, and that it may become a case, a look says
        looks.hasten(tx, [sender.id], services.clock())
        tx.after_commit(lambda: detecting.wake(services, [sender.id]))
        probing.announce(services, tx, channel_id)
        change = audit.Change("channel.access_withdrawn", "channel", channel_id)
        audit.record(services, tx, _provider(services, kind), change)


def _without_subject(key: DataKey, sealed: bytes) -> bytes:
    values = key.open_values(sealed, senders.SEALED)
    return key.seal_values({name: each for name, each in values.items() if name != CONNECTED_BY}, senders.SEALED)


def _provider(services: Services, kind: ChannelKind) -> Machine:
    return Machine("system", name=services.adapters[kind].label)
