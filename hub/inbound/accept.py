"""From a verified request to rows: split it, say whose each event is, and keep what is nobody's."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hub.channels.base import Adapter
from hub.crypto import DataKey
from hub.db import journal, pool, quarantine
from hub.db.journal import NewEvent
from hub.db.pool import NewPoolMessage
from hub.db.quarantine import HELD, LONGEST_ROUTE, UNREADABLE, NewQuarantine, QuarantineView
from hub.db.senders import SenderRef
from hub.failpoints import reach
from hub.ids import new_id
from hub.inbound.directory import Target
from hub.inbound.intake import Batch
from hub.types import RawEvent, WebhookRequest, WebhookSecret

CREDENTIAL_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-telegram-bot-api-secret-token"})
"""Headers that carry a secret itself: of these only the sha256 is stored."""

FindTarget = Callable[[RawEvent, WebhookSecret], Target]


@dataclass(frozen=True, slots=True)
class Sorted:
    """A request's events by whose they are."""

    events: list[NewEvent] = field(default_factory=list)
    pool: list[NewPoolMessage] = field(default_factory=list)
    strangers: list[RawEvent] = field(default_factory=list)


def accept(
    adapter: Adapter, platform: DataKey, request: WebhookRequest, proven: WebhookSecret, find_target: FindTarget
) -> Batch:
    """Turn a genuine request into what has to be committed before it may be acknowledged.

    All of it is sealed here: an event with its organization's key, what is no organization's with the platform's.
    """
    raw_events = adapter.split(request)
    reach("webhook.after_split")
    headers, envelope = safe_headers(request.headers), hashlib.sha256(request.body).digest()
    done, targets = Sorted(), _Targets(find_target, proven)
    for raw in raw_events:
        target = targets.of(raw)
        if target.sender and target.key:
            done.events.append(_event(raw, request, target.sender, target.key, headers, envelope))
        elif target.pool:
            body = platform.seal(raw.body, pool.SEALED)
            done.pool.append(NewPoolMessage(target.pool.id, raw.key, body, request.received_at))
        else:
            done.strangers.append(raw)
    held = [_stranger(adapter, platform, request, done.strangers)] if done.strangers else []
    return Batch(done.events, done.pool, held)


class _Targets:
    """Asks once for each address of a request: a batch may name one page a thousand times."""

    def __init__(self, find: FindTarget, proven: WebhookSecret) -> None:
        self._find = find
        self._proven = proven
        self._found: dict[tuple[str, str | None, str | None], Target] = {}

    def of(self, raw: RawEvent) -> Target:
        place = raw.kind, raw.address, raw.conversation_id
        if place not in self._found:
            self._found[place] = self._find(raw, self._proven)
        return self._found[place]


def _event(
    raw: RawEvent,
    request: WebhookRequest,
    sender: SenderRef,
    key: DataKey,
    headers: Mapping[str, str],
    envelope: bytes,
) -> NewEvent:
    return NewEvent(
        organization_id=sender.organization_id,
        sender_id=sender.id,
        key=raw.key,
        headers=headers,
        body=journal.seal(key, raw.body),
        envelope=key.fingerprint(envelope),
        received_at=request.received_at,
        verdict="verified",
        once=raw.once,
        unreadable=raw.unreadable,
        # a conversation's sender may be of another kind than what comes for the conversation
        kind=raw.kind if raw.conversation_id else None,
    )


def _stranger(
    adapter: Adapter, platform: DataKey, request: WebhookRequest, strangers: Sequence[RawEvent]
) -> NewQuarantine:
    """Keep a genuine request that names somebody we do not know, or that nobody can read."""
    unreadable = all(raw.unreadable and raw.address is None for raw in strangers)
    named = sorted({raw.address for raw in strangers if raw.address})
    reason = strangers[0].unreadable or f"no channel has the address {', '.join(named) or 'it names'}"
    return held_request(adapter, platform, request, reason, genuine=True, addresses=named, unreadable=unreadable)


def held_request(
    adapter: Adapter,
    platform: DataKey,
    request: WebhookRequest,
    reason: str,
    *,
    genuine: bool,
    addresses: Sequence[str] = (),
    organization_id: str | None = None,
    unreadable: bool = False,
) -> NewQuarantine:
    """A whole request for the quarantine, sealed, so that it can be verified anew after a mend."""
    about = {
        "method": request.method,
        "public_url": request.public_url,
        "params": dict(request.params),
        "query": dict(request.query),
        "headers": dict(request.headers),
    }
    return NewQuarantine(
        id=new_id(),
        kind=adapter.kind,
        route=request.path[:LONGEST_ROUTE],
        request=quarantine.seal(platform, about, request.body),
        reason=reason,
        genuine=genuine,
        received_at=request.received_at,
        state=UNREADABLE if unreadable else HELD,
        organization_id=organization_id,
        addresses=addresses,
    )


def held_again(platform: DataKey, held: QuarantineView) -> WebhookRequest:
    """Return the request that `held_request` kept. Raises Unreadable."""
    kept, body = quarantine.open_request(platform, held.request)
    return WebhookRequest(
        method=kept["method"],
        path=held.route,
        public_url=kept["public_url"],
        headers=kept["headers"],
        body=body,
        received_at=held.received_at,
        params=kept["params"],
        query=kept["query"],
    )


def safe_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with credentials replaced by their sha256."""
    return {
        name: f"sha256:{hashlib.sha256(value.encode()).hexdigest()}" if name in CREDENTIAL_HEADERS else value
        for name, value in headers.items()
    }
