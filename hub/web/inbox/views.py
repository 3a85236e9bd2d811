"""What the templates of the inbox are given: the list with its cards, and a thread with everything around it."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from hub.access.groups import list_groups
from hub.access.permissions import Permission
from hub.access.users import list_users
from hub.conversations.overdue import list_untaken
from hub.conversations.reading import (
    count_conversations,
    get_conversation,
    list_conversations,
    list_messages,
    reply_window,
)
from hub.crypto import new_token
from hub.db.open_bans import OpenBan, list_open
from hub.notifying import by_mail
from hub.types import Capabilities, ChannelKind, ReplyWindow
from hub.web.bans.words import HAPPENED
from hub.web.bodies import UPLOAD_LIMIT
from hub.web.inbox.blocks import CALLED, STATES, file_url, is_ready, length, map_url
from hub.web.inbox.choice import Choice, choice_of
from hub.web.inbox.lines import TICKS, first_unread, lines_of
from hub.web.inbox.marks import safe_url
from hub.web.inbox.previews import preview
from hub.web.inbox.waiting import winning_view
from hub.web.rendering import STATIC
from hub.web.visits import Visit
from hub.wiring import Services

PAGE = 50
MOST = 200
_BANS = 5
_OTHER_ICON = "channel"
_USUAL_REACTIONS = ("👍", "❤️", "😂", "😮", "😢", "🙏")
_MOST_REACTIONS = 24
_PARTS = {
    "is_ready": is_ready,
    "file_url": file_url,
    "map_url": map_url,
    "safe_url": safe_url,
    "length": length,
    "called": CALLED,
    "states": STATES,
}


def usual_choice(visit: Visit) -> Choice:
    """Return the choice in the address; without one, the first tab that has something to do."""
    counts = count_conversations(visit.services, visit.actor)
    usual = "mine" if counts.mine else "unassigned" if counts.unassigned else "all"
    return choice_of(visit, usual)


def list_view(visit: Visit, choice: Choice) -> dict[str, Any]:
    """Return what the list needs: cards, counts, and where the next cards are."""
    cursor = visit.query("cursor") or None
    query = choice.conversations(_number(visit.query("limit"), PAGE), cursor)
    page = list_conversations(visit.services, visit.actor, query)
    title, hint = choice.empty
    return {
        **channel_words(visit.services),
        "cards": page.items,
        "counts": _counts(visit),
        "filter": choice,
        "is_more": cursor is not None,
        "next_url": f"/inbox/list?{choice.query}&cursor={page.next}" if page.next else None,
        "open_id": visit.query("open") or visit.request.path_params.get("conversation_id"),
        "preview": preview,
        "empty_title": title,
        "empty_hint": hint,
        "bans": _bans(visit),
        "happened": HAPPENED,
        "untaken": list_untaken(visit.services, visit.actor) if visit.may(Permission.SET_ANY_PRESENCE) else None,
    }


def thread_view(visit: Visit, conversation_id: str, *, opening: bool = False) -> dict[str, Any]:
    """Return what a thread needs. `opening` sets the unread divider; later refreshes send it along."""
    services, actor = visit.services, visit.actor
    conversation = get_conversation(services, actor, conversation_id)
    limit = _number(_state(visit, "limit"), PAGE)
    rules = services.adapters[conversation.channel.kind].capabilities
    window = reply_window(services, actor, conversation)
    messages = list_messages(services, actor, conversation_id, limit=limit, newest=True).items
    divider = first_unread(messages, conversation.unread) if opening else _state(visit, "divider") or None
    return {
        **channel_words(services),
        **_team(visit),
        "c": conversation,
        "lines": lines_of(messages, divider, visit.times),
        "divider": divider,
        "limit": limit,
        "earlier": len(messages) == limit < MOST,
        "may_work": visit.may(Permission.WORK_ON_CONVERSATIONS),
        "window": window,
        "by_mail": not window.open and by_mail.is_open(services, actor, conversation),
        "late_until": _late_until(services, window),
        **winning_view(visit, conversation_id),
        "caps": rules,
        "composer_rules": json.dumps(_composer_rules(rules)),
        "reaction_choice": _reaction_choice(rules),
        "fresh_key": str(new_token()),
        "tick_of": TICKS.get,
        **_PARTS,
    }


def _bans(visit: Visit) -> Sequence[OpenBan] | None:
    """Return the bans that whoever manages channels is to know of; None for everybody else."""
    if not visit.may(Permission.MANAGE_CHANNELS):
        return None
    with visit.services.db.reading(visit.actor.organization_id) as tx:
        return list_open(tx, _BANS)


def _state(visit: Visit, name: str) -> str:
    """What the page keeps of a thread travels in the query of a refresh and in the form of an action."""
    return visit.one(name) or visit.query(name)


def _number(text: str, usual: int) -> int:
    return min(max(int(text), 1), MOST) if text.isascii() and text.isdigit() else usual


def _counts(visit: Visit) -> Mapping[str, int]:
    counts = count_conversations(visit.services, visit.actor)
    return {"mine": counts.mine, "unassigned": counts.unassigned, "all": counts.all}


def _team(visit: Visit) -> dict[str, Any]:
    users = list_users(visit.services, visit.actor, limit=MOST).items
    return {
        "users": [user for user in users if user.disabled_at is None],
        "groups": list_groups(visit.services, visit.actor, limit=MOST).items,
    }


def _composer_rules(rules: Capabilities) -> dict[str, Any]:
    """Return what the composer checks before anything is sent; the server checks it again."""
    media = {kind.value: {"most": rule.max_bytes, "types": rule.types} for kind, rule in rules.media.items()}
    return {
        "limit": rules.text_limit,
        "splits": rules.splits_text,
        "caption": rules.caption_limit,
        "media": media,
        "buttons": rules.buttons and {"most": rules.buttons.most, "length": rules.buttons.label_limit},
        "typing": rules.typing,
        "upload": UPLOAD_LIMIT,
    }


def _reaction_choice(rules: Capabilities) -> Sequence[str]:
    return (rules.reaction_list or _USUAL_REACTIONS)[:_MOST_REACTIONS]


def _late_until(services: Services, window: ReplyWindow) -> datetime | None:
    """Return until when a person may still answer, None when that is over too or there is no such thing."""
    until = window.late_until
    return until if until is not None and services.clock() < until else None


def channel_words(services: Services) -> dict[str, Any]:
    def label(kind: ChannelKind) -> str:
        adapter = services.adapters.get(kind)
        return adapter.label if adapter else str(kind)

    return {"channel_label": label, "channel_icon": channel_icon}


def channel_icon(kind: ChannelKind) -> str:
    """The sprite's symbol of the kind's name; a kind without one gets a plain bubble."""
    return kind if kind in _symbols() else _OTHER_ICON


@cache
def _symbols() -> frozenset[str]:
    return frozenset(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))
