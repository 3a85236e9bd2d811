"""What operators do to messages that are there: react, change, take back; and showing that somebody is writing.

Each is an errand: stored with its permission checked and its channel asked what it can, done by a job. A reaction shows
at once with its state; a changed text and a message taken back show once the person sees them so, because the thread
is what the person sees.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from hub import audit
from hub.conversations.changes import Changes
from hub.conversations.chores import ERRANDS_JOB
from hub.conversations.parts import storable
from hub.conversations.standing import require_answerable, require_shown
from hub.conversations.windows import Saying
from hub.db import attempts, conversations, errands, message_changes, messages, provider_ids, targets
from hub.db.attempts import AttemptView
from hub.db.errands import NewErrand
from hub.db.session import Tx
from hub.db.targets import Target
from hub.errors import Conflict, Invalid, NotFound, UnsupportedContent
from hub.outbound.jobs import TYPING_JOB
from hub.outbound.permitting import Place, require_permitted
from hub.types import (
    Actor,
    Capabilities,
    DeleteSent,
    EditSent,
    Errand,
    MessageStatus,
    MessageView,
    React,
    Reactions,
)
from hub.wiring import Services

_WORTH_DOING = timedelta(hours=1)
_TYPING_SHOWS = 4
"""Seconds that platforms show "is writing" at least; asking again earlier changes nothing."""
_SELECTOR = "\N{VARIATION SELECTOR-16}"
_LONGEST_EMOJI = 32
_THERE = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ)
_UNKNOWN = "there is no such message"


@dataclass(frozen=True, slots=True)
class _Touched:
    """A message somebody does something to, its provider's id of it, and what its channel can."""

    target: Target
    sender_id: str
    external_id: str
    label: str
    rules: Capabilities


def react(services: Services, actor: Actor, message_id: str, emoji: str) -> MessageView:
    """Put our one reaction on a customer's message, in place of an earlier one; "" takes it back.

    Raises NotFound, UnsupportedContent when the channel has no such reaction, Conflict when it cannot be put there.
    """
    emoji = storable(emoji).strip()
    with services.db.transaction(actor.organization_id) as tx:
        touched = _find(services, tx, actor, message_id)
        if not touched.target.theirs:
            raise Conflict("reactions are for what customers write; this is no message of theirs")
        emoji = _as_listed(touched, emoji)
        _require_reaction(touched, emoji)
        _show_reaction(services, tx, actor, message_id, emoji)
        errands.drop_untried(tx, "react", message_id)
        errand = React(touched.target.person, touched.external_id, emoji)
        return _set_going(services, tx, actor, touched, errand, "message.reacted")


def edit(services: Services, actor: Actor, message_id: str, text: str) -> MessageView:
    """Change the text of a message of ours, at its provider first. Raises as `react` does, Invalid without a text."""
    text = storable(text).strip()
    if not text:
        raise Invalid("the text is empty; take the message back instead")
    with services.db.transaction(actor.organization_id) as tx:
        touched = _find_own(services, tx, actor, message_id)
        limit = _text_limit(tx, touched)
        if not touched.rules.edits:
            raise UnsupportedContent(f"{touched.label} cannot change what was sent; send a correction")
        if len(text) > limit:
            raise UnsupportedContent(
                f"{touched.label} takes at most {limit} characters here; this text has {len(text)}"
            )
        errands.drop_untried(tx, "edit", message_id)
        errand = EditSent(touched.target.person, touched.external_id, text)
        return _set_going(services, tx, actor, touched, errand, "message.edited")


def take_back(services: Services, actor: Actor, message_id: str) -> MessageView:
    """Take a message of ours back, at its provider first. Raises as `react` does."""
    with services.db.transaction(actor.organization_id) as tx:
        touched = _find_own(services, tx, actor, message_id)
        if not touched.rules.deletions:
            raise UnsupportedContent(f"{touched.label} cannot take back what was sent; send a correction")
        errands.drop_untried(tx, "edit", message_id)
        errand = DeleteSent(touched.target.person, tuple(provider_ids.list_all(tx, message_id)))
        return _set_going(services, tx, actor, touched, errand, "message.taken_back")


def show_typing(services: Services, actor: Actor, conversation_id: str) -> None:
    """Let the person see that somebody is writing; more often than every 4 seconds it does nothing.

    Raises NotFound, UnsupportedContent, Conflict when nothing may be written to them.
    """
    with services.db.reading(actor.organization_id) as tx:
        record = conversations.find(tx, conversation_id)
        if record is None:
            raise NotFound("there is no such conversation")
        place = Place(record, require_answerable(tx, actor, conversation_id))
        adapter = services.adapters[place.standing.channel_kind]
        if not adapter.capabilities.typing:
            raise UnsupportedContent(f"{adapter.label} does not show that somebody is writing")
        require_permitted(services, tx, place, Saying(by_person=True))
    if services.queue.set_once(f"typing:{conversation_id}", _TYPING_SHOWS):
        services.queue.wake("delivery", TYPING_JOB, conversation_id)


