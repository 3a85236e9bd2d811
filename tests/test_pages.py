"""The browser's pages over HTTP: who may see what, forged forms, hostile text. The look of it is in tests/browser."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import pytest

from hub.conversations.reading import get_conversation, list_messages
from hub.types import (
    ButtonPress,
    ContactCard,
    Forwarded,
    FullText,
    Location,
    Mark,
    MarkKind,
    MessageView,
    Quote,
    Referral,
    Role,
    Text,
    Unsupported,
)
from hub.web.app import create_app
from hub.wiring import Services
from tests.browser.stage import PASSWORD, Operator, Stage
from tests.world import World

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}} javascript:alert(3) https://x.example/?a=<b>"
)
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Visitor:
    """A browser without scripts: keeps cookies, follows no redirect by itself."""

    services: Services
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    language: str = ""

    def __post_init__(self) -> None:
        self.app = create_app(self.services)

    def get(self, path: str, fragment: bool = False) -> httpx.Response:
        return self._send(lambda client: client.get(path, headers={"HX-Request": "true"} if fragment else {}))

    def post(self, path: str, form: dict[str, object], fragment: bool = False, site: str = "") -> httpx.Response:
        headers = {"HX-Request": "true"} if fragment else {}
        if site:
            headers["Sec-Fetch-Site"] = site
        return self._send(lambda client: client.post(path, data=form, headers=headers))

    def token(self, path: str = "/inbox") -> str:
        found = _TOKEN.search(self.get(path).text)
        assert found
        return found[1]

    def sign_in(self, who: Operator) -> "Visitor":
        answer = self.post("/login", {"email": who.email, "password": PASSWORD, "next": "/inbox"})
        assert answer.status_code == 303, answer.text
        return self

    def _send(self, call: Callable[[httpx.AsyncClient], object]) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            base = self.services.settings.base_url
            spoken = {"Accept-Language": self.language}
            async with httpx.AsyncClient(
                transport=transport, base_url=base, cookies=self.cookies, headers=spoken
            ) as client:
                answer: httpx.Response = await call(client)  # type: ignore[misc]
                self.cookies = client.cookies
                return answer

        return asyncio.run(send())


@pytest.fixture
def stage(services: Services, world: World) -> Stage:
    return Stage(services, world)


@pytest.fixture
def anna(stage: Stage) -> Operator:
    return stage.operator("Anna Brandt")


@pytest.fixture
def visitor(services: Services, anna: Operator) -> Visitor:
    return Visitor(services).sign_in(anna)


@pytest.fixture
def talk(stage: Stage) -> str:
    return stage.hear(stage.customer("Lena Fischer", "telegram", "7001"), "Hello?")


def said(stage: Stage, talk: str) -> list[MessageView]:
    return [each for each in list_messages(stage.services, stage.org.actor, talk).items if each.direction != "activity"]


@pytest.mark.parametrize("path", ["/", "/inbox", "/inbox/list", "/inbox/01X", "/admin/people"])
def test_without_a_session_a_page_leads_to_sign_in_and_back(services: Services, path: str) -> None:
    answer = Visitor(services).get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/login?next={path}"


def test_a_fragment_without_a_session_sends_the_whole_page_to_sign_in(services: Services) -> None:
    answer = Visitor(services).get("/inbox/list", fragment=True)
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"].startswith("/login?next=")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", ""])
def test_sign_in_never_leads_to_another_site(services: Services, anna: Operator, target: str) -> None:
    form: dict[str, object] = {"email": anna.email, "password": PASSWORD, "next": target}
    answer = Visitor(services).post("/login", form)
    assert answer.headers["location"] == "/inbox"


def test_the_session_cookie_is_httponly_secure_and_lax(services: Services, anna: Operator) -> None:
    answer = Visitor(services).post("/login", {"email": anna.email, "password": PASSWORD, "next": ""})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "secure" in cookie
    assert "samesite=lax" in cookie


def test_a_sign_in_form_of_another_site_is_refused(services: Services, anna: Operator) -> None:
    form: dict[str, object] = {"email": anna.email, "password": PASSWORD, "next": ""}
    answer = Visitor(services).post("/login", form, site="cross-site")
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_form_without_the_csrf_token_changes_nothing(stage: Stage, visitor: Visitor, talk: str) -> None:
    actions = ("messages", "close", "reopen", "assign", "read")
    for path in [*(f"/inbox/{talk}/{action}" for action in actions), "/inbox/presence"]:
        for token in ("", "forged"):
            form: dict[str, object] = {"text": "x", "to": "take", "state": "online", "csrf_token": token}
            assert visitor.post(path, form).status_code == 403, path
    assert [each.text for each in said(stage, talk)] == ["Hello?"]
    assert get_conversation(stage.services, stage.org.actor, talk).status == "new"


def test_another_sessions_csrf_token_is_refused(stage: Stage, visitor: Visitor, talk: str) -> None:
    other = Visitor(stage.services).sign_in(stage.operator("Ben Okafor"))
    answer = visitor.post(f"/inbox/{talk}/close", {"csrf_token": other.token()})
    assert answer.status_code == 403


def test_signing_out_ends_the_session_on_the_server(visitor: Visitor) -> None:
    kept = httpx.Cookies(visitor.cookies)
    assert visitor.post("/logout", {}).headers["location"] == "/login?out"
    visitor.cookies = kept
    assert visitor.get("/inbox").status_code == 303


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR])
def test_people_is_for_owners_and_admins(stage: Stage, role: Role) -> None:
    visitor = Visitor(stage.services).sign_in(stage.operator("Tess Other", role))
    assert visitor.get("/admin/people").status_code == 403
    form: dict[str, object] = {"csrf_token": visitor.token(), "name": "Sales"}
    assert visitor.post("/admin/groups", form).status_code == 403
    assert "/admin/people" not in visitor.get("/inbox").text


def test_an_admin_cannot_make_an_owner(stage: Stage) -> None:
    visitor = Visitor(stage.services).sign_in(stage.operator("Ada Admin", Role.ADMIN))
    form: dict[str, object] = {"name": "X", "email": "x@nordlicht.example", "role": "owner", "slots": "5"}
    answer = visitor.post("/admin/people/users", {**form, "csrf_token": visitor.token()})
    assert answer.status_code == 403
    assert "only an owner" in answer.text.lower()


def test_an_auditor_reads_and_cannot_answer(stage: Stage, talk: str) -> None:
    visitor = Visitor(stage.services).sign_in(stage.operator("Aud Itor", Role.AUDITOR))
    page = visitor.get(f"/inbox/{talk}").text
    assert "Hello?" in page
    assert 'id="composer"' not in page
    form: dict[str, object] = {"csrf_token": visitor.token(), "text": "x"}
    assert visitor.post(f"/inbox/{talk}/messages", form).status_code == 403


def test_another_organizations_conversation_is_not_found(stage: Stage, visitor: Visitor) -> None:
    other = Stage(stage.services, stage.world, "Other Inc")
    theirs = other.hear(other.customer("Eve", "telegram", "7001"), "Their secret")
    for path in (f"/inbox/{theirs}", f"/inbox/{theirs}/thread"):
        answer = visitor.get(path)
        assert answer.status_code == 404
        assert "Their secret" not in answer.text
    form: dict[str, object] = {"csrf_token": visitor.token(), "text": "x", "to": "take"}
    for action in ("messages", "close", "assign", "read"):
        assert visitor.post(f"/inbox/{theirs}/{action}", form).status_code == 404


def test_hostile_text_is_shown_as_text_everywhere(stage: Stage, visitor: Visitor) -> None:
    eve = stage.customer(HOSTILE[:150], "telegram", "666")
    parts = (HOSTILE, FullText(HOSTILE), Unsupported(HOSTILE, HOSTILE))
    talk = stage.hear(eve, *parts, topic=HOSTILE)
    for path in (f"/inbox/{talk}?tab=all", "/inbox/list?tab=all", f"/inbox/{talk}/thread"):
        page = visitor.get(path).text
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "{{7*7}}" in page or "49" not in page
        assert 'href="javascript' not in page
    links = re.findall(r"<a [^>]*x\.example[^>]*>", visitor.get(f"/inbox/{talk}").text)
    assert links
    assert all("noopener" in link for link in links)


def test_the_same_form_sent_twice_sends_once(stage: Stage, visitor: Visitor, talk: str) -> None:
    form: dict[str, object] = {"csrf_token": visitor.token(), "text": "Good morning", "key": "k" * 32, "mode": "reply"}
    for _ in range(2):
        assert visitor.post(f"/inbox/{talk}/messages", form, fragment=True).status_code == 200
    assert [each.text for each in said(stage, talk)] == ["Hello?", "Good morning"]
    # another text under the same key is not silently dropped
    assert visitor.post(f"/inbox/{talk}/messages", {**form, "text": "Other"}, fragment=True).status_code == 422
    visitor.post(f"/inbox/{talk}/messages", {**form, "key": "n" * 32})
    assert len(said(stage, talk)) == 3


def test_a_refused_answer_names_the_reason_in_the_corner(stage: Stage, visitor: Visitor, talk: str) -> None:
    form: dict[str, object] = {"csrf_token": visitor.token(), "text": "x", "attachment": "01UNKNOWN", "mode": "reply"}
    answer = visitor.post(f"/inbox/{talk}/messages", form, fragment=True)
    assert answer.status_code == 404
    assert answer.headers["hx-retarget"] == "#toast"
    assert "There is no upload" in answer.text


def test_a_message_is_retried_only_in_its_own_conversation(stage: Stage, visitor: Visitor, talk: str) -> None:
    other = stage.hear(stage.customer("Tom Berg", "telegram", "7002"), "Hi")
    message = said(stage, talk)[0]
    form: dict[str, object] = {"csrf_token": visitor.token()}
    assert visitor.post(f"/inbox/{other}/messages/{message.id}/retry", form).status_code == 404


@pytest.mark.parametrize("to", ["", "user:", "everybody", "user:01UNKNOWN", "group:01UNKNOWN"])
def test_an_assignment_to_nobody_is_refused(stage: Stage, visitor: Visitor, talk: str, to: str) -> None:
    answer = visitor.post(f"/inbox/{talk}/assign", {"csrf_token": visitor.token(), "to": to})
    assert answer.status_code in {404, 422}
    assert get_conversation(stage.services, stage.org.actor, talk).assignee is None


def test_the_list_pages_without_a_gap_or_a_double(stage: Stage, visitor: Visitor) -> None:
    for number in range(12):
        stage.hear(stage.customer(f"Customer {number}", "telegram", f"80{number}"), "Hi")
    seen: list[str] = []
    path: str | None = "/inbox/list?tab=all&limit=5"
    while path:
        page = visitor.get(path, fragment=True).text
        seen += re.findall(r'data-id="([^"]+)"', page)
        more = re.search(r'id="more" href="([^"]+)"', page)
        path = more[1].replace("&amp;", "&") + "&limit=5" if more else None
    assert len(seen) == len(set(seen)) == 12


@pytest.mark.parametrize("query", ["tab=x", "status=x", "sort=x", "limit=-1", "limit=x", "q=%00", "open=%3Cb%3E"])
def test_a_senseless_query_shows_the_usual_list(visitor: Visitor, talk: str, query: str) -> None:
    answer = visitor.get(f"/inbox/list?{query}")
    assert answer.status_code == 200
    assert talk in answer.text


def test_a_page_is_not_cached_and_runs_no_foreign_script(visitor: Visitor) -> None:
    answer = visitor.get("/inbox")
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_an_unknown_page_says_where_to_go(visitor: Visitor) -> None:
    answer = visitor.get("/nowhere")
    assert answer.status_code == 404
    assert 'href="/inbox"' in answer.text


def test_the_last_owner_cannot_be_disabled(stage: Stage) -> None:
    owner = stage.org.actor
    visitor = Visitor(stage.services).sign_in(stage.operator("Olivia Own", Role.OWNER))
    token = visitor.token()
    me = _id_of(visitor, "Olivia Own")
    assert visitor.post(f"/admin/people/users/{owner.user_id}/disable", {"csrf_token": token}).status_code == 303
    answer = visitor.post(f"/admin/people/users/{me}/disable", {"csrf_token": token})
    assert answer.status_code == 409
    assert "last owner" in answer.text


def test_the_pages_speak_the_chosen_language_else_the_browsers(stage: Stage, visitor: Visitor, talk: str) -> None:
    assert '<html lang="en">' in visitor.get("/inbox").text
    chosen: dict[str, object] = {"csrf_token": visitor.token(), "language": "de", "back": f"/inbox/{talk}"}
    assert visitor.post("/inbox/language", chosen).headers["location"] == f"/inbox/{talk}"
    page = visitor.get("/inbox")
    assert '<html lang="de">' in page.text
    assert "Posteingang" in page.text
    assert page.headers["content-language"] == "de"
    # an error page, too
    assert "Zurück zum Posteingang" in visitor.get("/inbox/01UNKNOWN").text
    assert visitor.post("/inbox/language", {**chosen, "language": "tlh"}).status_code == 422
    away = visitor.post("/inbox/language", {**chosen, "back": "https://evil.example/"})
    assert away.headers["location"] == "/inbox"
    guest = Visitor(stage.services, language="de-AT,en;q=0.5").get("/login").text
    assert "Anmelden" in guest


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR])
def test_channels_are_for_owners_and_admins(stage: Stage, role: Role) -> None:
    visitor = Visitor(stage.services).sign_in(stage.operator("Tess Other", role))
    for path in ("/admin/channels", "/admin/channels/new/telegram"):
        assert visitor.get(path).status_code == 403
    assert "/admin/channels" not in visitor.get("/inbox").text


def test_hostile_parts_are_shown_as_text(stage: Stage, visitor: Visitor) -> None:
    eve = stage.customer("Eve", "telegram", "667")
    parts = (
        Text("click", (Mark(MarkKind.LINK, 0, 5, "javascript:alert(1)"), Mark(MarkKind.BOLD, -4, 99))),
        Location(1.0, 2.0, HOSTILE, HOSTILE),
        ContactCard(HOSTILE, (HOSTILE,), (HOSTILE,)),
        ButtonPress(HOSTILE, HOSTILE),
        Referral(HOSTILE, HOSTILE, HOSTILE, "javascript:alert(1)"),
        Quote(HOSTILE, HOSTILE),
        Forwarded(HOSTILE),
        Unsupported(HOSTILE, HOSTILE),
    )
    talk = stage.hear(eve, *parts)
    page = visitor.get(f"/inbox/{talk}").text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page


def _id_of(visitor: Visitor, name: str) -> str:
    found = re.search(rf'id="user-(\w+)"(?:(?!id="user-).)*{name}', visitor.get("/admin/people").text, re.DOTALL)
    assert found
    return found[1]
