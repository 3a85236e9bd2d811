"""Sealing anew what a hub of schema 0001 kept: it sealed credentials with the secret key itself, and bodies not at all.

It runs inside migration 0002, in that migration's transaction: a database is either as it was or sealed throughout.
Tables and purposes stand here as that migration leaves them, whatever the code says later.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import (
    Connection,
    LargeBinary,
    RowMapping,
    String,
    bindparam,
    column,
    delete,
    select,
    table,
    tuple_,
    update,
)
from sqlalchemy.types import TypeEngine

from hub.crypto import PLATFORM, DataKey, derived
from hub.db.tables.columns import BIG, JSON_, UtcDateTime
from hub.errors import Misconfigured
from hub.key_ring import KeyRing, new_data_key, ring_of, secret_keys
from hub.settings import Settings

_BATCH = 200
_ANSWERS_KEPT = timedelta(hours=24)
_READ: Mapping[str, tuple[str, ...]] = {
    "provider_accounts": (),
    "pool_messages": (),
    "senders": ("organization_id", "released_at"),
}
"""What a change reads besides the columns it changes; of other tables the organization."""
_COLUMNS: Mapping[str, TypeEngine[Any]] = {
    "body": LargeBinary(),
    "body_sha256": LargeBinary(),
    "credentials": LargeBinary(),
    "envelope_sha256": LargeBinary(),
    "request": JSON_,
    "response": JSON_,
    "size": BIG,
}

Change = Callable[[RowMapping], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Keys:
    """The new keys by owner, and the old ones that open what was sealed before."""

    new: Mapping[str, DataKey]
    old: Sequence[AESGCM]

    def of(self, row: RowMapping) -> DataKey:
        return self.new[row["organization_id"]]

    @property
    def platform(self) -> DataKey:
        return self.new[PLATFORM]

    def open_old(self, sealed: bytes) -> dict[str, str]:
        values = self.opened(sealed)
        if values is None:
            raise Misconfigured(
                "the secret key is not the one the stored credentials were sealed with; "
                "put that one into HUB_SECRET_KEY_FALLBACKS and migrate again"
            )
        return values

    def opened(self, sealed: bytes) -> dict[str, str] | None:
        """Return what was sealed before, None when no old key opens it."""
        for key in self.old:
            try:
                values: dict[str, str] = json.loads(key.decrypt(sealed[:12], sealed[12:], b"credentials"))
            except InvalidTag:
                continue
            return values
        return None


def seal_anew(connection: Connection, settings: Settings) -> None:
    """Make the data keys, and seal with them what is there. Raises Misconfigured when an old secret is missing."""
    ring = ring_of(settings)
    owners = [PLATFORM, *connection.execute(select(column("id")).select_from(table("organizations"))).scalars()]
    old = [AESGCM(derived(text.encode(), "credentials")) for text in secret_keys(settings)]
    keys = _Keys({owner: _make_key(connection, ring, owner) for owner in owners}, old)
    _drop_expired_answers(connection)
    for name, identity, changed, change in _plan(keys):
        _change_all(connection, name, identity, changed, change)


def _make_key(connection: Connection, ring: KeyRing, owner: str) -> DataKey:
    key, plain = new_data_key()
    wrapped, wrapped_by = ring.wrap(plain, owner)
    types: dict[str, TypeEngine[Any]] = {
        "owner": String(),
        "wrapped": LargeBinary(),
        "wrapped_by": String(),
        "created_at": UtcDateTime(),
    }
    values = {"owner": owner, "wrapped": wrapped, "wrapped_by": wrapped_by, "created_at": datetime.now(UTC)}
    target = table("data_keys", *(column(name, kind) for name, kind in types.items()))
    connection.execute(target.insert().values(values))
    return key


def _drop_expired_answers(connection: Connection) -> None:
    """An answer that nobody may ask for any more need not open."""
    made = column("created_at", UtcDateTime())
    connection.execute(delete(table("idempotency_keys", made)).where(made < datetime.now(UTC) - _ANSWERS_KEPT))


def _plan(keys: _Keys) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...], Change]]:
    """Yield (table, its primary key, the columns that change, what they become)."""
    of, one = _Resealed(keys), ("id",)
    yield "provider_accounts", one, ("credentials",), of.account
    yield "senders", one, ("credentials",), of.sender
    yield "events", one, ("body", "body_sha256", "envelope_sha256"), of.event
    yield "attachments", one, ("body", "sha256"), of.attachment
    yield "pool_messages", one, ("body",), of.pool_message
    yield "quarantined_requests", one, ("request", "body", "size"), of.quarantined
    yield "idempotency_keys", ("token_id", "method", "path", "key"), ("response",), of.answer


@dataclass(frozen=True, slots=True)
class _Resealed:
    """What the columns of a row become, table by table."""

    keys: _Keys

    def account(self, row: RowMapping) -> dict[str, Any]:
        values = self.keys.open_old(row["credentials"])
        return {"credentials": self.keys.platform.seal_values(values, "provider_accounts.credentials")}

    def sender(self, row: RowMapping) -> dict[str, Any]:
        # a released one is used by nobody: a hub that once lost its secret key must not stop here
        released = row["released_at"] is not None
        values = (self.keys.opened(row["credentials"]) or {}) if released else self.keys.open_old(row["credentials"])
        return {"credentials": self.keys.of(row).seal_values(values, "senders.credentials")}

    def event(self, row: RowMapping) -> dict[str, Any]:
        key, body = self.keys.of(row), row["body"]
        return {
            "body": None if body is None else key.seal(body, "events.body"),
            "body_sha256": key.fingerprint(row["body_sha256"]),
            "envelope_sha256": key.fingerprint(row["envelope_sha256"]),
        }

    def attachment(self, row: RowMapping) -> dict[str, Any]:
        key = self.keys.of(row)
        fingerprint = key.fingerprint(bytes.fromhex(row["sha256"])).hex()
        return {"body": key.seal(row["body"], "attachments.body"), "sha256": fingerprint}

    def pool_message(self, row: RowMapping) -> dict[str, Any]:
        return {"body": self.keys.platform.seal(row["body"], "pool_messages.body")}

    def quarantined(self, row: RowMapping) -> dict[str, Any]:
        about = dict(row["request"])
        if isinstance(about.get("headers"), str):
            about["headers"] = self.keys.open_old(base64.b64decode(about["headers"]))
        sealed = self.keys.platform.seal(json.dumps(about).encode(), "quarantined_requests.request")
        body = self.keys.platform.seal(row["body"], "quarantined_requests.body")
        return {"request": {"sealed": base64.b64encode(sealed).decode()}, "body": body, "size": len(body)}

    def answer(self, row: RowMapping) -> dict[str, Any]:
        body = self.keys.open_old(base64.b64decode(row["response"]["sealed"]))["body"]
        sealed = self.keys.of(row).seal(body.encode(), "idempotency_keys.response")
        return {"response": {"sealed": base64.b64encode(sealed).decode()}}


def _change_all(
    connection: Connection, name: str, identity: tuple[str, ...], changed: tuple[str, ...], change: Change
) -> None:
    """Change every row of a table, in batches and in the order of its primary key."""
    read = _READ.get(name, ("organization_id",))
    rows = table(name, *(column(each, _COLUMNS.get(each)) for each in (*identity, *read, *changed)))
    place = tuple_(*(rows.c[each] for each in identity))
    statement = (
        update(rows)
        .where(*(rows.c[each] == bindparam(f"of_{each}") for each in identity))
        .values({each: bindparam(f"new_{each}", type_=_COLUMNS.get(each)) for each in changed})
    )
    query = select(rows).order_by(*(rows.c[each] for each in identity)).limit(_BATCH)
    found = connection.execute(query).mappings().all()
    while found:
        values = [_named("of", dict(row), identity) | _named("new", change(row), changed) for row in found]
        connection.execute(statement, values)
        last = tuple_(*(found[-1][each] for each in identity))
        found = connection.execute(query.where(place > last)).mappings().all()


def _named(prefix: str, row: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {f"{prefix}_{name}": row[name] for name in names}
