"""Commands that run the hub: all of it under a supervisor, or one process."""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from hub import log, settings, wiring
from hub.db import migrate as database
from hub.processes import demo_settings, embedded, supervisor
from hub.processes.programs import HUB_PROGRAMS, demo_programs
from hub.settings import Settings

app = typer.Typer(
    help="One inbox for every messenger.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Data directory (HUB_DATA_DIR).")]
Host = Annotated[str | None, typer.Option("--host", help="Address to listen on (HUB_HOST).")]
Port = Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port to listen on (HUB_PORT).")]
Queues = Annotated[str, typer.Option("--queues", help="Only these, comma-separated; default: all, in three lanes.")]
SandboxPort = Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of the simulators and their page.")]


_OTHER_PORT = "choose another with --port"


@app.command()
def up(host: Host = None, port: Port = None, data: Data = None) -> None:
    """Run everything on this machine: web, workers, scheduler, and the embedded queue if HUB_REDIS_URL is unset."""
    loaded = load(data, host, port)
    lock = supervisor.take_data_dir(loaded.data_dir)
    supervisor.check_port(loaded.host, loaded.port, _OTHER_PORT)
    database.upgrade(loaded)
    config = supervisor.write_config(loaded, HUB_PROGRAMS)
    _say(f"hub: starting on http://{loaded.host}:{loaded.port}, files in {loaded.data_dir}; Ctrl-C stops it")
    supervisor.become(config, lock)


@app.command()
def demo(host: Host = None, port: Port = None, data: Data = None) -> None:
    """Run the hub with simulated providers, a demo organization with five channels, and customers who write."""
    os.environ.update(demo_settings.environment())
    loaded = load(data, host, port)
    lock = supervisor.take_data_dir(loaded.data_dir)
    supervisor.check_port(loaded.host, loaded.port, _OTHER_PORT)
    for address in demo_settings.ADDRESSES:
        supervisor.check_port(*address, "the sandbox needs it; stop that program")
    database.upgrade(loaded)
    programs = (*HUB_PROGRAMS, *demo_programs(demo_settings.sandbox_arguments(loaded.data_dir)))
    config = supervisor.write_config(loaded, programs)
    _say(f"hub: starting the demo on http://{loaded.host}:{loaded.port}; Ctrl-C stops it")
    supervisor.become(config, lock)


@app.command()
def web(host: Host = None, port: Port = None, data: Data = None) -> None:
    """Run one web process."""
    load(data, host, port)
    _become("hub.web")


@app.command()
def worker(queues: Queues = "", data: Data = None) -> None:
    """Run one worker."""
    load(data)
    _become("workers.main", *(["--queues", queues] if queues else []))


@app.command()
def scheduler(data: Data = None) -> None:
    """Run the scheduler, which wakes the jobs that run by the clock."""
    load(data)
    _become("workers.schedule")


@app.command()
def migrate(data: Data = None) -> None:
    """Bring the database to the newest schema; an SQLite file is copied aside before it changes."""
    loaded = load(data)
    # processes of an older version would go on with the schema they know
    lock = supervisor.take_data_dir(loaded.data_dir)
    try:
        database.upgrade(loaded)
    finally:
        os.close(lock)


@app.command()
def sandbox(port: SandboxPort = demo_settings.SANDBOX_PORT) -> None:
    """Run the provider simulators alone."""
    _become("hub.sandbox", "--port", str(port))


def load(data: Path | None, host: str | None = None, port: int | None = None) -> Settings:
    """Read the settings with the options on top; what this process becomes or starts reads the same ones."""
    chosen = {"HUB_DATA_DIR": data, "HUB_HOST": host, "HUB_PORT": port}
    os.environ.update({name: str(value) for name, value in chosen.items() if value is not None})
    loaded = settings.load()
    log.configure(loaded.log_level)
    return loaded


def build(data: Path | None) -> wiring.Services:
    """Wire this process. Also before the first `hub up`: nobody has to be awake to be told."""
    loaded = load(data)
    if not loaded.redis_url:
        embedded.reserve(loaded.data_dir)
    return wiring.build(loaded)


def _become(module: str, *arguments: str) -> NoReturn:
    command = [sys.executable, "-m", module, *arguments]
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter


def _say(line: str) -> None:
    print(line, flush=True)
