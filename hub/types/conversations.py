"""Conversations, and how the hub shows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from hub.types.people import ChannelKind


class ConversationStatus(StrEnum):
    NEW = "new"
    PENDING = "pending"
    CLOSED = "closed"


class WaitingFor(StrEnum):
    US = "us"
    CUSTOMER = "customer"


class Returning(StrEnum):
    """What a returning customer's message does to a closed conversation."""

    REOPEN = "reopen"
    NEW = "new"


class EventState(StrEnum):
    PENDING = "pending"
    HANDLED = "handled"
    FAILED = "failed"
    UNREADABLE = "unreadable"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Named:
    """An id with the name people know it by."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """The channel of a conversation, as far as a list shows it."""

    id: str
    kind: ChannelKind
    name: str


@dataclass(frozen=True, slots=True)
class ReplyWindow:
    """Whether we may answer freely now.

    `until` is None where the channel has no window; `lawful` says what else may be done when nothing may be written.
    `late_until`: until when a person of ours may still answer with the platform's tag; None where there is none.
    """

    open: bool
    until: datetime | None
    lawful: tuple[str, ...]
    late_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A conversation as one user sees it; `unread` counts inbound messages since that user's read mark."""

    id: str
    status: ConversationStatus
    waiting_for: WaitingFor
    topic: str | None
    channel: ChannelRef
    contact: Named
    group: Named | None
    assignee: Named | None
    priority: int
    waiting_since: datetime | None
    snoozed_until: datetime | None
    last_message_at: datetime
    last_inbound_at: datetime | None
    unread: int
    preview: str
    preview_direction: str
    routing: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuthorView:
    """Who said it. `type` is contact, user, bot or system; `verified`: the provider vouches for their address.

    `guest`: another person than the one the conversation is with, told where a thread is listed.
    """

    type: str
    id: str | None
    name: str
    verified: bool = True
    guest: bool = False


@dataclass(frozen=True, slots=True)
class ErrorView:
    """Why a message failed: a FailureKind and one sentence in our words."""

    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """One entry of a thread, in the order of the sort key (position, sequence, id).

    reactions      [{"by": contact, user or page, "author_id", "emoji", "at", "state"?}]
    earlier        what it said before it was edited, oldest first: [{"text", "until"}]
    taken_back_at  when its author took it back: nothing of what it said is left
    automatic      no person wrote it
    has_raw        whether what the provider sent may still be there to look at
    """

    id: str
    conversation_id: str
    channel_id: str
    direction: str
    author: AuthorView
    text: str
    parts: tuple[Mapping[str, Any], ...]
    status: str
    error: ErrorView | None
    external_id: str | None
    reply_to: str | None
    position: datetime
    sequence: int
    sent_at: datetime | None
    created_at: datetime
    reactions: tuple[Mapping[str, Any], ...] = ()
    edited_at: datetime | None = None
    earlier: tuple[Mapping[str, Any], ...] = ()
    taken_back_at: datetime | None = None
    automatic: bool = False
    has_raw: bool = False

    @property
    def suspended(self) -> bool:
        """Whether it only stands for a message that may not be shown (B6)."""
        return any(part["type"] == "suspended" for part in self.parts)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items and the cursor of the next ones, None at the end."""

    items: tuple[T, ...]
    next: str | None
