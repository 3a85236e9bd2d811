"""Files of an organization: taken from its users, given to its users only."""

from dataclasses import dataclass, field

from hub import audit
from hub.access.permissions import Permission, require
from hub.db import attachments, files
from hub.db.attachments import SEALED, AttachmentView, NewUpload
from hub.db.files import FileFacts
from hub.db.idempotency import EVERY_TIME, Once
from hub.errors import Invalid, NotFound, Unavailable
from hub.filing.keeping import facts_of, kind_of, place_of
from hub.filing.reading import File, open_file
from hub.ids import new_id
from hub.media.scanning import Infected, Undecided
from hub.types import Actor, FileState
from hub.wiring import Services


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a client sent it."""

    name: str
    content_type: str
    body: bytes = field(repr=False)


def upload(services: Services, actor: Actor, file: Upload, once: Once = EVERY_TIME) -> AttachmentView:
    """Keep a file until a message carries it. What it is, is seen from its bytes.

    Raises Invalid on an empty one and on malware, Unavailable when it can be neither scanned nor stored now.
    """
    require(actor, Permission.WORK_ON_CONVERSATIONS)
    return keep(services, actor, file, once)


def keep(services: Services, actor: Actor, file: Upload, once: Once = EVERY_TIME) -> AttachmentView:
    """Keep a file as an upload of the actor's, whose right to it was looked at. Raises what `upload` does."""
    if not file.body:
        raise Invalid("the file is empty; send one with content")
    _scan(services, file.body)
    kind = kind_of(file.body, file.content_type, file.name)
    facts = facts_of(file.body, kind, file.content_type, file.name)
    attachment_id = _store(services, actor, facts, file.body)
    with services.db.transaction(actor.organization_id) as tx:
        files.mark_ready(tx, attachment_id, facts)
        [stored] = attachments.list_files(tx, [attachment_id])
        after = {"content_type": facts.content_type, "size": facts.size}
        audit.record(services, tx, actor, audit.Change("file.uploaded", "file", attachment_id, after=after))
        return once.keep(tx, stored.view)


def get_file(services: Services, actor: Actor, attachment_id: str) -> File:
    """Return a file and its bytes.

    Raises NotFound (saying why it will not come), Conflict while it is on its way, Unreadable, Unavailable.
    """
    require(actor, Permission.READ_CONVERSATIONS)
    with services.db.reading(actor.organization_id) as tx:
        found = attachments.find(tx, attachment_id)
    if found is None:
        raise NotFound("there is no such attachment")
    return open_file(services, actor.organization_id, found)


def _scan(services: Services, body: bytes) -> None:
    match services.scanner.scan(body):
        case Infected():
            raise Invalid("malware was found in this file; it was not kept")
        case Undecided(reason):
            raise Unavailable(f"the file cannot be scanned for malware now, so it was not kept: {reason}")
        case _:
            return


def _store(services: Services, actor: Actor, facts: FileFacts, body: bytes) -> str:
    """Put the bytes away under a row that was written before them; a row that is never ready goes like any upload."""
    key = services.vault.of(actor.organization_id)
    place = place_of(key, actor.organization_id, body)
    view = AttachmentView(
        new_id(), facts.name, facts.content_type, facts.size, services.clock(), facts.kind, FileState.FETCHING
    )
    with services.db.transaction(actor.organization_id) as tx:
        if not files.cancel_removal(tx, place.storage_key):
            raise Unavailable("the same file is just being removed; try again in a moment")
        attachments.insert_upload(tx, NewUpload(view, actor.user_id, place.sha256, place.storage_key))
    if not services.storage.exists(place.storage_key):
        services.storage.put(place.storage_key, key.seal(body, SEALED))
    return view.id
