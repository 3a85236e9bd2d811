"""Bans: what the organization decides, and what whoever runs the hub sees of everybody's and may do to mend."""

from typing import Any, Literal

from pydantic import Field
from starlette.responses import Response

from hub.access.permissions import Permission
from hub.errors import Invalid, NotFound
from hub.numbers.cases import commands, connecting, offering, packing, reading
from hub.numbers.cases.commands import Acceptance, By
from hub.numbers.cases.connecting import Brought, TakenOver
from hub.numbers.cases.views import BanView
from hub.numbers.policy.happenings import AppealDecided, RemedyEnded
from hub.types import Page
from hub.types.bans import AppealState, Kept, Possibility, RemedyKind
from hub.web.api.ban_values import Ban, EvidencePack, PlatformBan, PossibleOffer
from hub.web.api.channels import Channel, Credentials
from hub.web.api.frame import PREFIX, Body, Call, Endpoint, Listing, Paging, Query, Shown
from hub.web.bans.packed import downloaded, written
from hub.web.language import language_of

_LONGEST = commands.LONGEST


class Accept(Body):
    cause: str = Field("", max_length=_LONGEST, description="May be missing where it was recorded before")
    appeal: Literal["filed", "waived"] | None = Field(None, description="May be missing where it was said before")
    reason: str = Field("", max_length=_LONGEST, description="Why the appeal is waived")
    offer_id: str | None = Field(None, max_length=26, description="The offer that was read; null: the present one")


class Decline(Body):
    reason: str = Field("", max_length=_LONGEST)
    offer_id: str | None = Field(None, max_length=26)


class RemedyStep(Body):
    state: Literal["under_way", "helped", "failed"]
    result: str = Field("", max_length=_LONGEST)


class AppealStep(Body):
    state: Literal["filed", "waived", "granted", "refused"]
    reason: str = Field("", max_length=_LONGEST, description="Why it is waived, or what the provider said")


class Cause(Body):
    cause: str = Field(min_length=1, max_length=_LONGEST)


class Wanted(Body):
    channel_kind: str | None = Field(None, max_length=40, description="null: what can be had soonest")


class Keep(Body):
    sender: Literal["old", "new"]


class EvidenceQuery(Query):
    format: Literal["json", "text"] = "json"
    language: Literal["en", "de"] = Field("en", description="Of the text")


class OwnSender(Body):
    """The sender that takes over: `credentials` of a new one, or a channel that is there."""

    credentials: Credentials | None = Field(None, max_length=20, description="As POST /channels takes them")
    name: str = Field("", max_length=200, description="Of the channel, where the offer was of another kind")
    channel_id: str | None = Field(None, max_length=26, description="One of the kind that was accepted")


class SenderBrought(Shown):
    ban: Ban
    channel: Channel = Field(description="Over which people go on; its `intake_token` is shown this once")


class Order(Body):
    kinds: list[str] = Field(max_length=20, description="Empty: as the organization wishes")


class Close(Body):
    reason: str = Field(min_length=1, max_length=_LONGEST)


def list_bans(call: Call[None, Paging]) -> Page[BanView]:
    return reading.list_bans(call.services, call.actor, call.query.limit, call.query.cursor)


def get_ban(call: Call[None, None]) -> BanView:
    return reading.get_ban(call.services, call.actor, call.path["id"])


def list_all_bans(call: Call[None, Paging]) -> Page[BanView]:
    return reading.list_all_bans(call.services, call.actor, call.query.limit, call.query.cursor)


def get_any_ban(call: Call[None, None]) -> BanView:
    return reading.get_any_ban(call.services, call.actor, call.path["id"])


def list_possibilities(call: Call[None, Paging]) -> Page[Possibility]:
    return Page(offering.list_possibilities(call.services, call.actor, call.path["id"]), None)


def get_evidence(call: Call[None, EvidenceQuery]) -> packing.EvidencePack | Response:
    """In our words and in numbers: nobody is named."""
    services, query = call.services, call.query
    found = packing.pack_evidence(services, call.actor, call.path["id"])
    if query.format == "json":
        return found
    return downloaded(written(found, services.adapters, language_of(query.language)), found.ban_id, "txt", "text/plain")


def accept(call: Call[Accept, None]) -> BanView:
    body = call.body
    appeal = AppealState(body.appeal) if body.appeal else None
    said = Acceptance(body.cause, appeal, body.reason, body.offer_id)
    return commands.accept(call.services, call.actor, call.path["id"], said)


def decline(call: Call[Decline, None]) -> BanView:
    return commands.decline(call.services, call.actor, call.path["id"], call.body.reason, call.body.offer_id)


def keep_sender(call: Call[Keep, None]) -> BanView:
    return commands.keep_sender(call.services, call.actor, call.path["id"], Kept(call.body.sender))


def bring_sender(call: Call[OwnSender, None]) -> TakenOver:
    body, case_id = call.body, call.path["id"]
    if (body.credentials is None) == (body.channel_id is None):
        raise Invalid("give either credentials of the new sender or the channel_id of a channel that is there")
    if body.channel_id is not None:
        return connecting.choose_channel(call.services, call.actor, case_id, body.channel_id, call.once)
    brought = Brought(body.credentials or {}, body.name)
    return connecting.bring_sender(call.services, call.actor, case_id, brought, call.once)


def order_ways(call: Call[Order, None]) -> BanView:
    return commands.order_ways(call.services, call.actor, call.path["id"], call.body.kinds)


