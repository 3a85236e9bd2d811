"""A ban whose offer was accepted: the case and its work, as the acceptance leaves them."""

from collections.abc import Mapping
from datetime import timedelta

from hub.db import ban_cases, ban_work
from hub.db.ban_cases import CaseRecord
from hub.db.ban_work import NewBanWork
from hub.ids import new_id
from hub.types import ChannelKind, Level, Reach
from hub.types.bans import Act, AppealState, BanCase, BanState, Offer, Possibility, RemedyKind, RemedyStep
from hub.types.numbers import OfferKind, Readiness
from hub.wiring import Services
from tests.world import Channel, Organization


def accept(
    services: Services, org: Organization, hit: Channel, kind: OfferKind, channel_kind: str, reserved: Mapping[str, str]
) -> str:
    """Let an offer of a kind be accepted for the banned sender of a channel; return the case."""
    now = services.clock()
    possibility = Possibility(kind, ChannelKind(channel_kind), Readiness.READY)
    offer = Offer(new_id(), possibility, now + timedelta(days=14))
    case = BanCase(
        state=BanState.ACCEPTED,
        since=now,
        level=Level.BANNED,
        reach=Reach.SENDER,
        forbids=frozenset(Act),
        remedies=(RemedyStep(RemedyKind.REPLACE),),
        cause="too many reports",
        appeal=AppealState.WAIVED,
        appeal_reason="no use",
        offer=offer,
    )
    record = CaseRecord(
        new_id(), org.id, hit.id, hit.sender_id, case, now, reserved=dict(reserved), confirmed_at=now, informed_at=now
    )
    with services.db.transaction(org.id) as tx:
        ban_cases.insert(tx, record)
        ban_work.add(tx, [NewBanWork(new_id(), record.id, "Replace", {"offer_id": offer.id}, now)])
    return record.id
