"""Become the supervisor of the hub's processes (docs/adr/0003-supervisor.md).

`hub up` does not start a supervisor, it turns into one (exec): no process that could be killed alone stands between the
terminal and supervisord. The lock on the data directory lives in an inherited descriptor, so it is held exactly as long
as supervisord lives.
"""

import errno
import fcntl
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from hub.errors import Misconfigured
from hub.processes import embedded, launch
from hub.processes.programs import QUEUE_STOP_SECONDS, Program
from hub.settings import Settings

# supervisord closes inherited descriptors from 5 on; its children close them all
_LOCK_DESCRIPTOR = 3

_SUPERVISOR = """\
[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
loglevel=warn
pidfile={pid_file}
minfds=256
{user}
"""

# startsecs=0: a program counts as running at once, so that one that dies young is restarted without back-off
_PROGRAM = """\
[program:{name}]
command={command}
startsecs=0
autorestart={restart}
stopwaitsecs={stop_seconds}
killasgroup=true
redirect_stderr=true
stdout_logfile=/dev/stdout
stdout_logfile_maxbytes=0
priority={priority}
"""

# one group stops at once; single programs would stop one after the other
_GROUP = """\
[group:hub]
programs={names}
priority=2
"""


def take_data_dir(data_dir: Path) -> int:
    """Lock the data directory for this process and what it becomes; return the lock's descriptor.

    Raises Misconfigured when another `hub up` (or `hub migrate`) has it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(data_dir / "hub.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Misconfigured(
            f"the data directory {data_dir} is in use by another `hub up`; stop that one, or choose another with --data"
        ) from None
    return descriptor


def check_port(host: str, port: int, mend: str) -> None:
    """Raise Misconfigured when `host:port` cannot be listened on; `mend` says what to do when somebody else has it."""
    error = embedded.listening_error(host, port)
    if error is None:
        return
    if error.errno == errno.EADDRINUSE:
        raise Misconfigured(f"port {port} on {host} is taken by another program; {mend}")
    raise Misconfigured(f"cannot listen on {host} port {port}: {error.strerror}")


def write_config(settings: Settings, programs: Sequence[Program]) -> Path:
    """Write supervisord's configuration for the programs, and the embedded queue when no HUB_REDIS_URL is set."""
    queue = None if settings.redis_url else embedded.prepare(settings.data_dir)
    config = settings.data_dir / "supervisord.conf"
    embedded.write_private(config, render(settings.data_dir, programs, queue, parent_pid=os.getpid()))
    return config


def render(data_dir: Path, programs: Sequence[Program], queue: Sequence[str] | None, parent_pid: int) -> str:
    """Return supervisord's configuration. `parent_pid` is the process that will be supervisord."""
    head = _SUPERVISOR.format(
        pid_file=_escaped(str(data_dir.resolve() / "supervisord.pid")),
        # said aloud, or supervisord warns about it at every start
        user="user=root" if os.geteuid() == 0 else "",
    )
    sections = [_section(program, parent_pid) for program in programs]
    group = _GROUP.format(names=",".join(program.name for program in programs))
    first = [_queue_section(queue, parent_pid)] if queue else []
    return "\n".join([head, *first, *sections, group])


def become(config: Path, lock: int) -> NoReturn:
    """Become supervisord in the foreground, holding the lock. Does not return."""
    if lock != _LOCK_DESCRIPTOR:
        os.dup2(lock, _LOCK_DESCRIPTOR)
    os.set_inheritable(_LOCK_DESCRIPTOR, True)
    command = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(config)]
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter


def _section(program: Program, parent_pid: int) -> str:
    return _PROGRAM.format(
        name=program.name,
        command=_command([sys.executable, *program.arguments], parent_pid),
        restart="unexpected" if program.once else "true",
        stop_seconds=program.stop_seconds,
        priority=2,
    )


def _queue_section(command: Sequence[str], parent_pid: int) -> str:
    return _PROGRAM.format(
        name="queue",
        command=_command(command, parent_pid),
        restart="true",
        stop_seconds=QUEUE_STOP_SECONDS,
        # lower starts first and stops last
        priority=1,
    )


def _command(command: Sequence[str], parent_pid: int) -> str:
    bound = [sys.executable, "-I", "-S", str(launch.__file__), str(parent_pid), *command]
    return _escaped(shlex.join(bound))


def _escaped(text: str) -> str:
    """Supervisord expands %(name)s and cuts at a ` ;`, which `shlex.join` has put in quotes."""
    return text.replace("%", "%%")
