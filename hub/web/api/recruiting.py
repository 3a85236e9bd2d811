"""The people of a ban: who is won, whom invitations reach, claims, what is published; messages that were held."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field
from starlette.responses import Response

from hub.access.permissions import Permission
from hub.db.held_messages import HeldMessage
from hub.numbers import recruiting
from hub.numbers.cases import reading
from hub.numbers.cases.views import BanView
from hub.numbers.policy.rehearsal import Rehearsal
from hub.numbers.policy.ways import REASONS
from hub.numbers.recruiting import Published, RecipientView
from hub.types import MessageView, Page
from hub.types.numbers import RecipientState
from hub.web.api.ban_values import Ban
from hub.web.api.frame import Call, Endpoint, Listing, Named, Paging, Query, Shown
from hub.web.api.messages import Message
from hub.web.consent_csv import unasked_csv

_SVG, _PNG = "image/svg+xml", "image/png"


class Recipient(Shown):
    id: str
    contact: Named | None = Field(description="null once they were erased")
    identity: Named | None
    state: RecipientState
    way: str | None = Field(description="By which kind of channel they were invited last")
    why: str = Field(description="Why only what is published can reach them")
    invitations: int
    invited_at: datetime | None
    verified_at: datetime | None
    conversation_id: str | None
    claimed_by: Named | None = Field(description="The contact who used their code")


class OfState(Paging):
    state: RecipientState | None = Field(None, description="Only those who stand there")


class Spoken(Query):
    language: str = Field("", max_length=8, description="ISO 639-1, of what the link begins with; else English")


class Publishing(Shown):
    kind: str
    address: str
    link: str
    snippets: dict[str, str] = Field(description="Language → a sentence with the link in it")


class ByWay(Shown):
    kind: str
    people: int
    days: int | None = Field(description="null: never, as nothing may go out by it")


class Rehearsed(Shown):
    total: int
    reachable: int
    ways: list[ByWay]
    published: dict[str, int] = Field(description="Whom only what is published can reach, by the reason")
    waiting: int
    done: dict[str, int] = Field(description="Who need nothing, by where they stand")
    days: int | None = Field(description="Until the last one is invited; null: some never are")


class Held(Shown):
    message_id: str
    author_name: str
    text: str
    automatic: bool
    created_at: datetime


def list_recipients(call: Call[None, OfState]) -> Page[RecipientView]:
    query = call.query
    return recruiting.list_recipients(
        call.services, call.actor, call.path["id"], query.state, query.limit, query.cursor
    )


def list_unasked(call: Call[None, None]) -> Response:
    case_id = call.path["id"]
    return unasked_csv(recruiting.list_unasked(call.services, call.actor, case_id), case_id)


def stop(call: Call[None, None]) -> BanView:
    recruiting.stop_invitations(call.services, call.actor, call.path["id"])
    return reading.get_ban(call.services, call.actor, call.path["id"])


def resume(call: Call[None, None]) -> BanView:
    recruiting.resume_invitations(call.services, call.actor, call.path["id"])
    return reading.get_ban(call.services, call.actor, call.path["id"])


def confirm(call: Call[None, None]) -> RecipientView:
    return recruiting.confirm(call.services, call.actor, call.path["id"], call.path["recipient_id"])


def deny(call: Call[None, None]) -> RecipientView:
    return recruiting.deny(call.services, call.actor, call.path["id"], call.path["recipient_id"])


def undo(call: Call[None, None]) -> RecipientView:
    return recruiting.undo(call.services, call.actor, call.path["id"], call.path["recipient_id"])


def publish(call: Call[None, Spoken]) -> Published:
    return recruiting.publish(call.services, call.actor, call.path["id"], call.query.language)


def draw_svg(call: Call[None, Spoken]) -> Response:
    drawn = recruiting.draw_svg(call.services, call.actor, call.path["id"], call.query.language)
    return Response(drawn, media_type=_SVG)


def draw_png(call: Call[None, Spoken]) -> Response:
    drawn = recruiting.draw_png(call.services, call.actor, call.path["id"], call.query.language)
    return Response(drawn, media_type=_PNG)


def rehearse(call: Call[None, None]) -> Rehearsed:
    return rehearsed(recruiting.rehearse(call.services, call.actor, call.path["id"]))


def rehearsed(found: Rehearsal) -> Rehearsed:
    """Return a rehearsal as it is told; the reasons are sentences."""
    published: Mapping[str, int] = {REASONS[why]: count for why, count in found.published.items()}
    return Rehearsed(
        total=found.total,
        reachable=found.reachable,
        ways=[ByWay(kind=each.kind, people=each.people, days=each.days) for each in found.ways],
        published=dict(published),
        waiting=found.waiting,
        done={state.value: count for state, count in found.done.items()},
        days=found.days,
    )


def list_held(call: Call[None, Paging]) -> Page[HeldMessage]:
    return Page(recruiting.list_held(call.services, call.actor, call.path["id"]), None)


def send_held(call: Call[None, None]) -> MessageView:
    return recruiting.send_held(call.services, call.actor, call.path["id"], call.path["message_id"])


def discard_held(call: Call[None, None]) -> MessageView:
    return recruiting.discard_held(call.services, call.actor, call.path["id"], call.path["message_id"])


_READ, _MANAGE = Permission.READ_CHANNELS, Permission.MANAGE_CHANNELS
_PEOPLE, _DECIDE = Permission.READ_CONTACTS, Permission.EDIT_CONTACTS
_TALKS, _ANSWER = Permission.READ_CONVERSATIONS, Permission.WORK_ON_CONVERSATIONS
_ONE = "/bans/{id}/recipients/{recipient_id}"
_HELD = "/conversations/{id}/held"

ENDPOINTS = (
    Endpoint("GET", "/bans/{id}/recipients", "List the people of a ban", list_recipients, Listing[Recipient],
             query=OfState, permission=_PEOPLE),
    Endpoint("GET", "/bans/{id}/unasked.csv", "List the people of a ban whom only a consent is missing", list_unasked,
             permission=_PEOPLE, produces="text/csv"),
    Endpoint("POST", "/bans/{id}/invitations/stop", "Stop the invitations", stop, Ban, permission=_MANAGE),
    Endpoint("POST", "/bans/{id}/invitations/resume", "Let the invitations go on", resume, Ban, permission=_MANAGE),
    Endpoint("POST", _ONE + "/confirm", "Say that whoever used the code is this person", confirm, Recipient,
             permission=_DECIDE),
    Endpoint("POST", _ONE + "/deny", "Say that whoever used the code is somebody else", deny, Recipient,
             permission=_DECIDE),
    Endpoint("POST", _ONE + "/undo", "Take back who used the code", undo, Recipient, permission=_DECIDE),
    Endpoint("GET", "/bans/{id}/publish", "Show what can be published", publish, Publishing, query=Spoken,
             permission=_READ),
    Endpoint("GET", "/bans/{id}/publish.svg", "Draw the link as a QR code (SVG)", draw_svg, query=Spoken,
             permission=_READ, produces=_SVG),
    Endpoint("GET", "/bans/{id}/publish.png", "Draw the link as a QR code (PNG)", draw_png, query=Spoken,
             permission=_READ, produces=_PNG),
    Endpoint("GET", "/channels/{id}/rehearsal", "Rehearse a ban of the channel's sender", rehearse, Rehearsed,
             permission=_READ),
    Endpoint("GET", _HELD, "List the messages that wait for somebody to send or discard them", list_held,
             Listing[Held], query=Paging, permission=_TALKS),
    Endpoint("POST", _HELD + "/{message_id}/send", "Send a held message by the channel's current sender", send_held,
             Message, permission=_ANSWER),
    Endpoint("POST", _HELD + "/{message_id}/discard", "Discard a held message", discard_held, Message,
             permission=_ANSWER),
)  # fmt: skip
