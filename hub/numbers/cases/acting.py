"""Moving a ban case: what happened, what has to be done because of it, and what is held at once, in one transaction.

The locks are taken in this order: the sender, its case. What is not done at once is written as work, which a job does
(`hub.numbers.cases.working`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from hub.db import ban_cases, ban_events, ban_wishes, ban_work, senders
from hub.db.ban_cases import CaseRecord
from hub.db.ban_events import NewBanEvent
from hub.db.ban_work import NewBanWork
from hub.db.session import Tx
from hub.errors import NotFound
from hub.failpoints import reach
from hub.ids import new_id
from hub.numbers.cases import holding, tasks
from hub.numbers.cases.wording import evidence_of, joined, judgement_in, words_of
from hub.numbers.policy import effects as e
from hub.numbers.policy import happenings as h
from hub.numbers.policy.case import CasePolicy, advance, is_known, is_open, open_case, told_by
from hub.numbers.policy.following import Outcome
from hub.numbers.policy.judging import opens_case
from hub.types import Actor, Machine
from hub.types.bans import BanState, Confidence, Judgement
from hub.types.people import JsonObject
from hub.wiring import Services

HUB = Machine("system")
"""What happens by itself."""
OPENED = "Opened"
"""The first line of a timeline; every other one is named as its happening."""

_AT_ONCE_ONLY = (e.Look, e.ReleaseOffer)
"""Effects of which nothing is left for the job."""


class Hit(Protocol):
    """A sender that was judged."""

    @property
    def id(self) -> str: ...
    @property
    def channel_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class _Moment:
    """Where, by whom and when something happens."""

    services: Services
    tx: Tx
    by: Actor | Machine
    now: datetime


@dataclass(frozen=True, slots=True)
class _Line:
    """What the timeline is to say."""

    name: str
    words: str


def judged(services: Services, tx: Tx, sender: Hit, judgement: Judgement, now: datetime) -> str | None:
    """Open or move the case of a sender by a new judgement; return the case, None when there is none.

    The caller has locked the sender in `tx`.
    """
    moment = _Moment(services, tx, HUB, now)
    record = ban_cases.lock_open_of(tx, sender.id)
    if record is None:
        ended = ban_cases.lock_closed_of(tx, sender.id)
        if ended is not None and is_known(ended.case, judgement):
            return _of_closed(moment, ended, judgement)
        if not opens_case(judgement, now):
            return None
        record = _open(moment, sender, judgement)
    happening = told_by(record.case, judgement, now)
    if happening is not None:
        record = _advance(moment, record, happening)
    reach("ban.judged")
    return record.id


def _of_closed(moment: _Moment, ended: CaseRecord, judgement: Judgement) -> str | None:
    """A ban whose case was closed still stands, or is over by now."""
    if judgement.confidence is not Confidence.NONE:
        return None
    return _advance(moment, ended, h.Reinstated(judgement.reason)).id


def happen(
    services: Services, tx: Tx, case_id: str, happening: h.Happening, by: Actor | Machine, now: datetime
) -> CaseRecord:
    """Let something happen to a case; return it as it is then.

    Raises NotFound, Conflict for what cannot happen where the case stands, Invalid for what lacks something it needs.
    """
    record = _advance(_Moment(services, tx, by, now), lock(tx, case_id), happening)
    reach("ban.happened")
    return record


def lock(tx: Tx, case_id: str) -> CaseRecord:
    """Lock a case's sender, then the case, and return it; a transaction may do so again. Raises NotFound."""
    found = ban_cases.get(tx, case_id)
    if senders.lock(tx, found.sender_id) is None:
        raise NotFound(f"there is no ban {case_id}")
    return ban_cases.lock(tx, case_id)


def keep(services: Services, tx: Tx, record: CaseRecord) -> None:
    """Keep what changed of a locked case beside its state, and tell whoever watches."""
    ban_cases.save(tx, record)
    holding.announce(services, tx, record)


