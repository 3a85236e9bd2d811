"""Channels: what the organization is reached on."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from hub.access.permissions import Permission
from hub.provisioning import channels, proving
from hub.provisioning.channels import Keep
from hub.provisioning.views import ChannelView
from hub.types import Page, Returning
from hub.web.api.frame import Body, Call, Endpoint, Listing, Paging, Shown

Delivery = Literal["webhook", "polling"]
Credentials = dict[str, str]


class Sender(Shown):
    id: str
    address: str
    name: str
    hold: str | None = Field(description="Why messages wait now; null when they go out")
    hold_reason: str | None
    proven: bool | None = Field(description="Whether it sends under its own address; null where nothing is to prove")


class Health(Shown):
    state: Literal["ok", "broken", "unknown"]
    problems: list[str]
    checked_at: datetime | None


class Channel(Shown):
    id: str
    kind: str
    name: str
    group_id: str | None
    returning: Literal["reopen", "new"]
    delivery: Delivery
    webhook_urls: list[str] = Field(description="What the provider calls; empty for a polling channel")
    sender: Sender | None
    health: Health
    created_at: datetime
    settings: dict[str, bool | str] = Field(description="What only channels of this kind have")
    intake_token: str | None = Field(description="Only in the answer that made it, null ever after")
    suspended_at: datetime | None = Field(description="Since when nothing of it is shown or sent; null as a rule")
    suspended_reason: str | None


class NewChannel(Body):
    kind: str = Field(min_length=1, max_length=40)
    name: str = Field(min_length=1, max_length=200)
    credentials: Credentials = Field(default_factory=dict, max_length=20)
    group_id: str | None = Field(None, max_length=26)
    delivery: Delivery = "webhook"


class CodeSent(Shown):
    sent_to: str
    expires_at: datetime


class Code(Body):
    code: str = Field(min_length=1, max_length=20)


class ChannelChanges(Body):
    name: str | None = Field(None, min_length=1, max_length=200)
    group_id: str | None = Field(None, max_length=26, description="null takes the group away")
    returning: Returning | None = None
    delivery: Delivery | None = None
    credentials: Credentials | None = Field(None, max_length=20, description="New ones of the same address")
    settings: dict[str, bool | str] | None = Field(None, max_length=20, description="Those of the kind that change")


def list_channels(call: Call[None, Paging]) -> Page[ChannelView]:
    return channels.list_channels(call.services, call.actor, call.query.limit, call.query.cursor)


def create_channel(call: Call[NewChannel, None]) -> ChannelView:
    body = call.body
    new = channels.NewChannel(body.kind, body.name, body.credentials, body.group_id, body.delivery)
    return channels.create_channel(call.services, call.actor, new, call.once)


def get_channel(call: Call[None, None]) -> ChannelView:
    return channels.get_channel(call.services, call.actor, call.path["id"])


def change_channel(call: Call[ChannelChanges, None]) -> ChannelView:
    body = call.body
    group_id = body.group_id if "group_id" in body.model_fields_set else Keep.AS_IT_IS
    changes = channels.ChannelChanges(
        body.name, group_id, body.returning, body.delivery, body.credentials, body.settings
    )
    return channels.change_channel(call.services, call.actor, call.path["id"], changes)


def delete_channel(call: Call[None, None]) -> None:
    channels.delete_channel(call.services, call.actor, call.path["id"])


def check_channel(call: Call[None, None]) -> ChannelView:
    return channels.check_channel(call.services, call.actor, call.path["id"])


def rotate_intake_token(call: Call[None, None]) -> ChannelView:
    return channels.rotate_intake_token(call.services, call.actor, call.path["id"])


def send_code(call: Call[None, None]) -> proving.CodeSent:
    return proving.send_code(call.services, call.actor, call.path["id"])


def confirm_code(call: Call[Code, None]) -> ChannelView:
    return proving.confirm_code(call.services, call.actor, call.path["id"], call.body.code)


_READ = Permission.READ_CHANNELS
_MANAGE = Permission.MANAGE_CHANNELS

ENDPOINTS = (
    Endpoint("GET", "/channels", "List channels", list_channels, Listing[Channel], query=Paging, permission=_READ),
    Endpoint("POST", "/channels", "Connect a channel", create_channel, Channel, body=NewChannel, status=201,
             permission=_MANAGE, creates=True),
    Endpoint("GET", "/channels/{id}", "Show a channel", get_channel, Channel, permission=_READ),
    Endpoint("PATCH", "/channels/{id}", "Change a channel", change_channel, Channel, body=ChannelChanges,
             permission=_MANAGE),
    Endpoint("DELETE", "/channels/{id}", "Give a channel up", delete_channel, permission=_MANAGE),
    Endpoint("POST", "/channels/{id}/check", "Set a channel up again and probe it", check_channel, Channel,
             permission=_MANAGE),
    Endpoint("POST", "/channels/{id}/code", "Send a code to the channel's address", send_code, CodeSent, status=202,
             permission=_MANAGE),
    Endpoint("POST", "/channels/{id}/code/confirm", "Prove the address by the code", confirm_code, Channel, body=Code,
             permission=_MANAGE),
    Endpoint("POST", "/channels/{id}/intake-token", "Make a new intake token", rotate_intake_token, Channel,
             permission=_MANAGE),
)  # fmt: skip
