"""The doors by which providers call: webhook URLs, what they are answered, and which secrets may have signed a call."""

from dataclasses import dataclass, field

from hub.types import WebhookSecret

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What a webhook call is answered with."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Route:
    """One webhook URL of an adapter.

    path      starlette path template (`/webhooks/telegram/{channel_id}`)
    methods   GET only where the provider checks the URL by a challenge
    max_body  bytes; more is answered 413 and nothing is kept
    accepted  answer once everything is committed
    forged    answer to a request that did not verify, once it is in quarantine
    """

    path: str
    methods: tuple[str, ...] = ("POST",)
    max_body: int = MIB
    accepted: Answer = Answer()
    forged: Answer = Answer(403, b"signature does not verify")


# --- which secrets a request may be signed with: what core has to look up -------------------------------


@dataclass(frozen=True, slots=True)
class OfChannel:
    """The webhook secrets of a channel's senders, current and past. An unknown channel is answered 404."""

    channel_id: str


@dataclass(frozen=True, slots=True)
class OfAccount:
    """The secrets of a provider account, by the provider's id of it."""

    external_id: str


@dataclass(frozen=True, slots=True)
class OfIntakeToken:
    """The sender whose intake token has this hash (`hub.crypto.token_hash`)."""

    token_hash: str


@dataclass(frozen=True, slots=True)
class Known:
    """Secrets the adapter has from the settings."""

    secrets: tuple[WebhookSecret, ...] = field(repr=False)


SecretQuery = OfChannel | OfAccount | OfIntakeToken | Known
