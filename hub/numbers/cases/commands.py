"""What people do to a ban case. The organization's admins decide; whoever runs the hub may help to mend."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub import audit
from hub.access.permissions import Permission, require
from hub.access.wishes import clean_order
from hub.db import ban_cases, senders
from hub.db.ban_cases import CaseRecord
from hub.db.session import Tx
from hub.errors import Conflict, Forbidden, Invalid
from hub.numbers import detecting
from hub.numbers.cases import acting, reading, succeeding
from hub.numbers.cases.views import BanView
from hub.numbers.policy import happenings as h
from hub.types import Actor
from hub.types.bans import AppealState, Kept, RemedyKind, Signal, SignalSource
from hub.wiring import Services

LONGEST = 2_000
_TAKEN_BACK = "the old sender was taken back meanwhile and belongs to this channel no more; keep the new one"
_FOLLOWED = "the channel has yet another sender by now, which a later ban brought; keep the new one"
_Change = Callable[[Tx, CaseRecord], None]


@dataclass(frozen=True, slots=True)
class ForCustomer:
    """Whoever runs the hub, for the organization whose case it is; made by `for_customer`."""

    actor: Actor
    organization_id: str


By = Actor | ForCustomer
"""Who does something: somebody in their own organization, or whoever runs the hub for a customer."""


def for_customer(services: Services, actor: Actor, case_id: str) -> ForCustomer:
    """Let whoever runs the hub mend a customer's case. Raises Forbidden, NotFound."""
    return ForCustomer(actor, reading.organization_of(services, actor, case_id))


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What an organization says when it accepts an offer.

    cause     what it thinks the ban came from; "": it was recorded before
    appeal    FILED, or WAIVED with a reason; None: that was said before
    offer_id  the very offer that was read; None: the present one
    """

    cause: str = ""
    appeal: AppealState | None = None
    reason: str = ""
    offer_id: str | None = None


def accept(services: Services, by: By, case_id: str, said: Acceptance) -> BanView:
    """Accept the offer: the replacement begins. Raises NotFound, Conflict, Invalid without cause and appeal."""

    def change(tx: Tx, record: CaseRecord) -> None:
        for happening in _acceptance(record, said):
            acting.happen(services, tx, case_id, happening, _actor(by), services.clock())

    return _own(services, _because(by, said.reason), case_id, "ban.accepted", change)


def decline(services: Services, by: By, case_id: str, reason: str = "", offer_id: str | None = None) -> BanView:
    """Decline the offer. What was put aside for it is free again. Raises NotFound, Conflict."""

    def change(tx: Tx, record: CaseRecord) -> None:
        happening = h.Declined(offer_id or _offer_id(record), _text(reason))
        acting.happen(services, tx, case_id, happening, _actor(by), services.clock())

    return _own(services, _because(by, reason), case_id, "ban.declined", change)


def keep_sender(services: Services, by: By, case_id: str, kept: Kept) -> BanView:
    """Choose which sender stays when the old one was given back. Raises NotFound, and Conflict for an old one that was
    taken back since, or whose place somebody else than this case's new one has by now.
    """

    def change(tx: Tx, record: CaseRecord) -> None:
        if kept is Kept.OLD and not succeeding.is_there(tx, record.sender_id):
            raise Conflict(_TAKEN_BACK)
        if kept is Kept.OLD and succeeding.is_followed(tx, record):
            raise Conflict(_FOLLOWED)
        acting.happen(services, tx, case_id, h.SenderKept(kept), _actor(by), services.clock())

    return _own(services, by, case_id, "ban.sender_kept", change)


def order_ways(services: Services, by: By, case_id: str, order: Sequence[str]) -> BanView:
    """Set by which kinds of channel the people of a case are invited, in this order; none: as the organization wishes.

    Raises NotFound, Conflict when the case is over, Invalid for a kind that there is not or that is named twice.
    """
    kinds = clean_order(order, list(services.adapters))

    def change(tx: Tx, record: CaseRecord) -> None:
        if record.over_at is not None:
            raise Conflict("this ban is over; nobody is invited any more")
        acting.keep(services, tx, replace(record, way_order=kinds))

    return _own(services, by, case_id, "ban.ways_ordered", change)


def record_cause(services: Services, by: By, case_id: str, cause: str) -> BanView:
    """Record what the ban is thought to come from. Raises NotFound, Conflict, Invalid for none."""
    happening = h.CauseRecorded(_text(cause))
    return _change(services, by, case_id, "ban.cause_recorded", _happens(services, by, case_id, happening))


def file_appeal(services: Services, by: By, case_id: str) -> BanView:
    """Note that an appeal was filed at the provider. Raises NotFound, Conflict."""
    return _change(services, by, case_id, "ban.appeal_filed", _happens(services, by, case_id, h.AppealFiled()))


def waive_appeal(services: Services, by: By, case_id: str, reason: str) -> BanView:
    """Note why no appeal is filed. Raises NotFound, Conflict, Invalid without a reason."""
    change = _happens(services, by, case_id, h.AppealWaived(_text(reason)))
    return _change(services, _because(by, reason), case_id, "ban.appeal_waived", change)


def decide_appeal(services: Services, by: By, case_id: str, decided: h.AppealDecided) -> BanView:
    """Note what the provider said to an appeal; a look tells whether the sender works. Raises NotFound, Conflict."""
    happening = replace(decided, words=_text(decided.words))
    change = _happens(services, by, case_id, happening)
    return _change(services, _because(by, decided.words), case_id, "ban.appeal_decided", change)


def begin_remedy(services: Services, by: By, case_id: str, kind: RemedyKind) -> BanView:
    """Note that a remedy is tried. Raises NotFound, Conflict, Invalid for one that is none of the case's."""
    return _change(services, by, case_id, "ban.remedy_begun", _happens(services, by, case_id, h.RemedyBegun(kind)))


