"""The audit log: every change of the account (K26), for admins and auditors; the platform's own for platform admins."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, Field
from starlette.responses import Response, StreamingResponse

from hub.access import audit_log
from hub.access.audit_export import FORMATS, write
from hub.access.audit_log import EntryView
from hub.access.permissions import Permission
from hub.db.audit import Wanted
from hub.types import Page
from hub.web.api.frame import Call, Endpoint, Listing, Paging, Query, Shown
from hub.web.threads import run

_AT_ONCE = 200


class Doer(Shown):
    type: Literal["user", "token", "cli", "system", "guest"]
    id: str
    name: str


class Subject(Shown):
    type: str
    id: str


class Entry(Shown):
    id: str = Field(description="The entry's number in its chain")
    at: datetime
    actor: Doer
    origin: str = Field(description="An IP address, or `cli`")
    action: str
    subject: Subject
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None = Field(description="What came as X-Reason")
    erased: bool = Field(description="An erasure took before, after and reason away")
    hash: str = Field(description="Covers the entry and the hash before it")


class Choice(Query):
    action: str | None = Field(None, max_length=60, description="An action, or the noun before its dot")
    subject: str | None = Field(None, max_length=64, description="Id or type of what was changed")
    actor: str | None = Field(None, max_length=64, description="Id or type of who did it")
    since: AwareDatetime | None = Field(None, description="From this time on")
    until: AwareDatetime | None = Field(None, description="Before this time")


class Search(Choice, Paging):
    """A page of what is wanted."""


class ExportQuery(Choice):
    format: Literal["jsonl", "csv"] = "jsonl"


def list_entries(call: Call[None, Search]) -> Page[EntryView]:
    query = call.query
    return audit_log.list_entries(call.services, call.actor, _wanted(query), query.limit, query.cursor)


def list_platform_entries(call: Call[None, Search]) -> Page[EntryView]:
    query = call.query
    return audit_log.list_platform_entries(call.services, call.actor, _wanted(query), query.limit, query.cursor)


def export(call: Call[None, ExportQuery]) -> Response:
    form = call.query.format
    headers = {"Content-Disposition": f'attachment; filename="audit.{form}"', "Cache-Control": "no-store"}
    if call.request.method == "HEAD":
        return Response(media_type=FORMATS[form], headers=headers)
    pieces = write(audit_log.export(call.services, call.actor, _wanted(call.query), form), form)
    return StreamingResponse(_streamed(pieces), media_type=FORMATS[form], headers=headers)


async def _streamed(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Read in the web's pool, many pieces at a time."""
    while piece := await run(_next, pieces):
        yield piece


def _next(pieces: Iterator[bytes]) -> bytes:
    return b"".join(piece for _, piece in zip(range(_AT_ONCE), pieces, strict=False))


def _wanted(query: Choice) -> Wanted:
    return Wanted(query.action, query.subject, query.actor, query.since, query.until)


ENDPOINTS = (
    Endpoint("GET", "/audit", "List the audit log, newest first", list_entries, Listing[Entry], query=Search,
             permission=Permission.SEE_AUDIT),
    Endpoint("GET", "/audit/export", "Download the audit log, oldest first", export, query=ExportQuery,
             permission=Permission.SEE_AUDIT, produces="application/x-ndjson"),
    Endpoint("GET", "/platform/audit", "List the platform's own audit log", list_platform_entries, Listing[Entry],
             query=Search, permission=Permission.PLATFORM),
)  # fmt: skip
