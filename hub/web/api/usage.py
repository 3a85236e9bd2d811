"""Numbers about the organization's conversations."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from hub.access import usage
from hub.access.permissions import Permission
from hub.db.usage import By
from hub.web.api.frame import Call, Endpoint, Query, Shown


class UsageQuery(Query):
    since: AwareDatetime | None = Field(None, alias="from", description="From this time on; else the last 30 days")
    until: AwareDatetime | None = Field(None, alias="to", description="Before this time; else now")
    by: Literal["group", "operator"] = "group"


class Times(Shown):
    """Seconds. Median and p90 are times that occurred (nearest rank)."""

    count: int
    mean: float
    median: float
    p90: float


class Numbers(Shown):
    assignments: int
    by_hand: int = Field(description="Given by a person, or taken")
    beyond_slots: int = Field(description="More than the slots of whoever got it")
    waiting: Times = Field(description="From the customer's first unanswered message until somebody was given it")
    first_answer: Times = Field(description="From the same message until the first answer")
    handling: Times = Field(description="From the assignment until it ended")


class Line(Numbers):
    id: str | None = Field(description="Of a group or a user; null: assigned without a group")
    name: str | None = Field(description="null when it is gone")


class Usage(Shown):
    since: datetime = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")
    by: By
    total: Numbers
    items: list[Line] = Field(description="Most assignments first")


def report(call: Call[None, UsageQuery]) -> usage.Usage:
    query = call.query
    return usage.report(call.services, call.actor, By(query.by), query.since, query.until)


ENDPOINTS = (
    Endpoint("GET", "/usage", "Show how long people waited and were handled", report, Usage, query=UsageQuery,
             permission=Permission.SEE_USAGE),
)  # fmt: skip
