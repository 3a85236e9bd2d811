"""Ban cases, each moved under a lock of its row only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Select, func, select, update

from hub.db.paging import page_by_id
from hub.db.session import Tx
from hub.db.tables.core import BAN_CASE, CHANNEL, ORGANIZATION, RECIPIENT, SENDER
from hub.errors import NotFound
from hub.numbers.policy.ledger import Progress
from hub.types import ChannelKind, Page
from hub.types.bans import BanCase, BanState
from hub.types.numbers import RecipientState

_CASE = TypeAdapter(BanCase)
_OF_CASE = tuple(each.name for each in fields(BanCase))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What decided, in our words."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A ban case as it is kept: what the policy knows of it, and what the use cases note beside it.

    reserved       what is put aside for its offer: `{"number_id", "number"}` of the pool or its own, `{"country"}` to
                   buy one in, `{"channel_id"}` of the organization
    new_sender_id  the sender in the old one's place, once there is one
    inviting       invitations go out; `stopped_by_person`: nothing but a person lets them go on
    way_order      in which order people are invited; empty: the organization's
    over_at        since when nothing can happen to it any more
    """

    id: str
    organization_id: str
    channel_id: str
    sender_id: str
    case: BanCase
    opened_at: datetime
    evidence: tuple[Evidence, ...] = ()
    reserved: Mapping[str, str] = field(default_factory=dict)
    new_sender_id: str | None = None
    inviting: bool = False
    stopped_by_person: bool = False
    way_order: tuple[ChannelKind, ...] = ()
    confirmed_at: datetime | None = None
    informed_at: datetime | None = None
    over_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as it is listed, with the names that people know its channel and sender by. `number_id`: of the pool."""

    record: CaseRecord
    organization_name: str
    channel_name: str
    kind: ChannelKind
    address: str
    number_id: str | None

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def organization_id(self) -> str:
        return self.record.organization_id


def insert(tx: Tx, record: CaseRecord) -> None:
    """Add a case. Its sender is locked, so there is no other open one."""
    tx.insert(BAN_CASE, [_row(record)])


def save(tx: Tx, record: CaseRecord) -> None:
    """Keep a case as it stands now; its row is locked."""
    values = {name: value for name, value in _row(record).items() if name not in ("id", "organization_id")}
    tx.execute(update(BAN_CASE).where(*_mine(tx, record.id)).values(**values))


def find(tx: Tx, case_id: str) -> CaseRecord | None:
    """Return a case of the transaction's organization."""
    row = tx.first(select(BAN_CASE).where(*_mine(tx, case_id)))
    return _record(row) if row else None


def get(tx: Tx, case_id: str) -> CaseRecord:
    """Raises NotFound."""
    record = find(tx, case_id)
    if record is None:
        raise NotFound(f"there is no ban {case_id}")
    return record


def lock(tx: Tx, case_id: str) -> CaseRecord:
    """Return a case that nobody else moves until the transaction ends; lock its sender before. Raises NotFound."""
    row = tx.first(select(BAN_CASE).where(*_mine(tx, case_id)).with_for_update(key_share=True))
    if row is None:
        raise NotFound(f"there is no ban {case_id}")
    return _record(row)


def lock_open_of(tx: Tx, sender_id: str) -> CaseRecord | None:
    """Return the case of a sender that is not over, locked; lock the sender before."""
    mine = BAN_CASE.c.organization_id == tx.organization_id, BAN_CASE.c.sender_id == sender_id
    row = tx.first(select(BAN_CASE).where(*mine, BAN_CASE.c.over_at.is_(None)).with_for_update(key_share=True))
    return _record(row) if row else None


def lock_closed_of(tx: Tx, sender_id: str) -> CaseRecord | None:
    """Return the newest case of a sender, locked, if it was closed while the sender is still held for it."""
    mine = BAN_CASE.c.organization_id == tx.organization_id, BAN_CASE.c.sender_id == sender_id
    of_held = select(BAN_CASE).join(SENDER, SENDER.c.id == BAN_CASE.c.sender_id).where(*mine, SENDER.c.level != "none")
    newest = of_held.order_by(BAN_CASE.c.id.desc()).limit(1).with_for_update(key_share=True, of=BAN_CASE)
    row = tx.first(newest)
    return _record(row) if row and row.state == BanState.CLOSED else None


def get_row(tx: Tx, case_id: str) -> CaseRow:
    """Return a case with its names. Raises NotFound."""
    row = tx.first(_rows().where(*_mine(tx, case_id)))
    if row is None:
        raise NotFound(f"there is no ban {case_id}")
    return _case_row(row)


def list_page(tx: Tx, limit: int, cursor: str | None) -> Page[CaseRow]:
    """Return the organization's cases, newest first; the cursor is the last one's id."""
    return _page(tx, _rows().where(BAN_CASE.c.organization_id == tx.organization_id), limit, cursor)


