"""The messages of a conversation: reading them, answering, and sending a failed one again."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from hub.access.permissions import Permission
from hub.conversations import raw, reading
from hub.outbound import submit as outbound
from hub.outbound.saying import Reply, TemplateChoice
from hub.types import Button, ContactCard, Location, MessageView, Page
from hub.web.api.frame import Body, Call, Endpoint, Listing, Paging, Shown


class Author(Shown):
    type: Literal["contact", "user", "bot", "system"]
    id: str | None
    name: str
    verified: bool = Field(description="Whether the platform vouches for the author's address")
    guest: bool = Field(description="In a conversation's list: another person than the one it is with")


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
    reactions: list[dict[str, Any]] = Field(description="Each with `by`, `author_id`, `emoji` and `at`")
    edited_at: datetime | None
    earlier: list[dict[str, Any]] = Field(description="What it said before: `text` and `until`, oldest first")
    taken_back_at: datetime | None = Field(description="Since then its author wants it gone; nothing of it is left")
    automatic: bool = Field(description="Whether no person wrote it")
    has_raw: bool = Field(description="Whether what the platform sent may still be looked at")
    sent_at: datetime | None
    created_at: datetime


class Raw(Shown):
    text: str = Field(description="What the platform sent, without its ids, credentials and links")
    received_at: datetime


class ThreadQuery(Paging):
    newest: bool = Field(False, description="The last page instead of the first")


class AttachmentRef(Body):
    upload_id: str


class NewButton(Body):
    label: str = Field(min_length=1, max_length=200)
    payload: str = Field(
        "", max_length=1000, description="What comes back with the press, where the channel carries it"
    )


class NewLocation(Body):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: str = Field("", max_length=1000)
    address: str = Field("", max_length=1000)


class NewContact(Body):
    name: str = Field(min_length=1, max_length=200)
    phones: list[str] = Field(default_factory=list, max_length=10)
    emails: list[str] = Field(default_factory=list, max_length=10)


class NewTemplate(Body):
    id: str = Field(max_length=50, description="A template of the conversation's channel")
    values: dict[str, str] = Field(default_factory=dict, description="A text for each of its variables")


class NewMessage(Body):
    text: str = Field("", max_length=100_000)
    attachments: list[AttachmentRef] = Field(default_factory=list, max_length=50)
    buttons: list[NewButton] = Field(default_factory=list, max_length=50, description="Answers to choose from")
    location: NewLocation | None = None
    contact: NewContact | None = None
    template: NewTemplate | None = Field(None, description="An approved template; it goes alone, in any window")
    reply_to: str | None = Field(None, max_length=50, description="Id of the message it answers")
    note: bool = Field(False, description="Seen by colleagues only")


def list_messages(call: Call[None, ThreadQuery]) -> Page[MessageView]:
    query = call.query
    return reading.list_messages(
        call.services, call.actor, call.path["id"], query.limit, query.cursor, newest=query.newest
    )


def send_message(call: Call[NewMessage, None]) -> MessageView:
    """Answer 202 with the first of the messages it becomes; the others follow it in the thread."""
    return outbound.submit(call.services, call.actor, call.path["id"], _reply(call.body), call.once)


def _reply(body: NewMessage) -> Reply:
    place, card, template = body.location, body.contact, body.template
    return Reply(
        text=body.text,
        reply_to=body.reply_to,
        note=body.note,
        attachments=tuple(each.upload_id for each in body.attachments),
        buttons=tuple(Button(each.label, each.payload) for each in body.buttons),
        location=Location(place.latitude, place.longitude, place.name, place.address) if place else None,
        contact=ContactCard(card.name, tuple(card.phones), tuple(card.emails)) if card else None,
        template=TemplateChoice(template.id, template.values) if template else None,
    )


def show_raw(call: Call[None, None]) -> raw.RawView:
    return raw.show_raw(call.services, call.actor, call.path["id"])


def retry_message(call: Call[None, None]) -> MessageView:
    return outbound.retry(call.services, call.actor, call.path["id"])


_WORK = Permission.WORK_ON_CONVERSATIONS

ENDPOINTS = (
    Endpoint("GET", "/conversations/{id}/messages", "List a conversation's messages", list_messages, Listing[Message],
             query=ThreadQuery, permission=Permission.READ_CONVERSATIONS),
    Endpoint("POST", "/conversations/{id}/messages", "Answer, or leave a note", send_message, Message, body=NewMessage,
             status=202, permission=_WORK, creates=True),
    Endpoint("GET", "/messages/{id}/raw", "Show what the platform sent", show_raw, Raw,
             permission=Permission.READ_CONVERSATIONS),
    Endpoint("POST", "/messages/{id}/retry", "Send a failed or uncertain message again", retry_message, Message,
             permission=_WORK),
)  # fmt: skip