def put_aside(tx: Tx, record: CaseRecord, reserved: Mapping[str, str]) -> None:
    """Keep what is put aside for the offer that follows; the case is locked."""
    ban_cases.save(tx, replace(record, reserved=dict(reserved)))


def add_work(services: Services, tx: Tx, case_id: str, effect: str, data: JsonObject, now: datetime) -> None:
    """Have an effect done for a case as soon as the transaction is committed."""
    ban_work.add(tx, [NewBanWork(new_id(), case_id, effect, data, now)])
    _wake(services, tx, case_id)


def _open(moment: _Moment, sender: Hit, judgement: Judgement) -> CaseRecord:
    case, effects = open_case(judgement, moment.now)
    record = CaseRecord(
        id=new_id(),
        organization_id=moment.tx.organization_id,
        channel_id=sender.channel_id,
        sender_id=sender.id,
        case=case,
        opened_at=moment.now,
        evidence=evidence_of(judgement),
    )
    ban_cases.insert(moment.tx, record)
    return _follow(moment, record, (case, effects), _Line(OPENED, judgement.reason))


def _advance(moment: _Moment, record: CaseRecord, happening: h.Happening) -> CaseRecord:
    policy = CasePolicy()
    if isinstance(happening, h.Accepted):
        policy = CasePolicy(automatic=ban_wishes.get(moment.tx, record.organization_id).automatic)
    outcome = advance(record.case, happening, moment.now, policy)
    judgement = judgement_in(happening)
    if judgement is not None:
        record = replace(record, evidence=joined(record.evidence, evidence_of(judgement)))
    return _follow(moment, record, outcome, _Line(type(happening).__name__, words_of(happening)))


def _follow(moment: _Moment, before: CaseRecord, outcome: Outcome, line: _Line) -> CaseRecord:
    """Keep the case, its new line, what is held at once, and what is left to be done: all of it or nothing."""
    services, tx, now = moment.services, moment.tx, moment.now
    case, effects = outcome
    record = _with_times(replace(before, case=case), now)
    for effect in effects:
        record = holding.at_once(services, tx, record, effect, line.words, now)
    ban_cases.save(tx, record)
    user_id = moment.by.user_id if isinstance(moment.by, Actor) else None
    ban_events.add_event(tx, NewBanEvent(new_id(), record.id, line.name, case.state, line.words, user_id, now))
    ban_work.add(tx, [_work(before, each, now) for each in effects if not isinstance(each, _AT_ONCE_ONLY)])
    _wake(services, tx, record.id)
    holding.announce(services, tx, record)
    return record


def _with_times(record: CaseRecord, now: datetime) -> CaseRecord:
    state = record.case.state
    if state is BanState.CONFIRMED and record.confirmed_at is None:
        record = replace(record, confirmed_at=now)
    if state is BanState.INFORMED and record.informed_at is None:
        record = replace(record, informed_at=now)
    return replace(record, over_at=None if is_open(record.case) else record.over_at or now)


def _work(before: CaseRecord, effect: e.Effect, now: datetime) -> NewBanWork:
    return NewBanWork(new_id(), before.id, type(effect).__name__, _data_of(before, effect), now)


def _data_of(before: CaseRecord, effect: e.Effect) -> JsonObject:
    match effect:
        case e.TellAdmins(about) | e.TellPlatform(about):
            return {"about": about}
        case e.Replace(offer):
            return {"offer_id": offer.id}
        case e.MakeOffer(channel_kind):
            return {"channel_kind": channel_kind}
        case e.PutBack() | e.StopReplacing():
            # by then it is not put aside any more
            return {"reserved": dict(before.reserved)}
        case e.AskWhichStays():
            return {"about": type(effect).__name__}
        case _:
            return {}


def _wake(services: Services, tx: Tx, case_id: str) -> None:
    tx.after_commit(lambda: tasks.wake(services, [case_id]))
