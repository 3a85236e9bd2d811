"""uvicorn, told that live streams never end by themselves."""

import socket

import uvicorn
from starlette.applications import Starlette


class Server(uvicorn.Server):
    """Ends the live streams as soon as it is told to stop; other requests are answered to their end."""

    def __init__(self, config: uvicorn.Config, app: Starlette) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.live.close_streams()
        await super().shutdown(sockets)
