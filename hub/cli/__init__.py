"""The `hub` command. It starts web, workers, scheduler and sandbox as processes and imports none of them."""

import sys

from hub.cli import audit, bans, events, keys, manage, number_care, numbers, privacy, providers, retention, suspend
from hub.cli.serve import app
from hub.errors import HubError

__all__ = ["app", "main"]

manage.register(app)
app.add_typer(events.app, name="events")
app.add_typer(suspend.suspend_app, name="suspend")
app.add_typer(suspend.resume_app, name="resume")
app.add_typer(retention.app, name="retention")
app.add_typer(providers.app, name="providers")
app.add_typer(audit.app, name="audit")
app.add_typer(bans.app, name="bans")
numbers.app.add_typer(number_care.accounts_app, name="accounts")
app.add_typer(numbers.app, name="numbers")
app.add_typer(keys.app, name="keys")
app.add_typer(privacy.app, name="privacy")


def main() -> None:
    """Run the command line. What the hub refuses on purpose ends with one line on stderr and exit code 1."""
    try:
        app()
    except HubError as error:
        print(f"hub: {error.detail}", file=sys.stderr)
        sys.exit(1)
