"""The messages of a conversation: reading them, answering, and sending a failed one again."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from hub.access.permissions import Permission
from hub.conversations import reading
from hub.errors import UnsupportedContent
from hub.outbound import submit as outbound
from hub.types import MessageView, Page
from hub.web.api.frame import Body, Call, Endpoint, Listing, Paging, Shown


class Author(Shown):
    type: Literal["contact", "user", "bot", "system"]
    id: str | None
    name: str


class SendError(Shown):
    kind: str
    detail: str


class Message(Shown):
    id: str
    conversation_id: str
    channel_id: str
    direction: Literal["inbound", "outbound", "note", "activity"]
    author: Author
    text: str
    parts: list[dict[str, Any]] = Field(description="Each with its `type`")
    status: str
    error: SendError | None
    external_id: str | None
    reply_to: str | None
    sent_at: datetime | None
    created_at: datetime


class ThreadQuery(Paging):
    newest: bool = Field(False, description="The last page instead of the first")


class AttachmentRef(Body):
    upload_id: str


class NewMessage(Body):
    text: str = Field("", max_length=100_000)
    attachments: list[AttachmentRef] = Field(default_factory=list, max_length=50)
    reply_to: str | None = Field(None, max_length=50, description="Id of the message it answers")
    note: bool = Field(False, description="Seen by colleagues only")
    template: dict[str, Any] | None = None


def list_messages(call: Call[None, ThreadQuery]) -> Page[MessageView]:
    query = call.query
    return reading.list_messages(
        call.services, call.actor, call.path["id"], query.limit, query.cursor, newest=query.newest
    )


def send_message(call: Call[NewMessage, None]) -> MessageView:
    body = call.body
    if body.attachments or body.template is not None:
        raise UnsupportedContent("this version sends text only; leave attachments and template out")
    reply = outbound.Reply(text=body.text, reply_to=body.reply_to, note=body.note)
    return outbound.submit(call.services, call.actor, call.path["id"], reply, call.once)


def retry_message(call: Call[None, None]) -> MessageView:
    return outbound.retry(call.services, call.actor, call.path["id"])


_WORK = Permission.WORK_ON_CONVERSATIONS

ENDPOINTS = (
    Endpoint("GET", "/conversations/{id}/messages", "List a conversation's messages", list_messages, Listing[Message],
             query=ThreadQuery, permission=Permission.READ_CONVERSATIONS),
    Endpoint("POST", "/conversations/{id}/messages", "Answer, or leave a note", send_message, Message, body=NewMessage,
             status=202, permission=_WORK, creates=True),
    Endpoint("POST", "/messages/{id}/retry", "Send a failed or uncertain message again", retry_message, Message,
             permission=_WORK),
)  # fmt: skip
