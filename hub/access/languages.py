"""Which language a user reads the pages in."""

from hub import audit
from hub.access.permissions import Permission, require
from hub.db import users as queries
from hub.db.users import UserView
from hub.errors import Invalid, NotFound
from hub.types import Actor
from hub.wiring import Services

LANGUAGES = ("en", "de")
"""What the pages are written in, by BCP 47 tag; the first is the usual one."""


def set_language(services: Services, actor: Actor, code: str) -> UserView:
    """Keep the actor's own choice. Raises Invalid for a language the hub does not have."""
    require(actor, Permission.READ_CONVERSATIONS)
    if code not in LANGUAGES:
        raise Invalid(f"the language must be one of {', '.join(LANGUAGES)}")
    with services.db.transaction(actor.organization_id) as tx:
        before = queries.find_user(tx, actor.user_id)
        if before is None:
            raise NotFound("there is no such user")
        queries.update_user(tx, actor.user_id, {"language": code})
        after = queries.find_user(tx, actor.user_id) or before
        differs = audit.difference(before, after)
        audit.record(services, tx, actor, audit.Change("user.language_set", "user", actor.user_id, **differs))
        return after