def list_attempts(services: Services, actor: Actor, message_id: str) -> list[AttemptView]:
    """Return every try to send a message, oldest first. Raises NotFound."""
    with services.db.reading(actor.organization_id) as tx:
        view = messages.find(tx, message_id)
        if view is None:
            raise NotFound(_UNKNOWN)
        require_shown(tx, actor, view.conversation_id)
        return attempts.list_of(tx, message_id)


def _find(services: Services, tx: Tx, actor: Actor, message_id: str) -> _Touched:
    target = targets.find(tx, message_id)
    if target is None or target.suspended:
        raise NotFound(_UNKNOWN)
    record = conversations.lock(tx, target.conversation_id)
    if record is None:
        raise NotFound(_UNKNOWN)
    place = Place(record, require_answerable(tx, actor, record.id))
    adapter = services.adapters[place.standing.channel_kind]
    if target.taken_back:
        raise Conflict("this message was taken back; nothing can be done to it any more")
    if target.sender_id is None or target.external_id is None or not target.current:
        raise Conflict("the platform does not know this message, or not under the channel's present connection")
    require_permitted(services, tx, place, Saying(by_person=True))
    return _Touched(target, target.sender_id, target.external_id, adapter.label, adapter.capabilities)


def _find_own(services: Services, tx: Tx, actor: Actor, message_id: str) -> _Touched:
    target = targets.find(tx, message_id)
    if target is not None and not target.ours:
        raise Conflict("only what was sent from here can be changed or taken back")
    if target is not None and target.status not in _THERE:
        raise Conflict(f"only a message that was sent can be changed or taken back; this one is {target.status}")
    return _find(services, tx, actor, message_id)


def _as_listed(touched: _Touched, emoji: str) -> str:
    """Keyboards put a variation selector behind some emojis; platforms list them with or without it."""
    bare = emoji.replace(_SELECTOR, "")
    return next((each for each in touched.rules.reaction_list if each.replace(_SELECTOR, "") == bare), emoji)


def _require_reaction(touched: _Touched, emoji: str) -> None:
    rules = touched.rules
    if rules.reactions is Reactions.NONE:
        raise UnsupportedContent(f"{touched.label} has no reactions; write a text")
    if rules.reactions is Reactions.LISTED and emoji and emoji not in rules.reaction_list:
        raise UnsupportedContent(f"{touched.label} has these reactions only: {' '.join(rules.reaction_list)}")
    if len(emoji) > _LONGEST_EMOJI or emoji.isascii() != (not emoji):
        raise Invalid("a reaction is one emoji")


def _show_reaction(services: Services, tx: Tx, actor: Actor, message_id: str, emoji: str) -> None:
    stored = message_changes.lock(tx, message_id)
    if stored is None:
        raise NotFound(_UNKNOWN)
    at = services.clock().isoformat()
    ours = [each for each in stored.reactions if each["by"] == "user"]
    others = [each for each in stored.reactions if each["by"] != "user"]
    if emoji:
        ours = [{"by": "user", "author_id": actor.user_id, "emoji": emoji, "at": at, "state": "queued"}]
    else:
        ours = [{**each, "at": at, "state": "queued", "taken_back": True} for each in ours]
    message_changes.save(tx, replace(stored, reactions=(*others, *ours)))


def _text_limit(tx: Tx, touched: _Touched) -> int:
    stored = message_changes.lock(tx, touched.target.id)
    with_files = stored is not None and any("attachment_id" in part for part in stored.parts)
    return touched.rules.caption_limit if with_files else touched.rules.text_limit


def _set_going(services: Services, tx: Tx, actor: Actor, touched: _Touched, errand: Errand, action: str) -> MessageView:
    """Store the errand and note who asked for it, never what it says."""
    target, now = touched.target, services.clock()
    errands.insert(tx, NewErrand(touched.sender_id, errand, now, now + _WORTH_DOING, message_id=target.id))
    changes = Changes()
    changes.tell("message", id=target.id, conversation_id=target.conversation_id, direction="outbound")
    changes.write(tx)
    where = {"conversation_id": target.conversation_id}
    audit.record(services, tx, actor, audit.Change(action, "message", target.id, after=where))
    tx.after_commit(lambda: services.queue.wake("delivery", ERRANDS_JOB, touched.sender_id))
    tx.after_commit(lambda: services.queue.notify(actor.organization_id))
    view = messages.find(tx, target.id)
    if view is None:
        raise NotFound(_UNKNOWN)
    return view
