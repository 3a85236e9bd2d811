"""Opening files that are kept."""

from dataclasses import dataclass, field

from hub.db.attachments import SEALED, AttachmentView, StoredFile
from hub.errors import Conflict, NotFound
from hub.types import FileState
from hub.wiring import Services


@dataclass(frozen=True, slots=True)
class File:
    """A file and its bytes."""

    view: AttachmentView
    body: bytes = field(repr=False)


def open_file(services: Services, organization_id: str, found: StoredFile) -> File:
    """Return a file with its bytes. Call it in no transaction.

    Raises Conflict while it is on its way, NotFound (saying why) when it will not come, Unreadable, Unavailable.
    """
    match found.view.state:
        case FileState.READY:
            return File(found.view, services.vault.of(organization_id).open(_sealed(services, found), SEALED))
        case FileState.FETCHING:
            raise Conflict("the file is on its way; ask again in a moment")
        case _:
            raise NotFound(found.view.reason or "the file is not there")


def _sealed(services: Services, found: StoredFile) -> bytes:
    if found.body is not None:
        return found.body
    if found.storage_key is None:
        raise NotFound("the file is not there")
    return services.storage.get(found.storage_key)
