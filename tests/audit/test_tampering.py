"""Whoever gets at the rows themselves: every change of a chain is found, and the hub's own roles can make none."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from hub import audit
from hub.access.groups import GroupChanges, change_group, create_group
from hub.audit import Change
from hub.audit.chain import content_hash
from hub.db import audit as queries
from hub.db import rights
from hub.db.refusals import StatementRefused
from hub.db.session import PlatformWork, Tx
from hub.db.tables.core import AUDIT_ENTRY, AUDIT_HEAD, GROUP
from hub.errors import Conflict, Invalid
from hub.wiring import Services
from tests.audit.scene import Scene, verified
from tests.world import Organization

ENTRIES = 5
Tampering = Callable[[Connection, str], object]


@pytest.fixture
def chain(services: Services, org: Organization) -> str:
    """An organization's chain of five entries."""
    for number in range(ENTRIES):
        create_group(services, org.actor, f"Group {number}")
    assert verified(services, org.id).faults == ()
    return org.id


@contextmanager
def superuser(services: Services) -> Iterator[Connection]:
    """The database as its owner has it: no role, no trigger."""
    with services.db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for trigger in ("audit_entries_stay", "audit_entries_are_final"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger}")
        yield connection


def faults(services: Services, chain: str) -> tuple[str, ...]:
    return verified(services, chain).faults


def at(chain: str, number: int) -> Any:
    return (AUDIT_ENTRY.c.organization_id == chain) & (AUDIT_ENTRY.c.number == number)


def another(value: Any) -> Any:
    """A value unlike this one, of its type."""
    match value:
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:] if value else b"x"
        case int():
            return value + 1_000
        case dict():
            return {**value, "reason": "another"}
        case str():
            return f"{value}x"[-26:]
        case _:
            return value + timedelta(microseconds=1)


COLUMNS = [column.name for column in AUDIT_ENTRY.columns]


@pytest.mark.parametrize("column", COLUMNS)
def test_changing_any_column_of_any_entry_is_found(services: Services, chain: str, column: str) -> None:
    for number in (1, 3, ENTRIES):
        with superuser(services) as connection:
            row = connection.execute(select(AUDIT_ENTRY).where(at(chain, number))).one()._mapping
            moved = {**row, column: another(row[column])}
            _set(connection, row, column, moved[column])
        assert faults(services, chain) != (), number
        with superuser(services) as connection:
            _set(connection, moved, column, row[column])
        assert faults(services, chain) == (), number


def _set(connection: Connection, row: Mapping[Any, Any], column: str, value: object) -> None:
    connection.execute(update(AUDIT_ENTRY).where(at(row["organization_id"], row["number"])).values({column: value}))


@pytest.mark.parametrize("column", [column.name for column in AUDIT_HEAD.columns])
def test_changing_any_column_of_the_end_is_found(services: Services, chain: str, column: str) -> None:
    mine = AUDIT_HEAD.c.organization_id == chain
    with superuser(services) as connection:
        row = connection.execute(select(AUDIT_HEAD).where(mine)).one()._mapping
        connection.execute(update(AUDIT_HEAD).where(mine).values({column: another(row[column])}))
    assert faults(services, chain) != ()


def _delete(number: int) -> Tampering:
    return lambda connection, chain: connection.execute(delete(AUDIT_ENTRY).where(at(chain, number)))


def _delete_all(connection: Connection, chain: str) -> None:
    connection.execute(delete(AUDIT_ENTRY).where(AUDIT_ENTRY.c.organization_id == chain))


def _delete_end(connection: Connection, chain: str) -> None:
    connection.execute(delete(AUDIT_HEAD).where(AUDIT_HEAD.c.organization_id == chain))


def _copy(connection: Connection, chain: str, source: int, **changes: Any) -> None:
    row = dict(connection.execute(select(AUDIT_ENTRY).where(at(chain, source))).one()._mapping)
    connection.execute(insert(AUDIT_ENTRY).values({**row, **changes}))


def _insert_at_the_end(connection: Connection, chain: str) -> None:
    _copy(connection, chain, ENTRIES, number=ENTRIES + 1)


def _insert_before_the_beginning(connection: Connection, chain: str) -> None:
    _copy(connection, chain, 1, number=0)


def _swap(connection: Connection, chain: str) -> None:
    for old, new in ((2, 900), (3, 2), (900, 3)):
        connection.execute(update(AUDIT_ENTRY).where(at(chain, old)).values(number=new))


def _cut_and_name_another_end(connection: Connection, chain: str) -> None:
    last = connection.execute(select(AUDIT_ENTRY).where(at(chain, ENTRIES - 1))).one()
    _delete(ENTRIES)(connection, chain)
    mine = AUDIT_HEAD.c.organization_id == chain
    connection.execute(update(AUDIT_HEAD).where(mine).values(number=last.number, hash=last.hash))


