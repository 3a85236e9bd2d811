"""Who calls: an API token in `Authorization: Bearer`, or the browser's session cookie with its CSRF token."""

from dataclasses import dataclass, field, replace

from starlette.requests import Request
from starlette.responses import Response

from hub.access import sessions, tokens
from hub.access.sessions import SignedIn
from hub.crypto import same
from hub.errors import Forbidden, Invalid, Unauthenticated
from hub.settings import Settings
from hub.types import Actor
from hub.wiring import Services

COOKIE = "hub_session"
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf_token"
REASON_HEADER = "x-reason"
REASON_FIELD = "reason"
LONGEST_REASON = 500
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request shows of itself; empty strings where it shows nothing.

    origin   the client's address
    reason   why, in the caller's words, for the audit log
    """

    bearer: str = field(repr=False)
    cookie: str = field(repr=False)
    csrf: str = field(repr=False)
    origin: str = ""
    reason: str = field(default="", repr=False)


def credentials_of(request: Request) -> Credentials:
    """Return the token, the session cookie and the CSRF header of a request, and where from and why it comes."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return Credentials(
        bearer=token.strip() if scheme.lower() == "bearer" else "",
        cookie=request.cookies.get(COOKIE, ""),
        csrf=request.headers.get(CSRF_HEADER, ""),
        origin=origin_of(request),
        reason=reason_in(request),
    )


def origin_of(request: Request) -> str:
    """Return the client's address: that of the proxy's client behind a trusted proxy."""
    return request.client.host if request.client else ""


def reason_in(request: Request) -> str:
    """Return the header X-Reason, which is UTF-8."""
    return request.headers.get(REASON_HEADER, "").encode("latin-1").decode("utf-8", "replace")


def attributed(actor: Actor, origin: str, reason: str) -> Actor:
    """Return the actor with where from and why, for the audit log. Raises Invalid on a reason that is too long."""
    said = " ".join(reason.split())
    if len(said) > LONGEST_REASON:
        raise Invalid(f"the reason has more than {LONGEST_REASON} characters; say it shorter")
    return replace(actor, origin=origin, reason=said)


def authenticate(services: Services, credentials: Credentials, method: str) -> Actor:
    """Return who calls, where from and why.

    Raises Unauthenticated, Forbidden when a session's unsafe call lacks its CSRF token, Invalid on a bad X-Reason.
    """
    return attributed(_caller(services, credentials, method), credentials.origin, credentials.reason)


def _caller(services: Services, credentials: Credentials, method: str) -> Actor:
    if credentials.bearer:
        return tokens.actor_of_token(services, credentials.bearer)
    if not credentials.cookie:
        raise Unauthenticated("send an API token as `Authorization: Bearer TOKEN`, or sign in at /login")
    signed_in = sessions.signed_in_by(services, credentials.cookie)
    if method not in _SAFE:
        check_csrf(signed_in, credentials.csrf)
    return signed_in.actor


def signed_in_of(services: Services, request: Request) -> SignedIn:
    """Return the browser's session of a request; reads the database. Raises Unauthenticated without a valid one."""
    cookie = request.cookies.get(COOKIE, "")
    if not cookie:
        raise Unauthenticated("sign in at /login")
    return sessions.signed_in_by(services, cookie)


def check_csrf(signed_in: SignedIn, sent: str) -> None:
    """Raise Forbidden unless `sent` (a form's `csrf_token` or the header X-CSRF-Token) is the session's."""
    if not same(signed_in.csrf_token, sent):
        raise Forbidden("the page is out of date: load it again and repeat what you did")


def set_session(response: Response, settings: Settings, token: str) -> None:
    """Give the browser its session cookie."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(sessions.LIFETIME.total_seconds()),
        path="/",
        secure=_secure(settings),
        httponly=True,
        samesite="lax",
    )


def clear_session(response: Response, settings: Settings) -> None:
    """Take the session cookie back."""
    response.delete_cookie(COOKIE, path="/", secure=_secure(settings), httponly=True, samesite="lax")


def _secure(settings: Settings) -> bool:
    return settings.base_url.startswith("https://")
