"""Two transactions that meet: letting one go on until the other waits for it."""

from concurrent.futures import Future
from typing import Any

from sqlalchemy import text

from hub.wiring import Services
from tests.rig import until


def wait_until_it_waits(services: Services, changing: "Future[Any]") -> None:
    """Return when the other transaction waits for a lock, or is done: it needed none of the locks that are held."""
    if services.db.engine.dialect.name == "sqlite":
        # there is one writer at a time, and it is this one
        return
    waiting = text("SELECT 1 FROM pg_locks WHERE NOT granted LIMIT 1")
    with services.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        until("the change waits or ends", lambda: changing.done() or connection.execute(waiting).first())
