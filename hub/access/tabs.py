"""Presence by browser: whoever chose to be there in the browser is, as long as a page of theirs is open.

What they chose is kept as their wish. When no page was heard of for the organization's grace they go offline; the next
one that is heard of brings their wish back, also after a laptop has slept. Presence that was set by a token or by
somebody else does not follow the browser, whatever is open.
"""

import re
from datetime import timedelta
from typing import Any, Final

from hub import audit
from hub.access.permissions import Permission, require
from hub.access.presence import announce
from hub.db import organizations, tabs
from hub.db import users as queries
from hub.db.routing_forms import wishes_from_json
from hub.db.session import PlatformWork, Tx
from hub.db.tabs import Quiet
from hub.db.users import UserView
from hub.errors import Conflict, Invalid, NotFound
from hub.types import Actor, Machine, Presence
from hub.wiring import Services

LEFT_GRACE: Final = timedelta(seconds=15)
"""How long somebody still counts as there whose last page was left: as long as it takes to load it again."""
CHOICE: Final = "choice"
"""Stands for a page from the moment of a choice on: the first beat may come later. No page can be called so."""
_TAB = re.compile(r"[0-9A-Za-z-]{8,64}")
_BY_CLOCK = Machine("system", "presence by browser")


def choose(services: Services, actor: Actor, state: Presence) -> UserView:
    """Set the actor's own presence by their browser: from now on it follows their open pages.

    Raises Conflict for a disabled user.
    """
    require(actor, Permission.SET_OWN_PRESENCE)
    with services.db.transaction(actor.organization_id) as tx:
        if tabs.lock_user(tx, actor.user_id) is None:
            raise Conflict("this user is disabled and cannot be online")
        tabs.see(tx, actor.user_id, CHOICE, services.clock())
        return _change(services, tx, actor, actor.user_id, state, {"by_browser": True, "presence_wish": state.value})


def beat(services: Services, actor: Actor, tab_id: str) -> None:
    """Note that a page is open; whoever went offline by silence is back as they had chosen.

    `tab_id`: 8 to 64 letters, digits and dashes, one for each loaded page. Raises Invalid.
    """
    require(actor, Permission.SET_OWN_PRESENCE)
    _require_tab(tab_id)
    with services.db.transaction(actor.organization_id) as tx:
        user = tabs.lock_user(tx, actor.user_id)
        if user is None:
            return
        tabs.see(tx, actor.user_id, tab_id, services.clock())
        if user.by_browser and user.wish and user.wish is not user.presence:
            _change(services, tx, actor, actor.user_id, user.wish, {})


def leave(services: Services, actor: Actor, tab_id: str) -> None:
    """Note that a page was left: unless another is heard of within LEFT_GRACE, its user goes offline. Raises Invalid.

    Not at once, because a page that is loaded again is left first.
    """
    require(actor, Permission.SET_OWN_PRESENCE)
    _require_tab(tab_id)
    with services.db.transaction(actor.organization_id) as tx:
        grace = _grace(organizations.get_own(tx).routing)
        for each in (tab_id, CHOICE):
            tabs.set_back(tx, actor.user_id, each, services.clock() - max(grace - LEFT_GRACE, timedelta()))


def end_silent(services: Services) -> None:
    """Let those go offline whose presence follows the browser and of whom no page was heard for the grace."""
    now = services.clock()
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        watched = tabs.list_watched(tx)
    for each in watched:
        if now - each.heard_at >= _grace(each.routing):
            _end(services, each)


def _end(services: Services, quiet: Quiet) -> None:
    with services.db.transaction(quiet.organization_id) as tx:
        user = tabs.lock_user(tx, quiet.user_id)
        if user is None or not user.by_browser or user.presence is Presence.OFFLINE:
            return
        # a page may have been heard of since they were listed; with the user locked it cannot be from here on
        heard_at = tabs.last_seen(tx, quiet.user_id) or user.changed_at
        if services.clock() - heard_at >= _grace(quiet.routing):
            _change(services, tx, _BY_CLOCK, quiet.user_id, Presence.OFFLINE, {})


def _change(
    services: Services, tx: Tx, by: Actor | Machine, user_id: str, state: Presence, further: dict[str, Any]
) -> UserView:
    """Set the presence of a user whom this transaction holds, leave the entry, and tell it once it is committed."""
    user = queries.find_user(tx, user_id)
    if user is None:
        raise NotFound("there is no such user")
    changed_at = {} if user.presence is state else {"presence": state.value, "presence_changed_at": services.clock()}
    queries.update_user(tx, user_id, {**changed_at, **further})
    changed = queries.find_user(tx, user_id) or user
    differs = audit.difference(user, changed)
    audit.record(services, tx, by, audit.Change("user.presence_set", "user", user_id, **differs))
    tx.after_commit(lambda: announce(services, tx.organization_id, changed))
    return changed


def _grace(stored: Any) -> timedelta:
    return timedelta(seconds=wishes_from_json(stored).browser_grace)


def _require_tab(tab_id: str) -> None:
    if not _TAB.fullmatch(tab_id):
        raise Invalid("a page names itself by 8 to 64 letters, digits and dashes")
