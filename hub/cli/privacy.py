"""`hub privacy`: the rights of persons, exercised on the machine itself."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.acting import opened, runner
from hub.cli.serve import Data
from hub.db import residue
from hub.db.privacy import CaseKind, CaseState, CaseView
from hub.errors import Conflict, Invalid
from hub.privacy import cases, platform, signing, work
from hub.privacy.cases import Request
from hub.wiring import Services

app = typer.Typer(help="The rights of persons: export, restriction, erasure.", no_args_is_help=True)

ContactId = Annotated[str, typer.Argument(help="Id of the contact.")]
Reason = Annotated[str, typer.Option("--reason", help="Why: kept with the case and in the audit log.")]
Output = Annotated[Path, typer.Option("--output", help="Where the ZIP goes; it must not exist.")]
Signed = Annotated[Path, typer.Argument(help="A signed result, as a case shows it.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=200, help="At most so many, newest first.")]

_TURN = 60.0


@app.command()
def export(contact_id: ContactId, reason: Reason, output: Output, data: Data = None) -> None:
    """Write everything about a person into a ZIP."""
    _check_free(output)
    with opened(data) as services:
        request = _request(services, contact_id, reason)
        case = _finish(services, _begin_or_go_on(services, request, CaseKind.EXPORT))
        archive = cases.fetch_export(services, request)[1]
    with output.open("xb") as file:
        file.write(archive)
    print(f"{output}  (case {case.id})")


@app.command()
def restrict(contact_id: ContactId, reason: Reason, data: Data = None) -> None:
    """Keep a person's data, and neither show, process nor send it."""
    _at_once(cases.restrict, contact_id, reason, data)


@app.command()
def unrestrict(contact_id: ContactId, reason: Reason, data: Data = None) -> None:
    """Lift a restriction; what waited goes on."""
    _at_once(cases.unrestrict, contact_id, reason, data)


@app.command()
def erase(contact_id: ContactId, reason: Reason, data: Data = None) -> None:
    """Erase a person everywhere. It cannot be undone; killed, it goes on when it is run or found again."""
    with opened(data) as services:
        case = _finish(services, _begin_or_go_on(services, _request(services, contact_id, reason), CaseKind.ERASE))
    print(json.dumps(dict(case.result or {}), indent=1))


@app.command("cases")
def list_cases(limit: Limit = 50, data: Data = None) -> None:
    """List the cases of all organizations, newest first, with their clocks."""
    with opened(data) as services:
        for case in platform.list_everywhere(services, limit):
            clock = f"done {case.done_at:%Y-%m-%d}" if case.done_at else f"due {case.due_at:%Y-%m-%d}"
            print(f"{case.id}  {case.kind:<10}  {case.state:<8}  {clock}  contact {case.contact_id}")


@app.command()
def verify(file: Signed, data: Data = None) -> None:
    """Check that a result was signed by this hub and not changed since; exit 1 if it was."""
    with opened(data) as services:
        signing.check(services.vault.platform(), signing.read(file.read_bytes()))
    print("signed by this hub, and not changed since")


@app.command()
def scrub(data: Data = None) -> None:
    """Write every table anew, so that no page keeps a byte of what was deleted; everything waits while it runs."""
    with opened(data) as services:
        residue.rewrite(services.db)
    print("every table was written anew")


def _request(services: Services, contact_id: str, reason: str) -> Request:
    organization_id = platform.organization_of(services, contact_id)
    return Request(organization_id, runner(), contact_id, reason)


def _at_once(act: Callable[[Services, Request], CaseView], contact_id: str, reason: str, data: Data) -> None:
    with opened(data) as services:
        case = act(services, _request(services, contact_id, reason))
    done = "restricted" if case.kind is CaseKind.RESTRICT else "no longer restricted"
    print(f"contact {case.contact_id} is {done}  (case {case.id})")


def _check_free(output: Path) -> None:
    """Raise Invalid before the work is done, not after it."""
    if output.exists():
        raise Invalid(f"{output} exists; name a file that does not")
    if not output.parent.is_dir():
        raise Invalid(f"there is no folder {output.parent}; make it, or name another one")


def _begin_or_go_on(services: Services, request: Request, kind: CaseKind) -> CaseView:
    """Begin a case, or go on with the same one that is under way: the command was killed, or a worker is at it."""
    try:
        return (
            cases.begin_erasure(services, request) if kind is CaseKind.ERASE else cases.begin_export(services, request)
        )
    except Conflict:
        case = platform.find_under_way(services, request, kind)
        if case is None:
            raise
        return case


def _finish(services: Services, case: CaseView) -> CaseView:
    """Do a case's work here: no worker has to be running. Raises Conflict when it failed."""
    while not work.work_on(services, case.id, _TURN):
        continue
    done = platform.reread(services, case)
    if done.state is CaseState.FAILED:
        raise Conflict(f"the case {done.id} failed: {done.error}", case_id=done.id)
    return done
