"""Many rows by one statement whose text seldom changes, past SQLAlchemy's compiler.

PostgreSQL gets arrays and `unnest`: the text never changes, so the server prepares it once. SQLite gets one VALUES list
for each number of rows. SQLAlchemy's own multi-row insert makes its text anew every time, and a drain spends most of
its time there.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Boolean, Column, Connection, DateTime, Integer, LargeBinary, Row, String, Table
from sqlalchemy.types import JSON, BigInteger, TypeEngine

from hub.db.tables.columns import UtcDateTime

_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
"""An escaped NUL: the backslash before `u` is not itself an escaped one."""
_SQLITE_VARIABLES = 30_000

Rows = Sequence[Mapping[str, Any]]
_Value = Callable[[Any], Any]
_Names = tuple[str, ...]


def insert(connection: Connection, table: Table, rows: Rows, returning: _Names = ()) -> Sequence[Row[Any]]:
    """Insert rows that all name the same columns.

    With `returning`, skip what collides and return the named columns of what went in.
    """
    columns = _columns(table, tuple(rows[0]))
    if connection.dialect.name == "sqlite":
        return _into_sqlite(connection, table.name, columns, rows, returning)
    return _into_postgresql(connection, table.name, columns, rows, returning)


@lru_cache(maxsize=256)
def _columns(table: Table, named: _Names) -> tuple[Column[Any], ...]:
    """The columns the rows name, and those that get a constant when nobody names them."""
    constant = [c for c in table.c if c.name not in named and c.default is not None and c.default.is_scalar]
    return (*(table.c[name] for name in named), *constant)


def _values(column: Column[Any], rows: Rows, convert: _Value) -> list[Any]:
    name = column.name
    if name not in rows[0]:
        return [convert(column.default.arg)] * len(rows)  # type: ignore[union-attr]
    return [None if (value := row[name]) is None else convert(value) for row in rows]


def _as_it_is(value: Any) -> Any:
    return value


# --- PostgreSQL -----------------------------------------------------------------------------------------


def _into_postgresql(
    connection: Connection, table: str, columns: tuple[Column[Any], ...], rows: Rows, returning: _Names
) -> Sequence[Row[Any]]:
    arrays = {
        f"p{index}": _values(column, rows, _postgresql_value(column.type)) for index, column in enumerate(columns)
    }
    types = tuple((column.name, _postgresql_type(column.type)) for column in columns)
    result = connection.exec_driver_sql(_unnest(table, types, returning), arrays)
    return result.all() if returning else ()


def _postgresql_value(kind: TypeEngine[Any]) -> _Value:
    if isinstance(kind, JSON):
        return _json_without_nul
    return str.__str__ if isinstance(kind, String) else _as_it_is


def _json_without_nul(value: Any) -> str:
    """PostgreSQL keeps no NUL in text, not even an escaped one; six characters that somebody typed are none."""
    text = json.dumps(value)
    return _NUL.sub(r"\1", text) if "\\u0000" in text else text


@cache
def _unnest(table: str, columns: tuple[tuple[str, str], ...], returning: _Names) -> str:
    names = ", ".join(f'"{name}"' for name, _ in columns)
    taken = ", ".join(f'"{name}"::jsonb' if kind == "jsonb" else f'"{name}"' for name, kind in columns)
    arrays = ", ".join(
        f"%(p{index})s::{'text' if kind == 'jsonb' else kind}[]" for index, (_, kind) in enumerate(columns)
    )
    # the names are the tables' own, never a caller's
    sql = f'INSERT INTO "{table}" ({names}) SELECT {taken} FROM unnest({arrays}) AS given ({names})'  # noqa: S608
    return sql + _skipping(returning)


def _postgresql_type(kind: TypeEngine[Any]) -> str:
    for sort, name in _POSTGRESQL_TYPES:
        if isinstance(kind, sort):
            return name
    # SQLModel's AutoString, the type of a field that only names a length, is a String in other clothes
    if isinstance(getattr(kind, "impl", None), String):
        return "text"
    raise TypeError(f"no array type for {kind!r}")


_POSTGRESQL_TYPES: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (JSON, "jsonb"),
    (String, "text"),
    (BigInteger, "bigint"),
    (Integer, "integer"),
    (Boolean, "boolean"),
    (DateTime, "timestamptz"),
    (UtcDateTime, "timestamptz"),
    (LargeBinary, "bytea"),
)


# --- SQLite ---------------------------------------------------------------------------------------------


def _into_sqlite(
    connection: Connection, table: str, columns: tuple[Column[Any], ...], rows: Rows, returning: _Names
) -> list[Row[Any]]:
    names = tuple(column.name for column in columns)
    converters = [_sqlite_value(column.type) for column in columns]
    written: list[Row[Any]] = []
    for part in _parts(rows, _SQLITE_VARIABLES // len(columns)):
        by_column = [_values(column, part, convert) for column, convert in zip(columns, converters, strict=True)]
        flat = tuple(value for row in zip(*by_column, strict=True) for value in row)
        result = connection.exec_driver_sql(_values_list(table, names, len(part), returning), flat)
        if returning:
            written += result.all()
    return written


def _parts(rows: Rows, size: int) -> Iterator[Rows]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _sqlite_value(kind: TypeEngine[Any]) -> _Value:
    if isinstance(kind, JSON):
        return json.dumps
    if isinstance(kind, UtcDateTime):
        return _sqlite_time
    return str.__str__ if isinstance(kind, String) else _as_it_is


def _sqlite_time(value: datetime) -> str:
    """The text that SQLAlchemy's type reads back: UTC without a zone, always with microseconds."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


@lru_cache(maxsize=512)
def _values_list(table: str, names: _Names, count: int, returning: _Names) -> str:
    quoted = ", ".join(f'"{name}"' for name in names)
    row = "(" + ", ".join("?" * len(names)) + ")"
    # the names are the tables' own, never a caller's
    sql = f'INSERT INTO "{table}" ({quoted}) VALUES ' + ", ".join([row] * count)  # noqa: S608
    return sql + _skipping(returning)


def _skipping(returning: _Names) -> str:
    """Skip what collides and say what did not."""
    if not returning:
        return ""
    return " ON CONFLICT DO NOTHING RETURNING " + ", ".join(f'"{name}"' for name in returning)
