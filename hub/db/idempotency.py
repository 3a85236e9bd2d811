"""Idempotency keys: the answer of a creation, kept in the transaction that creates.

A use case that creates takes `once: Once = EVERY_TIME` and ends with `return once.keep(tx, view)`. So a crash can never
lie between the creation and its key.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, delete, select

from hub.db.session import Tx
from hub.db.tables.core import IDEMPOTENCY_KEY
from hub.errors import Conflict, Invalid

KEPT = timedelta(hours=24)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeyScope:
    """Where a key is valid: one token (or signed-in user), one method, one path."""

    token_id: str
    method: str
    path: str
    key: str


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The first answer under a key: its status and its JSON, as the web gave it to `Once`."""

    status: int
    response: dict[str, Any]


class Once:
    """Every time: nothing is kept."""

    def keep(self, _tx: Tx, result: T) -> T:
        """Keep the answer `result` becomes, in this transaction; return `result`. Raises Conflict on a taken key."""
        return result

    def showing(self, _show: Callable[[Any], Any]) -> "Once":
        """Return the same, for a use case whose result becomes the handler's by `_show`."""
        return self


EVERY_TIME = Once()


@dataclass(frozen=True, slots=True)
class OncePerKey(Once):
    """One creation under one key. `render` makes the kept answer out of the use case's result."""

    scope: KeyScope
    organization_id: str
    body_hash: str
    now: datetime
    render: Callable[[Any], KeptAnswer]

    def keep(self, tx: Tx, result: T) -> T:
        tx.execute(delete(IDEMPOTENCY_KEY).where(_at(self.scope), IDEMPOTENCY_KEY.c.created_at <= self.now - KEPT))
        if not tx.insert_new(IDEMPOTENCY_KEY, [self._row(self.render(result))], ["key"]):
            raise Conflict("another request with this Idempotency-Key was first; ask again for its answer")
        return result

    def showing(self, show: Callable[[Any], Any]) -> Once:
        render = self.render
        return replace(self, render=lambda result: render(show(result)))

    def _row(self, answer: KeptAnswer) -> dict[str, Any]:
        return {
            "token_id": self.scope.token_id,
            "method": self.scope.method,
            "path": self.scope.path,
            "key": self.scope.key,
            "organization_id": self.organization_id,
            "body_hash": self.body_hash,
            "status": answer.status,
            "response": answer.response,
            "created_at": self.now,
        }


def find_answer(tx: Tx, scope: KeyScope, body_hash: str, now: datetime) -> KeptAnswer | None:
    """Return the answer kept under a key in the last 24 hours. Raises Invalid when the key came with another body."""
    key = IDEMPOTENCY_KEY.c
    row = tx.first(select(key.body_hash, key.status, key.response).where(_at(scope), key.created_at > now - KEPT))
    if row is None:
        return None
    if row.body_hash != body_hash:
        raise Invalid("this Idempotency-Key was used with another body; take a fresh key for a new request")
    return KeptAnswer(row.status, row.response)


def forget_old(tx: Tx, now: datetime) -> int:
    """Delete keys older than 24 hours; return how many."""
    return tx.execute(delete(IDEMPOTENCY_KEY).where(IDEMPOTENCY_KEY.c.created_at <= now - KEPT)).rowcount


def _at(scope: KeyScope) -> ColumnElement[bool]:
    key = IDEMPOTENCY_KEY.c
    return and_(
        key.token_id == scope.token_id,
        key.method == scope.method,
        key.path == scope.path,
        key.key == scope.key,
    )
