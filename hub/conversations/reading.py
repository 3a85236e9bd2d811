"""Reading conversations: lists, threads, counts and reply windows, as one user sees them."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hub.conversations.standing import hidden, require_shown
from hub.conversations.windows import lawful_ways, list_elsewhere, window_of
from hub.db import messages, person, suspension, threads
from hub.db.messages import SortKey
from hub.db.session import Tx
from hub.db.threads import Counts
from hub.errors import Invalid, NotFound
from hub.masking import Mask, mask_of
from hub.types import Actor, ConversationStatus, ConversationView, Direction, MessageView, Page, ReplyWindow
from hub.wiring import Services

MAX_LIMIT = 200
_LARGEST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class ConversationQuery:
    """What to list.

    assignee  a user id, "me" or "none"
    status    a status, or "open" for all but closed
    held      only those in which a message waits for somebody to send or discard it
    sort      newest, waiting or priority
    """

    status: str | None = None
    channel: str | None = None
    group: str | None = None
    assignee: str | None = None
    contact: str | None = None
    q: str | None = None
    held: bool = False
    sort: str = "newest"
    limit: int = 50
    cursor: str | None = None


def list_conversations(services: Services, actor: Actor, query: ConversationQuery) -> Page[ConversationView]:
    """Return one page. Raises Invalid for an unknown sort, status or cursor."""
    wanted, limit = _filter(actor, query), min(query.limit, MAX_LIMIT)
    after = _read_cursor(query.sort, query.cursor) if query.cursor else None
    with services.db.reading(actor.organization_id) as tx:
        found = threads.list_page(tx, actor.user_id, wanted, query.sort, limit + 1, after)
    items = [view for view, _ in found[:limit]]
    more = _write_cursor(found[limit - 1][1], items[-1].id) if len(found) > limit else None
    return Page(tuple(items), more)


def _filter(actor: Actor, query: ConversationQuery) -> threads.ConversationFilter:
    if query.sort not in threads.SORTS:
        raise Invalid(f"sort must be one of {', '.join(threads.SORTS)}")
    statuses = [*ConversationStatus, "open"]
    if query.status is not None and query.status not in statuses:
        raise Invalid(f"status must be one of {', '.join(statuses)}")
    return threads.ConversationFilter(
        status=ConversationStatus(query.status) if query.status not in (None, "open") else None,
        open=query.status == "open",
        channel_id=query.channel,
        group_id=query.group,
        assignee=actor.user_id if query.assignee == "me" else query.assignee,
        contact_id=query.contact,
        text=query.q,
        held=query.held,
    )


def get_conversation(services: Services, actor: Actor, conversation_id: str) -> ConversationView:
    """Return a conversation. Raises NotFound."""
    with services.db.reading(actor.organization_id) as tx:
        view = threads.find(tx, actor.user_id, conversation_id)
        if view is None:
            raise hidden(actor, suspension.find_standing(tx, conversation_id))
    return view


def count_conversations(services: Services, actor: Actor) -> Counts:
    """Count open conversations: one's own, nobody's, all."""
    with services.db.reading(actor.organization_id) as tx:
        return threads.count_open(tx, actor.user_id)


def list_messages(
    services: Services,
    actor: Actor,
    conversation_id: str,
    limit: int = 50,
    cursor: str | None = None,
    *,
    newest: bool = False,
) -> Page[MessageView]:
    """Return a thread in order, from its beginning or from behind `cursor`; `newest` gives its last page instead."""
    limit = min(limit, MAX_LIMIT)
    after = _read_sort_key(cursor) if cursor else None
    with services.db.reading(actor.organization_id) as tx:
        require_shown(tx, actor, conversation_id)
        if newest:
            return Page(_with_guests(tx, conversation_id, messages.list_thread_end(tx, conversation_id, limit)), None)
        found = _with_guests(tx, conversation_id, messages.list_thread(tx, conversation_id, limit + 1, after))
    more = message_cursor(found[limit - 1]) if len(found) > limit else None
    return Page(found[:limit], more)


def _with_guests(tx: Tx, conversation_id: str, found: Sequence[MessageView]) -> tuple[MessageView, ...]:
    """Return the messages, those that somebody else than the conversation's person wrote marked so.

    What the hub itself noted says our own numbers as they may be seen.
    """
    mask = mask_of(tx)
    authors = {each.author.id for each in found if each.direction == Direction.INBOUND and each.author.id}
    others = person.others_among(tx, conversation_id, sorted(authors)) if authors else frozenset()
    shown = (_masked(each, mask) if each.direction == Direction.ACTIVITY else each for each in found)
    return tuple(_as_guest(each) if each.author.id in others else each for each in shown)


def _masked(entry: MessageView, mask: Mask) -> MessageView:
    return replace(entry, text=mask.text(entry.text), parts=tuple(map(mask.value, entry.parts)))


def _as_guest(message: MessageView) -> MessageView:
    return replace(message, author=replace(message.author, guest=True))


def get_message(services: Services, actor: Actor, message_id: str) -> MessageView:
    """Return a message. Raises NotFound."""
    with services.db.reading(actor.organization_id) as tx:
        view = messages.find(tx, message_id)
        if view is None:
            raise NotFound("there is no such message")
        require_shown(tx, actor, view.conversation_id)
        return _masked(view, mask_of(tx)) if view.direction == Direction.ACTIVITY else view


def reply_window(services: Services, actor: Actor, view: ConversationView) -> ReplyWindow:
    """Say whether a conversation may be answered freely now, and what is lawful when not."""
    rules, now = services.adapters[view.channel.kind].capabilities, services.clock()
    window = window_of(rules, view.last_inbound_at, now)
    if not window.lawful:
        return window
    with services.db.reading(actor.organization_id) as tx:
        elsewhere = list_elsewhere(services, tx, view.id)
    return replace(window, lawful=lawful_ways(rules, elsewhere))


def message_cursor(message: MessageView) -> str:
    """Return the cursor that continues a thread behind this message."""
    return _encode([message.position.isoformat(), message.sequence, message.id])


def _read_sort_key(cursor: str) -> SortKey:
    try:
        position, sequence, message_id = _decode(cursor)
        return _aware(position), _bounded(sequence), _row_id(message_id)
    except (ValueError, TypeError, OverflowError):
        raise _bad_cursor() from None


def _write_cursor(value: Any, conversation_id: str) -> str:
    return _encode([value.isoformat() if isinstance(value, datetime) else value, conversation_id])


def _read_cursor(sort: str, cursor: str) -> tuple[Any, str]:
    try:
        value, conversation_id = _decode(cursor)
        return (_bounded(value) if sort == "priority" else _aware(value)), _row_id(conversation_id)
    except (ValueError, TypeError, OverflowError):
        raise _bad_cursor() from None


def _aware(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("no time zone")
    return time


def _bounded(number: int) -> int:
    """What a database's integer can hold; both databases are asked with the same cursors."""
    if abs(int(number)) > _LARGEST:
        raise ValueError("no number of ours")
    return int(number)


def _row_id(text: str) -> str:
    if not str(text).isalnum():
        raise ValueError("no id of ours")
    return str(text)


def _encode(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _decode(cursor: str) -> list[Any]:
    padded = cursor + "=" * (-len(cursor) % 4)
    values = json.loads(base64.urlsafe_b64decode(padded))
    if not isinstance(values, list):
        raise ValueError("no list")  # noqa: TRY004 - the callers turn one kind of error into one answer
    return values


def _bad_cursor() -> Invalid:
    return Invalid("the cursor is not one of ours; start from the beginning without it")
