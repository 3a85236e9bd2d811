"""What arrives on numbers that carry no channel: the platform's to read, the former organization's, or nobody's."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import exists, func, select, update

from hub.db.session import Tx
from hub.db.tables.core import NUMBER, ORGANIZATION, POOL_MESSAGE, REGISTRATION
from hub.ids import new_id
from hub.numbers.policy import life
from hub.numbers.policy.life import Contract, Inbound, NumberLife
from hub.types.numbers import NumberState, RegistrationState

SEALED = "pool_messages.body"
"""The purpose these bytes are sealed for, with the platform's key."""
CODE_COMES_WITHIN: Final = timedelta(minutes=15)
"""How long after it was asked for a one-time code is waited for: what comes later is written by people."""
_AWAITS_CODE = (
    RegistrationState.DRAFT,
    RegistrationState.SUBMITTED,
    RegistrationState.CODE_NEEDED,
    RegistrationState.VERIFYING,
)
"""A code may come before the answer to the registration has."""


@dataclass(frozen=True, slots=True)
class PoolNumber:
    """An owned number that carries no channel of the kind in question.

    former_id     whose conversations it carried, until its quarantine is over
    holder_id     who has it, as a channel of another kind
    contract      whether the former organization is still a customer: it is not while it is suspended
    awaits_code   a one-time code is on its way to it
    """

    id: str
    account_id: str
    former_id: str | None = None
    holder_id: str | None = None
    contract: Contract = Contract.RUNS
    awaits_code: bool = False

    def whose(self) -> Inbound:
        """Say whose a message to it is. A one-time code is the platform's, whoever had the number before."""
        if self.awaits_code:
            return Inbound.PLATFORM
        state = NumberState.LENT if self.holder_id else NumberState.QUARANTINED
        return life.whose(NumberLife(state, self.holder_id, former_id=self.former_id), self.contract)


@dataclass(frozen=True, slots=True)
class NewPoolMessage:
    """Something for a number lent to nobody; `body` is sealed."""

    number_id: str
    key: str
    body: bytes = field(repr=False)
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """An event for a number in quarantine.

    kept    somebody gets it: its former organization, or the platform while a one-time code is on its way
    wrote   somebody wrote it
    nothing no content at all, sealed: what stands in the place of an event that nobody may read
    """

    number_id: str
    key: str
    at: datetime
    kept: bool
    wrote: bool
    nothing: bytes = field(repr=False)


def find(tx: Tx, address: str, now: datetime) -> PoolNumber | None:
    """Return the platform's number with this address, if it was ever its own."""
    # it names its column: all of them are more than the intake may read
    awaits = exists(REGISTRATION.c.number_id).where(
        REGISTRATION.c.number_id == NUMBER.c.id,
        REGISTRATION.c.state.in_(_AWAITS_CODE),
        REGISTRATION.c.submitted_at > now - CODE_COMES_WITHIN,
        REGISTRATION.c.removed_at.is_(None),
    )
    columns = (NUMBER.c.id, NUMBER.c.provider_account_id, NUMBER.c.former_id, NUMBER.c.organization_id)
    row = tx.first(
        select(*columns, ORGANIZATION.c.suspended_at, awaits.label("awaits"))
        .select_from(NUMBER)
        .outerjoin(ORGANIZATION, ORGANIZATION.c.id == NUMBER.c.former_id)
        .where(NUMBER.c.number == address)
    )
    if row is None:
        return None
    contract = Contract.RUNS if row.suspended_at is None else Contract.ENDED
    return PoolNumber(
        row.id, row.provider_account_id, row.former_id, row.organization_id, contract, awaits_code=bool(row.awaits)
    )


def keep(tx: Tx, arrived: Sequence[NewPoolMessage]) -> None:
    """Write what arrived; an event that is there already is not written again."""
    tx.insert_new(
        POOL_MESSAGE, [_row(each.number_id, each.key, each.body, each.received_at) for each in arrived], ("id",)
    )


def hear(tx: Tx, heard: Sequence[Heard]) -> None:
    """Count what came to numbers in quarantine: each message begins the time anew, and what nobody may read is dropped.

    Of what is dropped a row without its content stays, so that it is counted once however often it is delivered.
    """
    dropped = _drop(tx, [each for each in heard if not each.kept])
    wrote = [each for each in heard if each.wrote]
    # always in this order, so that two commits do not wait for each other
    for number_id in sorted({each.number_id for each in wrote}):
        newest = max(each.at for each in wrote if each.number_id == number_id)
        _count(tx, number_id, newest, dropped.get(number_id, 0))


def _drop(tx: Tx, heard: Sequence[Heard]) -> Mapping[str, int]:
    """Return how many messages of each number were dropped now for the first time."""
    rows = tx.insert_new(
        POOL_MESSAGE,
        [_row(each.number_id, each.key, each.nothing, each.at) for each in heard],
        ("number_id", "event_key"),
    )
    fresh = {(row.number_id, row.event_key) for row in rows}
    written = {(each.number_id, each.key[:300]) for each in heard if each.wrote}
    return Counter(number_id for number_id, _ in fresh & written)


def _count(tx: Tx, number_id: str, at: datetime, dropped: int) -> None:
    columns = (NUMBER.c.state, NUMBER.c.former_id, NUMBER.c.quiet_since)
    row = tx.first(select(*columns).where(NUMBER.c.id == number_id).with_for_update(key_share=True))
    if row is None:
        return
    resting = NumberLife(NumberState(row.state), former_id=row.former_id, quiet_since=row.quiet_since)
    after, _ = life.hear(resting, Contract.RUNS, at)
    counted = {"quiet_since": after.quiet_since, "discarded": NUMBER.c.discarded + dropped}
    tx.execute(update(NUMBER).where(NUMBER.c.id == number_id).values(**counted))


def _row(number_id: str, key: str, body: bytes, at: datetime) -> dict[str, Any]:
    return {"id": new_id(), "number_id": number_id, "event_key": key[:300], "body": body, "received_at": at}


def count(tx: Tx) -> int:
    """Count all that ever arrived."""
    return int(tx.scalar(select(func.count()).select_from(POOL_MESSAGE)) or 0)
