"""Whatever shape a statement has: a session bound to one organization reads and changes that one only (K32)."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy import column as some_column
from sqlalchemy import table as some_table

from hub.db.guard import ForeignOrganization
from hub.db.refusals import StatementRefused
from hub.db.session import PlatformWork
from hub.db.tables import Contact
from hub.db.tables.core import (
    ACCOUNT,
    CHANNEL,
    CONTACT,
    CONVERSATION,
    IDENTITY,
    MESSAGE,
    NOTICE,
    ORGANIZATION,
    POOL_MESSAGE,
    SENDER,
    USER,
)
from tests.isolation.conftest import (
    ON_BOTH,
    ON_POSTGRESQL,
    ON_SQLITE,
    UNTOUCHED_ON_BOTH,
    UNTOUCHED_ON_POSTGRESQL,
    Two,
)
from tests.isolation.filling import KEPT_FROM_ALL, TENANT_TABLES, WHOSE, Row, stored
from tests.isolation.test_queries import database_without_guard, leaks

CONTACTS_OF = CONTACT.alias("contacts_of")

SHAPES: dict[str, Callable[[], Any]] = {
    "a table": lambda: select(MESSAGE),
    "a model": lambda: select(Contact),
    "an alias": lambda: select(CONTACTS_OF),
    "an alias of an alias": lambda: select(CONTACTS_OF.alias("again")),
    "a column with no table named": lambda: select(literal(1), CONTACT.c.name),
    "a table only in the condition": lambda: select(func.count()).where(CONTACT.c.name.like("ALPHA%")),
    "two tables": lambda: select(CONTACT.c.name, USER.c.name).where(CONTACT.c.created_at == USER.c.created_at),
    "an inner join": lambda: select(CONVERSATION.c.id, CONTACT.c.name).join(
        CONTACT, CONTACT.c.created_at == CONVERSATION.c.created_at
    ),
    "an outer join": lambda: select(CONVERSATION.c.id, CONTACT.c.name).outerjoin(
        CONTACT, CONTACT.c.created_at == CONVERSATION.c.created_at
    ),
    "an outer join from the other side": lambda: select(CONTACT.c.name, CONVERSATION.c.id).select_from(
        CONTACT.outerjoin(CONVERSATION, CONTACT.c.created_at == CONVERSATION.c.created_at)
    ),
    "an outer join that finds nothing": lambda: select(CONTACT.c.name, CONVERSATION.c.id).select_from(
        CONTACT.outerjoin(CONVERSATION, CONTACT.c.id == CONVERSATION.c.id)
    ),
    "a full join": lambda: select(CONTACT.c.name, CONVERSATION.c.topic).select_from(
        CONTACT.outerjoin(CONVERSATION, CONTACT.c.id == CONVERSATION.c.id, full=True)
    ),
    "a join inside a join": lambda: select(CHANNEL.c.id, CONTACT.c.name, IDENTITY.c.name).select_from(
        CHANNEL.join(
            CONTACT.join(IDENTITY, IDENTITY.c.created_at == CONTACT.c.created_at),
            CHANNEL.c.created_at == CONTACT.c.created_at,
        )
    ),
    "an outer join with a join inside": lambda: select(CHANNEL.c.id, CONTACT.c.name, IDENTITY.c.name).select_from(
        CHANNEL.outerjoin(
            CONTACT.join(IDENTITY, IDENTITY.c.created_at == CONTACT.c.created_at),
            CHANNEL.c.created_at == CONTACT.c.created_at,
        )
    ),
    "a sub-query": lambda: select(select(CONTACT).subquery("inner")),
    "a scalar sub-query": lambda: select(USER.c.id, select(func.max(CONTACT.c.name)).scalar_subquery()),
    "a foreign scalar sub-query": lambda: select(
        select(CONTACT.c.name).where(CONTACT.c.name.like("ALPHA%")).limit(1).scalar_subquery()
    ),
    "IN with a sub-query": lambda: select(USER.c.id).where(literal("ALPHA0 contacts.name").in_(select(CONTACT.c.name))),
    "EXISTS": lambda: select(literal("ALPHA is there")).where(exists().where(CONTACT.c.name.like("ALPHA%"))),
    "a correlated EXISTS": lambda: select(CONTACTS_OF.c.name).where(exists().where(CONTACT.c.id == CONTACTS_OF.c.id)),
    "a CTE": lambda: select(select(CONTACT).cte("within")),
    "a UNION": lambda: union_all(select(CONTACT.c.name), select(USER.c.name)),
    "a UNION inside": lambda: select(union_all(select(CONTACT.c.name), select(USER.c.name)).subquery()),
    "a group": lambda: select(func.max(CONTACT.c.name), func.count()).group_by(CONTACT.c.organization_id),
}


@UNTOUCHED_ON_BOTH
@pytest.mark.parametrize("shape", SHAPES)
def test_a_read_of_any_shape_shows_nothing_foreign(untouched: Two, shape: str) -> None:
    with untouched.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        everything = tx.all(SHAPES[shape]())
    with untouched.db.reading(untouched.own.organization_id) as tx:
        mine = tx.all(SHAPES[shape]())
    assert leaks([tuple(row) for row in mine], untouched.foreign) == []
    assert [tuple(row) for row in mine] != [tuple(row) for row in everything], "it would show nothing foreign anyway"


@ON_BOTH
def test_the_far_side_of_an_outer_join_may_be_absent(two: Two) -> None:
    statement = select(CONTACT.c.id, CONVERSATION.c.id).select_from(
        CONTACT.outerjoin(CONVERSATION, CONTACT.c.id == CONVERSATION.c.id)
    )
    with two.db.reading(two.own.organization_id) as tx:
        assert len(tx.all(statement)) == len(two.own.rows["contacts"])


def own_rows(two: Two, table: Table) -> Select[Any]:
    return select(table).where(table.c[WHOSE[table.name] or ""] == two.foreign.organization_id)


def somewhat(table: Table) -> Any:
    """A column of a table that an UPDATE may name: not its key, not its organization."""
    return next(c for c in table.columns if not c.primary_key and c.name != WHOSE[table.name] and not c.foreign_keys)


# three of them are keys and nothing else
_FIXED = ("group_members", "message_aliases", "queue_lines", "audit_entries", "data_keys")
CHANGEABLE = [table for table in TENANT_TABLES if table.name not in (*_FIXED, *KEPT_FROM_ALL)]


@ON_BOTH
def test_no_table_shows_loses_or_changes_a_foreign_row(two: Two) -> None:
    before, organization_id = stored(two.db, two.foreign), two.own.organization_id
    for table in [table for table in TENANT_TABLES if table.name not in KEPT_FROM_ALL]:
        # PostgreSQL shows wrapped keys to the platform's role only
        with suppress(*[StatementRefused] * (table.name == "data_keys")), two.db.transaction(organization_id) as tx:
            assert tx.all(own_rows(two, table)) == []
            assert tx.all(select(table)) != [], table.name
    for table in CHANGEABLE:
        column, theirs = somewhat(table), WHOSE[table.name] or ""
        given = two.own.rows[table.name][0][column.name]
        with two.db.transaction(two.own.organization_id) as tx:
            here = table.c[theirs] == two.foreign.organization_id
            assert tx.execute(update(table).where(here).values({column.name: given})).rowcount == 0
    refuse_or_none(two, [delete(table) for table in TENANT_TABLES if table.name not in KEPT_FROM_ALL])
    assert stored(two.db, two.foreign) == before


@ON_BOTH
def test_what_the_platform_keeps_of_an_organization_is_closed_even_to_it(two: Two) -> None:
    """Accounts and registrations say for whom they are; their secrets and the supplier's ids are the platform's."""
    before = [stored(two.db, whose) for whose in (two.own, two.foreign)]
    for table in [table for table in TENANT_TABLES if table.name in KEPT_FROM_ALL]:
        theirs = table.c[WHOSE[table.name] or ""]
        row = two.own.rows[table.name][0]
        tries: list[Callable[[Any], Any]] = [
            lambda tx, table=table: tx.all(select(table)),
            lambda tx, theirs=theirs: tx.all(select(SENDER.c.id).outerjoin(theirs.table, theirs.table.c.id.is_(None))),
            lambda tx, theirs=theirs: tx.all(select(SENDER.c.id).where(exists().where(theirs == SENDER.c.id))),
            lambda tx, table=table: tx.execute(update(table).values({somewhat(table): "x"})),
            lambda tx, table=table: tx.execute(delete(table)),
            lambda tx, table=table, row=row: tx.insert(table, [{**row, "id": "01FREE".ljust(26, "F")}]),
        ]
        for attempt in tries:
            with pytest.raises(ForeignOrganization), two.db.transaction(two.own.organization_id) as tx:
                attempt(tx)
    assert [stored(two.db, whose) for whose in (two.own, two.foreign)] == before


def refuse_or_none(two: Two, statements: list[Any]) -> None:
    for statement in statements:
        try:
            with two.db.transaction(two.own.organization_id) as tx:
                tx.execute(statement)
        except StatementRefused:
            continue


@ON_BOTH
def test_what_an_update_takes_from_elsewhere_is_our_own(two: Two) -> None:
    """UPDATE … FROM, and a value by a sub-query."""
    theirs = USER.c.id == two.foreign.rows["users"][0]["id"]
    first = CONTACT.c.id == two.own.rows["contacts"][0]["id"]
    taken = select(func.max(USER.c.name)).where(theirs).scalar_subquery()
    named = USER.c.name.like("ALPHA%")
    tries = [
        update(CONTACT).where(first).values(name=func.coalesce(taken, "nothing")),
        update(CONTACT).where(first, theirs, _together(CONTACT, USER)).values(name=USER.c.name),
        update(CONTACT).where(first, named, _together(CONTACT, USER)).values(name="ALPHA is there"),
    ]
    for statement in tries:
        with two.db.transaction(two.own.organization_id) as tx:
            tx.execute(statement)
    assert leaks(stored(two.db, two.own)["contacts"], two.foreign) == []


@ON_POSTGRESQL
def test_what_a_delete_looks_at_is_our_own(two: Two) -> None:
    before = stored(two.db, two.own)["notices"]
    with two.db.transaction(two.own.organization_id) as tx:
        tx.execute(delete(NOTICE).where(USER.c.name.like("ALPHA%"), _together(NOTICE, USER)))
    assert stored(two.db, two.own)["notices"] == before


def _together(one: Table, other: Table) -> ColumnElement[bool]:
    """True of every pair: SQLAlchemy warns of two tables that nothing joins."""
    return one.c.created_at == other.c.created_at


@UNTOUCHED_ON_BOTH
@pytest.mark.parametrize("table", TENANT_TABLES, ids=lambda table: table.name)
def test_a_foreign_row_is_never_inserted_and_no_row_is_given_away(untouched: Two, table: Table) -> None:
    row, column = foreign_row(untouched, table), WHOSE[table.name] or ""
    tries: list[Callable[[Any], Any]] = [
        lambda tx: tx.insert(table, [row]),
        lambda tx: tx.insert_new(table, [row], [column]),
        lambda tx: tx.execute(insert(table).values(**row)),
        lambda tx: tx.execute(insert(table), [row]),
        lambda tx: tx.execute(update(table).values({column: untouched.foreign.organization_id})),
        lambda tx: tx.execute(update(table).values({table.c[column]: untouched.foreign.organization_id})),
    ]
    for attempt in tries:
        with pytest.raises(ForeignOrganization), untouched.db.transaction(untouched.own.organization_id) as tx:
            attempt(tx)


@ON_BOTH
def test_what_the_guard_cannot_look_into_is_refused(two: Two) -> None:
    theirs = two.foreign.organization_id
    loose = some_table("contacts", some_column("name"))
    tries: dict[str, Callable[[Any], Any]] = {
        "text": lambda tx: tx.all(text("SELECT name FROM contacts")),
        "a change as text": lambda tx: tx.execute(text("UPDATE contacts SET name = 'x'")),
        "text with its columns": lambda tx: tx.all(text("SELECT name FROM contacts").columns(some_column("name"))),
        "text to read from": lambda tx: tx.all(select(some_column("name")).select_from(text("contacts"))),
        "a query as text": lambda tx: tx.all(
            select(text("SELECT name FROM contacts").columns(some_column("name")).subquery())
        ),
        "a table that is none of ours": lambda tx: tx.all(select(loose)),
        "a change of a table that is none of ours": lambda tx: tx.execute(update(loose).values(name="x")),
        "a change by another name": lambda tx: tx.execute(update(ORGANIZATION.alias("o")).values(name="x")),
        "an owner among the parameters": lambda tx: tx.execute(update(CONTACT), {"organization_id": theirs}),
        "a table of the platform": lambda tx: tx.all(select(ACCOUNT.c.id)),
        "a row for the platform": lambda tx: tx.insert(POOL_MESSAGE, [{"id": "x"}]),
    }
    for attempt in tries.values():
        with pytest.raises(ForeignOrganization), two.db.transaction(two.own.organization_id) as tx:
            attempt(tx)
    for nobody in ("", None):
        with pytest.raises(RuntimeError, match="needs its organization"):
            two.db.reading(nobody)  # type: ignore[arg-type]


def foreign_row(two: Two, table: Table) -> Row:
    """A row of the foreign organization under a key that is free."""
    row = dict(two.foreign.rows[table.name][0])
    for column in table.primary_key.columns:
        if column.name == "id":
            row["id"] = 9_900_000_000 if table.name == "events" else "01FREE".ljust(26, "F")
    return row


@UNTOUCHED_ON_POSTGRESQL
@pytest.mark.parametrize("table", TENANT_TABLES, ids=lambda table: table.name)
def test_postgresql_by_itself_takes_no_foreign_row(untouched: Two, table: Table) -> None:
    row = foreign_row(untouched, table)
    with pytest.raises(StatementRefused, match="InsufficientPrivilege"), database_without_guard(untouched) as tx:
        tx.insert(table, [row])
    with pytest.raises(StatementRefused, match="InsufficientPrivilege"), database_without_guard(untouched) as tx:
        tx.execute(insert(table).values(**row))


@UNTOUCHED_ON_POSTGRESQL
@pytest.mark.parametrize("table", CHANGEABLE, ids=lambda table: table.name)
def test_postgresql_by_itself_gives_no_row_away(untouched: Two, table: Table) -> None:
    values = {WHOSE[table.name]: untouched.foreign.organization_id}
    with pytest.raises(StatementRefused, match="InsufficientPrivilege"), database_without_guard(untouched) as tx:
        tx.execute(update(table).values(values))


@ON_BOTH
def test_one_statement_gives_each_session_its_own_rows(two: Two) -> None:
    """What was compiled for one kind of session is never run by another."""
    statement = select(CONTACT.c.organization_id).order_by(CONTACT.c.id)
    each = len(two.own.rows["contacts"])

    def bound(to: str) -> None:
        with two.db.reading(to) as tx:
            assert [row[0] for row in tx.all(statement)] == [to] * each

    def platform() -> None:
        with two.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
            assert len(tx.all(statement)) == each * 2

    for to in (None, two.own, None, two.foreign, two.own, None):
        bound(to.organization_id) if to else platform()


@ON_SQLITE
def test_a_cached_change_binds_each_session_to_its_own(two: Two) -> None:
    statement = update(CONTACT).values(name="changed")
    for whose, other in ((two.own, two.foreign), (two.foreign, two.own)):
        before = stored(two.db, other)["contacts"]
        with two.db.transaction(whose.organization_id) as tx:
            assert tx.execute(statement).rowcount == len(whose.rows["contacts"])
        assert stored(two.db, other)["contacts"] == before
