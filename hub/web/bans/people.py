"""The people of a ban, page by page; claims that somebody has to decide come first. Only their organization sees it."""

from typing import Any, Final

from hub.access.permissions import Permission
from hub.db import open_claims
from hub.numbers.cases.views import BanView
from hub.numbers.recruiting import RecipientView, count_held, list_recipients
from hub.types.numbers import RecipientState
from hub.web.bans.words import PEOPLE
from hub.web.visits import Visit

_AT_ONCE: Final = 50
_CLAIMS: Final = 20


def people_context(visit: Visit, view: BanView, platform: bool) -> dict[str, Any]:
    """Return what `bans/_people.html` needs; `people` is None for the platform, and before there is a ledger."""
    if platform or not view.progress.total or not visit.may(Permission.READ_CONTACTS):
        return {"people": None, "claims": [], "may_confirm": False}
    chosen = visit.query("state")
    state = RecipientState(chosen) if chosen in list(RecipientState) else None
    cursor = visit.query("cursor") or None
    page = list_recipients(visit.services, visit.actor, view.id, state, _AT_ONCE, cursor)
    with visit.services.db.reading(visit.actor.organization_id) as tx:
        claims = open_claims.list_open(tx, view.id, _CLAIMS)
    return {
        "people": [_shown(each) for each in page.items],
        "next_people": page.next,
        "claims": claims,
        "states": list(PEOPLE.items()),
        "chosen": chosen,
        "may_confirm": visit.may(Permission.EDIT_CONTACTS),
    }


def held_context(visit: Visit, view: BanView, platform: bool) -> dict[str, Any]:
    """Return what `bans/_waiting.html` needs; `waiting` is None where nothing waits for somebody to decide."""
    count = 0 if platform else count_held(visit.services, visit.actor, view.id)
    return {"waiting": {"count": count} if count else None}


def _shown(each: RecipientView) -> dict[str, Any]:
    return {
        "id": each.id,
        "name": each.contact.name if each.contact else "",
        "address": each.identity.name if each.identity else "",
        "word": PEOPLE[each.state],
        "why": each.why,
        "way": each.way,
        "talk": each.conversation_id,
        "invited_at": each.invited_at,
        "verified_at": each.verified_at,
        "may_undo": each.state is RecipientState.VERIFIED and each.claimed_by is not None,
    }
