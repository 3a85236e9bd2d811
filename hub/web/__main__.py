"""`hub web`: one web process."""

import sys

import uvicorn

from hub import log, settings
from hub.errors import HubError
from hub.web.app import create

_BACKLOG = 2048
# open event streams never end by themselves
_STOP_SECONDS = 4


def main() -> int:
    """Serve until told to stop; return the exit code."""
    try:
        loaded = settings.load()
        log.configure(loaded.log_level)
        app = create(loaded)
    except HubError as error:
        print(f"hub: {error.detail}", file=sys.stderr)  # noqa: T201 - the reason a start ends, for the terminal
        return 1
    config = uvicorn.Config(
        app,
        host=loaded.host,
        port=loaded.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    uvicorn.Server(config).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
