"""No query reaches another organization, not even when the code forgets its condition (K32)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from sqlalchemy import ClauseElement
from sqlalchemy.exc import NoResultFound

from hub.db.guard import ForeignOrganization
from hub.db.refusals import StatementRefused
from hub.db.session import Tx
from hub.errors import HubError
from tests.isolation.arguments import Query, arguments_of, list_queries
from tests.isolation.conftest import ON_BOTH, ON_POSTGRESQL, ON_SQLITE, Two
from tests.isolation.filling import TABLES, TENANT_TABLES, WHOSE, Filled, stored

REFUSED = (HubError, ForeignOrganization, StatementRefused, NoResultFound)
"""How a query says no. Anything else is a fault of the call, and the test's."""

WANTS_ITS_OWN = {"person_rows.attachment_body"}
"""What is asked only for an id that was just read in the same organization; a foreign one breaks it."""


# --- sessions -------------------------------------------------------------------------------------------

Opened = Callable[[Two], AbstractContextManager[Tx]]


def as_it_is(two: Two) -> AbstractContextManager[Tx]:
    return two.db.transaction(two.own.organization_id)


@contextmanager
def guard_alone(two: Two) -> Iterator[Tx]:
    """The queries' own conditions choose the other organization; the guard still binds ours."""
    with two.db.transaction(two.own.organization_id) as tx:
        tx._organization_id = two.foreign.organization_id
        yield tx


@contextmanager
def database_alone(two: Two) -> Iterator[Tx]:
    """The queries' own conditions and the guard choose the other organization; PostgreSQL knows ours."""
    with two.db.transaction(two.own.organization_id) as tx:
        tx._organization_id = tx._bound_to = two.foreign.organization_id
        yield tx


@contextmanager
def database_without_guard(two: Two) -> Iterator[Tx]:
    """As above, and the guard adds nothing at all."""
    with two.db.transaction(two.own.organization_id) as tx:
        tx._organization_id, tx._bound_to = two.foreign.organization_id, None
        # what was compiled with the condition is the guard's; this session has none
        tx._connection = tx._connection.execution_options(compiled_cache=None)
        yield tx


# --- what is compared -----------------------------------------------------------------------------------


def leaves(value: Any) -> Iterator[str]:
    """Every text, number and byte string inside a result, also those that its repr hides."""
    match value:
        case None | bool() | ClauseElement() | Tx():
            return
        case bytes():
            yield value.decode(errors="replace")
        case dict():
            for pair in value.items():
                yield from leaves(pair)
        case list() | tuple() | set() | frozenset():
            for item in value:
                yield from leaves(item)
        case _ if is_dataclass(value):
            for each in fields(value):
                yield from leaves(getattr(value, each.name))
        case _:
            yield str(value)


def leaks(result: Any, of: Filled) -> list[str]:
    marks = (of.word, str(of.first_number)[:8])
    return [leaf for leaf in leaves(result) if any(mark in leaf for mark in marks)]


def run(query: Query, tx: Tx, of: Filled) -> Any:
    result = query.call(**arguments_of(query, of, tx))
    return list(result) if isinstance(result, Iterator) else result


ECHOES = {
    "groups.unknown_users", "idempotency.Once.keep", "idempotency.OncePerKey.keep", "people.ensure_identities",
    "people_of_sender.know", "quarantine.fitting",
}  # fmt: skip
"""What gives back what it was given: ids it does not know, what it took in. Anything else that it shows is a leak."""


def what_leaks(two: Two, opened: Opened) -> list[str]:
    """Call every query with the other organization's things, each undone; return what came back of them."""
    found = []
    for query in list_queries():
        result = None
        with suppress(_Undo, *REFUSED), opened(two) as tx:
            result = _called(query, tx, two)
            raise _Undo
        given = set(leaves(arguments_of(query, two.foreign, tx))) if query.name in ECHOES else set()
        found += [f"{query.name} -> {leak}" for leak in leaks(result, two.foreign) if leak not in given]
    return found


def do_everything(two: Two, opened: Opened) -> None:
    """Call every query with the other organization's things, each committed."""
    for query in list_queries():
        with suppress(*REFUSED), opened(two) as tx:
            _called(query, tx, two)


def _called(query: Query, tx: Tx, two: Two) -> Any:
    try:
        return run(query, tx, two.foreign)
    except TypeError:
        if query.name not in WANTS_ITS_OWN:
            raise
        return None


class _Undo(Exception):  # noqa: N818 - what is asked for
    """Rolls a transaction back."""


# --- the tests ------------------------------------------------------------------------------------------


@ON_BOTH
def test_both_organizations_have_a_row_in_every_table(two: Two) -> None:
    assert set(WHOSE) == {table.name for table in TABLES}
    for whose in (two.foreign, two.own):
        assert [name for name, rows in stored(two.db, whose).items() if not rows] == []
    assert len(stored(two.db, two.foreign)) == len(TENANT_TABLES) >= 28


@ON_BOTH
def test_every_query_can_be_called_in_its_own_organization(two: Two) -> None:
    """Else the calls below would be refused for what is wrong with them, and prove nothing."""
    answered = 0
    for query in list_queries():
        with suppress(_Undo, *REFUSED), two.db.transaction(two.own.organization_id) as tx:
            answered += bool(list(leaves(run(query, tx, two.own))))
            raise _Undo
    assert answered >= 110


@ON_BOTH
def test_no_query_shows_or_changes_anything_of_another_organization(two: Two) -> None:
    before = stored(two.db, two.foreign)
    assert what_leaks(two, as_it_is) == []
    do_everything(two, as_it_is)
    assert stored(two.db, two.foreign) == before


@ON_SQLITE
def test_the_guard_alone_keeps_organizations_apart(two: Two) -> None:
    before = stored(two.db, two.foreign)
    assert what_leaks(two, guard_alone) == []
    do_everything(two, guard_alone)
    assert stored(two.db, two.foreign) == before


@ON_POSTGRESQL
@pytest.mark.parametrize("opened", [database_alone, database_without_guard])
def test_postgresql_alone_keeps_organizations_apart(two: Two, opened: Opened) -> None:
    before = stored(two.db, two.foreign)
    assert what_leaks(two, opened) == []
    do_everything(two, opened)
    assert stored(two.db, two.foreign) == before
