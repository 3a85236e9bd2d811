"""`python -m hub.sandbox`: run the provider simulators until told to stop."""

import argparse
import ctypes
import os
import signal
import socket
import sys
from pathlib import Path

import uvicorn

from hub.sandbox import app, storage
from hub.sandbox.world import Place, World

_PR_SET_PDEATHSIG = 1
_GRACE_SECONDS = 1


def main() -> None:
    """Run the sandbox. Ends on SIGTERM and Ctrl-C, and with its parent."""
    arguments = _arguments()
    _die_with_parent()
    _check_port(arguments.host, arguments.port, "--port")
    _check_port(arguments.host, arguments.smtp_port, "--smtp-port")
    world = World(Place(arguments.host, arguments.port, arguments.smtp_port, arguments.speed))
    if arguments.state:
        _load(world, arguments.state)
    server = _server(world, arguments.state)
    try:
        server.run()
    except KeyboardInterrupt:
        sys.exit(130)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m hub.sandbox", description="The providers in small.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--smtp-port", type=int, default=8025)
    parser.add_argument("--state", type=Path, help="JSON file that keeps phones and webhooks over a restart")
    parser.add_argument("--speed", type=float, default=1.0, help="divides every delay of retries and receipts")
    return parser.parse_args()


def _load(world: World, file: Path) -> None:
    try:
        storage.load(world, file)
    except ValueError as error:
        sys.exit(str(error))


def _server(world: World, file: Path | None) -> uvicorn.Server:
    servers: list[uvicorn.Server] = []
    application = app.build(world, file, lambda: servers[0].should_exit)
    config = uvicorn.Config(
        application,
        host=world.place.host,
        port=world.place.port,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    servers.append(uvicorn.Server(config))
    return servers[0]


def _die_with_parent() -> None:
    """Ask Linux to end this process when the one that started it ends."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("the process that started the sandbox is gone")


def _check_port(host: str, port: int, option: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            sys.exit(f"{host}:{port} cannot be used or is taken; choose another port with {option}")


if __name__ == "__main__":
    main()
