"""Albums: several messages at the provider that one person sent as one, and that the hub shows as one."""

from collections.abc import Sequence
from dataclasses import replace

from hub.conversations.arriving import Arrived, Setting
from hub.conversations.changes import Changes
from hub.conversations.content import Content, content_of, files_of, of_piece
from hub.conversations.life import preview_of
from hub.conversations.parts import PIECE, PartJson
from hub.db import message_changes, provider_ids
from hub.db.session import Tx
from hub.types import MessageReceived

Albums = dict[str, tuple[str, str]]
"""Album → its message and that one's conversation."""
_FRAMES = frozenset({"forwarded", "quote"})
"""What each piece of an album says anew: where it was forwarded from, what it answers."""


def find_albums(tx: Tx, setting: Setting, said: Sequence[Arrived]) -> Albums:
    """Return the albums among these messages of which an earlier piece is written."""
    named = {each.event.album for each in said if isinstance(each.event, MessageReceived) and each.event.album}
    found = provider_ids.find_albums(tx, setting.sender.id, sorted(named))
    return {album: (message.id, message.conversation_id) for album, message in found.items()}


def join(tx: Tx, setting: Setting, arrived: Arrived, albums: Albums, changes: Changes) -> bool:
    """Add a further piece to its album's message; False when it is no such piece.

    It counts as no message of its own: neither unread nor as a turn. Single flight keeps two pieces from meeting; were
    they to meet, the unique index lets one of them in and the other is applied again.
    """
    event = arrived.event
    if not isinstance(event, MessageReceived) or event.album is None:
        return False
    entry = next((each for each in changes.entries if each.album == event.album), None)
    content = of_piece(content_of(event.parts, arrived.event_id, setting.key), event.external_id)
    if entry is not None:
        whole = _whole(entry.parts, content)
        changes.say_instead(replace(entry, parts=whole.parts, text=whole.text))
        _note(setting, event, entry.id, content, changes)
        _preview(entry.conversation_id, Content(tuple(entry.parts)), whole, changes)
        return True
    if event.album not in albums:
        return False
    message_id, conversation_id = albums[event.album]
    _append(tx, setting, event, content, message_id, changes)
    changes.tell("message", id=message_id, conversation_id=conversation_id, direction="inbound")
    return True


def _append(
    tx: Tx, setting: Setting, event: MessageReceived, content: Content, message_id: str, changes: Changes
) -> None:
    before = message_changes.lock(tx, message_id)
    if before is None or before.taken_back_at is not None:
        # nothing of what was taken back comes again with a late picture
        changes.further[setting.sender.id, event.external_id] = message_id
        return
    whole = _whole(before.parts, content)
    message_changes.save(tx, replace(before, parts=whole.parts, text=whole.text))
    _note(setting, event, message_id, content, changes)
    _preview(before.conversation_id, Content(before.parts), whole, changes)


def _whole(before: Sequence[PartJson], piece: Content) -> Content:
    """Return an album grown by a piece; what frames the whole of it is said once."""
    said = [_without_piece(part) for part in before if part["type"] in _FRAMES]
    new = [part for part in piece.parts if _without_piece(part) not in said]
    return Content((*before, *new))


def _without_piece(part: PartJson) -> PartJson:
    return {name: value for name, value in part.items() if name != PIECE}


def _note(setting: Setting, event: MessageReceived, message_id: str, content: Content, changes: Changes) -> None:
    changes.further[setting.sender.id, event.external_id] = message_id
    changes.files += files_of(content, message_id, setting.sender.id, setting.now)


def _preview(conversation_id: str, before: Content, after: Content, changes: Changes) -> None:
    """Where the album is what the list shows, it shows the grown one."""
    record = changes.records.get(conversation_id)
    if record is not None and record.preview == preview_of(before.preview):
        changes.put(replace(record, preview=preview_of(after.preview)))
