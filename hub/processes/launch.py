"""Run a command that dies when the process that started it dies: `python launch.py PARENT_PID COMMAND…`.

The supervisor starts every process through this file, Python or not. It binds itself to its parent and becomes the
command (exec), so nothing of it stays in memory. It imports no more than it needs: it runs at every restart.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

# <linux/prctl.h>; the setting survives exec and is cleared by fork
_PR_SET_PDEATHSIG = 1


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process (SIGKILL) when its parent dies; exit at once if `parent_pid` is gone already.

    Linux only. Elsewhere it does nothing: there an orphan is found by the next `hub up`, by the port it holds.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(1)


def main(arguments: Sequence[str]) -> None:
    """Become the command in `arguments[1:]`, bound to the parent whose pid is `arguments[0]`."""
    die_with_parent(int(arguments[0]))
    os.execvp(arguments[1], list(arguments[1:]))  # noqa: S606 - the command comes from our own configuration


if __name__ == "__main__":
    main(sys.argv[1:])
