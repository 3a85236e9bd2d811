"""The frame of the browser's pages: who visits, what their form says, and how an error looks to a person."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hub.access.permissions import Permission, allows, require
from hub.errors import Forbidden, HubError, Suspended, Unauthenticated
from hub.types import Actor
from hub.web.auth import (
    CSRF_FIELD,
    CSRF_HEADER,
    REASON_FIELD,
    attributed,
    check_csrf,
    origin_of,
    reason_in,
    signed_in_of,
)
from hub.web.bodies import JSON_LIMIT, read_body
from hub.web.language import Language, language_of, marked
from hub.web.rendering import Times, is_fragment, render, times_of
from hub.web.threads import run
from hub.wiring import Services

HOME = "/inbox"
_WAYS: dict[int, tuple[str, str]] = {
    401: ("/login", marked("Sign in")),
    403: (HOME, marked("Back to the inbox")),
    404: (HOME, marked("Back to the inbox")),
}
_OTHER_WAY = (HOME, marked("Open the inbox again"))
_OUT = ("", "")
"""No way but out: the page shows a button that signs out."""
_OUR_SITE = frozenset({"", "same-origin", "none"})

Form = Mapping[str, Sequence[str]]
"""A submitted form: every value of every field."""

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Guest:
    """A request of somebody who need not be signed in: sign-in and invitations."""

    services: Services
    request: Request
    form: Form = field(repr=False)

    @property
    def language(self) -> Language:
        return spoken_by(self.request)

    def one(self, name: str) -> str:
        """The last value of a form field, "" when it is not there."""
        return _last(self.form, name)


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of a signed-in person. `times` writes times in their zone and language."""

    services: Services
    actor: Actor
    csrf_token: str = field(repr=False)
    request: Request
    form: Form = field(repr=False)
    times: Times

    @property
    def fragment(self) -> bool:
        return is_fragment(self.request)

    @property
    def language(self) -> Language:
        return self.times.language

    def one(self, name: str) -> str:
        """The last value of a form field, "" when it is not there."""
        return _last(self.form, name)

    def many(self, name: str) -> list[str]:
        return list(self.form.get(name, ()))

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        return self.request.query_params.get(name, default)

    def may(self, permission: Permission) -> bool:
        return allows(self.actor, permission)


def visited(services: Services, handler: Callable[[Visit], Response], permission: Permission) -> Endpoint:
    """Return the endpoint of a page for signed-in people with a permission; a POST must carry its CSRF token."""

    async def endpoint(request: Request) -> Response:
        try:
            form = await _read_form(request)
            return await run(_answer, services, handler, permission, request, form)
        except HubError as error:
            return error_response(request, error)

    return endpoint


def open_to_guests(services: Services, handler: Callable[[Guest], Response]) -> Endpoint:
    """Return the endpoint of a page that needs no sign-in; a POST from another site is refused."""

    async def endpoint(request: Request) -> Response:
        try:
            _refuse_other_sites(request)
            guest = Guest(services, request, await _read_form(request))
            return await run(handler, guest)
        except HubError as error:
            return error_response(request, error)

    return endpoint


def error_response(request: Request, error: HubError) -> Response:
    """Return an error as a person should see it: to sign-in, in the corner of the page, or a page of its own."""
    if isinstance(error, Unauthenticated):
        return _to_sign_in(request)
    language = spoken_by(request)
    detail = sentence(language.retell(error.detail))
    if is_fragment(request):
        headers = {"HX-Retarget": "#toast", "HX-Reswap": "innerHTML"}
        shown = {"text": detail, "tone": "bad", "lawful": error.extra.get("lawful", ()), "language": language}
        return render("_toast.html", shown, error.status, headers)
    way = _OUT if isinstance(error, Suspended) else _WAYS.get(error.status, _OTHER_WAY)
    shown = {"title": error.title, "detail": detail, "way": way, "language": language}
    return render("error.html", shown, error.status)


def spoken_by(request: Request) -> Language:
    """Return the language of whoever asks: what they chose, once it is known who they are, else their browser's."""
    return language_of(getattr(request.state, "language", ""), request.headers.get("accept-language", ""))


def see(path: str) -> RedirectResponse:
    """Send the browser on after a form."""
    return RedirectResponse(path, 303, headers={"Cache-Control": "no-store"})


def inside(path: str) -> str:
    """Return a path of ours to go on to after sign-in; the inbox for anything that leads elsewhere."""
    parts = urlsplit(path)
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return path if safe and "\\" not in path else HOME


def _answer(
    services: Services, handler: Callable[[Visit], Response], permission: Permission, request: Request, form: Form
) -> Response:
    signed_in = signed_in_of(services, request)
    # an error page, too, speaks the visitor's language
    request.state.language = signed_in.language
    if request.method == "POST":
        check_csrf(signed_in, request.headers.get(CSRF_HEADER) or _last(form, CSRF_FIELD))
    require(signed_in.actor, permission)
    actor = attributed(signed_in.actor, origin_of(request), reason_in(request) or _last(form, REASON_FIELD))
    times = times_of(request, services.clock(), spoken_by(request), signed_in.time_zone)
    return handler(Visit(services, actor, signed_in.csrf_token, request, form, times))


async def _read_form(request: Request) -> Form:
    if request.method != "POST":
        return {}
    body = await read_body(request, JSON_LIMIT)
    form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    # browsers end lines with CR LF in forms; NUL is no text, and PostgreSQL refuses it
    return {name: [value.replace("\r\n", "\n").replace("\x00", "") for value in form[name]] for name in form}


def _refuse_other_sites(request: Request) -> None:
    if request.method == "POST" and request.headers.get("sec-fetch-site", "") not in _OUR_SITE:
        raise Forbidden("this form was sent by another web site; open the page here and fill it in again")


def _to_sign_in(request: Request) -> Response:
    here = urlsplit(request.headers.get("hx-current-url", "")) if is_fragment(request) else request.url
    target = here.path + (f"?{here.query}" if here.query else "")
    if request.method != "GET" and not is_fragment(request):
        target = HOME
    address = f"/login?next={quote(inside(target), safe='/')}"
    if is_fragment(request):
        return Response(status_code=401, headers={"HX-Redirect": address})
    return see(address)


def sentence(detail: str) -> str:
    """Return an error's detail as a sentence; it begins in lower case, because the API joins it to others."""
    return detail[:1].upper() + detail[1:] + ("" if detail.endswith(".") else ".")


def told(error: HubError, language: Language) -> list[str]:
    """Return why something was refused in the reader's language: each of several `problems`, or the one detail."""
    found = error.extra.get("problems") or [error.detail]
    return [sentence(language.retell(str(each))) for each in found]


def _last(form: Form, name: str) -> str:
    values = form.get(name, ("",))
    return values[-1]
