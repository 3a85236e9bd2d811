"""From a verified request to rows: split it, say whose each event is, and keep what is nobody's."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hub.channels.base import Adapter
from hub.crypto import Keyring
from hub.db.journal import NewEvent
from hub.db.quarantine import HELD, LONGEST_ROUTE, UNREADABLE, NewQuarantine, QuarantineView
from hub.failpoints import reach
from hub.ids import new_id
from hub.inbound.directory import Target
from hub.inbound.intake import Batch, PoolEvent
from hub.types import RawEvent, WebhookRequest, WebhookSecret

CREDENTIAL_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-telegram-bot-api-secret-token"})
"""Headers that carry a secret itself: of these only the sha256 is stored."""

FindTarget = Callable[[RawEvent, WebhookSecret], Target]


@dataclass(frozen=True, slots=True)
class Sorted:
    """A request's events by whose they are."""

    events: list[NewEvent] = field(default_factory=list)
    pool: list[PoolEvent] = field(default_factory=list)
    strangers: list[RawEvent] = field(default_factory=list)


def accept(
    adapter: Adapter, keyring: Keyring, request: WebhookRequest, proven: WebhookSecret, find_target: FindTarget
) -> Batch:
    """Turn a genuine request into what has to be committed before it may be acknowledged."""
    raw_events = adapter.split(request)
    reach("webhook.after_split")
    headers, envelope = safe_headers(request.headers), hashlib.sha256(request.body).digest()
    done, targets = Sorted(), _Targets(find_target, proven)
    for raw in raw_events:
        _sort(raw, targets.of(raw), request, headers, envelope, done)
    held = [_stranger(adapter, keyring, request, done.strangers)] if done.strangers else []
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


def _sort(
    raw: RawEvent,
    target: Target,
    request: WebhookRequest,
    headers: Mapping[str, str],
    envelope: bytes,
    done: Sorted,
) -> None:
    event = NewEvent(
        organization_id=target.sender.organization_id if target.sender else "",
        sender_id=target.sender.id if target.sender else "",
        key=raw.key,
        headers=headers,
        body=raw.body,
        envelope_sha256=envelope,
        received_at=request.received_at,
        verdict="verified",
        once=raw.once,
        unreadable=raw.unreadable,
    )
    if target.sender:
        done.events.append(event)
    elif target.pool:
        done.pool.append(PoolEvent(target.pool.id, event))
    else:
        done.strangers.append(raw)


def _stranger(
    adapter: Adapter, keyring: Keyring, request: WebhookRequest, strangers: Sequence[RawEvent]
) -> NewQuarantine:
    """Keep a genuine request that names somebody we do not know, or that nobody can read."""
    unreadable = all(raw.unreadable and raw.address is None for raw in strangers)
    named = sorted({raw.address for raw in strangers if raw.address})
    reason = strangers[0].unreadable or f"no channel has the address {', '.join(named) or 'it names'}"
    return held_request(adapter, keyring, request, reason, genuine=True, addresses=named, unreadable=unreadable)


def held_request(
    adapter: Adapter,
    keyring: Keyring,
    request: WebhookRequest,
    reason: str,
    *,
    genuine: bool,
    addresses: Sequence[str] = (),
    organization_id: str | None = None,
    unreadable: bool = False,
) -> NewQuarantine:
    """A whole request for the quarantine, so that it can be verified anew after a mend; its headers are sealed."""
    return NewQuarantine(
        id=new_id(),
        kind=adapter.kind,
        route=request.path[:LONGEST_ROUTE],
        request={
            "method": request.method,
            "public_url": request.public_url,
            "params": dict(request.params),
            "query": dict(request.query),
            "headers": base64.b64encode(keyring.seal(request.headers)).decode(),
        },
        body=request.body,
        reason=reason,
        genuine=genuine,
        received_at=request.received_at,
        state=UNREADABLE if unreadable else HELD,
        organization_id=organization_id,
        addresses=addresses,
    )


def held_again(keyring: Keyring, held: QuarantineView) -> WebhookRequest:
    """Return the request that `held_request` kept."""
    kept = held.request
    return WebhookRequest(
        method=kept["method"],
        path=held.route,
        public_url=kept["public_url"],
        headers={name: str(value) for name, value in keyring.open(base64.b64decode(kept["headers"])).items()},
        body=held.body,
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
