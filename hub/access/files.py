"""Files of an organization: taken from its users, given to its users only."""

import hashlib
import re
from dataclasses import dataclass, field

from hub import audit
from hub.access.permissions import Permission, require
from hub.db import attachments as queries
from hub.db.attachments import AttachmentView, NewAttachment
from hub.db.idempotency import EVERY_TIME, Once
from hub.errors import Invalid, NotFound
from hub.ids import new_id
from hub.types import Actor
from hub.wiring import Services

_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,100}")
_UNKNOWN_TYPE = "application/octet-stream"
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a client sent it."""

    name: str
    content_type: str
    body: bytes = field(repr=False)


def upload(services: Services, actor: Actor, file: Upload, once: Once = EVERY_TIME) -> AttachmentView:
    """Keep a file until a message carries it. Raises Invalid on an empty one."""
    require(actor, Permission.WORK_ON_CONVERSATIONS)
    if not file.body:
        raise Invalid("the file is empty; send one with content")
    view = AttachmentView(
        new_id(), _clean_name(file.name), clean_type(file.content_type), len(file.body), services.clock()
    )
    key = services.vault.of(actor.organization_id)
    fingerprint = key.fingerprint(hashlib.sha256(file.body).digest()).hex()
    new = NewAttachment(view, actor.user_id, fingerprint, key.seal(file.body, queries.SEALED))
    with services.db.transaction(actor.organization_id) as tx:
        queries.insert_upload(tx, new)
        stored = {"content_type": view.content_type, "size": view.size}
        audit.record(services, tx, actor, audit.Change("file.uploaded", "file", view.id, after=stored))
        return once.keep(tx, view)


def get_file(services: Services, actor: Actor, attachment_id: str) -> tuple[AttachmentView, bytes]:
    """Return a file and its bytes. Raises NotFound, Unreadable."""
    require(actor, Permission.READ_CONVERSATIONS)
    with services.db.reading(actor.organization_id) as tx:
        found = queries.find(tx, attachment_id)
    if found is None:
        raise NotFound("there is no such attachment")
    view, sealed = found
    return view, services.vault.of(actor.organization_id).open(sealed, queries.SEALED)


def clean_type(content_type: str) -> str:
    """Return a media type without parameters; the unknown one when it is none."""
    bare = content_type.partition(";")[0].strip().lower()
    return bare if _TYPE.fullmatch(bare) else _UNKNOWN_TYPE


def _clean_name(name: str) -> str:
    last = re.split(r"[/\\]", name)[-1]
    printable = "".join(letter for letter in last if letter.isprintable()).strip()
    return printable[-_LONGEST_NAME:] or "file"
