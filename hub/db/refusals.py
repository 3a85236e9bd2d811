"""What the database's errors become: Unavailable when it is away, StatementRefused without a value when it says no."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hub.errors import Unavailable

_DOWN = (OperationalError, InterfaceError, PoolTimeout)


class StatementRefused(Exception):  # noqa: N818 - what happened, as the other errors say it
    """The database refused a statement: a constraint, a value it cannot hold. Never carries a value."""


@contextmanager
def as_unavailable() -> Iterator[None]:
    """Run database work. Raises Unavailable and StatementRefused."""
    try:
        yield
    except _DOWN as error:
        raise Unavailable("the database does not answer; nothing was changed, try again in a moment") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable("the database connection broke; nothing was changed, try again in a moment") from error
        # from None: the driver quotes values, and those are people's words
        raise StatementRefused(_refusal(error)) from None


def _refusal(error: DBAPIError) -> str:
    """Name the error without any value: its type, and the constraint or code the database gives."""
    diagnosis = getattr(error.orig, "diag", None)
    named = getattr(diagnosis, "constraint_name", None) or getattr(error.orig, "sqlstate", None) or ""
    return f"{type(error.orig).__name__} {named}".strip()
