"""The rights of persons: export, restriction, erasure, and the cases that keep their clocks. Owners and admins only."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field
from starlette.responses import Response

from hub.access.permissions import Permission
from hub.db.privacy import CaseView
from hub.privacy import cases
from hub.privacy.cases import request_of
from hub.types import Page
from hub.web.api.frame import Body, Call, Endpoint, Listing, Paging, Shown


class Case(Shown):
    id: str
    contact_id: str
    kind: Literal["export", "rectify", "restrict", "unrestrict", "erase"]
    state: Literal["received", "done", "failed"]
    reason: str
    requested_by: str = Field(description="Id of the user; `cli` or `system` where nobody was signed in")
    received_at: datetime
    due_at: datetime = Field(description="30 days after it was received")
    done_at: datetime | None
    archive_until: datetime | None = Field(description="Until when an export can be fetched")
    result: dict[str, Any] | None = Field(description="Signed (Ed25519) once it is done; its progress before that")
    error: str | None


class Cases(Paging):
    contact: str | None = Field(None, max_length=26, description="Only cases of this contact")


class Why(Body):
    reason: str = Field(min_length=1, max_length=500, description="Kept with the case and in the audit log")


class MaybeWhy(Body):
    reason: str = Field("", max_length=500, description="Kept with the case and in the audit log")


def begin_export(call: Call[MaybeWhy, None]) -> CaseView:
    return cases.begin_export(call.services, request_of(call.actor, call.path["id"], call.body.reason))


def fetch_export(call: Call[None, None]) -> Response:
    case, archive = cases.fetch_export(call.services, request_of(call.actor, call.path["id"]))
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="person-{case.contact_id}.zip"',
        "Cache-Control": "no-store",
    }
    return Response(archive, headers=headers)


def restrict(call: Call[Why, None]) -> CaseView:
    return cases.restrict(call.services, request_of(call.actor, call.path["id"], call.body.reason))


def unrestrict(call: Call[Why, None]) -> CaseView:
    return cases.unrestrict(call.services, request_of(call.actor, call.path["id"], call.body.reason))


def erase(call: Call[Why, None]) -> CaseView:
    return cases.begin_erasure(call.services, request_of(call.actor, call.path["id"], call.body.reason))


def list_cases(call: Call[None, Cases]) -> Page[CaseView]:
    return cases.list_cases(call.services, call.actor, call.query.contact, call.query.limit, call.query.cursor)


def get_case(call: Call[None, None]) -> CaseView:
    return cases.get_case(call.services, call.actor, call.path["id"])


_MAY = Permission.HANDLE_PRIVACY

ENDPOINTS = (
    Endpoint("POST", "/contacts/{id}/export", "Ask for everything about a person", begin_export, Case, body=MaybeWhy,
             status=202, permission=_MAY),
    Endpoint("GET", "/contacts/{id}/export", "Fetch everything about a person", fetch_export, permission=_MAY,
             produces="application/zip"),
    Endpoint("POST", "/contacts/{id}/restrict", "Restrict a person's data", restrict, Case, body=Why, permission=_MAY),
    Endpoint("POST", "/contacts/{id}/unrestrict", "Lift a restriction", unrestrict, Case, body=Why, permission=_MAY),
    Endpoint("POST", "/contacts/{id}/erase", "Erase a person", erase, Case, body=Why, status=202, permission=_MAY),
    Endpoint("GET", "/privacy/cases", "List cases", list_cases, Listing[Case], query=Cases, permission=_MAY),
    Endpoint("GET", "/privacy/cases/{id}", "Show a case", get_case, Case, permission=_MAY),
)  # fmt: skip
