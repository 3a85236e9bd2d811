"""The photo of a user: colleagues see it, and end users where a channel can show one."""

from typing import Final

from hub import audit
from hub.access.files import Upload, keep
from hub.access.permissions import Permission, require
from hub.access.users import get_in, require_changeable
from hub.db import attachments
from hub.db import users as queries
from hub.db.attachments import AttachmentView, StoredFile
from hub.db.session import Tx
from hub.db.users import UserView
from hub.errors import Invalid, NotFound
from hub.filing.reading import open_file
from hub.media.metadata import without_metadata
from hub.types import Actor
from hub.wiring import Services

TYPES: Final = ("image/jpeg", "image/png", "image/webp")
"""What a photo may be, as its bytes show it; every browser shows these, and none runs them."""
MOST_BYTES: Final = 2 * 1024 * 1024
MOST_PIXELS: Final = 4_096
"""On each side: a small file can unfold into a picture that no browser can hold."""


def set_photo(services: Services, actor: Actor, user_id: str, upload_id: str | None) -> UserView:
    """Make an upload of the actor's the photo of a user, their own or a colleague's; None takes the photo away.

    An upload that tells more than the picture (where and when it was taken) stays aside: the photo is one without it.

    Raises NotFound for the user and for an upload that is not the actor's own, Invalid for what is no picture of a
    fitting size, Forbidden to change somebody who may do more.
    """
    own = user_id == actor.user_id
    require(actor, Permission.WORK_ON_CONVERSATIONS if own else Permission.MANAGE_TEAM)
    with services.db.reading(actor.organization_id) as tx:
        before = _changeable(tx, actor, user_id)
        file = _own_upload(tx, actor, upload_id) if upload_id is not None and upload_id != before.photo_id else None
    photo_id = _bare(services, actor, file) if file else upload_id
    with services.db.transaction(actor.organization_id) as tx:
        before = _changeable(tx, actor, user_id)
        if photo_id is not None and photo_id != before.photo_id:
            # a message may have taken it meanwhile
            _own_upload(tx, actor, photo_id)
        queries.update_user(tx, user_id, {"photo_id": photo_id})
        after = get_in(tx, user_id)
        differs = audit.difference(before, after)
        audit.record(services, tx, actor, audit.Change("user.photo_set", "user", user_id, **differs))
        return after


def _changeable(tx: Tx, actor: Actor, user_id: str) -> UserView:
    user = get_in(tx, user_id)
    if user_id != actor.user_id:
        require_changeable(actor, user)
    return user


def _own_upload(tx: Tx, actor: Actor, upload_id: str) -> StoredFile:
    found = attachments.list_files(tx, [upload_id])
    if not found or not queries.is_own_upload(tx, upload_id, actor.user_id):
        raise NotFound("there is no such upload of yours that is free; upload the photo first")
    return found[0]


def _bare(services: Services, actor: Actor, file: StoredFile) -> str:
    """Return the upload that shows the same and tells nothing more: the file itself, or a further one."""
    _check(file.view)
    body = open_file(services, actor.organization_id, file).body
    try:
        bare = without_metadata(body, file.view.content_type)
    except ValueError:
        raise Invalid("the photo is damaged; save the picture anew, and choose it again") from None
    if bare == body:
        return file.view.id
    return keep(services, actor, Upload(file.view.name, file.view.content_type, bare)).id


def _check(file: AttachmentView) -> None:
    if file.content_type not in TYPES or file.width is None or file.height is None:
        raise Invalid("the photo must be a JPEG, PNG or WebP picture; this file's bytes are none")
    if file.size > MOST_BYTES:
        raise Invalid(f"the photo has more than {MOST_BYTES // 1024 // 1024} MiB; make it smaller")
    if max(file.width, file.height) > MOST_PIXELS:
        raise Invalid(f"the photo has more than {MOST_PIXELS} pixels on a side; make it smaller")
