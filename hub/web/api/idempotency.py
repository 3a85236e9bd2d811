"""Idempotency-Key on creations: the first answer is kept in the creating transaction and given again for 24 hours."""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from hub.db.idempotency import KeptAnswer, KeyScope, OncePerKey, find_answer
from hub.errors import Conflict, HubError, Invalid
from hub.types import Actor
from hub.wiring import Services

_SEALED = "idempotency_keys.response"
_KEY_LIMIT = 255
_PATH_LIMIT = 300
_BOUNDARY = re.compile(r'boundary="?([^";,\s]+)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A creation that carries a key. `status` is that of its good answer."""

    actor: Actor
    method: str
    path: str
    key: str
    content_type: str
    raw: bytes = field(repr=False)
    status: int


def once_for(services: Services, request: KeyedRequest, show: Callable[[Any], str]) -> OncePerKey:
    """Return what keeps the answer in a use case; `show` makes its JSON. Raises Invalid on an unusable key."""
    if not 0 < len(request.key) <= _KEY_LIMIT:
        raise Invalid(f"Idempotency-Key must have 1 to {_KEY_LIMIT} characters")

    vault_key = services.vault.of(request.actor.organization_id)

    def seal(result: Any) -> KeptAnswer:
        # sealed, because an answer may show a fresh token, and those are never stored readable
        sealed = vault_key.seal(show(result).encode(), _SEALED)
        return KeptAnswer(request.status, {"sealed": base64.b64encode(sealed).decode()})

    actor = request.actor
    scope = KeyScope(actor.token_id or f"user:{actor.user_id}", request.method, request.path[:_PATH_LIMIT], request.key)
    return OncePerKey(scope, actor.organization_id, _body_hash(request), services.clock(), seal)


def answer_once(services: Services, once: OncePerKey, create: Callable[[], Response]) -> Response:
    """Return the kept answer of this key, else what `create` answers. Raises Conflict while that is in flight."""
    with _in_flight(once.scope):
        kept = _find_kept(services, once)
        if kept is not None:
            return kept
        try:
            return create()
        except HubError:
            # another process may have been first with this key and made what we collided with
            kept = _find_kept(services, once)
            if kept is None:
                raise
            return kept


def _find_kept(services: Services, once: OncePerKey) -> Response | None:
    with services.db.reading(once.organization_id) as tx:
        kept = find_answer(tx, once.scope, once.body_hash, once.now)
    if kept is None:
        return None
    body = services.vault.of(once.organization_id).open(base64.b64decode(kept.response["sealed"]), _SEALED)
    return Response(body, kept.status, media_type="application/json", headers={"Idempotent-Replayed": "true"})


def _body_hash(request: KeyedRequest) -> str:
    """Two bodies are the same when they say the same: spaces, order of names and a form's boundary say nothing."""
    boundary = _BOUNDARY.search(request.content_type)
    if boundary is not None:
        return hashlib.sha256(request.raw.replace(boundary[1].encode(), b"")).hexdigest()
    try:
        canonical = json.dumps(json.loads(request.raw), sort_keys=True).encode()
    except (ValueError, RecursionError):
        canonical = request.raw
    return hashlib.sha256(canonical).hexdigest()


_running: set[KeyScope] = set()
_running_lock = threading.Lock()


@contextmanager
def _in_flight(scope: KeyScope) -> Iterator[None]:
    # within one process; between processes the key's unique row decides
    with _running_lock:
        if scope in _running:
            raise Conflict("a request with this Idempotency-Key is still under way; ask again", retry_after=1)
        _running.add(scope)
    try:
        yield
    finally:
        with _running_lock:
            _running.discard(scope)
