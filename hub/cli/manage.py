"""Commands for whoever runs the hub: its first organization, and what is wrong with it."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from hub.access import organizations
from hub.cli.acting import Reason, runner
from hub.cli.serve import Data, build, load
from hub.db import migrate
from hub.doctor import Finding, Grade, examine

_MARKS = {
    Grade.OK: "[green]ok     [/green]",
    Grade.WARNING: "[yellow]warning[/yellow]",
    Grade.BROKEN: "[red]broken [/red]",
}

OrganizationName = Annotated[str, typer.Option("--organization", help="Name of the organization.")]
Email = Annotated[str, typer.Option("--email", help="The owner's address, which is also the sign-in.")]
Password = Annotated[str, typer.Option("--password", help="The owner's password.")]
Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON, last on stdout.")]
Force = Annotated[bool, typer.Option("--force", help="Make another organization on a hub that has one.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(bootstrap)
    app.command()(doctor)


def bootstrap(
    organization: OrganizationName,
    email: Email,
    password: Password,
    as_json: Json = False,
    force: Force = False,
    reason: Reason = "",
    data: Data = None,
) -> None:
    """Make the first organization, its owner (who is platform admin too), and an API token with all scopes."""
    services = build(data)
    migrate.upgrade(services.settings)
    try:
        made = organizations.bootstrap(services, organization, email, password, force=force, by=runner(reason))
    finally:
        services.db.dispose()
    if as_json:
        shown = {"organization_id": made.organization_id, "user_id": made.user_id, "token": str(made.token)}
        print(json.dumps(shown))
        return
    print(f"organization  {made.organization_id}")
    print(f"owner         {made.user_id}  {email}")
    print(f"API token     {made.token!s}  (shown this once)")


def doctor(data: Data = None) -> None:
    """Check settings, database, queue, workers, public URL and every channel, and say what to do; exit 1 if broken."""
    findings = examine(load(data))
    console = Console(soft_wrap=True, highlight=False)
    for finding in findings:
        console.print(_line(finding))
    if any(finding.grade is Grade.BROKEN for finding in findings):
        raise typer.Exit(1)


def _line(finding: Finding) -> str:
    return f"{_MARKS[finding.grade]} {escape(finding.subject)}: {escape(finding.text)}"
