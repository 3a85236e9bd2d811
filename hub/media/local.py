"""Files in a directory: whole or not there, and still there after a power cut."""

import secrets
import time
from pathlib import Path
from typing import Final

from hub.durable import sync_folder, write_durably
from hub.errors import NotFound, Unavailable
from hub.log import get_logger

_DRAFTS: Final = "drafts"
_DRAFT_SECONDS: Final = 3_600.0
"""Nobody writes one file for an hour: an older draft was left by a process that died."""

log = get_logger(__name__)


class LocalStorage:
    """`folder`/<organization>/<2 digits>/<2 digits>/<fingerprint>; folders are made as they are needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._is_swept = False

    def put(self, key: str, body: bytes) -> None:
        """Write a draft, then give it its name: whoever reads sees all of it or nothing."""
        file = self._file(key)
        draft = self._folder / _DRAFTS / secrets.token_hex(16)
        try:
            self._sweep()
            _make_folder(draft.parent)
            _make_folder(file.parent)
            try:
                write_durably(draft, body)
                draft.replace(file)
            finally:
                draft.unlink(missing_ok=True)
            sync_folder(file.parent)
        except OSError as error:
            raise _unavailable(error) from None

    def get(self, key: str) -> bytes:
        """Raises NotFound."""
        try:
            return self._file(key).read_bytes()
        except FileNotFoundError:
            raise NotFound("the file is not in the store any more") from None
        except OSError as error:
            raise _unavailable(error) from None

    def delete(self, key: str) -> None:
        """The folders stay: somebody may be about to put a file there."""
        file = self._file(key)
        try:
            file.unlink()
            sync_folder(file.parent)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unavailable(error) from None

    def exists(self, key: str) -> bool:
        """A file that is there is whole."""
        return self._file(key).is_file()

    def _file(self, key: str) -> Path:
        organization, _, fingerprint = key.partition("/")
        return self._folder / organization / fingerprint[:2] / fingerprint[2:4] / fingerprint

    def _sweep(self) -> None:
        """Remove what a killed process left half-written, once a process, before its first file."""
        if self._is_swept:
            return
        self._is_swept = True
        for draft in (self._folder / _DRAFTS).glob("*"):
            if draft.stat().st_mtime < time.time() - _DRAFT_SECONDS:
                draft.unlink(missing_ok=True)


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, for its owner only, so that they outlive a power cut."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
        sync_folder(each.parent)


def _unavailable(error: OSError) -> Unavailable:
    log.warning("media.disk_failed", error=type(error).__name__, errno=error.errno)
    return Unavailable(
        "the directory of files cannot be used: look at its rights and at the free space under HUB_DATA_DIR"
    )
