"""What an errand that ended does to the message it was about: the thread shows what the person sees."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hub.conversations.changes import Changes
from hub.conversations.content import Content
from hub.conversations.corrections import Edit, Withdrawal, correct
from hub.conversations.entries import activity
from hub.db import conversations, errands, message_changes
from hub.db.message_changes import StoredMessage
from hub.db.session import Tx
from hub.types import DeleteSent, EditSent, Errand, React

_FAILED: Mapping[type[Errand], tuple[str, str]] = {
    EditSent: ("edit_failed", "A message could not be changed"),
    DeleteSent: ("take_back_failed", "A message could not be taken back"),
}
"""What the thread says when it did not work."""


@dataclass(frozen=True, slots=True)
class Touch:
    """An errand that ended. `problem`: why it was not done, in our words; None: it was."""

    sender_id: str
    message_id: str | None
    errand: Errand
    now: datetime
    problem: str | None


def settle_errand(tx: Tx, touch: Touch, changes: Changes) -> None:
    """Show on its message what an errand that has ended did, or that it did not."""
    if touch.message_id is None:
        return
    stored = _hold(tx, touch.message_id, changes)
    if stored is None:
        return
    match touch.errand:
        case React():
            _settle_reaction(tx, stored, touch, changes)
        case EditSent() | DeleteSent() if touch.problem is not None:
            _say_failed(stored, touch, touch.problem, changes)
        case EditSent(external_id=external_id, text=text):
            rest = [part for part in stored.parts if part["type"] != "text"]
            content = Content(({"type": "text", "text": text}, *rest))
            correct(tx, touch.sender_id, stored.id, Edit(external_id, content, touch.now), changes)
        case DeleteSent(external_ids=external_ids):
            correct(tx, touch.sender_id, stored.id, Withdrawal(external_ids[0], touch.now), changes)
        case _:
            return


def _hold(tx: Tx, message_id: str, changes: Changes) -> StoredMessage | None:
    """Take the message's conversation before the message, as everybody does; None when they are gone."""
    conversation_id = message_changes.find_conversation(tx, message_id)
    if conversation_id is not None and conversation_id not in changes.records:
        record = conversations.lock(tx, conversation_id)
        changes.know([record] if record else [])
    return message_changes.lock(tx, message_id) if conversation_id in changes.records else None


def _settle_reaction(tx: Tx, stored: StoredMessage, touch: Touch, changes: Changes) -> None:
    """What is shown is the newest wish: while that one is still to come, one that has ended says nothing of it."""
    if errands.is_queued(tx, errands.word_of(touch.errand), stored.id):
        return
    shown = [_settled(each, touch.problem) for each in stored.reactions if not _is_gone(each, touch.problem)]
    message_changes.save(tx, replace(stored, reactions=tuple(shown)))
    changes.tell("message", id=stored.id, conversation_id=stored.conversation_id, direction=stored.direction)


def _is_gone(shown: Mapping[str, Any], problem: str | None) -> bool:
    return problem is None and bool(shown.get("taken_back")) and shown["by"] == "user"


def _settled(shown: Mapping[str, Any], problem: str | None) -> Mapping[str, Any]:
    if shown["by"] != "user" or shown.get("state") != "queued":
        return shown
    kept = {name: value for name, value in shown.items() if name != "taken_back"}
    return {**kept, "state": "done" if problem is None else "failed"}


def _say_failed(stored: StoredMessage, touch: Touch, problem: str, changes: Changes) -> None:
    what, said = _FAILED[type(touch.errand)]
    record = changes.records[stored.conversation_id]
    changes.say(activity(record, what, f"{said}: {problem}", touch.now, message_id=stored.id))
