"""Files that survive a power cut."""

import os
from pathlib import Path


def write_durably(file: Path, content: bytes) -> None:
    """Write a file that only its owner can read, and wait until the disk has its bytes."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the disk knows which files a folder has: without it a power cut undoes a link or a rename."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
