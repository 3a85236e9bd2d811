"""API tokens: shown once, stored hashed, bounded by scopes and by the role of the user who issued them."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub import audit
from hub.access.permissions import Permission, check_scopes, require
from hub.crypto import new_token, token_hash
from hub.db import sign_in as queries
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.paging import page_by_id
from hub.db.session import PlatformWork, Tx
from hub.db.sign_in import TokenView
from hub.errors import NotFound, Unauthenticated
from hub.ids import new_id
from hub.types import Actor, Page, Secret
from hub.wiring import Services


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just issued; `token` is shown this once."""

    view: TokenView
    token: Secret


def actor_of_token(services: Services, token: str) -> Actor:
    """Return who a token acts for. Raises Unauthenticated when it is unknown or revoked or its user disabled."""
    with services.db.platform_reading(PlatformWork.SIGN_IN) as tx:
        actor = queries.find_token_actor(tx, token_hash(token))
    if actor is None:
        raise Unauthenticated("this API token is unknown or was revoked; issue a new one under Settings")
    return actor


def list_tokens(services: Services, actor: Actor, limit: int = 50, cursor: str | None = None) -> Page[TokenView]:
    """Return the organization's tokens, oldest first."""
    require(actor, Permission.MANAGE_TOKENS)
    with services.db.reading(actor.organization_id) as tx:
        return page_by_id(queries.list_tokens(tx, limit + 1, cursor), limit)


def create_token(
    services: Services, actor: Actor, name: str, scopes: Sequence[str], once: Once = EVERY_TIME
) -> NewToken:
    """Issue a token that acts for its issuer. Raises Invalid on unknown scopes, Forbidden on more than they have."""
    require(actor, Permission.MANAGE_TOKENS)
    wanted = check_scopes(actor, scopes)
    with services.db.transaction(actor.organization_id) as tx:
        made = issue(services, tx, actor.user_id, name, wanted)
        issued = {"name": name, "scopes": wanted}
        audit.record(services, tx, actor, audit.Change("token.issued", "token", made.view.id, after=issued))
        return once.keep(tx, made)


def issue(services: Services, tx: Tx, user_id: str, name: str, scopes: Sequence[str]) -> NewToken:
    """Store a fresh token of a user within a transaction of their organization."""
    view = TokenView(new_id(), name, tuple(scopes), user_id, services.clock())
    token = new_token()
    queries.insert_token(tx, view, token_hash(token))
    return NewToken(view, token)


def revoke_token(services: Services, actor: Actor, token_id: str) -> None:
    """End a token at once. Raises NotFound."""
    require(actor, Permission.MANAGE_TOKENS)
    with services.db.transaction(actor.organization_id) as tx:
        if not queries.revoke_token(tx, token_id, services.clock()):
            raise NotFound("there is no such token")
        audit.record(services, tx, actor, audit.Change("token.revoked", "token", token_id))
