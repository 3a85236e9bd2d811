"""The hub's programs: what `hub up` starts, and the Procfile names too (a test compares them)."""

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
    Program("worker", ("-m", "workers.main"), stop_seconds=8),
    Program("scheduler", ("-m", "workers.schedule"), stop_seconds=3),
)

QUEUE_STOP_SECONDS = 2


def demo_programs(sandbox: Sequence[str]) -> tuple[Program, ...]:
    """Return what `hub demo` starts besides: the sandbox with its arguments, and the demo's set-up."""
    return (
        Program("sandbox", ("-m", "hub.sandbox", *sandbox), stop_seconds=4),
        Program("demo", ("-m", "hub.demo"), stop_seconds=2, once=True),
    )
