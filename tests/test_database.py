"""The database session: on disk at commit, all or nothing, one organization at a time."""

import pytest
from sqlalchemy import text

from hub.db.refusals import StatementRefused
from hub.db.session import Database, PlatformWork
from hub.db.tables.core import GROUP, GROUP_MEMBER
from hub.errors import Unavailable
from hub.ids import new_id
from hub.wiring import Services
from tests.world import Organization, World


def test_a_commit_is_on_disk(services: Services) -> None:
    """ "Acknowledged" rests on it: SQLite with WAL and synchronous=FULL (2), PostgreSQL with synchronous_commit=on.

    Whether PostgreSQL's server then syncs its files is its own setting, which is off for the tests.
    """
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        if tx.is_sqlite:
            found = (tx.scalar(text("PRAGMA journal_mode")), tx.scalar(text("PRAGMA synchronous")))
            assert found == ("wal", 2)
        else:
            assert tx.scalar(text("SHOW synchronous_commit")) == "on"


def test_an_error_rolls_everything_back_and_runs_nothing_after_it(services: Services, org: Organization) -> None:
    ran: list[str] = []
    name = new_id()
    with pytest.raises(ValueError, match="half way"), services.db.transaction(org.id) as tx:
        tx.insert(GROUP, [_group(org, name, services)])
        tx.after_commit(lambda: ran.append("after"))
        raise ValueError("half way")
    assert ran == []
    assert _count(services, name) == 0


def test_what_waits_for_the_commit_runs_after_it(services: Services, org: Organization) -> None:
    seen: list[int] = []
    name = new_id()
    with services.db.transaction(org.id) as tx:
        tx.insert(GROUP, [_group(org, name, services)])
        tx.after_commit(lambda: seen.append(_count(services, name)))
        assert seen == []
    assert seen == [1]


def test_platform_work_has_no_organization_to_ask_for(services: Services) -> None:
    with (
        services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx,
        pytest.raises(RuntimeError, match="bound to an organization"),
    ):
        _ = tx.organization_id


def test_rows_of_two_organizations_cannot_be_joined(services: Services, world: World, org: Organization) -> None:
    """K32: the foreign keys carry the organization, so even a query that forgot it could not mix two."""
    other = world.organization("Other")
    name = new_id()
    with services.db.transaction(org.id) as tx:
        tx.insert(GROUP, [_group(org, name, services)])
    member = {"organization_id": org.id, "group_id": name, "user_id": other.operator.user_id}
    with pytest.raises(StatementRefused), services.db.transaction(org.id) as tx:
        tx.insert(GROUP_MEMBER, [member])


def test_a_database_that_does_not_answer_is_unavailable_and_its_address_not_told() -> None:
    database = Database("postgresql+psycopg://hub:secret-of-tests@127.0.0.1:1/hub", None)
    with pytest.raises(Unavailable) as refused, database.platform_reading(PlatformWork.ADMINISTRATION):
        pass
    assert "secret-of-tests" not in refused.value.detail
    database.dispose()


def _group(org: Organization, name: str, services: Services) -> dict[str, object]:
    return {
        "id": name,
        "organization_id": org.id,
        "name": name,
        "strategy": "least_busy",
        "created_at": services.clock(),
    }


def _count(services: Services, name: str) -> int:
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return int(tx.scalar(text("SELECT count(*) FROM groups WHERE id = :id").bindparams(id=name)))
