"""Changing a profile: one's own, or a colleague's by whoever manages the team."""

from hub import audit
from hub.access.permissions import Permission, allows, require
from hub.access.presence import ASSIGN_WAITING
from hub.access.profile_values import Profile, values_of
from hub.access.users import get_in, require_changeable
from hub.db import users as queries
from hub.db.users import UserView
from hub.errors import Forbidden
from hub.types import Actor
from hub.wiring import Services


def change_profile(services: Services, actor: Actor, user_id: str, profile: Profile) -> UserView:
    """Change names, languages, time zone and skills; everybody their own, except skills: rules count on those.

    Raises NotFound, Invalid naming the value, Forbidden to change somebody who may do more, or to give oneself skills.
    """
    own = user_id == actor.user_id
    require(actor, Permission.WORK_ON_CONVERSATIONS if own else Permission.MANAGE_TEAM)
    if profile.skills is not None and not allows(actor, Permission.MANAGE_TEAM):
        raise Forbidden("skills are given by whoever manages the team; leave them out, or ask an admin")
    values = values_of(profile)
    with services.db.transaction(actor.organization_id) as tx:
        before = get_in(tx, user_id)
        if not own:
            require_changeable(actor, before)
        queries.update_user(tx, user_id, values)
        after = get_in(tx, user_id)
        differs = audit.difference(before, after)
        audit.record(services, tx, actor, audit.Change("user.profile_changed", "user", user_id, **differs))
        # a language or a skill may be what somebody waits for
        tx.after_commit(lambda: services.queue.wake("routing", ASSIGN_WAITING, actor.organization_id))
        return after
