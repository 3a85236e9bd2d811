"""How a ban case becomes what people see of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub.db.ban_cases import CaseRecord, CaseRow
from hub.db.ban_events import BanEventRow
from hub.db.letters import Untold
from hub.numbers.cases.possibilities import OWN_SENDER
from hub.numbers.cases.views import (
    FORBIDS,
    AppealView,
    BanView,
    ChannelOfBan,
    Decider,
    EventView,
    NextStep,
    OfferView,
    RemedyView,
)
from hub.numbers.policy.ledger import Progress
from hub.numbers.policy.masking import masked
from hub.numbers.policy.remedies import REMEDIES
from hub.types import ChannelKind, Reach
from hub.types.bans import Act, AppealPlace, BanCase, BanState, BanWishes, Offer
from hub.types.bans import BanState as S

_NEXT: Final[Mapping[S, tuple[Decider, str]]] = {
    S.SUSPECTED: (Decider.HUB, "The hub looks at the sender again; a second look decides"),
    S.CONFIRMED: (Decider.HUB, "Your admins are told"),
    S.INFORMED: (Decider.HUB, "What may help is put together"),
    S.REMEDY: (Decider.CUSTOMER, "Try what may help, cheapest first, or ask for a replacement"),
    S.OFFERED: (Decider.CUSTOMER, "Accept or decline the offer; nothing is replaced without that"),
    S.ACCEPTED: (Decider.HUB, "The new sender is made"),
    S.DECLINED: (Decider.CUSTOMER, "Try what may help, ask for another offer, or close the case"),
    S.EXPIRED: (Decider.CUSTOMER, "The offer has run out: ask for another one, try what may help, or close the case"),
    S.REPLACING: (Decider.HUB, "The new sender is made"),
    S.RECRUITING: (Decider.PEOPLE, "People are won back, each by writing to the new sender once"),
    S.CLOSED: (Decider.NOBODY, "It is over"),
    S.REINSTATED: (Decider.NOBODY, "The sender works again; it is over"),
}
_TO_SETTLE: Final = (Decider.PLATFORM, "Whoever runs this hub settles it with the provider, or appeals")
_TO_BRING: Final = (Decider.CUSTOMER, "Connect the sender that takes over, or step back from the offer")
_CHOICE: Final = (Decider.CUSTOMER, "The old sender works again: choose which sender stays")
_PLATFORMS: Final = AppealPlace("Whoever runs this hub appeals: it is their account that was hit", checked=True)
"""Where the ban reaches what belongs to the platform."""
OF_PLATFORM: Final = frozenset({Reach.PROVIDER_ACCOUNT, Reach.APP})
"""What a ban reaches against which the platform appeals."""


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a case and is shown with it. `trouble`: why its next effect did not work yet."""

    wishes: BanWishes
    progress: Progress
    appeal: AppealPlace
    trouble: str = ""
    untold: tuple[Untold, ...] = ()
    lost: tuple[str, ...] = ()
    new_address: str = ""


def show(row: CaseRow, around: Around, events: Sequence[BanEventRow] = ()) -> BanView:
    """Return what may be shown of a case to its organization."""
    record, case = row.record, row.record.case
    return BanView(
        id=record.id,
        organization_id=record.organization_id,
        organization_name=row.organization_name,
        state=case.state,
        since=case.since,
        channel=ChannelOfBan(record.channel_id, row.kind, row.channel_name, _address(row, around.wishes)),
        sender_id=record.sender_id,
        level=case.level,
        reach=case.reach,
        forbids=tuple(each for each in Act if each in case.forbids),
        forbids_words=tuple(words for act, words in FORBIDS.items() if act in case.forbids),
        until=case.until,
        evidence=record.evidence,
        remedies=_remedies(case),
        cause=case.cause,
        appeal=_appeal(record, around.appeal),
        offer=_offer(row, case.offer, around.wishes) if case.offer else None,
        undecided=case.undecided,
        next=next_step(case),
        progress=around.progress,
        inviting=record.inviting,
        invitation_order=invitation_order(record.way_order, around.wishes),
        new_sender_id=record.new_sender_id,
        opened_at=record.opened_at,
        confirmed_at=record.confirmed_at,
        informed_at=record.informed_at,
        over_at=record.over_at,
        timeline=tuple(_event(each) for each in events),
        trouble=around.trouble,
        untold=around.untold,
        templates_lost=around.lost,
        new_address=around.new_address,
    )


def next_step(case: BanCase) -> NextStep:
    """Say what happens next, who does it, and by when."""
    who, what = _CHOICE if case.undecided is not None else _NEXT[case.state]
    if case.state is S.REMEDY and case.reach in OF_PLATFORM:
        who, what = _TO_SETTLE
    if case.state in (S.ACCEPTED, S.REPLACING) and _is_theirs_to_bring(case.offer):
        who, what = _TO_BRING
    return NextStep(who, what, _deadline(case))


def _is_theirs_to_bring(offer: Offer | None) -> bool:
    return offer is not None and any(each.code == OWN_SENDER.code for each in offer.possibility.takes)


def invitation_order(of_case: Sequence[ChannelKind], wishes: BanWishes) -> tuple[ChannelKind, ...]:
    """Return the order in which people of a case are invited; empty: as the kinds are registered."""
    return tuple(of_case) or wishes.invitation_order


def _deadline(case: BanCase) -> datetime | None:
    if case.state is S.OFFERED and case.offer is not None:
        return case.offer.expires_at
    return case.until if case.state in (S.REMEDY, S.DECLINED, S.EXPIRED) else None


def _address(row: CaseRow, wishes: BanWishes) -> str:
    return masked(row.address) if wishes.masked_numbers and row.number_id else row.address


def _remedies(case: BanCase) -> tuple[RemedyView, ...]:
    return tuple(RemedyView(each.kind, each.state, REMEDIES[each.kind].words, each.result) for each in case.remedies)


def _appeal(record: CaseRecord, usual: AppealPlace) -> AppealView:
    case = record.case
    place = _PLATFORMS if case.reach in OF_PLATFORM else usual
    by = (record.confirmed_at or record.opened_at) + timedelta(days=place.days) if place.days else None
    return AppealView(case.appeal, case.appeal_reason, place.who, place.link, by, place.checked)


def _offer(row: CaseRow, offer: Offer, wishes: BanWishes) -> OfferView:
    found, number = offer.possibility, row.record.reserved.get("number")
    what = found.what
    if number is not None and wishes.masked_numbers:
        number, what = masked(number), what.replace(number, masked(number))
    return OfferView(
        id=offer.id,
        kind=found.kind,
        channel_kind=found.channel_kind,
        number=number,
        readiness=found.readiness,
        what=what,
        takes=found.takes,
        expires_at=offer.expires_at,
    )


def _event(row: BanEventRow) -> EventView:
    return EventView(row.at, row.happening, BanState(row.state), row.words, row.user_name)
