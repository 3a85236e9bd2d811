"""Many rows by one statement whose text seldom changes, past SQLAlchemy's compiler.

PostgreSQL gets arrays and `unnest`: the text never changes, so the server prepares it once. SQLite gets one VALUES list
for each number of rows. SQLAlchemy's own multi-row insert makes its text anew every time, and a drain spends most of
its time there.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
Values = Mapping[str, Any]
_Value = Callable[[Any], Any]
_Names = tuple[str, ...]
_Columns = tuple[Column[Any], ...]


def insert(
    connection: Connection, table: Table, rows: Rows, same: Values, returning: _Names = ()
) -> Sequence[Row[Any]]:
    """Insert rows that all name the same columns; `same`: what each of them has besides, given once.

    With `returning`, skip what collides and return the named columns of what went in.
    """
    if not same.keys().isdisjoint(rows[0]):
        # SQLite would take one of the two, which the guard has not seen
        raise ValueError("a column is named by the rows and once for all of them")
    into = _into(table, tuple(rows[0]), tuple(same), returning)
    if connection.dialect.name == "sqlite":
        return _into_sqlite(connection, into, rows, same)
    return _into_postgresql(connection, into, rows, same)


@dataclass(frozen=True, slots=True, eq=False)
class _Into:
    """Where rows go: the columns that differ from row to row, those that are the same in all, and those that get a
    constant because nobody names them."""

    table: str
    each: _Columns
    same: _Columns
    constant: Values
    returning: _Names

    @property
    def names(self) -> str:
        return _quoted((*self.each, *self.same))

    def alike(self, same: Values, convert: Callable[[TypeEngine[Any]], _Value]) -> list[Any]:
        """What is the same in all rows, in the order of its columns."""
        row = {**same, **self.constant}
        return [value for column in self.same for value in _values(column, [row], convert(column.type))]


@lru_cache(maxsize=512)
def _into(table: Table, each: _Names, same: _Names, returning: _Names) -> _Into:
    unnamed = [c for c in table.c if c.name not in {*each, *same} and c.default is not None and c.default.is_scalar]
    constant = {column.name: column.default.arg for column in unnamed}  # type: ignore[union-attr]
    alike = tuple(table.c[name] for name in (*same, *constant))
    return _Into(table.name, tuple(table.c[name] for name in each), alike, constant, returning)


def _values(column: Column[Any], rows: Rows, convert: _Value) -> list[Any]:
    name = column.name
    return [None if (value := row[name]) is None else convert(value) for row in rows]


def _as_it_is(value: Any) -> Any:
    return value


# --- PostgreSQL -----------------------------------------------------------------------------------------


def _into_postgresql(connection: Connection, into: _Into, rows: Rows, same: Values) -> Sequence[Row[Any]]:
    given: dict[str, Any] = {
        f"e{place}": _values(column, rows, _postgresql_value(column.type)) for place, column in enumerate(into.each)
    }
    given |= {f"s{place}": value for place, value in enumerate(into.alike(same, _postgresql_value))}
    result = connection.exec_driver_sql(_unnest(into), given)
    return result.all() if into.returning else ()


def _postgresql_value(kind: TypeEngine[Any]) -> _Value:
    if isinstance(kind, JSON):
        return _json_without_nul
    return str.__str__ if isinstance(kind, String) else _as_it_is


def _json_without_nul(value: Any) -> str:
    """PostgreSQL keeps no NUL in text, not even an escaped one; six characters that somebody typed are none."""
    text = json.dumps(value)
    return _NUL.sub(r"\1", text) if "\\u0000" in text else text


@cache
def _unnest(into: _Into) -> str:
    kinds = [_postgresql_type(column.type) for column in into.each]
    taken = [
        f'"{c.name}"::jsonb' if kind == "jsonb" else f'"{c.name}"' for c, kind in zip(into.each, kinds, strict=True)
    ]
    taken += [f"%(s{place})s::{_postgresql_type(column.type)}" for place, column in enumerate(into.same)]
    arrays = [f"%(e{place})s::{'text' if kind == 'jsonb' else kind}[]" for place, kind in enumerate(kinds)]
    # the names are the tables' own, never a caller's
    sql = f'INSERT INTO "{into.table}" ({into.names}) SELECT {", ".join(taken)} '
    return sql + f"FROM unnest({', '.join(arrays)}) AS given ({_quoted(into.each)})" + _skipping(into.returning)


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


def _into_sqlite(connection: Connection, into: _Into, rows: Rows, same: Values) -> list[Row[Any]]:
    alike = tuple(into.alike(same, _sqlite_value))
    written: list[Row[Any]] = []
    for part in _parts(rows, (_SQLITE_VARIABLES - len(alike)) // len(into.each)):
        by_column = [_values(column, part, _sqlite_value(column.type)) for column in into.each]
        flat = alike + tuple(value for row in zip(*by_column, strict=True) for value in row)
        result = connection.exec_driver_sql(_values_list(into, len(part)), flat)
        if into.returning:
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


@lru_cache(maxsize=64)
def _sqlite_time(value: datetime) -> str:
    """The text that SQLAlchemy's type reads back: UTC without a zone, always with microseconds."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


@lru_cache(maxsize=512)
def _values_list(into: _Into, count: int) -> str:
    row = "(" + ", ".join("?" * len(into.each)) + ")"
    given = "VALUES " + ", ".join([row] * count)
    if into.same:
        taken = ", ".join([*(f"column{place}" for place in range(1, len(into.each) + 1)), *"?" * len(into.same)])
        # without a condition of its own SQLite takes ON CONFLICT for that of a join
        given = f"SELECT {taken} FROM ({given}) WHERE true"  # noqa: S608
    # the names are the tables' own, never a caller's
    return f'INSERT INTO "{into.table}" ({into.names}) {given}' + _skipping(into.returning)


def _quoted(columns: _Columns) -> str:
    return ", ".join(f'"{column.name}"' for column in columns)


def _skipping(returning: _Names) -> str:
    """Skip what collides and say what did not."""
    if not returning:
        return ""
    return " ON CONFLICT DO NOTHING RETURNING " + ", ".join(f'"{name}"' for name in returning)
