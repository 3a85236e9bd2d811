"""People, roles and senders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NewType

JsonObject = dict[str, Any]

ChannelKind = NewType("ChannelKind", str)
"""One of the keys of `hub.channels.registry.build_adapters`; only a kind's own folder spells one out."""


class Secret(str):
    """A string that never shows itself: `repr` and log lines print `***`. Use it where a str is needed."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "***"


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"
    AUDITOR = "auditor"


ANSWERING: Final = (Role.OWNER, Role.ADMIN, Role.SUPERVISOR, Role.OPERATOR)
"""Who may work on conversations, and so is given them; a test compares it with the table of permissions."""


class Presence(StrEnum):
    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Person:
    """An end user as one event names them.

    `address` is the provider's id for them (Telegram user id, page-scoped id, E.164 number, mailbox);
    `scope` is where that address is valid ("" everywhere, a page id for page-scoped ids).
    `verified` is False when the provider cannot vouch for the address (a mail without trusted DMARC).
    `aliases` are further addresses of the same kind and scope that the provider names for the same person in the same
    event: a later event may come under one of them alone.
    """

    address: str
    scope: str = ""
    name: str = ""
    verified: bool = True
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """A platform-owned account at a provider. `external_id` is the provider's id of it (`AC…`)."""

    id: str
    external_id: str
    credentials: Mapping[str, Secret] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sender:
    """What a messenger knows and can ban, as an adapter needs it.

    `address` is what the provider calls it: bot id, page id, E.164 number, mailbox.
    `credentials` holds the sender's own secrets, decrypted, under the adapter's `credential_fields` names,
    and `webhook_secret` for the kinds whose webhooks carry one per sender.
    `suspended`: its channel or organization is; what arrives is kept, nothing is handled or sent (B6).
    `proven`: whoever connected it has shown that they receive what is sent to its address.
    `settings` are its channel's own, under the names its adapter gives them; one that is missing has its default.
    """

    id: str
    organization_id: str
    channel_id: str
    kind: ChannelKind
    address: str
    name: str = ""
    credentials: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    account: ProviderAccount | None = None
    suspended: bool = False
    proven: bool = False
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a signed-in user or an API token, in one organization.

    `scopes` are a token's; a browser session carries all that its user's role allows.
    `origin` is where from (an IP address), `reason` why, as far as they said: both go into the audit log.
    `suspended` is why their organization is, None when it is not (B6).
    """

    organization_id: str
    user_id: str
    name: str
    role: Role
    platform_admin: bool = False
    scopes: frozenset[str] = frozenset()
    token_id: str | None = None
    origin: str = ""
    reason: str = field(default="", repr=False)
    suspended: str | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """What acts without being signed in: `cli` (whoever runs the hub), `system` (a job by the clock), `guest`."""

    type: str
    name: str = ""
    origin: str = ""
    reason: str = field(default="", repr=False)
