"""The ledger of a ban with very many people, against one with a hundredth of them: its time, and the memory it takes.

Everybody has one conversation of one message over the banned sender, as the line leaves them.
"""

import gc
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import delete

from benchmarks.figures import Figure
from benchmarks.hubs import Hub, running_hub
from benchmarks.scale import Scale
from hub.db import ban_cases, recipients
from hub.db.ban_cases import CaseRecord
from hub.db.tables.core import CONTACT, CONVERSATION, IDENTITY, MESSAGE, RECIPIENT
from hub.ids import new_id
from hub.numbers import recruiting
from hub.types import Level, Reach
from hub.types.bans import BanCase, BanState
from tests.world import World

_SECONDS = 10.0
_TIMES = 120.0
_MEGABYTES = 64.0
_AT_ONCE = 2_000
_ROUNDS = 3
_SELF = Path("/proc/self")

Row = dict[str, Any]


def ledger(scale: Scale) -> list[Figure]:
    """Write the ledger of few and of many people on each database."""
    return [figure for database in scale.databases for figure in _figures(database, scale)]


def _figures(database: str, scale: Scale) -> list[Figure]:
    (few, _), (many, more) = (_measure(database, people) for people in (scale.banned_few, scale.banned_many))
    times = many / few
    return [
        Figure(
            f"ledger of a ban with {scale.banned_many:,} people, {database}",
            f"{many:.2f} s",
            f"{few:.3f} s ({scale.banned_few:,})",
            times,
            f"<= {_SECONDS:.0f} s, ratio <= {_TIMES:.0f}",
            many <= _SECONDS and times <= _TIMES,
        ),
        Figure(
            "  memory it takes more, at its height",
            f"{more:.1f} MB",
            "",
            None,
            f"<= {_MEGABYTES:.0f} MB",
            more <= _MEGABYTES,
        ),
    ]


def _measure(database: str, people: int) -> tuple[float, float]:
    """Return the seconds a ledger takes, the middle of three, and the most megabytes of any of them."""
    with running_hub(database) as hub:
        for start in range(0, people, _AT_ONCE):
            _write(hub, range(start, min(start + _AT_ONCE, people)))
        case_id = _ban(hub)
        taken = [_once(hub, case_id, people) for _ in range(_ROUNDS)]
    return statistics.median(seconds for seconds, _ in taken), max(more for _, more in taken)


def _once(hub: Hub, case_id: str, people: int) -> tuple[float, float]:
    """Write the ledger from nothing."""
    with hub.services.db.transaction(hub.organization.id) as tx:
        tx.execute(delete(RECIPIENT).where(RECIPIENT.c.case_id == case_id))
    # as a worker leaves its imports alone
    gc.collect()
    gc.freeze()
    (_SELF / "clear_refs").write_text("5")
    held = _megabytes("VmRSS")
    began = time.perf_counter()
    recruiting.build_ledger(hub.services, case_id)
    seconds = time.perf_counter() - began
    more = max(0.0, _megabytes("VmHWM") - held)
    with hub.services.db.reading(hub.organization.id) as tx:
        assert recipients.count(tx, case_id).total == people
    return seconds, more


def _megabytes(name: str) -> float:
    lines = (_SELF / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


def _ban(hub: Hub) -> str:
    """Put another sender in the banned one's place; nobody has written to it yet."""
    old, now = hub.telegram, hub.services.clock()
    new = World(hub.services).sender(hub.organization, old.id, "telegram", "999000111", {"bot_token": "t"})
    case = BanCase(BanState.RECRUITING, now, Level.BANNED, Reach.SENDER)
    record = CaseRecord(new_id(), hub.organization.id, old.id, old.sender_id, case, now, new_sender_id=new.sender_id)
    with hub.services.db.transaction(hub.organization.id) as tx:
        ban_cases.insert(tx, record)
    return record.id


def _write(hub: Hub, numbers: range) -> None:
    rows = list(zip(*(_person(hub, number) for number in numbers), strict=True))
    with hub.services.db.transaction(hub.organization.id) as tx:
        for table, some in zip((CONTACT, IDENTITY, CONVERSATION, MESSAGE), rows, strict=True):
            tx.insert(table, list(some))


def _person(hub: Hub, number: int) -> Iterator[Row]:
    now, own = hub.services.clock(), {"organization_id": hub.organization.id}
    contact, identity, talk = new_id(), new_id(), new_id()
    yield {**own, "id": contact, "name": f"Person {number}", "fields": {}, "created_at": now}
    yield {
        **own, "id": identity, "contact_id": contact, "first_contact_id": contact, "kind": "telegram",
        "address": str(3_000_000_000 + number), "name": f"Person {number}", "created_at": now,
    }  # fmt: skip
    yield {
        **own, "id": talk, "channel_id": hub.telegram.id, "contact_id": contact, "identity_id": identity,
        "status": "pending", "waiting_for": "us", "last_activity_at": now, "created_at": now, "routing": {},
    }  # fmt: skip
    yield {
        **own, "id": new_id(), "conversation_id": talk, "channel_id": hub.telegram.id,
        "sender_id": hub.telegram.sender_id,
        "direction": "outbound", "author_type": "user", "text": "Good morning", "parts": [], "status": "sent",
        "external_id": f"m{number}", "position": now, "created_at": now,
    }  # fmt: skip
