"""`hub web`: one web process."""

import gc
import sys

import uvicorn

from hub import log, settings
from hub.errors import HubError
from hub.web.app import create
from hub.web.server import Server

_BACKLOG = 2048
_YOUNG_OBJECTS = 50_000
_STOP_SECONDS = 4


def main() -> int:
    """Serve until told to stop; return the exit code."""
    try:
        loaded = settings.load()
        log.configure(loaded.log_level)
        app = create(loaded)
        app.state.services.vault.warm()
    except HubError as error:
        print(f"hub: {error.detail}", file=sys.stderr)  # noqa: T201 - the reason a start ends, for the terminal
        return 1
    _spare_collector()
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
        # of a proxy on this machine only: sign-in counts failures by address
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1",
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    Server(config, app).run()
    return 0


def _spare_collector() -> None:
    """Let the garbage collector skip what lives for ever: walking all imports stops every request for 100 ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 20, 20)


if __name__ == "__main__":
    sys.exit(main())