def _empty(connection: Connection, chain: str) -> None:
    connection.execute(update(AUDIT_ENTRY).where(at(chain, 3)).values(content=None, salt=None))


def _take_the_salt(connection: Connection, chain: str) -> None:
    connection.execute(update(AUDIT_ENTRY).where(at(chain, 3)).values(salt=None))


@pytest.mark.parametrize(
    "tamper",
    [
        _delete(1),
        _delete(3),
        _delete(ENTRIES),
        _delete_all,
        _delete_end,
        _insert_at_the_end,
        _insert_before_the_beginning,
        _swap,
        _cut_and_name_another_end,
        _empty,
        _take_the_salt,
    ],
)
def test_deleting_inserting_swapping_cutting_and_emptying_are_found(
    services: Services, chain: str, tamper: Tampering
) -> None:
    with superuser(services) as connection:
        tamper(connection, chain)
    assert faults(services, chain) != ()


def test_an_older_end_put_back_with_its_entries_cut_is_found_by_a_noted_end_only(
    services: Services, org: Organization, chain: str
) -> None:
    mine = AUDIT_HEAD.c.organization_id == chain
    with services.db.engine.connect() as connection:
        older = dict(connection.execute(select(AUDIT_HEAD).where(mine)).one()._mapping)
    create_group(services, org.actor, "One more")
    noted = verified(services, chain).end
    assert audit.expected(services, chain, noted) == ()
    with superuser(services) as connection:
        connection.execute(update(AUDIT_HEAD).where(mine).values(older))
    assert faults(services, chain) != ()
    with services.db.engine.begin() as connection:
        connection.execute(delete(AUDIT_ENTRY).where(at(chain, ENTRIES + 1)))
    # this is what a restored older copy looks like from inside
    assert faults(services, chain) == ()
    assert "was noted" in audit.expected(services, chain, noted)[0]
    create_group(services, org.actor, "Something else")
    assert audit.expected(services, chain, noted) != ()
    with pytest.raises(Invalid, match="NUMBER:HASH"):
        audit.expected(services, chain, "7")


