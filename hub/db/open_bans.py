"""The bans of an organization that are not over, as the banner above its inbox names them, and what they stop."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from hub.db.channels import CURRENT
from hub.db.holds import BANNED, CREDENTIALS
from hub.db.session import Tx
from hub.db.tables.core import BAN_CASE, CHANNEL, CONVERSATION, SENDER
from hub.types import ChannelKind, Level
from hub.types.bans import Act, BanState

_STOPPED: Final = (BANNED, CREDENTIALS)


@dataclass(frozen=True, slots=True)
class OpenBan:
    """A case that admins are to know of."""

    id: str
    channel_name: str
    channel_kind: ChannelKind
    level: Level


@dataclass(frozen=True, slots=True)
class Stopped:
    """What keeps messages of a channel back. `answers`: even those inside the reply window."""

    kind: ChannelKind
    level: Level
    answers: bool


def list_open(tx: Tx, limit: int) -> list[OpenBan]:
    """Return the cases whose admins were told, or are about to be, newest first; none whose channel works again."""
    rows = tx.all(
        select(BAN_CASE.c.id, BAN_CASE.c.level, CHANNEL.c.name, CHANNEL.c.kind)
        .join(CHANNEL, CHANNEL.c.id == BAN_CASE.c.channel_id)
        .where(
            BAN_CASE.c.organization_id == tx.organization_id,
            BAN_CASE.c.over_at.is_(None),
            BAN_CASE.c.confirmed_at.is_not(None),
            BAN_CASE.c.state != BanState.RECRUITING,
        )
        .order_by(BAN_CASE.c.id.desc())
        .limit(limit)
    )
    return [OpenBan(row.id, row.name, ChannelKind(row.kind), Level(row.level)) for row in rows]


def find_stopped(tx: Tx, conversation_id: str) -> Stopped | None:
    """Return what keeps messages of a conversation's channel back; None when they go out."""
    row = tx.first(
        select(SENDER.c.kind, SENDER.c.level, SENDER.c.forbids, SENDER.c.hold)
        .join(CONVERSATION, CONVERSATION.c.channel_id == SENDER.c.channel_id)
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.id == conversation_id,
            SENDER.c.organization_id == tx.organization_id,
            SENDER.c.state == CURRENT,
        )
    )
    if row is None:
        return None
    answers = row.hold in _STOPPED or Act.REPLIES in row.forbids
    if not answers and Act.UNASKED not in row.forbids:
        return None
    level = Level.CREDENTIALS if row.hold == CREDENTIALS else Level(row.level)
    return Stopped(ChannelKind(row.kind), level, answers)
