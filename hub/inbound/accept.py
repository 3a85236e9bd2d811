"""From a verified request to rows: split it, say whose each event is, and keep what is nobody's."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hub.channels.base import Adapter
from hub.crypto import DataKey
from hub.db import journal, pool, quarantine
from hub.db.journal import NewEvent
from hub.db.letters import Fate
from hub.db.pool import Heard, NewPoolMessage
from hub.db.quarantine import HELD, LONGEST_ROUTE, UNREADABLE, NewQuarantine, QuarantineView
from hub.db.senders import SenderRef
from hub.failpoints import reach
from hub.ids import new_id
from hub.inbound.directory import Target
from hub.inbound.fates import fates_of
from hub.inbound.intake import Batch
from hub.log import get_logger, trace_of
from hub.types import RawEvent, WebhookRequest, WebhookSecret

CREDENTIAL_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-telegram-bot-api-secret-token"})
"""Headers that carry a secret itself: of these only the sha256 is stored."""

_UNREADABLE = "what it says of one of the hub's own letters cannot be understood"

log = get_logger(__name__)

FindTargets = Callable[[RawEvent, WebhookSecret], Sequence[Target]]
"""Whose an event is: as a rule one target."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """A request's events by whose they are."""

    events: list[NewEvent] = field(default_factory=list)
    pool: list[NewPoolMessage] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    strangers: list[RawEvent] = field(default_factory=list)


def accept(
    adapter: Adapter, platform: DataKey, request: WebhookRequest, proven: WebhookSecret, find_targets: FindTargets
) -> Batch:
    """Turn a genuine request into what has to be committed before it may be acknowledged.

    All of it is sealed here: an event with its organization's key, what is no organization's with the platform's.
    """
    raw_events = adapter.split(request)
    reach("webhook.after_split")
    headers, envelope = safe_headers(request.headers), hashlib.sha256(request.body).digest()
    done, targets = Sorted(), _Targets(find_targets, proven)
    letters = _letters(adapter, request, [raw for raw in raw_events if raw.letter_id], done)
    about_senders = [raw for raw in raw_events if not raw.letter_id]
    for raw, target in ((each, target) for each in about_senders for target in targets.of(each)):
        if target.rests:
            kept = target.pool is not None or (target.sender is not None and target.key is not None)
            nothing = b"" if kept else platform.seal(b"", pool.SEALED)
            done.heard.append(Heard(target.rests.id, raw.key, request.received_at, kept, not raw.about_ours, nothing))
        if target.sender and target.key:
            done.events.append(_event(raw, request, target.sender, target.key, headers, envelope))
        elif target.pool:
            body = platform.seal(raw.body, pool.SEALED)
            done.pool.append(NewPoolMessage(target.pool.id, raw.key, body, request.received_at))
        elif not target.rests:
            done.strangers.append(raw)
    held = [_stranger(adapter, platform, request, done.strangers)] if done.strangers else []
    return Batch(done.events, done.pool, held, heard=done.heard, letters=letters)


def _letters(adapter: Adapter, request: WebhookRequest, about: Sequence[RawEvent], done: Sorted) -> list[Fate]:
    """Return what events about the hub's own letters mean. One that cannot be understood keeps nothing else of its
    request from coming in: the request is held, too, with what is wrong with it."""
    found: list[Fate] = []
    for raw in about:
        try:
            found += fates_of(adapter, raw, request)
        except Exception as error:  # noqa: BLE001 - whatever a payload does to a parser stays with that payload
            log.warning("letter.unreadable", kind=raw.kind, error=type(error).__name__, trace=trace_of(error))
            done.strangers.append(replace(raw, address=None, unreadable=_UNREADABLE))
    return found


class _Targets:
    """Asks once for each address of a request: a batch may name one page a thousand times."""

    def __init__(self, find: FindTargets, proven: WebhookSecret) -> None:
        self._find = find
        self._proven = proven
        self._found: dict[tuple[str | None, ...], Sequence[Target]] = {}

    def of(self, raw: RawEvent) -> Sequence[Target]:
        place = raw.kind, raw.address, raw.conversation_id, raw.business_account, raw.message_id
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
    reason = strangers[0].unreadable or _whose(strangers, named)
    return held_request(adapter, platform, request, reason, genuine=True, addresses=named, unreadable=unreadable)


def _whose(strangers: Sequence[RawEvent], named: Sequence[str]) -> str:
    if named or not any(raw.business_account for raw in strangers):
        return f"no channel has the address {', '.join(named) or 'it names'}"
    return "no provider account has the business account it names"


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