def end_remedy(services: Services, by: By, case_id: str, ended: h.RemedyEnded) -> BanView:
    """Note what came of a remedy; a look tells whether the sender works. Raises as `begin_remedy`."""
    happening = replace(ended, result=_text(ended.result))

    def change(tx: Tx, record: CaseRecord) -> None:
        if happening.helped:
            _say_helped(services, tx, record, happening.kind)
        acting.happen(services, tx, case_id, happening, _actor(by), services.clock())

    return _change(services, by, case_id, "ban.remedy_ended", change)


def _say_helped(services: Services, tx: Tx, record: CaseRecord, kind: RemedyKind) -> None:
    """Of some troubles no look shows that they are over (signals.toml): there a person's word is all there is."""
    sender = senders.lock(tx, record.sender_id)
    if sender is not None:
        family, now = services.adapters[sender.kind].signal_family, services.clock()
        detecting.hear(tx, sender.id, [Signal(family, SignalSource.WEBHOOK, f"remedy/{kind}", now)], now)


def want_offer(services: Services, by: By, case_id: str, channel_kind: str | None = None) -> BanView:
    """Ask for a replacement, by a channel of a kind, or what can be had soonest. Raises NotFound, Conflict, Invalid."""
    kind = clean_order([channel_kind], list(services.adapters))[0] if channel_kind else None
    return _change(services, by, case_id, "ban.offer_wanted", _happens(services, by, case_id, h.OfferWanted(kind)))


def close(services: Services, by: By, case_id: str, reason: str) -> BanView:
    """End a case. While people are being won back no further one is invited. Raises NotFound, Conflict, Invalid."""
    if not reason.strip():
        raise Invalid("say why the case is closed; the reason stays with it")
    change = _happens(services, by, case_id, h.Closed(_text(reason)))
    return _change(services, _because(by, reason), case_id, "ban.closed", change)


def _acceptance(record: CaseRecord, said: Acceptance) -> list[h.Happening]:
    found: list[h.Happening] = []
    if said.cause.strip():
        found.append(h.CauseRecorded(_text(said.cause)))
    if record.case.appeal in (AppealState.NONE, AppealState.WAIVED):
        # one that was filed before stays what became of it
        if said.appeal is AppealState.FILED:
            found.append(h.AppealFiled())
        if said.appeal is AppealState.WAIVED:
            found.append(h.AppealWaived(_text(said.reason)))
    return [*found, h.Accepted(said.offer_id or _offer_id(record))]


def _offer_id(record: CaseRecord) -> str:
    return record.case.offer.id if record.case.offer else ""


def _text(words: str) -> str:
    if len(words) > LONGEST:
        raise Invalid(f"say it in at most {LONGEST} characters")
    return words.strip()


def _actor(by: By) -> Actor:
    return by if isinstance(by, Actor) else by.actor


def _because(by: By, reason: str) -> By:
    said = replace(_actor(by), reason=reason.strip() or _actor(by).reason)
    return said if isinstance(by, Actor) else replace(by, actor=said)


def _happens(services: Services, by: By, case_id: str, happening: h.Happening) -> _Change:
    def change(tx: Tx, _record: CaseRecord) -> None:
        acting.happen(services, tx, case_id, happening, _actor(by), services.clock())

    return change


def _own(services: Services, by: By, case_id: str, action: str, change: _Change) -> BanView:
    """What only the organization itself decides."""
    if not isinstance(by, Actor):
        raise Forbidden("only the organization itself decides this; it is told what there is to decide")
    return _change(services, by, case_id, action, change)


def _change(services: Services, by: By, case_id: str, action: str, change: _Change) -> BanView:
    actor = _actor(by)
    require(actor, Permission.MANAGE_CHANNELS if by is actor else Permission.PLATFORM)
    with services.db.transaction(by.organization_id) as tx:
        before = acting.lock(tx, case_id)
        change(tx, before)
        after = ban_cases.get(tx, case_id)
        differs: dict[str, Any] = audit.difference(_facts(before), _facts(after))
        kept = differs if differs["after"] else {"after": {"state": after.case.state}}
        audit.record(services, tx, actor, audit.Change(action, "ban", case_id, **kept))
        return reading.view(services, tx, case_id)


def _facts(record: CaseRecord) -> dict[str, Any]:
    """What the audit log keeps of a case."""
    case = record.case
    return {
        "state": case.state,
        "cause": case.cause,
        "appeal": case.appeal,
        "appeal_reason": case.appeal_reason,
        "remedies": {each.kind.value: f"{each.state} {each.result}".strip() for each in case.remedies},
        "offer": case.offer.id if case.offer else None,
        "way_order": record.way_order,
        "undecided": case.undecided,
    }
