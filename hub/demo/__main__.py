"""`python -m hub.demo`: set the demo up once the hub and the sandbox answer, print where to look, and end."""

import sys

from rich.console import Console
from rich.table import Table

from hub import log, settings
from hub.demo import building, memory, playing, story
from hub.demo.building import Stage
from hub.demo.calls import Refused, Server, until
from hub.errors import HubError
from hub.processes.demo_settings import SANDBOX_HOST, SANDBOX_PORT
from hub.settings import Settings

_START_SECONDS = 60.0
_WIDTH = 100
_SANDBOX_URL = f"http://{SANDBOX_HOST}:{SANDBOX_PORT}"


def main() -> int:
    """Set the demo up; return the exit code."""
    try:
        loaded = settings.load()
        log.configure(loaded.log_level)
        stage = _stage(loaded)
        channels = building.build(stage)
        if not stage.memory.told:
            playing.play(stage, channels)
            memory.mark_told(loaded, stage.memory)
    except HubError as error:
        return _fail(error.detail)
    except Refused as error:
        return _fail(str(error))
    _print(stage)
    return 0


def _stage(loaded: Settings) -> Stage:
    hub_url = _reachable(loaded)
    public, sandbox = Server(hub_url), Server(_SANDBOX_URL)
    until(lambda: public.answers("/healthz"), "the hub's web process", _START_SECONDS)
    until(lambda: sandbox.answers("/control/seeds"), "the sandbox", _START_SECONDS)
    public.close()
    kept = memory.recall(loaded)
    return Stage(Server(hub_url, kept.token), sandbox, sandbox.get("/control/seeds"), loaded.base_url, kept)


def _reachable(loaded: Settings) -> str:
    """Return the hub's address for a browser on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(loaded.host, loaded.host)  # noqa: S104 - compared, not bound
    return f"http://{host}:{loaded.port}"


def _print(stage: Stage) -> None:
    console = Console(width=_WIDTH, highlight=False)
    console.print(_places(stage))
    console.print(_logins(stage))
    console.print("Type on a phone and watch the inbox; answer there and watch the phone. Ctrl-C stops everything.")


def _places(stage: Stage) -> Table:
    table = Table(title="The demo is ready", title_justify="left", title_style="bold", show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    root = stage.hub.root
    table.add_row("Inbox of the operators", f"{root}/inbox")
    table.add_row("Five phones of customers", f"{_SANDBOX_URL}/")
    table.add_row("People and groups", f"{root}/admin/people")
    table.add_row("API, with its documentation", f"{root}/api/v1/docs")
    table.add_row("Health", f"{root}/readyz")
    return table


def _logins(stage: Stage) -> Table:
    table = Table(title="Sign in as", title_justify="left", title_style="bold")
    for heading in ("e-mail", "password", "who"):
        table.add_column(heading)
    password = stage.memory.password
    table.add_row(story.OWNER, password, "owner and platform admin")
    for operator in story.OPERATORS:
        table.add_row(operator.email, password, f"{operator.name}, operator in {operator.group}")
    return table


def _fail(reason: str) -> int:
    print(f"hub demo: {reason}", file=sys.stderr)  # noqa: T201 - the reason it ends, for the terminal
    return 1


if __name__ == "__main__":
    sys.exit(main())