def test_a_log_that_grows_while_it_is_verified_is_whole(
    services: Services, org: Organization, chain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = queries.list_chains

    def while_somebody_works(tx: Tx) -> set[str]:
        with ThreadPoolExecutor(1) as other:
            other.submit(create_group, services, org.actor, "In between").result()
        return listed(tx)

    monkeypatch.setattr(queries, "list_chains", while_somebody_works)
    assert [found.faults for found in audit.verify(services) if found.organization_id == chain] == [()]


def test_an_entry_that_explains_what_is_gone_is_believed_only_when_it_is_ours(services: Services, chain: str) -> None:
    salt, content = b"salt", {"after": None}
    forged = {
        "action": audit.FORGOTTEN, "content": content, "salt": salt, "content_hash": content_hash(salt, content)
    }  # fmt: skip
    with superuser(services) as connection:
        connection.execute(update(AUDIT_ENTRY).where(at(chain, ENTRIES)).values(forged))
    assert faults(services, chain) != ()


def test_entries_of_another_chain_prove_nothing_here(services: Services, chain: str, world: Any) -> None:
    other = world.organization("Other")
    create_group(services, other.actor, "Theirs")
    with superuser(services) as connection:
        theirs = dict(connection.execute(select(AUDIT_ENTRY).where(at(other.id, 1))).one()._mapping)
        del theirs["organization_id"], theirs["number"]
        connection.execute(update(AUDIT_ENTRY).where(at(chain, 1)).values(theirs))
    assert faults(services, chain) != ()


def test_the_hubs_own_roles_can_neither_change_nor_delete_an_entry(services: Services, chain: str) -> None:
    changed = update(AUDIT_ENTRY).where(at(chain, 1)).values(action="another.one")
    refilled = update(AUDIT_ENTRY).where(at(chain, 1)).values(content={"before": None, "after": None, "reason": "x"})
    gone = delete(AUDIT_ENTRY).where(at(chain, 1))
    on_postgres = [delete(AUDIT_HEAD)]
    statements = [changed, gone] + ([refilled] if services.settings.sqlite_path else on_postgres)
    for statement in statements:
        with pytest.raises(StatementRefused), services.db.transaction(chain) as tx:
            tx.execute(statement)
        with pytest.raises(StatementRefused), services.db.platform_transaction(PlatformWork.AUDIT) as tx:
            tx.execute(statement)
    with pytest.raises((StatementRefused, DBAPIError)), services.db.engine.begin() as connection:
        if connection.dialect.name != "sqlite":
            connection.execute(text(f"SET LOCAL ROLE {rights.INTAKE}"))
        connection.execute(gone)
    assert faults(services, chain) == ()


def test_forgetting_takes_the_words_and_keeps_the_chain_whole(scene: Scene) -> None:
    services, org = scene.services, scene.org
    contact = scene.contact("Marker Müller")
    for name in ("Marker M. Müller", "Carla"):
        assert scene.call("PATCH", f"/contacts/{contact}", json={"name": name}).status_code == 200
    with services.db.transaction(org.id) as tx:
        assert audit.forget(services, tx, scene.owner, [contact], ["Müller"]) == 2
    assert faults(services, org.id) == ()
    emptied = [entry for entry in scene.entries() if entry.content is None]
    assert [entry.action for entry in emptied] == ["contact.changed"] * 2
    assert "Müller" not in repr([entry.content for entry in scene.entries()])
    listed = scene.call("GET", "/audit", params={"subject": contact}).json()["items"]
    assert [(each["erased"], each["before"], each["after"], each["reason"]) for each in listed] == [
        (True, None, None, None)
    ] * 2
    explained = scene.entries()[-1]
    assert (explained.action, explained.content and explained.content["after"]) == (
        audit.FORGOTTEN,
        {"entries": [entry.number for entry in emptied]},
    )


def test_an_erasure_never_empties_what_explains_an_earlier_one(scene: Scene) -> None:
    services, org = scene.services, scene.org
    contact = scene.contact()
    scene.call("PATCH", f"/contacts/{contact}", json={"name": "1"})
    with services.db.transaction(org.id) as tx:
        audit.forget(services, tx, scene.owner, [contact], [])
    with services.db.transaction(org.id) as tx:
        audit.forget(services, tx, scene.owner, [], ["entries", "1"])
    assert faults(services, org.id) == ()


def test_two_threads_in_one_organization_leave_a_chain_without_gaps(services: Services, org: Organization) -> None:
    errors: list[BaseException] = []

    def rename(mine: str) -> None:
        try:
            for number in range(15):
                change_group(services, org.actor, mine, GroupChanges(name=f"{mine} {number}"))
        except BaseException as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    groups = [create_group(services, org.actor, f"Group {number}").id for number in range(2)]
    threads = [threading.Thread(target=rename, args=(group,)) for group in groups]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    found = verified(services, org.id)
    assert (found.entries, found.faults) == (32, ())


def test_a_failure_before_the_commit_leaves_neither_change_nor_entry(services: Services, org: Organization) -> None:
    create_group(services, org.actor, "Taken")
    before = verified(services, org.id)

    class BrokenOnce:
        def keep(self, _tx: Any, _result: Any) -> Any:
            raise OSError("the process dies here")

        def showing(self, _show: Any) -> Any:
            return self

    with pytest.raises(OSError, match="dies"):
        create_group(services, org.actor, "Never", once=BrokenOnce())  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        create_group(services, org.actor, "Taken")
    with pytest.raises(RuntimeError), services.db.transaction(org.id) as tx:
        tx.execute(update(GROUP).where(GROUP.c.id == org.group_id).values(name="Renamed"))
        audit.record(services, tx, org.actor, Change("group.changed", "group"))
        tx.before_commit(_die)
    assert verified(services, org.id) == before
    with services.db.reading(org.id) as tx:
        assert {row.name for row in tx.all(select(GROUP.c.name))} == {"Support", "Taken"}


def _die() -> None:
    raise RuntimeError("the process dies after the entry was written and before the commit")


def test_a_process_killed_after_writing_the_entry_leaves_nothing(services: Services, org: Organization) -> None:
    before = verified(services, org.id)
    services.db.dispose()
    child = os.fork()
    if child == 0:
        with services.db.transaction(org.id) as tx:
            tx.execute(update(GROUP).where(GROUP.c.id == org.group_id).values(name="Renamed"))
            audit.record(services, tx, org.actor, Change("group.changed", "group"))
            tx.before_commit(lambda: os._exit(9))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert verified(services, org.id) == before


def test_an_organization_from_before_the_log_begins_its_chain_with_its_first_change(
    services: Services, org: Organization
) -> None:
    assert verified(services, org.id) == audit.Verified(org.id, 0, "0:", ())
    assert org.id in {each.organization_id for each in audit.verify(services)}
    create_group(services, org.actor, "First change")
    assert (verified(services, org.id).entries, faults(services, org.id)) == (1, ())


def test_an_entrys_number_is_taken_once(services: Services, chain: str) -> None:
    with pytest.raises(IntegrityError), services.db.engine.begin() as connection:
        _copy(connection, chain, 2)
