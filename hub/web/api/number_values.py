"""What the API shows and takes of the platform's numbers."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from hub.channels.numbers import CodeWay
from hub.web.api.frame import Body, Named, Paging, Shown

_KIND = "local, mobile, national or toll_free"


class Probe(Shown):
    state: Literal["ok", "broken", "unknown"]
    problems: list[str]


class ChannelOnNumber(Shown):
    id: str
    kind: str
    name: str
    health: Probe


class PoolMessage(Shown):
    id: str
    received_at: datetime
    body: str


class RegistrationOfNumber(Shown):
    id: str
    kind: str
    organization_id: str
    display_name: str = Field(description="What people see")
    name_review: str = Field(description="not_needed, missing, in_review, approved or refused")
    code_way: str = Field(description="How the one-time code comes, by a text or a call; empty: registered by hand")
    state: str = Field(
        description="draft, submitted, code_needed, verifying, in_review, online, updating, offline, failed or removed"
    )
    waits_for: str = Field(description="What has to happen next; empty: nothing")
    problems: list[str]
    quality: str
    daily_limit: int | None = Field(description="People it may write to unasked in 24 hours")
    submitted_at: datetime | None
    checked_at: datetime | None


class Number(Shown):
    id: str
    number: str
    capabilities: list[str]
    provider_account_id: str
    state: str = Field(description="ordered, owned, lent, quarantined, returning, returned, failed or lost")
    country: str
    kind: str
    organization: Named | None = Field(description="Whom it is lent to")
    former: Named | None = Field(description="Whose conversations it carried, while it is in quarantine")
    quarantine_ends: datetime | None = Field(description="When anybody may get it, if nobody writes to it until then")
    discarded: int = Field(description="Messages thrown away in quarantine, as nobody may read them")
    banned: list[str] = Field(description="Kinds whose messenger has banned it")
    monthly_cost: int | None = Field(description="In hundredths of `currency`; null: not entered")
    currency: str
    forward_to: str = Field(description="Where calls with a one-time code go; empty: they are refused")
    trouble: str = Field(description="What was asked of the supplier last and why it came to nothing; empty: nothing")
    health: Probe
    channels: list[ChannelOnNumber]
    registrations: list[RegistrationOfNumber] = Field(description="As senders of messengers")
    messages: list[PoolMessage] = Field(description="The newest that arrived while it was lent to nobody")
    ordered_at: datetime | None
    created_at: datetime


class NumbersQuery(Paging):
    state: str = Field("", max_length=40)
    organization_id: str = Field("", max_length=26, description="Who has it, or had it until its quarantine began")


class NewNumber(Body):
    number: str = Field(min_length=4, max_length=40, description="International form, such as +4930123456")
    capabilities: list[str] = Field(min_length=1, max_length=10)
    provider_account_id: str | None = Field(None, max_length=26, description="Without it the parent account")


class NumberChanges(Body):
    monthly_cost: int | None = Field(None, description="In hundredths of `currency`")
    currency: str | None = Field(None, max_length=3, description="Three letters, such as EUR")


class NumberSearch(Body):
    country: str = Field(min_length=2, max_length=2, description="Two letters, such as DE")
    kind: str = Field(max_length=40, description=_KIND)
    capabilities: list[str] = Field([], max_length=10, description="Channel kinds that all of them can carry")
    pattern: str = Field("", max_length=40, description="Figures, letters for their keys, * any, + first, $ last")
    limit: int = Field(20, ge=1, le=100)
    provider_account_id: str | None = Field(None, max_length=26, description="Without it the parent account")


class NumberForSale(Shown):
    number: str
    country: str
    kind: str
    abilities: list[str] = Field(description="What reaches it, `Ability` of the supplier: texts, pictures, calls")
    capabilities: list[str] = Field(description="Channel kinds that it can carry")
    address: str = Field(description="Which address a buyer must have: none, any, local or foreign")
    locality: str
    region: str


class NumberObstacle(Shown):
    code: str
    text: str
    mender: str
    takes: str
    stops: str = Field(description="buy, register or invite")
    until: datetime | None


class NumbersForSale(Shown):
    items: list[NumberForSale]
    obstacles: list[NumberObstacle] = Field(description="What has to be cleared before one of them is of use")


class NumberOrder(Body):
    number: str = Field(min_length=4, max_length=40)
    country: str = Field(min_length=2, max_length=2)
    kind: str = Field(max_length=40, description=_KIND)
    capabilities: list[str] = Field([], max_length=10, description="Channel kinds it shall carry; empty: all it can")
    provider_account_id: str | None = Field(None, max_length=26, description="Without it the parent account")
    organization_id: str | None = Field(
        None, max_length=26, description="Whom it is meant for: what its business account allows is asked first"
    )
    monthly_cost: int | None = Field(None, description="In hundredths of `currency`")
    currency: str = Field("", max_length=3)


class Costs(Shown):
    organization: Named | None = Field(description="Null: numbers that nobody has")
    currency: str
    numbers: int = Field(description="Those in quarantine after its use included")
    monthly_cost: int = Field(description="Of those whose cost is known, in hundredths of `currency`")
    unknown: int = Field(description="How many have no cost entered")


class Assignment(Body):
    organization_id: str = Field(min_length=1, max_length=26)
    kind: str = Field(min_length=1, max_length=40)
    name: str = Field("", max_length=200)
    group_id: str | None = Field(None, max_length=26)


class GivenBack(Body):
    reason: str = Field("", max_length=2_000, description="Needed before its quarantine is over; kept in the audit log")


class Reinstated(Body):
    kind: str = Field(min_length=1, max_length=40, description="As what it was banned")
    reason: str = Field(min_length=1, max_length=2_000, description="How it is known; kept in the audit log")


class NewRegistration(Body):
    organization_id: str = Field(min_length=1, max_length=26)
    kind: str = Field(min_length=1, max_length=40, description="A channel kind that numbers are registered for")
    display_name: str = Field(min_length=1, max_length=200, description="What people see")
    code_way: CodeWay = Field(CodeWay.TEXT, description="A spoken code needs a number to forward the call to")


class RegistrationGivenUp(Body):
    kind: str = Field(min_length=1, max_length=40, description="The channel kind it is registered as")


class OneTimeCode(Body):
    code: str = Field(min_length=1, max_length=40, description="Six figures, as they were said or written")


class Forwarding(Body):
    to: str = Field("", max_length=40, description="Where calls with a one-time code go; empty: they are refused")
