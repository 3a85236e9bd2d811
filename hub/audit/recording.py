"""Adding entries to a chain, and taking a person's words out of them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any

from hub.audit.chain import content_hash, entry_hash, key_of, new_head
from hub.audit.content import clean, storable
from hub.db import audit as queries
from hub.db.audit import FORGOTTEN, AuditRecord
from hub.db.session import Tx
from hub.types import Actor, Machine
from hub.wiring import Services

COMMAND_LINE = Machine("cli", origin="cli")
"""Whoever runs the hub, where nobody asked the operating system who that is."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to what. `before` and `after` name what differs; secrets in them are masked when it is kept.

    action: subject and verb in the past, such as `channel.created`.
    Both empty, as `difference` returns them for equals: nothing changed, and nothing is kept. Both None: something was
    done of which there is no before and after.
    """

    action: str
    subject_type: str
    subject_id: str = ""
    before: Mapping[str, Any] | None = field(default=None, repr=False)
    after: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def is_none(self) -> bool:
        return self.before == {} and self.after == {}


def difference(before: object, after: object) -> dict[str, Mapping[str, Any]]:
    """Return {"before": …, "after": …} of what differs between two dataclasses of one type, or two mappings."""
    old, new = _fields(before), _fields(after)
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return {"before": {name: old.get(name) for name in changed}, "after": {name: new.get(name) for name in changed}}


def _fields(value: object) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{type(value).__name__} is no dataclass")
    return asdict(value)


def record(services: Services, tx: Tx, by: Actor | Machine, change: Change, organization_id: str | None = None) -> None:
    """Add an entry in the transaction of the change itself: both are there, or neither.

    It goes into the chain of `organization_id`, by default the transaction's own; PLATFORM names the platform's.
    A change that changed nothing leaves no entry.
    It is written last of all, so that the chain's end is locked for as short as can be and always after other rows.
    """
    if change.is_none:
        return
    chain = organization_id or tx.organization_id
    at = services.clock().astimezone(UTC)
    tx.before_commit(lambda: _append(services, tx, chain, by, change, at))


def _append(services: Services, tx: Tx, chain: str, by: Actor | Machine, change: Change, at: datetime) -> None:
    key, salt = key_of(services), os.urandom(16)
    head = queries.lock_head(tx, chain)
    content = storable({"before": change.before, "after": change.after, "reason": by.reason})
    actor_type, actor_id = _who(by)
    entry = AuditRecord(
        organization_id=chain,
        number=head.number + 1,
        at=at,
        actor_type=actor_type,
        actor_id=actor_id,
        actor_name=clean(by.name)[:200],
        origin=clean(by.origin)[:200],
        action=change.action,
        subject_type=change.subject_type,
        subject_id=change.subject_id,
        content=content,
        salt=salt,
        content_hash=content_hash(salt, content),
        hash=b"",
    )
    hashed = replace(entry, hash=entry_hash(key, head.hash, entry))
    queries.append(tx, hashed, new_head(key, hashed))


def _who(by: Actor | Machine) -> tuple[str, str]:
    if isinstance(by, Machine):
        return by.type, ""
    return ("token", by.token_id) if by.token_id else ("user", by.user_id)


def forget(services: Services, tx: Tx, by: Actor | Machine, subject_ids: Sequence[str], words: Sequence[str]) -> int:
    """Take the content of every entry about these ids or with one of these words; return how many there were.

    Bound transactions only. The entry that says so names their numbers, so that the chain stays explained; it gives no
    reason, because a reason may name the person.
    """
    return forget_entries(services, tx, by, queries.numbers_about(tx, subject_ids, words))


def forget_entries(services: Services, tx: Tx, by: Actor | Machine, numbers: Sequence[int]) -> int:
    """Take the content of these entries, as `forget` does."""
    if numbers:
        queries.take_content(tx, numbers)
        record(services, tx, replace(by, reason=""), Change(FORGOTTEN, "audit", after={"entries": numbers}))
    return len(numbers)
