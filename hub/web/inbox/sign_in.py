"""Signing in and out, and choosing a password by invitation. None of it needs a script."""

from starlette.responses import Response
from starlette.routing import Route

from hub.access import invitations, sessions
from hub.access.passwords import SHORTEST
from hub.access.sessions import NewSession
from hub.errors import Invalid, TooMany, Unauthenticated
from hub.web.auth import COOKIE, clear_session, origin_of, set_session, signed_in_of
from hub.web.language import marked
from hub.web.rendering import render
from hub.web.visits import Guest, inside, open_to_guests, see, sentence
from hub.wiring import Services

_SIGNED_OUT = marked("You are signed out.")
_DIFFER = marked("The two passwords differ. Type the same one twice.")


def routes(services: Services) -> list[Route]:
    return [
        Route("/login", open_to_guests(services, show_login), methods=["GET"]),
        Route("/login", open_to_guests(services, sign_in), methods=["POST"]),
        Route("/logout", open_to_guests(services, sign_out), methods=["POST"]),
        Route("/invitations/{token}", open_to_guests(services, show_invitation), methods=["GET"]),
        Route("/invitations/{token}", open_to_guests(services, accept_invitation), methods=["POST"]),
    ]


def show_login(guest: Guest) -> Response:
    wanted = inside(guest.request.query_params.get("next", ""))
    if _is_signed_in(guest):
        return see(wanted)
    return _login_page(guest, wanted, notice=_SIGNED_OUT if "out" in guest.request.query_params else "")


def sign_in(guest: Guest) -> Response:
    wanted, email = inside(guest.one("next")), guest.one("email")
    try:
        session = sessions.sign_in(guest.services, email, guest.one("password"), origin_of(guest.request))
    except (Unauthenticated, TooMany) as error:
        problem = sentence(guest.language.retell(error.detail))
        return _login_page(guest, wanted, email, problem, status=error.status)
    return _begun(guest, session, wanted)


def sign_out(guest: Guest) -> Response:
    """End the session. SameSite and the refusal of other sites protect it: an ended session carries no CSRF token."""
    sessions.sign_out(guest.services, guest.request.cookies.get(COOKIE, ""), origin_of(guest.request))
    response = see("/login?out")
    clear_session(response, guest.services.settings)
    return response


def show_invitation(guest: Guest) -> Response:
    invitations.invited_by(guest.services, guest.request.path_params["token"])
    return _invitation_page(guest, "")


def accept_invitation(guest: Guest) -> Response:
    password = guest.one("password")
    if password != guest.one("again"):
        return _invitation_page(guest, guest.language.text(_DIFFER), 422)
    try:
        token = guest.request.path_params["token"]
        session = invitations.accept(guest.services, token, password, origin_of(guest.request))
    except Invalid as error:
        return _invitation_page(guest, sentence(guest.language.retell(error.detail)), 422)
    return _begun(guest, session, "/inbox")


def _begun(guest: Guest, session: NewSession, path: str) -> Response:
    response = see(path)
    set_session(response, guest.services.settings, session.token)
    return response


def _is_signed_in(guest: Guest) -> bool:
    try:
        signed_in_of(guest.services, guest.request)
    except Unauthenticated:
        return False
    return True


def _login_page(
    guest: Guest, wanted: str, email: str = "", problem: str = "", notice: str = "", status: int = 200
) -> Response:
    shown = {"next": wanted, "email": email, "problem": problem, "notice": notice, "language": guest.language}
    return render("login.html", shown, status)


def _invitation_page(guest: Guest, problem: str, status: int = 200) -> Response:
    return render("invitation.html", {"problem": problem, "shortest": SHORTEST, "language": guest.language}, status)
