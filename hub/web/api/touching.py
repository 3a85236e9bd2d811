"""What is done to messages that are there: reacting, changing, taking back; how they were tried; who is writing."""

from datetime import datetime

from pydantic import Field

from hub.access.permissions import Permission
from hub.db.attempts import AttemptView
from hub.outbound import touching
from hub.types import MessageView, Page
from hub.web.api.frame import Body, Call, Endpoint, Listing, Shown
from hub.web.api.messages import Message


class Reaction(Body):
    emoji: str = Field(max_length=40, description="One emoji in place of an earlier one; empty takes it back")


class NewText(Body):
    text: str = Field(min_length=1, max_length=100_000)


class Attempt(Shown):
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None = Field(description="`sent`, or why not; null while it runs")
    detail: str


def react(call: Call[Reaction, None]) -> MessageView:
    return touching.react(call.services, call.actor, call.path["id"], call.body.emoji)


def edit_message(call: Call[NewText, None]) -> MessageView:
    return touching.edit(call.services, call.actor, call.path["id"], call.body.text)


def take_back(call: Call[None, None]) -> None:
    touching.take_back(call.services, call.actor, call.path["id"])


def show_typing(call: Call[None, None]) -> None:
    touching.show_typing(call.services, call.actor, call.path["id"])


def list_attempts(call: Call[None, None]) -> Page[AttemptView]:
    return Page(tuple(touching.list_attempts(call.services, call.actor, call.path["id"])), None)


_WORK = Permission.WORK_ON_CONVERSATIONS

ENDPOINTS = (
    Endpoint("POST", "/messages/{id}/react", "React to a customer's message, or take the reaction back", react,
             Message, body=Reaction, permission=_WORK),
    Endpoint("PATCH", "/messages/{id}", "Change the text of a sent message, at its platform first", edit_message,
             Message, body=NewText, permission=_WORK),
    Endpoint("DELETE", "/messages/{id}", "Take a sent message back, at its platform first", take_back,
             permission=_WORK),
    Endpoint("POST", "/conversations/{id}/typing", "Show the customer that somebody is writing", show_typing,
             permission=_WORK),
    Endpoint("GET", "/messages/{id}/attempts", "List every try to send a message", list_attempts, Listing[Attempt],
             permission=Permission.READ_CONVERSATIONS),
)  # fmt: skip
