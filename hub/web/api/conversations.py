"""Conversations, as lists and one by one, and what operators do to them besides answering."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from hub.access.permissions import Permission
from hub.conversations import commands, reading
from hub.conversations.reading import ConversationQuery
from hub.notifying import by_mail
from hub.routing import assignment
from hub.routing.assignment import Assignment
from hub.types import Actor, ConversationStatus, ConversationView, Page, ReplyWindow, WaitingFor
from hub.web.api.frame import Body, Call, Endpoint, Listing, Named, Paging, Shown
from hub.wiring import Services


class ChannelRef(Shown):
    id: str
    kind: str
    name: str


class Window(Shown):
    open: bool
    until: datetime | None
    late_until: datetime | None = Field(description="Until when a person of yours may answer all the same")
    lawful: list[str] = Field(description="What may be done while it is closed")
    by_mail: bool = Field(description="While it is closed: whether `POST /conversations/{id}/mail` is open")


class Conversation(Shown):
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
    routing: dict[str, Any] = Field(description="Why it went where it is; `reason` is one sentence")
    reply_window: Window


class ConversationFilter(Paging):
    status: ConversationStatus | Literal["open"] | None = None
    channel: str | None = Field(None, max_length=50)
    group: str | None = Field(None, max_length=50)
    assignee: str | None = Field(None, max_length=50, description="Id of a user, `me` or `none`")
    contact: str | None = Field(None, max_length=50)
    q: str | None = Field(None, max_length=200, description="Words to look for")
    sort: Literal["newest", "waiting", "priority"] = "newest"


class AssignmentBody(Body):
    group_id: str | None = None
    user_id: str | None = None
    take: bool = Field(False, description="For oneself, only if nobody has it (else 409)")
    release: bool = Field(False, description="Back to its group's queue")
    note: str = Field("", max_length=20_000, description="For whoever gets it; never sent to the customer")


class SnoozeBody(Body):
    until: AwareDatetime


class TopicBody(Body):
    topic: str | None = Field(max_length=500)


def list_conversations(call: Call[None, ConversationFilter]) -> dict[str, Any]:
    page: Page[ConversationView] = reading.list_conversations(
        call.services, call.actor, ConversationQuery(**call.query.model_dump())
    )
    return {"items": [_shown(call, view) for view in page.items], "next": page.next}


def get_conversation(call: Call[None, None]) -> dict[str, Any]:
    return _shown(call, reading.get_conversation(call.services, call.actor, call.path["id"]))


def assign(call: Call[AssignmentBody, None]) -> dict[str, Any]:
    body = call.body
    wanted = Assignment(body.group_id, body.user_id, body.take, body.note, body.release)
    return _shown(call, assignment.assign(call.services, call.actor, call.path["id"], wanted))


def snooze(call: Call[SnoozeBody, None]) -> dict[str, Any]:
    return _shown(call, commands.snooze(call.services, call.actor, call.path["id"], call.body.until))


def set_topic(call: Call[TopicBody, None]) -> dict[str, Any]:
    return _shown(call, commands.set_topic(call.services, call.actor, call.path["id"], call.body.topic))


_Command = Callable[[Services, Actor, str], ConversationView]


def _commanding(command: _Command) -> Callable[[Call[None, None]], dict[str, Any]]:
    def handler(call: Call[None, None]) -> dict[str, Any]:
        return _shown(call, command(call.services, call.actor, call.path["id"]))

    return handler


def _shown(call: Call[Any, Any], view: ConversationView) -> dict[str, Any]:
    window: ReplyWindow = reading.reply_window(call.services, call.actor, view)
    mailable = not window.open and by_mail.is_open(call.services, call.actor, view)
    shown = {name: getattr(view, name) for name in ConversationView.__dataclass_fields__}
    return shown | {"reply_window": {**asdict(window), "by_mail": mailable}}


_READ = Permission.READ_CONVERSATIONS
_WORK = Permission.WORK_ON_CONVERSATIONS

ENDPOINTS = (
    Endpoint("GET", "/conversations", "List conversations", list_conversations, Listing[Conversation],
             query=ConversationFilter, permission=_READ),
    Endpoint("GET", "/conversations/{id}", "Show a conversation", get_conversation, Conversation, permission=_READ),
    Endpoint("POST", "/conversations/{id}/assign", "Give a conversation to a group or a user", assign, Conversation,
             body=AssignmentBody, permission=_WORK),
    Endpoint("POST", "/conversations/{id}/close", "Close a conversation", _commanding(commands.close), Conversation,
             permission=_WORK),
    Endpoint("POST", "/conversations/{id}/reopen", "Reopen a conversation", _commanding(commands.reopen), Conversation,
             permission=_WORK),
    Endpoint("POST", "/conversations/{id}/snooze", "Put a conversation aside until a time", snooze, Conversation,
             body=SnoozeBody, permission=_WORK),
    Endpoint("POST", "/conversations/{id}/read", "Mark a conversation read, for oneself",
             _commanding(commands.mark_read), Conversation, permission=_WORK),
    Endpoint("POST", "/conversations/{id}/topic", "Name what a conversation is about", set_topic, Conversation,
             body=TopicBody, permission=_WORK),
)  # fmt: skip
