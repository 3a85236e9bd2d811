"""Files on the phones and at the platforms: what customers sent and what the hub uploaded. Bounded in bytes."""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from secrets import token_hex

_KEPT_BYTES = 128 << 20
_ZEROS = 64 << 20


@dataclass(frozen=True)
class StoredFile:
    """One file. `kind` is the hub's word for what it is shown as (image, voice, file …).

    size   bytes as the platform tells them; a file that a test asked for by size alone holds zeros, made when read
    """

    id: str
    kind: str
    name: str
    content_type: str
    size: int
    kept: bytes = field(repr=False, default=b"")
    width: int = 0
    height: int = 0
    duration: int = 0

    @property
    def body(self) -> bytes:
        """Return the file's bytes."""
        return self.kept or bytes(min(self.size, _ZEROS))

    def as_part(self) -> dict[str, object]:
        """Return it as a bubble shows it."""
        return {
            "type": self.kind,
            "file": self.id,
            "name": self.name,
            "content_type": self.content_type,
            "size": self.size,
        }


class Files:
    """The oldest files are forgotten first; their phones then show a broken picture."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, StoredFile] = OrderedDict()
        self._bytes = 0

    def keep(
        self,
        kind: str,
        name: str,
        content_type: str,
        body: bytes,
        size: int | None = None,
        width: int = 0,
        height: int = 0,
        duration: int = 0,
    ) -> StoredFile:
        """Keep a file under a new id. `size` alone, with an empty body: that many zeros."""
        told = len(body) if size is None else size
        stored = StoredFile(token_hex(16), kind, name, content_type, told, body, width, height, duration)
        self._files[stored.id] = stored
        self._bytes += len(body)
        while self._bytes > _KEPT_BYTES and len(self._files) > 1:
            self._bytes -= len(self._files.popitem(last=False)[1].kept)
        return stored

    def recast(self, stored: StoredFile, kind: str) -> StoredFile:
        """Return a kept file as one of another kind, in its place."""
        self._files[stored.id] = replace(stored, kind=kind)
        return self._files[stored.id]

    def find(self, file_id: str) -> StoredFile | None:
        """Return a file, None when there is none or it was forgotten."""
        return self._files.get(file_id)

    def list_small(self, most_bytes: int, most: int) -> list[StoredFile]:
        """Return the newest `most` files of at most so many bytes each that hold bytes of their own, oldest first."""
        return [each for each in self._files.values() if 0 < len(each.kept) <= most_bytes][-most:]

    def put_back(self, stored: StoredFile) -> None:
        """Keep a file of a saved state under its old id."""
        self._files[stored.id] = stored
        self._bytes += len(stored.kept)

    def clear(self) -> None:
        self._files.clear()
        self._bytes = 0
