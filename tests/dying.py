"""Processes that work for a hub and are killed at a failpoint, as a power cut would have it.

All of a test run are forked by one process that has imported the hub: importing it anew would take each two seconds.
"""

import atexit
import importlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from functools import cache
from pathlib import Path

from pydantic import SecretStr

import workers.main  # noqa: F401 - whatever a job needs
from hub import failpoints, settings, wiring
from hub.settings import Settings

_ROOT = Path(__file__).parent.parent
_SECONDS = 90
"""How long one may live."""


def die_at(given: Settings, folder: Path, point: str, code: str) -> None:
    """Run `code`, which knows `services` and `time`, in a process of its own; fail unless it dies at `point`."""
    armed = folder / "armed"
    armed.write_text(point)
    parent = _parent()
    assert parent.stdin and parent.stdout
    print(json.dumps([_environment(given, armed), code]), file=parent.stdin, flush=True)
    assert parent.stdout.readline().strip() == str(-signal.SIGKILL), f"it did not reach {point}"


@cache
def _parent() -> subprocess.Popen[str]:
    parent = subprocess.Popen(
        [sys.executable, "-m", __name__], cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(_end, parent)
    return parent


def _end(parent: subprocess.Popen[str]) -> None:
    parent.communicate()


def _environment(given: Settings, armed: Path) -> dict[str, str]:
    values = {
        f"HUB_{name.upper()}": value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in given.model_dump(exclude_unset=True).items()
        if isinstance(value, str | int | SecretStr | Path)
    }
    return {**values, "HUB_FAILPOINT_FILE": str(armed)}


def main() -> None:
    """Fork for each line that comes; say how each ended."""
    for line in sys.stdin:
        environment, code = json.loads(line)
        child = os.fork()
        if child == 0:
            _live(environment, code)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _live(environment: dict[str, str], code: str) -> None:
    signal.alarm(_SECONDS)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.environ.update(environment)
    # it reads its environment as it is imported
    importlib.reload(failpoints)
    try:
        exec(code, {"services": wiring.build(settings.load()), "time": time})  # noqa: S102 - the tests' own code
    except BaseException:  # noqa: BLE001 - the boundary of a process
        traceback.print_exc()
    os._exit(1)


if __name__ == "__main__":
    main()
