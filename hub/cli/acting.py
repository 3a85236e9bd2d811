"""Who runs a command, for the audit log, and the hub's parts it works with."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.serve import build
from hub.errors import Invalid
from hub.types import Machine
from hub.wiring import Services

_LONGEST_REASON = 500

Reason = Annotated[str, typer.Option("--reason", help="Why, for the audit log.")]


def runner(reason: str = "") -> Machine:
    """Return whoever runs this command, by their login name. Raises Invalid on a reason that is too long."""
    said = " ".join(reason.split())
    if len(said) > _LONGEST_REASON:
        raise Invalid(f"the reason has more than {_LONGEST_REASON} characters; say it shorter")
    return Machine("cli", _login_name(), "cli", said)


@contextmanager
def opened(data: Path | None) -> Iterator[Services]:
    """Wire this process for one command."""
    services = build(data)
    try:
        yield services
    finally:
        services.queue.close()
        services.db.dispose()


def _login_name() -> str:
    # not the environment's: it says what whoever runs this wants it to say
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
