"""The condition that the code may forget: a session bound to one organization sees and changes that one only (K32).

It is added when a statement is compiled, so it costs nothing when the statement runs again, and it reaches every SELECT
wherever it stands: sub-queries, EXISTS, the halves of a UNION. What it cannot look into is refused: SQL text, and
tables that are none of the hub's. PostgreSQL enforces the same once more by row-level security (hub/db/rights.py);
SQLite has only this.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    CompoundSelect,
    Delete,
    Executable,
    FromClause,
    Insert,
    Join,
    Select,
    Table,
    TextClause,
    TextualSelect,
    UnaryExpression,
    Update,
    Values,
    bindparam,
    or_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.sql.selectable import AliasedReturnsRows, FromGrouping
from sqlalchemy.util import LRUCache

from hub.db.bulk import Rows

_TENANT_COLUMNS = {"organizations": "id", "data_keys": "owner"}
"""Where a row's organization stands, when not in `organization_id`."""

_OF_PLATFORM = frozenset({"provider_accounts", "registrations"})
"""The platform's own, though a row says for whom it is kept: no organization reads or changes even its own."""

_bound: ContextVar[str | None] = ContextVar("the organization of the statement under way", default=None)
_ORGANIZATION: BindParameter[Any] = bindparam("organization_of_session", callable_=_bound.get, unique=False)

_UNINDEXED: custom_op[Any] = custom_op("+")
"""SQLite's way of saying that a term is a filter and no way to find rows."""

COMPILED: LRUCache[Any, Any] = LRUCache(1_000)
"""Statements compiled with the condition; a session that crosses organizations must not meet them."""


class ForeignOrganization(Exception):  # noqa: N818 - what was tried
    """Code bound to one organization tried to write for another: a bug, never a user's mistake."""


@contextmanager
def bound_to(organization_id: str | None) -> Iterator[None]:
    """Add the condition to every statement that is run inside; None adds none."""
    token = _bound.set(organization_id)
    try:
        yield
    finally:
        _bound.reset(token)


def check_statement(statement: Executable) -> None:
    """Raise ForeignOrganization on SQL text, to which no condition can be added."""
    if isinstance(statement, TextClause | TextualSelect):
        raise ForeignOrganization("a bound session runs no SQL text")


def tenant_column(table: Table) -> Column[Any] | None:
    """Return the column that says whose a row is; None for the platform's own tables."""
    return table.c.get(_TENANT_COLUMNS.get(table.name, "organization_id"))


def _tenant_column_of(table: Table) -> Column[Any]:
    column = tenant_column(table)
    if column is None or table.name in _OF_PLATFORM:
        raise ForeignOrganization(f"{table.name} is the platform's; a bound session neither reads nor changes it")
    return column


def check_rows(table: Table, rows: Rows, organization_id: str) -> None:
    """Raise ForeignOrganization unless each row belongs to the organization."""
    name = _tenant_column_of(table).name
    if any(row.get(name) != organization_id for row in rows):
        raise ForeignOrganization(f"a row of {table.name} is not the organization's own")


@compiles(Select)
def _select(statement: Select[Any], compiler: Any, **options: Any) -> str:
    if _bound.get() is not None:
        statement = statement.where(*_conditions(_sources(statement), compiler))
    return str(compiler.visit_select(statement, **options))


@compiles(Update)
def _update(statement: Update, compiler: Any, **options: Any) -> str:
    return str(compiler.visit_update(_own(statement, compiler, compiler.column_keys), **options))


@compiles(Delete)
def _delete(statement: Delete, compiler: Any, **options: Any) -> str:
    return str(compiler.visit_delete(_own(statement, compiler, None), **options))


@compiles(Insert)
def _insert(statement: Insert, compiler: Any, **options: Any) -> str:
    if _bound.get() is not None:
        raise ForeignOrganization("a bound session inserts through Tx.insert, which checks whose the rows are")
    return str(compiler.visit_insert(statement, **options))


def _own(statement: Any, compiler: Any, given: Sequence[str] | None) -> Any:
    """An UPDATE or DELETE that touches the organization's rows only, and leaves them its own.

    `given` are the columns that the parameters of the execution name.
    """
    if _bound.get() is None:
        return statement
    table = statement.table
    if not isinstance(table, Table):
        raise ForeignOrganization("a bound session changes tables by their own names only")
    column = _tenant_column_of(table)
    if isinstance(statement, Update) and column.name in {*_named(statement), *(given or ())}:
        raise ForeignOrganization(f"a bound session may not give rows of {table.name} away")
    return statement.where(_is_own(column, compiler), *_conditions(_beside(statement), compiler))


def _beside(statement: Any) -> list[FromClause]:
    """The further tables that an UPDATE or DELETE reads without a sub-query."""
    said = (*statement._where_criteria, *(getattr(statement, "_values", None) or {}).values())
    sources = [source for each in said for source in getattr(each, "_from_objects", ())]
    return [source for source in dict.fromkeys(sources) if source is not statement.table]


def _named(statement: Update) -> list[str]:
    return [str(getattr(key, "key", key)) for key in statement._values or ()]


def _sources(statement: Select[Any]) -> Sequence[FromClause]:
    """What a SELECT reads from. SQLAlchemy compiles it to find out, which must not come back here."""
    with bound_to(None):
        return statement.get_final_froms()


def _is_own(column: ColumnElement[Any], compiler: Any) -> ColumnElement[bool]:
    """The condition itself. On SQLite it is kept from choosing an index, which the query's own conditions do better."""
    if compiler.dialect.name == "sqlite":
        column = UnaryExpression(column, operator=_UNINDEXED, type_=column.type)
    return column == _ORGANIZATION


def _conditions(sources: Sequence[FromClause], compiler: Any) -> list[ColumnElement[bool]]:
    return [condition for source in sources for condition in _of_source(source, compiler, may_miss=False)]


def _of_source(source: FromClause, compiler: Any, *, may_miss: bool) -> Iterator[ColumnElement[bool]]:
    """The conditions of one source of rows; `may_miss` on the far side of an outer join, whose row may be absent."""
    if isinstance(source, FromGrouping):
        # a join inside a join
        source = source.element
    if isinstance(source, Join):
        yield from _of_source(source.left, compiler, may_miss=may_miss or source.full)
        yield from _of_source(source.right, compiler, may_miss=may_miss or source.isouter or source.full)
        return
    table: Any = source
    while isinstance(table, AliasedReturnsRows):
        table = table.element
    if isinstance(table, Select | CompoundSelect | Values | FunctionElement):
        # a query is conditioned by itself; values and functions are nobody's rows
        return
    if not isinstance(table, Table):
        raise ForeignOrganization("a bound session reads from tables of the hub only")
    named = _tenant_column_of(table)
    own = _is_own(source.c[named.name], compiler)
    absent = [source.c[column.name].is_(None) for column in table.primary_key.columns]
    yield or_(own, *absent[:1]) if may_miss else own
