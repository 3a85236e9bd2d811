"""Bans as the API answers them."""

from datetime import datetime

from pydantic import Field

from hub.types import Level, Reach
from hub.types.bans import Act, AppealState, BanState, RemedyKind, RemedyState
from hub.types.numbers import Mender, OfferKind, Purpose, Readiness, RecipientState, Takes
from hub.web.api.frame import Shown


class ChannelOfBan(Shown):
    id: str
    kind: str
    name: str
    address: str = Field(description="Of the sender that was hit")


class Evidence(Shown):
    at: datetime
    words: str


class Remedy(Shown):
    kind: RemedyKind
    state: RemedyState
    what: str = Field(description="What is to be done")
    result: str = Field(description="What came of it, in the words of whoever tried")


class Obstacle(Shown):
    code: str
    text: str
    mender: Mender
    takes: Takes
    until: datetime | None


class Offer(Shown):
    id: str
    kind: OfferKind
    channel_kind: str
    number: str | None = Field(description="E.164, where one is put aside")
    readiness: Readiness
    what: str
    takes: list[Obstacle] = Field(description="What stands in its way")
    expires_at: datetime


class PossibleOffer(Shown):
    kind: OfferKind
    channel_kind: str
    readiness: Readiness
    what: str
    takes: list[Obstacle]


class Appeal(Shown):
    state: AppealState
    reason: str
    who: str = Field(description="Who appeals, and where")
    link: str = Field(description="Leads there; empty where there is no such page")
    by: datetime | None = Field(description="Until when it is taken; null: no deadline is known")
    checked: bool = Field(description="Whether place and deadline are certain; false: hearsay")


class QualityAt(Shown):
    at: datetime
    quality: str


class Traffic(Shown):
    people: int = Field(description="Who wrote to the sender")
    received: int
    sent: int
    unasked: int = Field(description="Of those sent: what nobody had asked for just before")
    refused: int = Field(description="What did not go out")


class Touched(Shown):
    conversations: int
    recipients: int


class Consents(Shown):
    purpose: Purpose
    given: int = Field(description="Of how many people the last word is yes")
    withdrawn: int


class Tried(Shown):
    kind: RemedyKind
    state: RemedyState
    result: str


class EvidencePack(Shown):
    ban_id: str
    made_at: datetime
    kind: str
    channel: str
    address: str = Field(description="Of the sender that was hit, whole: an appeal has to name it")
    level: Level
    reach: Reach
    opened_at: datetime
    confirmed_at: datetime | None
    until: datetime | None
    evidence: list[Evidence]
    qualities: list[QualityAt] = Field(description="What the provider said of the sender's quality, oldest first")
    touched: Touched
    opted_out: int = Field(description="People who want no message, and get none")
    traffic: Traffic = Field(description="Of the sender, in the 30 days before the ban")
    consents: list[Consents]
    cause: str
    appeal: AppealState
    remedies: list[Tried]


class Event(Shown):
    at: datetime
    happening: str
    state: BanState
    words: str
    by: str | None = Field(description="Who did it; null: the hub")


class Untold(Shown):
    name: str
    why: str = Field(description="Why no mail about the ban reaches them")


class Next(Shown):
    who: str = Field(description="hub, customer, platform, provider, people or nobody")
    what: str
    by: datetime | None


class Progress(Shown):
    total: int
    winnable: int = Field(description="Those who can be won back, the ones who already are among them")
    left: int
    counts: dict[RecipientState, int]


class Ban(Shown):
    id: str
    state: BanState
    since: datetime
    channel: ChannelOfBan
    level: Level
    reach: Reach
    forbids: list[Act] = Field(description="What is held; `forbids_words` says it in sentences")
    forbids_words: list[str]
    until: datetime | None = Field(description="When the provider ends it; null: it does not say")
    evidence: list[Evidence]
    remedies: list[Remedy] = Field(description="Cheapest first")
    cause: str
    appeal: Appeal
    offer: Offer | None
    undecided: BanState | None = Field(description="Where it stood when the sender was given back: choose which stays")
    next: Next
    progress: Progress
    inviting: bool
    invitation_order: list[str]
    new_sender_id: str | None
    opened_at: datetime
    confirmed_at: datetime | None
    over_at: datetime | None
    timeline: list[Event] = Field(description="Oldest first; empty in lists")
    templates_lost: list[str] = Field(
        description="Templates of the old sender, with their language, to be written again for the new one"
    )
    untold: list[Untold] = Field(description="Admins whom the mails about it do not reach; empty in lists")


class PlatformBan(Ban):
    organization_id: str
    organization_name: str
    trouble: str = Field(description="Why the next step did not work yet; empty as a rule")
