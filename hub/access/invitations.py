"""Invitations: a link that lets a new user choose a password."""

from dataclasses import replace
from datetime import timedelta

from hub import audit
from hub.access.passwords import hash_password
from hub.access.sessions import NewSession, begin_session
from hub.crypto import new_token, token_hash
from hub.db import sign_in as queries
from hub.db.session import PlatformWork, Tx
from hub.errors import NotFound
from hub.types import Actor
from hub.wiring import Services

LIFETIME = timedelta(days=7)
_ENDED = "this invitation was used or has ended; ask for a new one"


def invite(services: Services, tx: Tx, user_id: str) -> str:
    """Return the path of a fresh invitation of a user. It is shown this once; earlier ones end."""
    token = new_token()
    queries.insert_invitation(tx, token_hash(token), user_id, services.clock() + LIFETIME)
    return f"/invitations/{token}"


def invited_by(services: Services, token: str) -> Actor:
    """Return whom an invitation is for. Raises NotFound when it was used or ended."""
    with services.db.platform_reading(PlatformWork.SIGN_IN) as tx:
        actor = queries.find_invited(tx, token_hash(token), services.clock())
    if actor is None:
        raise NotFound(_ENDED)
    return actor


def accept(services: Services, token: str, password: str, remote: str = "") -> NewSession:
    """Set the invited user's password and sign them in. Raises NotFound as `invited_by`, Invalid on a bad password.

    `remote` is the client's address.
    """
    actor = replace(invited_by(services, token), origin=remote)
    hashed = hash_password(password)
    with services.db.transaction(actor.organization_id) as tx:
        if not queries.take_invitation(tx, token_hash(token)):
            raise NotFound(_ENDED)
        queries.set_password(tx, actor.user_id, hashed)
        audit.record(services, tx, actor, audit.Change("invitation.accepted", "user", actor.user_id))
        return begin_session(services, tx, actor)