def set_remedy(call: Call[RemedyStep, None]) -> BanView:
    """Note that a remedy is tried, or what came of it."""
    kind, body = _remedy(call), call.body
    if body.state == "under_way":
        return commands.begin_remedy(call.services, _by(call), call.path["id"], kind)
    ended = RemedyEnded(kind, body.state == "helped", body.result)
    return commands.end_remedy(call.services, _by(call), call.path["id"], ended)


def set_appeal(call: Call[AppealStep, None]) -> BanView:
    """Note that an appeal is filed or waived, or what the provider said to it."""
    services, by, case_id, body = call.services, _by(call), call.path["id"], call.body
    match body.state:
        case "filed":
            return commands.file_appeal(services, by, case_id)
        case "waived":
            return commands.waive_appeal(services, by, case_id, body.reason)
        case decided:
            return commands.decide_appeal(services, by, case_id, AppealDecided(decided == "granted", body.reason))


def record_cause(call: Call[Cause, None]) -> BanView:
    return commands.record_cause(call.services, _by(call), call.path["id"], call.body.cause)


def want_offer(call: Call[Wanted, None]) -> BanView:
    return commands.want_offer(call.services, _by(call), call.path["id"], call.body.channel_kind)


def close(call: Call[Close, None]) -> BanView:
    return commands.close(call.services, _by(call), call.path["id"], call.body.reason)


def _by(call: Call[Any, Any]) -> By:
    """Below /platform somebody acts for a customer, else in their own organization."""
    if call.request.url.path.startswith(_PLATFORM_PATH):
        return commands.for_customer(call.services, call.actor, call.path["id"])
    return call.actor


def _remedy(call: Call[Any, Any]) -> RemedyKind:
    try:
        return RemedyKind(call.path["kind"])
    except ValueError:
        raise NotFound(f"there is no remedy {call.path['kind']}; there are {', '.join(RemedyKind)}") from None


_READ, _MANAGE, _PLATFORM = Permission.READ_CHANNELS, Permission.MANAGE_CHANNELS, Permission.PLATFORM
_PLATFORM_PATH = PREFIX + "/platform/"

ENDPOINTS = (
    Endpoint("GET", "/bans", "List bans", list_bans, Listing[Ban], query=Paging, permission=_READ),
    Endpoint("GET", "/bans/{id}", "Show a ban", get_ban, Ban, permission=_READ),
    Endpoint("GET", "/bans/{id}/possibilities", "List what could take the sender's place", list_possibilities,
             Listing[PossibleOffer], query=Paging, permission=_READ),
    Endpoint("GET", "/bans/{id}/evidence", "Download the evidence of a ban, for an appeal", get_evidence, EvidencePack,
             query=EvidenceQuery, permission=_MANAGE),
    Endpoint("POST", "/bans/{id}/accept", "Accept the offer", accept, Ban, body=Accept, permission=_MANAGE),
    Endpoint("POST", "/bans/{id}/decline", "Decline the offer", decline, Ban, body=Decline, permission=_MANAGE),
    Endpoint("POST", "/bans/{id}/keep", "Choose which sender stays", keep_sender, Ban, body=Keep, permission=_MANAGE),
    Endpoint("POST", "/bans/{id}/sender", "Connect the sender that takes over", bring_sender, SenderBrought,
             body=OwnSender, permission=_MANAGE, creates=True),
    Endpoint("POST", "/bans/{id}/order", "Set the order of invitations", order_ways, Ban, body=Order,
             permission=_MANAGE),
    Endpoint("POST", "/bans/{id}/cause", "Record the cause", record_cause, Ban, body=Cause, permission=_MANAGE),
    Endpoint("POST", "/bans/{id}/remedies/{kind}", "Note how a remedy goes", set_remedy, Ban, body=RemedyStep,
             permission=_MANAGE),
    Endpoint("POST", "/bans/{id}/appeal", "Note how the appeal goes", set_appeal, Ban, body=AppealStep,
             permission=_MANAGE),
    Endpoint("POST", "/bans/{id}/offer", "Ask for a replacement", want_offer, Ban, body=Wanted, permission=_MANAGE),
    Endpoint("POST", "/bans/{id}/close", "Close a ban", close, Ban, body=Close, permission=_MANAGE),
    Endpoint("GET", "/platform/bans", "List everybody's bans", list_all_bans, Listing[PlatformBan], query=Paging,
             permission=_PLATFORM),
    Endpoint("GET", "/platform/bans/{id}", "Show anybody's ban", get_any_ban, PlatformBan, permission=_PLATFORM),
    Endpoint("POST", "/platform/bans/{id}/remedies/{kind}", "Note how a customer's remedy goes", set_remedy,
             PlatformBan, body=RemedyStep, permission=_PLATFORM),
    Endpoint("POST", "/platform/bans/{id}/appeal", "Note how a customer's appeal goes", set_appeal, PlatformBan,
             body=AppealStep, permission=_PLATFORM),
    Endpoint("POST", "/platform/bans/{id}/cause", "Record the cause of a customer's ban", record_cause, PlatformBan,
             body=Cause, permission=_PLATFORM),
    Endpoint("POST", "/platform/bans/{id}/offer", "Have a replacement offered to a customer", want_offer, PlatformBan,
             body=Wanted, permission=_PLATFORM),
    Endpoint("POST", "/platform/bans/{id}/close", "Close a customer's ban", close, PlatformBan, body=Close,
             permission=_PLATFORM),
)  # fmt: skip
