"""Mails of the hub's own about a conversation."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from hub.access.permissions import Permission
from hub.notifying import by_mail, reading, transcripts
from hub.notifying.transcripts import To
from hub.types import MessageView, Page
from hub.web.api.frame import Body, Call, Endpoint, Listing, Shown
from hub.web.api.messages import Message


class Notification(Shown):
    id: str
    what: Literal["answer", "waiting", "untaken", "transcript"]
    trigger: str
    to: Literal["customer", "user"]
    state: Literal["queued", "sending", "sent", "uncertain", "delivered", "failed", "cancelled"]
    error: str | None
    created_at: datetime


class MailAnswer(Body):
    text: str = Field(min_length=1, max_length=20_000)


class Transcript(Body):
    to: Literal["me", "customer"]


def mail_transcript(call: Call[Transcript, None]) -> reading.NotificationView:
    return transcripts.mail_transcript(call.services, call.actor, call.path["id"], To(call.body.to), call.once)


def answer_by_mail(call: Call[MailAnswer, None]) -> MessageView:
    return by_mail.answer_by_mail(call.services, call.actor, call.path["id"], call.body.text, call.once)


def list_notifications(call: Call[None, None]) -> Page[reading.NotificationView]:
    return Page(reading.list_notifications(call.services, call.actor, call.path["id"]), None)


ENDPOINTS = (
    Endpoint("GET", "/conversations/{id}/notifications", "List mails about a conversation", list_notifications,
             Listing[Notification], permission=Permission.READ_CONVERSATIONS),
    Endpoint("POST", "/conversations/{id}/mail", "Answer by mail", answer_by_mail, Message, body=MailAnswer, status=202,
             permission=Permission.WORK_ON_CONVERSATIONS, creates=True),
    Endpoint("POST", "/conversations/{id}/transcript", "Mail what was said", mail_transcript, Notification,
             body=Transcript, status=202, permission=Permission.WORK_ON_CONVERSATIONS, creates=True),
)  # fmt: skip
