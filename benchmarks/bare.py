"""The baseline of intake: a Starlette that answers 200 and does nothing, on the web process's own server settings."""

import os

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def _nothing(_request: Request) -> Response:
    return Response()


_ROUTES = [
    Route("/healthz", _nothing),
    Route("/webhooks/telegram/{channel_id}", _nothing, methods=["POST"]),
    Route("/webhooks/facebook", _nothing, methods=["POST"]),
]


def main() -> None:
    """Serve on HUB_PORT until told to stop. The settings are those of hub/web/__main__.py."""
    uvicorn.run(
        Starlette(routes=_ROUTES),
        host="127.0.0.1",
        port=int(os.environ["HUB_PORT"]),
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=2048,
    )


if __name__ == "__main__":
    main()
