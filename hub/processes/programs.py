"""The hub's programs: what `hub up` starts. The Procfile names them too, with the scheduler apart (a test compares)."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised program.

    arguments       what follows the Python interpreter
    stop_seconds    how long it may take to end before it is killed
    once            it ends by itself when its work is done, and is started anew only when it failed
    """

    name: str
    arguments: tuple[str, ...]
    stop_seconds: int = 5
    once: bool = False


HUB_PROGRAMS = (
    Program("web", ("-m", "hub.web"), stop_seconds=6),
    # the scheduler is one of its processes: on its own it would take 30 MB more
    Program("worker", ("-m", "workers.main", "--clock"), stop_seconds=8),
)

QUEUE_STOP_SECONDS = 2


def demo_programs(sandbox: Sequence[str]) -> tuple[Program, ...]:
    """Return what `hub demo` starts besides: the sandbox with its arguments, and the demo's set-up."""
    return (
        Program("sandbox", ("-m", "hub.sandbox", *sandbox), stop_seconds=4),
        Program("demo", ("-m", "hub.demo"), stop_seconds=2, once=True),
    )
