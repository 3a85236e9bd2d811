"""How a sender fared before it was banned, in numbers: for an appeal at its provider. Nobody is named."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, func, select

from hub.db.session import Tx
from hub.db.tables.core import CONSENT, CONVERSATION, DELIVERY, IDENTITY, MESSAGE, SIGNAL
from hub.types import Direction, MessageStatus

_ARRIVED: Final = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went over a sender in a time.

    people    who wrote to it
    received  messages of theirs
    sent      messages that its provider took, `unasked` those among them that nobody had asked for
    refused   messages that did not go out
    """

    people: int
    received: int
    sent: int
    unasked: int
    refused: int


@dataclass(frozen=True, slots=True)
class QualitySeen:
    """What a provider said of a sender's quality; `code` as signals have it."""

    at: datetime
    code: str


def count_traffic(tx: Tx, sender_id: str, since: datetime, before: datetime) -> Traffic:
    """Return what went over a sender in a time."""
    own = (
        MESSAGE.c.organization_id == tx.organization_id,
        MESSAGE.c.sender_id == sender_id,
        MESSAGE.c.created_at >= since,
        MESSAGE.c.created_at < before,
    )
    inbound, sent = MESSAGE.c.direction == Direction.INBOUND, MESSAGE.c.status.in_(_ARRIVED)
    outbound = MESSAGE.c.direction == Direction.OUTBOUND
    row: Any = tx.first(
        select(
            func.count(MESSAGE.c.author_id.distinct()).filter(inbound).label("people"),
            func.count().filter(inbound).label("received"),
            func.count().filter(and_(outbound, sent)).label("sent"),
            func.count().filter(and_(outbound, MESSAGE.c.status == MessageStatus.FAILED)).label("refused"),
        ).where(*own)
    )
    unasked = select(DELIVERY.c.message_id).where(DELIVERY.c.organization_id == tx.organization_id, DELIVERY.c.unasked)
    count = tx.scalar(select(func.count()).where(*own, outbound, sent, MESSAGE.c.id.in_(unasked)))
    return Traffic(row.people, row.received, row.sent, count or 0, row.refused)


def list_qualities(tx: Tx, sender_id: str) -> list[QualitySeen]:
    """Return what is kept of a sender's quality, oldest first; what was said again right after is left out."""
    rows: Any = tx.all(
        select(SIGNAL.c.at, SIGNAL.c.code)
        .where(
            SIGNAL.c.organization_id == tx.organization_id,
            SIGNAL.c.sender_id == sender_id,
            SIGNAL.c.code.like("quality%"),
        )
        .order_by(SIGNAL.c.at, SIGNAL.c.id)
    )
    seen = [QualitySeen(row.at, row.code) for row in rows]
    return [each for each, last in zip(seen, [None, *seen], strict=False) if last is None or last.code != each.code]


def count_opted_out(tx: Tx, channel_id: str) -> int:
    """Return how many people of a channel do not want to be written to."""
    found = select(func.count(IDENTITY.c.id.distinct())).join(CONVERSATION, CONVERSATION.c.identity_id == IDENTITY.c.id)
    own = (IDENTITY.c.organization_id == tx.organization_id, CONVERSATION.c.channel_id == channel_id)
    return tx.scalar(found.where(*own, IDENTITY.c.opted_out_at.is_not(None))) or 0


def count_consents(tx: Tx, channel_id: str) -> Mapping[tuple[str, str], int]:
    """Return (purpose, answer) → how many people of a channel said so last. Of two entries of one moment the
    withdrawal counts, as `hub.numbers.policy.caps.consent_for` has it."""
    people = select(CONVERSATION.c.identity_id).where(
        CONVERSATION.c.organization_id == tx.organization_id, CONVERSATION.c.channel_id == channel_id
    )
    of_person = (CONSENT.c.identity_id, CONSENT.c.purpose)
    newest = func.row_number().over(
        partition_by=of_person, order_by=(CONSENT.c.at.desc(), CONSENT.c.answer.desc(), CONSENT.c.id.desc())
    )
    said = (
        select(CONSENT.c.purpose, CONSENT.c.answer, newest.label("place"))
        .where(CONSENT.c.organization_id == tx.organization_id, CONSENT.c.identity_id.in_(people))
        .subquery()
    )
    counted = select(said.c.purpose, said.c.answer, func.count().label("people")).where(said.c.place == 1)
    rows: Any = tx.all(counted.group_by(said.c.purpose, said.c.answer))
    return {(row.purpose, row.answer): row.people for row in rows}
