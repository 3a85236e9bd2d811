"""Who calls: an API token in `Authorization: Bearer`, or the browser's session cookie with its CSRF token."""

from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from hub.access import sessions, tokens
from hub.access.sessions import SignedIn
from hub.crypto import same
from hub.errors import Forbidden, Unauthenticated
from hub.settings import Settings
from hub.types import Actor
from hub.wiring import Services

COOKIE = "hub_session"
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf_token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request shows of itself; empty strings where it shows nothing."""

    bearer: str = field(repr=False)
    cookie: str = field(repr=False)
    csrf: str = field(repr=False)


def credentials_of(request: Request) -> Credentials:
    """Return the token, the session cookie and the CSRF header of a request."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return Credentials(
        bearer=token.strip() if scheme.lower() == "bearer" else "",
        cookie=request.cookies.get(COOKIE, ""),
        csrf=request.headers.get(CSRF_HEADER, ""),
    )


def authenticate(services: Services, credentials: Credentials, method: str) -> Actor:
    """Return who calls. Raises Unauthenticated, and Forbidden when a session's unsafe call lacks its CSRF token."""
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
