"""Who is there to answer. What is set here stands until it is changed, whatever the user's browsers do."""

import json

from hub import audit
from hub.access.permissions import Permission, require
from hub.db import users as queries
from hub.db.users import UserView
from hub.errors import Conflict, NotFound
from hub.queue import NOTICES
from hub.types import ANSWERING, Actor, Presence
from hub.wiring import Services

ASSIGN_WAITING = "workers.routing.assign_waiting"


def set_presence(services: Services, actor: Actor, user_id: str, state: Presence) -> UserView:
    """Set a user's presence; who comes online is given what waits. Raises NotFound.

    Raises Conflict for whoever cannot be there: disabled users, and those whose role may not answer.
    """
    own = user_id == actor.user_id
    require(actor, Permission.SET_OWN_PRESENCE if own else Permission.SET_ANY_PRESENCE)
    with services.db.transaction(actor.organization_id) as tx:
        user = queries.find_user(tx, user_id)
        if user is None:
            raise NotFound("there is no such user")
        if user.disabled_at is not None:
            raise Conflict("this user is disabled and cannot be online")
        if state is not Presence.OFFLINE and user.role not in ANSWERING:
            raise Conflict("this user only reads and cannot be online; give them a role that answers")
        # whoever is said to be offline once more has been it since the first time
        since = {"presence_changed_at": services.clock()} if state is not user.presence else {}
        queries.update_user(tx, user_id, {"presence": state.value, "by_browser": False, **since})
        changed = queries.find_user(tx, user_id) or user
        differs = audit.difference(user, changed)
        audit.record(services, tx, actor, audit.Change("user.presence_set", "user", user_id, **differs))
        tx.after_commit(lambda: announce(services, actor.organization_id, changed))
        return changed


def announce(services: Services, organization_id: str, user: UserView) -> None:
    """Tell whoever listens of a presence that changed; who is online now is given what waits."""
    # presence carries no number in the stream: it is told to whoever listens now, never replayed
    notice = {"kind": "presence", "data": {"user_id": user.id, "state": user.presence.value}}
    services.queue.publish(NOTICES + organization_id, json.dumps(notice))
    if user.presence is Presence.ONLINE:
        services.queue.wake("routing", ASSIGN_WAITING, organization_id)
