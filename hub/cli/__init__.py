"""The `hub` command. It starts web, workers, scheduler and sandbox as processes and imports none of them."""

import sys

from hub.cli import events, manage
from hub.cli.serve import app
from hub.errors import HubError

__all__ = ["app", "main"]

manage.register(app)
app.add_typer(events.app, name="events")


def main() -> None:
    """Run the command line. What the hub refuses on purpose ends with one line on stderr and exit code 1."""
    try:
        app()
    except HubError as error:
        print(f"hub: {error.detail}", file=sys.stderr)
        sys.exit(1)
