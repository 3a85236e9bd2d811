"""The evidence pack of a ban: what an appeal at the provider can rest on. In our words and in numbers; nobody is named.

Whoever appeals has to name the sender, so its address stands there whole, whatever the organization wishes else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub.access.permissions import Permission, require
from hub.db import ban_cases, ban_evidence, letters
from hub.db.ban_cases import CaseRow, Evidence
from hub.db.ban_evidence import Traffic
from hub.db.letters import Touched
from hub.db.session import Tx
from hub.errors import Conflict
from hub.numbers.cases import reading
from hub.numbers.cases.showing import OF_PLATFORM
from hub.numbers.policy.caps import Answer
from hub.types import Actor, ChannelKind, Level, Reach
from hub.types.bans import AppealState, RemedyStep
from hub.types.numbers import Purpose
from hub.wiring import Services

DAYS: Final = 30
"""Before the ban, for which the traffic is counted."""


@dataclass(frozen=True, slots=True)
class QualityAt:
    """What a provider said of a sender's quality, by a word of its own."""

    at: datetime
    quality: str


@dataclass(frozen=True, slots=True)
class Consents:
    """How many of the people said yes or no to a purpose last; the others said nothing."""

    purpose: Purpose
    given: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class EvidencePack:
    """What is known of a ban.

    touched    the conversations and people of the channel, `opted_out` of them want no message
    traffic    over the sender in the DAYS before the ban
    qualities  what is still kept of them, oldest first
    """

    ban_id: str
    made_at: datetime
    kind: ChannelKind
    channel: str
    address: str
    level: Level
    reach: Reach
    opened_at: datetime
    confirmed_at: datetime | None
    until: datetime | None
    evidence: tuple[Evidence, ...]
    qualities: tuple[QualityAt, ...]
    touched: Touched
    opted_out: int
    traffic: Traffic
    consents: tuple[Consents, ...]
    cause: str
    appeal: AppealState
    remedies: tuple[RemedyStep, ...]


def pack_evidence(services: Services, actor: Actor, case_id: str) -> EvidencePack:
    """Return the evidence of a ban of the organization, for those who may appeal. Raises NotFound."""
    require(actor, Permission.MANAGE_CHANNELS)
    with services.db.reading(actor.organization_id) as tx:
        return _packed(tx, ban_cases.get_row(tx, case_id), services.clock())


def pack_for_platform(services: Services, actor: Actor, case_id: str) -> EvidencePack:
    """Return the evidence of any ban, where the platform is the one that appeals. Platform scope only.

    Raises NotFound, Conflict where the customer appeals: the pack is theirs.
    """
    organization_id = reading.organization_of(services, actor, case_id)
    with services.db.reading(organization_id) as tx:
        row = ban_cases.get_row(tx, case_id)
        if row.record.case.reach not in OF_PLATFORM:
            raise Conflict("the customer appeals against this ban; the evidence is on their page of it")
        return _packed(tx, row, services.clock())


def _packed(tx: Tx, row: CaseRow, now: datetime) -> EvidencePack:
    record, case = row.record, row.record.case
    seen = ban_evidence.list_qualities(tx, record.sender_id)
    began = record.opened_at
    return EvidencePack(
        ban_id=record.id,
        made_at=now,
        kind=row.kind,
        channel=row.channel_name,
        address=row.address,
        level=case.level,
        reach=case.reach,
        opened_at=began,
        confirmed_at=record.confirmed_at,
        until=case.until,
        evidence=record.evidence,
        qualities=tuple(QualityAt(each.at, each.code.rpartition("/")[2].lower()) for each in seen),
        touched=letters.count_touched(tx, record.channel_id),
        opted_out=ban_evidence.count_opted_out(tx, record.channel_id),
        traffic=ban_evidence.count_traffic(tx, record.sender_id, began - timedelta(days=DAYS), began),
        consents=_consents(tx, record.channel_id),
        cause=case.cause,
        appeal=case.appeal,
        remedies=case.remedies,
    )


def _consents(tx: Tx, channel_id: str) -> tuple[Consents, ...]:
    said = ban_evidence.count_consents(tx, channel_id)
    return tuple(
        Consents(each, said.get((each, Answer.GIVEN), 0), said.get((each, Answer.WITHDRAWN), 0)) for each in Purpose
    )
