"""The test suite. What every process of it needs before anything else is imported stands here."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

# what one process has compiled the next one need not: a test of processes starts a dozen of them
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# the hub syncs every commit; memory does not make it wait for a disk
_MEMORY = Path("/dev/shm")  # noqa: S108 - as good as any folder of the machine's for temporary files
_ROOM = 4 * 1024**3
if "TMPDIR" not in os.environ and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM:
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)
