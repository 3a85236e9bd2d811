"""Many rows into PostgreSQL by one statement whose text never changes: arrays in, `unnest` on the server.

SQLAlchemy's multi-row VALUES makes a new text for every number of rows, which both psycopg and the server parse anew.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Column, Connection, DateTime, Integer, LargeBinary, Row, String, Table
from sqlalchemy.types import JSON, BigInteger, TypeEngine
from sqlmodel.sql.sqltypes import AutoString

from hub.db.tables.columns import UtcDateTime

_Value = Callable[[Any], Any]


def insert(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], returning: Sequence[str] = ()
) -> Sequence[Row[Any]]:
    """Insert rows; with `returning`, skip what collides and return the named columns of what went in."""
    names = tuple(rows[0])
    columns = [table.c[name] for name in names] + [column for column in _defaulted(table) if column.name not in names]
    arrays = {f"p{index}": _array(column, rows) for index, column in enumerate(columns)}
    sql = _sql(table.name, tuple((column.name, _type_name(column.type)) for column in columns), tuple(returning))
    result = connection.exec_driver_sql(sql, arrays)
    return result.all() if returning else ()


@cache
def _defaulted(table: Table) -> tuple[Column[Any], ...]:
    """Columns that get a constant when a row does not name them."""
    return tuple(column for column in table.c if column.default is not None and column.default.is_scalar)


def _array(column: Column[Any], rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    value = _value(column.type)
    if column.name not in rows[0]:
        return [value(column.default.arg)] * len(rows)  # type: ignore[union-attr]
    return [None if (found := row[column.name]) is None else value(found) for row in rows]


def _value(kind: TypeEngine[Any]) -> _Value:
    if isinstance(kind, JSON):
        return _as_json
    return str.__str__ if isinstance(kind, String | AutoString) else _as_it_is


def _as_json(value: Any) -> str:
    # PostgreSQL keeps no NUL in text, not even an escaped one
    return json.dumps(value).replace("\\u0000", "")


def _as_it_is(value: Any) -> Any:
    return value


def _type_name(kind: TypeEngine[Any]) -> str:
    for sort, name in _TYPES:
        if isinstance(kind, sort):
            return name
    raise TypeError(f"no array type for {kind!r}")


_TYPES: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (JSON, "jsonb"),
    (String, "text"),
    (AutoString, "text"),
    (BigInteger, "bigint"),
    (Integer, "integer"),
    (Boolean, "boolean"),
    (DateTime, "timestamptz"),
    (UtcDateTime, "timestamptz"),
    (LargeBinary, "bytea"),
)


@cache
def _sql(table: str, columns: tuple[tuple[str, str], ...], returning: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name, _ in columns)
    taken = ", ".join(f'"{name}"::jsonb' if kind == "jsonb" else f'"{name}"' for name, kind in columns)
    arrays = ", ".join(
        f"%(p{index})s::{'text' if kind == 'jsonb' else kind}[]" for index, (_, kind) in enumerate(columns)
    )
    # the names are the tables' own, never a caller's
    sql = f'INSERT INTO "{table}" ({names}) SELECT {taken} FROM unnest({arrays}) AS given ({names})'  # noqa: S608
    if returning:
        sql += " ON CONFLICT DO NOTHING RETURNING " + ", ".join(f'"{name}"' for name in returning)
    return sql