def list_everywhere(tx: Tx, limit: int, cursor: str | None, *, only_open: bool = False) -> Page[CaseRow]:
    """Return the cases of all organizations, newest first, or only those that are not over. Platform work."""
    wanted = _rows().where(BAN_CASE.c.over_at.is_(None)) if only_open else _rows()
    return _page(tx, wanted, limit, cursor)


def count_people(tx: Tx, case_ids: Collection[str]) -> dict[str, Progress]:
    """Return by case how many people of its old sender stand where; a case without any is missing."""
    by = RECIPIENT.c.case_id, RECIPIENT.c.state
    rows = tx.all(select(*by, func.count().label("people")).where(by[0].in_(sorted(case_ids))).group_by(*by))
    counts: dict[str, dict[RecipientState, int]] = {}
    for row in rows:
        counts.setdefault(row.case_id, {})[RecipientState(row.state)] = row.people
    return {case_id: Progress(found) for case_id, found in counts.items()}


def find_organization(tx: Tx, case_id: str) -> str | None:
    """Return whose case it is. Platform work only: a job knows nothing but the id."""
    return tx.scalar(select(BAN_CASE.c.organization_id).where(BAN_CASE.c.id == case_id))


def list_overdue(tx: Tx, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Return (organization, case) of the offers whose deadline has passed. Platform work."""
    wanted = select(BAN_CASE.c.organization_id, BAN_CASE.c.id, BAN_CASE.c.offer).where(BAN_CASE.c.over_at.is_(None))
    rows = tx.all(wanted.where(BAN_CASE.c.state == "offered").order_by(BAN_CASE.c.id))
    late = [row for row in rows if row.offer and datetime.fromisoformat(row.offer["expires_at"]) <= now]
    return [(row.organization_id, row.id) for row in late[:limit]]


def _page(tx: Tx, wanted: Select[Any], limit: int, cursor: str | None) -> Page[CaseRow]:
    if cursor:
        wanted = wanted.where(BAN_CASE.c.id < cursor)
    rows: Sequence[Any] = tx.all(wanted.order_by(BAN_CASE.c.id.desc()).limit(limit + 1))
    return page_by_id([_case_row(row) for row in rows], limit)


def _rows() -> Select[Any]:
    return (
        select(
            BAN_CASE,
            ORGANIZATION.c.name.label("organization_name"),
            CHANNEL.c.name.label("channel_name"),
            SENDER.c.kind,
            SENDER.c.address,
            SENDER.c.number_id,
        )
        .join(ORGANIZATION, ORGANIZATION.c.id == BAN_CASE.c.organization_id)
        .join(CHANNEL, CHANNEL.c.id == BAN_CASE.c.channel_id)
        .join(SENDER, SENDER.c.id == BAN_CASE.c.sender_id)
    )


def _case_row(row: Any) -> CaseRow:
    kind = ChannelKind(row.kind)
    return CaseRow(_record(row), row.organization_name, row.channel_name, kind, row.address, row.number_id)


def _mine(tx: Tx, case_id: str) -> tuple[Any, ...]:
    return BAN_CASE.c.organization_id == tx.organization_id, BAN_CASE.c.id == case_id


def _record(row: Any) -> CaseRecord:
    return CaseRecord(
        id=row.id,
        organization_id=row.organization_id,
        channel_id=row.channel_id,
        sender_id=row.sender_id,
        case=_case(row),
        opened_at=row.opened_at,
        evidence=tuple(Evidence(datetime.fromisoformat(each["at"]), each["words"]) for each in row.evidence),
        reserved=row.reserved,
        new_sender_id=row.new_sender_id,
        inviting=row.inviting,
        stopped_by_person=row.stopped_by_person,
        way_order=tuple(ChannelKind(each) for each in row.way_order),
        confirmed_at=row.confirmed_at,
        informed_at=row.informed_at,
        over_at=row.over_at,
    )


def _case(row: Any) -> BanCase:
    return _CASE.validate_python({name: getattr(row, name) for name in _OF_CASE})


def _row(record: CaseRecord) -> dict[str, Any]:
    case = record.case
    written = _CASE.dump_python(replace(case, forbids=frozenset()), mode="json")
    times = {"since": case.since, "until": case.until}
    return {
        **{name: written[name] for name in _OF_CASE},
        **times,
        "forbids": sorted(case.forbids),
        "id": record.id,
        "organization_id": record.organization_id,
        "channel_id": record.channel_id,
        "sender_id": record.sender_id,
        "evidence": [{"at": each.at.isoformat(), "words": each.words} for each in record.evidence],
        "reserved": dict(record.reserved),
        "new_sender_id": record.new_sender_id,
        "inviting": record.inviting,
        "stopped_by_person": record.stopped_by_person,
        "way_order": list(record.way_order),
        "opened_at": record.opened_at,
        "confirmed_at": record.confirmed_at,
        "informed_at": record.informed_at,
        "over_at": record.over_at,
    }
