"""`hub retention`: removing now what has had its time, instead of waiting for the hourly job."""

from typing import Annotated

import typer

from hub import retention
from hub.cli.acting import Reason, opened, runner
from hub.cli.serve import Data

app = typer.Typer(help="Removing what has had its time.", no_args_is_help=True)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Count what would go, and remove nothing.")]


@app.callback()
def _group() -> None:
    """Keep `run` a command of its own: there may be others beside it."""


@app.command()
def run(dry_run: DryRun = False, reason: Reason = "", data: Data = None) -> None:
    """Remove everything whose time is over, and print how much of each kind it was."""
    with opened(data) as services:
        if dry_run:
            counts, verb = retention.preview(services), "would be removed"
        else:
            counts, verb = retention.retain_all(services, runner(reason)), "removed"
    for name, number in sorted(counts.items()):
        print(f"{number:>9}  {name}")
    print(f"{sum(counts.values()):>9}  {verb}")
