"""Column types and shapes that every table shares."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, ForeignKeyConstraint, Integer, LargeBinary, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import JSON, TypeDecorator, TypeEngine


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time on both databases; SQLite keeps no zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


ID: TypeEngine[Any] = String(26)
NAME: TypeEngine[Any] = String(200)
WORD: TypeEngine[Any] = String(40)
TEXT: TypeEngine[Any] = Text()
BYTES: TypeEngine[Any] = LargeBinary()
# a primary key of BigInteger would not be SQLite's rowid
BIG: TypeEngine[Any] = BigInteger().with_variant(Integer(), "sqlite")
JSON_: TypeEngine[Any] = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
TIME = UtcDateTime


def born(value: str) -> dict[str, Any]:
    """What rows from before a column get in it: SQL, such as `0` or `'[]'`."""
    return {"server_default": text(value)}


def own(column: str, table: str, *, ondelete: str = "RESTRICT") -> ForeignKeyConstraint:
    """A foreign key that cannot leave the organization: (organization_id, column) → (organization_id, id)."""
    return ForeignKeyConstraint(
        ["organization_id", column],
        [f"{table}.organization_id", f"{table}.id"],
        ondelete=ondelete,
        name=f"fk_{column}_{table}",
    )
