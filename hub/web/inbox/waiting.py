"""What stands above the composer of a thread whose channel is stopped or got a new sender, and what waits in it."""

from collections.abc import Mapping
from typing import Any, Final

from hub.access.permissions import Permission
from hub.db import open_bans, open_claims
from hub.db.open_bans import Stopped
from hub.numbers.recruiting import held
from hub.types import Level
from hub.web.language import marked
from hub.web.visits import Visit

_STOPPED: Final = marked("{channel} has stopped this channel. What you write waits and is not lost.")
_RESTRICTED: Final = marked("{channel} has restricted this channel. Answers go out; what nobody asked for waits.")
_SAID: Final[Mapping[Level, str]] = {
    Level.CREDENTIALS: marked("{channel} refuses the access of this channel. What you write waits and is not lost."),
    Level.ACCOUNT: marked("The account of this channel is locked. What you write waits and is not lost."),
}
"""In the words of the channel; every other level that stops answers has the same."""


def winning_view(visit: Visit, conversation_id: str) -> dict[str, Any]:
    """Return what `inbox/_held.html` and the ticks of held messages need; those who only read are offered nothing."""
    waiting = held.list_held(visit.services, visit.actor, conversation_id)
    works = visit.may(Permission.WORK_ON_CONVERSATIONS)
    with visit.services.db.reading(visit.actor.organization_id) as tx:
        stopped = open_bans.find_stopped(tx, conversation_id)
        claim = open_claims.find_open(tx, conversation_id) if works else None
        confirmed = open_claims.find_confirmed(tx, conversation_id) if works else None
    return {
        "claim": claim,
        "confirmed": confirmed,
        "held": waiting if works else (),
        "held_ids": {each.message_id for each in waiting},
        "stopped": stopped,
        "stopped_words": _words(visit, stopped) if stopped else "",
        "here_talk": conversation_id,
        "may_confirm": visit.may(Permission.EDIT_CONTACTS),
    }


def _words(visit: Visit, stopped: Stopped) -> str:
    text = _SAID.get(stopped.level, _STOPPED) if stopped.answers else _RESTRICTED
    return visit.language.text(text, {"channel": visit.language.text(visit.services.adapters[stopped.kind].label)})
