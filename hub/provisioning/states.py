"""What a provider carries there and back while somebody signs in or up: bound to the person, and it runs out."""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hub.crypto import same
from hub.types import Actor
from hub.wiring import Services

_LONGEST = 11


@dataclass(frozen=True, slots=True)
class _Signed:
    """What a state is signed over."""

    id: str
    user_id: str
    expires_at: datetime
    key: bytes = field(repr=False)

    def signature(self) -> str:
        said = f"{self.id}\n{self.user_id}\n{int(self.expires_at.timestamp())}"
        return hmac.new(self.key, said.encode(), hashlib.sha256).hexdigest()


def sign(services: Services, actor: Actor, subject_id: str, expires_at: datetime) -> str:
    """Id, end and signature: bound to the person, by the organization's own key."""
    signed = _Signed(subject_id, actor.user_id, expires_at, _key(services, actor))
    return f"{subject_id}.{int(expires_at.timestamp())}.{signed.signature()}"


def read(services: Services, actor: Actor, state: str) -> str | None:
    """Return the id of a state; None for one that was not made for this person, or has run out."""
    subject_id, _, rest = state.partition(".")
    until, _, signature = rest.partition(".")
    if not (until.isascii() and until.isdigit() and len(until) <= _LONGEST):
        return None
    expires_at = datetime.fromtimestamp(int(until), UTC)
    signed = _Signed(subject_id, actor.user_id, expires_at, _key(services, actor))
    if not same(signed.signature(), signature) or expires_at <= services.clock():
        return None
    return subject_id


def _key(services: Services, actor: Actor) -> bytes:
    return services.vault.of(actor.organization_id).derive("sign-in at a provider")
