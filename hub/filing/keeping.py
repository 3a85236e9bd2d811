"""Keeping a file's bytes: what they are is believed from the bytes alone, and what is kept is sealed.

A row names the place before the bytes are put there, so nothing lies in the storage that no row knows; where the row
goes while they are put there, they are removed again. Equal bytes of one organization lie there once.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hub.crypto import DataKey
from hub.db import attachments, file_removals, files
from hub.db.files import FileFacts
from hub.errors import Unavailable
from hub.failpoints import reach
from hub.media.naming import safe_name
from hub.media.sniffing import sniff
from hub.media.storage import key_of
from hub.types import MediaKind
from hub.wiring import Services

_FITTING: dict[MediaKind, frozenset[str]] = {
    MediaKind.IMAGE: frozenset({"image"}),
    MediaKind.STICKER: frozenset({"image", "video"}),
    MediaKind.VIDEO: frozenset({"video"}),
    MediaKind.VIDEO_NOTE: frozenset({"video"}),
    MediaKind.ANIMATION: frozenset({"video", "image"}),
    # a recording in a container of films, with no picture in it
    MediaKind.AUDIO: frozenset({"audio", "video"}),
    MediaKind.VOICE: frozenset({"audio", "video"}),
}
"""What the bytes must be for a file to be shown as what its platform calls it; else it is a plain file."""
_CARD = "text/vcard"
_ANIMATED_STICKER = "application/x-tgsticker"


@dataclass(frozen=True, slots=True)
class Place:
    """Where bytes lie: the key in the storage, and their keyed fingerprint in hex."""

    storage_key: str
    sha256: str


def facts_of(body: bytes, kind: MediaKind, claimed_type: str, name: str) -> FileFacts:
    """Say what a file is. `claimed_type` and `name` are what a stranger says of it."""
    seen = sniff(body, claimed_type, name)
    shown = _shown_as(kind, seen.kind, seen.content_type)
    called = safe_name(name or shown, seen.content_type)
    return FileFacts(shown, called, seen.content_type, len(body), seen.width, seen.height)


def kind_of(body: bytes, claimed_type: str, name: str) -> MediaKind:
    """Return as what a file is shown of which nobody says more than a type."""
    seen = sniff(body, claimed_type, name)
    return MediaKind.CONTACT if seen.content_type == _CARD else MediaKind(seen.kind)


def _shown_as(kind: MediaKind, found: str, content_type: str) -> MediaKind:
    if content_type == _CARD:
        return MediaKind.CONTACT
    if kind is MediaKind.STICKER and content_type == _ANIMATED_STICKER:
        return kind
    return kind if found in _FITTING.get(kind, ()) else MediaKind.FILE


def place_of(key: DataKey, organization_id: str, body: bytes) -> Place:
    """Return where these bytes of an organization belong."""
    fingerprint = key.fingerprint(hashlib.sha256(body).digest())
    return Place(key_of(organization_id, fingerprint), fingerprint.hex())


def store(services: Services, organization_id: str, attachment_id: str, key: DataKey, body: bytes) -> None:
    """Put a file's bytes where its row then names them. Safe to repeat; call it in no transaction.

    Raises Unavailable when the storage cannot be used now, or the same bytes are just being removed; NotFound when the
    row is gone.
    """
    place = place_of(key, organization_id, body)
    with reserved(services, organization_id, attachment_id, place):
        reach("media.before_store")
        if not services.storage.exists(place.storage_key):
            services.storage.put(place.storage_key, key.seal(body, attachments.SEALED))
        reach("media.after_store")


@contextmanager
def reserved(services: Services, organization_id: str, attachment_id: str, place: Place) -> Iterator[None]:
    """Let a row name a place while its bytes are put there. Raises Unavailable and NotFound as `store` does.

    Whoever removes the row later has the bytes removed; whoever removed it before the end may have come too early.
    """
    with services.db.transaction(organization_id) as tx:
        if not files.reserve(tx, attachment_id, place.storage_key, place.sha256):
            raise Unavailable("the same file is just being removed; try again in a moment")
    try:
        yield
    finally:
        _remove_unless_named(services, organization_id, place.storage_key)


def _remove_unless_named(services: Services, organization_id: str, storage_key: str) -> None:
    with services.db.reading(organization_id) as tx:
        named = files.is_named(tx, storage_key)
    if not named:
        with services.db.transaction(organization_id) as tx:
            file_removals.note(tx, [storage_key])
