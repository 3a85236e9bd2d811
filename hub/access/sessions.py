"""Signing in to the browser: server-side sessions behind a random cookie."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from hub import audit
from hub.access import throttle
from hub.access.passwords import hash_password, is_outdated, verify_password
from hub.crypto import new_token, token_hash
from hub.db import sign_in as queries
from hub.db.session import PlatformWork, Tx
from hub.db.sign_in import Login, SessionRow
from hub.errors import Unauthenticated
from hub.types import Actor, Machine, Secret
from hub.wiring import Services

LIFETIME = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session. `csrf_token` accompanies every unsafe request.

    language, time_zone  the user's choice, "" for none
    """

    actor: Actor
    csrf_token: str = field(repr=False)
    language: str = ""
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session just begun. `token` is the cookie's value and is stored nowhere."""

    actor: Actor
    token: Secret
    csrf_token: str = field(repr=False)


def sign_in(services: Services, email: str, password: str, remote: str) -> NewSession:
    """Begin a session. `remote` is the client's address.

    Raises Unauthenticated, alike for a wrong password, an unknown and a disabled account; TooMany after ten failures.
    """
    address = email.strip().lower()
    throttle.attempt(services, address, remote)
    login = _find_login(services, address)
    if not verify_password(login.password_hash if login else None, password) or login is None:
        _record_refusal(services, login, remote)
        raise Unauthenticated("the e-mail address or the password is wrong")
    throttle.succeeded(services, address, remote)
    actor, new_hash = replace(login.actor, origin=remote), _new_hash(login, password)
    with services.db.transaction(actor.organization_id) as tx:
        if new_hash is not None:
            queries.set_password(tx, actor.user_id, new_hash)
        audit.record(services, tx, actor, audit.Change("session.begun", "user", actor.user_id))
        return begin_session(services, tx, actor)


def begin_session(services: Services, tx: Tx, actor: Actor) -> NewSession:
    """Begin a session for somebody who proved who they are, in a transaction of their organization."""
    token, csrf, now = new_token(), new_token(), services.clock()
    queries.insert_session(tx, token_hash(token), actor.user_id, SessionRow(actor, str(csrf), now + LIFETIME), now)
    return NewSession(actor, token, str(csrf))


def sign_out(services: Services, token: str, remote: str = "") -> None:
    """End the session of a cookie; nothing happens when it ended before."""
    hashed = token_hash(token)
    with services.db.platform_transaction(PlatformWork.SIGN_IN) as tx:
        live = queries.find_session(tx, hashed, services.clock())
        queries.delete_session(tx, hashed)
        if live is not None:
            by, ended = replace(live.actor, origin=remote), audit.Change("session.ended", "user", live.actor.user_id)
            audit.record(services, tx, by, ended, by.organization_id)


def signed_in_by(services: Services, token: str) -> SignedIn:
    """Return the session of a cookie. Raises Unauthenticated when it ended, 14 days after sign-in at the latest."""
    with services.db.platform_reading(PlatformWork.SIGN_IN) as tx:
        row = queries.find_session(tx, token_hash(token), services.clock())
    if row is None:
        raise Unauthenticated("your session has ended; sign in again at /login")
    return SignedIn(row.actor, row.csrf_token, row.language, row.time_zone)


def _find_login(services: Services, email: str) -> Login | None:
    if "\x00" in email:
        return None
    with services.db.platform_reading(PlatformWork.SIGN_IN) as tx:
        return queries.find_login(tx, email)


def _record_refusal(services: Services, login: Login | None, remote: str) -> None:
    """Note a failed sign-in where the account belongs; never what was typed, which may be a password."""
    guest = Machine("guest", origin=remote)
    whose = login.actor.organization_id if login else audit.PLATFORM
    refused = audit.Change("session.refused", "user", login.actor.user_id if login else "")
    with services.db.platform_transaction(PlatformWork.SIGN_IN) as tx:
        audit.record(services, tx, guest, refused, whose)


def _new_hash(login: Login, password: str) -> str | None:
    if login.password_hash is None or not is_outdated(login.password_hash):
        return None
    return hash_password(password)
