"""Memory of an idle `hub up`: the sum of PSS over all its processes, beside one bare Starlette process."""

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import hubs
from benchmarks.figures import Figure
from benchmarks.hubs import clean_environment, free_port, temporary_folder
from benchmarks.scale import Scale

_TARGET_MB = 300.0
_HUB = "import sys; from hub.cli import main; sys.exit(main())"
_PROC = Path("/proc")


def idle(scale: Scale) -> list[Figure]:
    """Start `hub up` as its users do, leave it alone, and read what each of its processes holds."""
    with temporary_folder() as folder:
        environment = {**clean_environment(), "HUB_DATA_DIR": str(folder), "HUB_PORT": str(free_port())}
        with hubs.process(environment, "-c", _HUB, "up") as started:
            hubs.until(lambda: hubs.answers(int(environment["HUB_PORT"]), "/readyz"), started)
            time.sleep(scale.idle)
            held = [(_name(pid), _pss_mb(pid)) for pid in _family(started.pid)]
        environment["HUB_PORT"] = str(free_port())
        with hubs.web(environment, "benchmarks.bare") as bare:
            baseline = _pss_mb(bare.pid)
    total = sum(megabytes for _, megabytes in held)
    parts = [Figure(f"  {name}", f"{megabytes:.1f} MB", "", None, "", met=True) for name, megabytes in held]
    return [
        Figure(
            "memory of an idle `hub up` (PSS)",
            f"{total:.0f} MB",
            f"{baseline:.0f} MB (one bare endpoint)",
            total / baseline,
            f"<= {_TARGET_MB:.0f} MB",
            total <= _TARGET_MB,
        ),
        *parts,
    ]


def _family(pid: int) -> Iterator[int]:
    """A process and everything below it."""
    yield pid
    for task in (_PROC / str(pid) / "task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _family(int(child))


def _name(pid: int) -> str:
    words = (_PROC / str(pid) / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    shown = [Path(word.decode()).name for word in words if word not in (b"-m", b"-n", b"-c")]
    return " ".join(shown[:2])


def _pss_mb(pid: int) -> float:
    lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
