"""What people do to a message after it was written: they change it, take it back, react to it.

Whoever takes a message back wants it gone, so nothing of it stays in the thread: text, files, earlier wordings and
reactions go at once, and the journal's bytes are no longer shown and go with their retention (docs/privacy.md).
An edited message keeps its earlier wordings: the operator may have answered one of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hub.conversations.changes import Changes
from hub.conversations.content import (
    Content,
    attachment_ids,
    files_of,
    keeping_files,
    line_of,
    of_piece,
)
from hub.conversations.parts import MEDIA_TYPES, PIECE
from hub.db import conversations, file_removals, message_changes
from hub.db.message_changes import StoredMessage
from hub.db.session import Tx

_WORDINGS_KEPT = 50
_REACTIONS_KEPT = 50


@dataclass(frozen=True, slots=True)
class Edit:
    """A message, or the piece of an album with this id, says something else now."""

    external_id: str
    content: Content
    at: datetime


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A message, or a piece of an album, was taken back."""

    external_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reaction:
    """Somebody put reactions on a message or took them back. `contact_id`: whoever it was, None: unknown."""

    external_id: str
    contact_id: str | None
    added: tuple[str, ...]
    removed: tuple[str, ...]
    at: datetime


Correction = Edit | Withdrawal | Reaction


def correct(tx: Tx, sender_id: str, message_id: str, correction: Correction, changes: Changes) -> None:
    """Apply a correction to a message that is written. Nothing happens when it changes nothing."""
    conversation_id = _hold(tx, message_id, changes)
    before = message_changes.lock(tx, message_id)
    if before is None or before.taken_back_at is not None or conversation_id is None:
        return
    match correction:
        case Edit():
            after = _edit(tx, sender_id, before, correction, changes)
        case Withdrawal():
            after = _take_back(tx, before, correction)
        case Reaction():
            after = _react(before, correction)
    if after != before:
        message_changes.save(tx, after)
        _preview(tx, after, changes)
        changes.tell("message", id=after.id, conversation_id=conversation_id, direction=after.direction)


def _hold(tx: Tx, message_id: str, changes: Changes) -> str | None:
    """Take the message's conversation before the message, as everybody does."""
    conversation_id = message_changes.find_conversation(tx, message_id)
    if conversation_id is not None and conversation_id not in changes.records:
        record = conversations.lock(tx, conversation_id)
        changes.know([record] if record else [])
    return conversation_id


def _edit(tx: Tx, sender_id: str, before: StoredMessage, edit: Edit, changes: Changes) -> StoredMessage:
    if before.edited_at is not None and edit.at < before.edited_at:
        # an older wording that was delivered late
        return before
    old = [part for part in before.parts if _is_of(part, edit.external_id)] or list(before.parts)
    if not any(part["type"] in MEDIA_TYPES for part in edit.content.parts):
        # a platform that tells of new words alone says nothing of the files beside them
        old = [part for part in old if part["type"] not in MEDIA_TYPES]
    content = keeping_files(edit.content, old)
    if old[0].get(PIECE) if old else None:
        content = of_piece(content, edit.external_id)
    parts = _put_in(before.parts, old, content.parts)
    if list(parts) == list(before.parts):
        return before
    gone = set(attachment_ids(before.parts)) - set(attachment_ids(parts))
    file_removals.remove_files(tx, sorted(gone))
    changes.files += files_of(content, before.id, sender_id, edit.at)
    text = Content(parts).text
    return replace(before, parts=parts, text=text, edited_at=edit.at, earlier=_earlier(before, text, edit.at))


def _earlier(before: StoredMessage, text: str, at: datetime) -> tuple[Mapping[str, Any], ...]:
    if text == before.text or not before.text:
        return before.earlier
    return (*before.earlier, {"text": before.text, "until": at.isoformat()})[-_WORDINGS_KEPT:]


def _put_in(
    parts: tuple[Mapping[str, Any], ...], old: list[Mapping[str, Any]], new: tuple[Mapping[str, Any], ...]
) -> tuple[Mapping[str, Any], ...]:
    """Put new parts where the old ones stood."""
    if not old:
        return (*parts, *new)
    at = parts.index(old[0])
    rest = [part for part in parts[at:] if part not in old]
    return (*parts[:at], *new, *rest)


def _is_of(part: Mapping[str, Any], external_id: str) -> bool:
    return bool(part.get(PIECE) == external_id)


def _take_back(tx: Tx, before: StoredMessage, withdrawal: Withdrawal) -> StoredMessage:
    left = tuple(part for part in before.parts if not _is_of(part, withdrawal.external_id))
    if len(left) < len(before.parts) and any(part["type"] in MEDIA_TYPES for part in left):
        gone = set(attachment_ids(before.parts)) - set(attachment_ids(left))
        file_removals.remove_files(tx, sorted(gone))
        return replace(before, parts=left, text=Content(left).text, edited_at=withdrawal.at)
    file_removals.remove_of_messages(tx, [before.id])
    return replace(before, text="", parts=(), reactions=(), earlier=(), event_id=None, taken_back_at=withdrawal.at)


def _react(before: StoredMessage, reaction: Reaction) -> StoredMessage:
    others = [each for each in before.reactions if not _is_theirs(each, reaction)]
    theirs = [each for each in before.reactions if _is_theirs(each, reaction) and each["emoji"] not in reaction.removed]
    known = {each["emoji"] for each in theirs}
    added = [_reaction(reaction, emoji) for emoji in reaction.added if emoji and emoji not in known]
    return replace(before, reactions=tuple([*others, *theirs, *added][-_REACTIONS_KEPT:]))


def _is_theirs(shown: Mapping[str, Any], reaction: Reaction) -> bool:
    return bool(shown["by"] == "contact" and shown["author_id"] == reaction.contact_id)


def _reaction(reaction: Reaction, emoji: str) -> dict[str, Any]:
    return {"by": "contact", "author_id": reaction.contact_id, "emoji": emoji[:40], "at": reaction.at.isoformat()}


def _preview(tx: Tx, message: StoredMessage, changes: Changes) -> None:
    """Lists show what the newest message says now."""
    record = changes.records.get(message.conversation_id)
    if record is None or message_changes.find_newest(tx, message.conversation_id) != message.id:
        return
    said = line_of(message.text, message.parts, message.taken_back_at)
    if said != record.preview:
        changes.put(replace(record, preview=said))
