"""A working form for every changing page of the browser."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import anyio
import httpx

from hub.ids import new_id
from hub.notifying.links import unsubscribe_link
from hub.sandbox import seeds
from hub.types import Role
from tests.api.conftest import client
from tests.audit.ban_pages import BAN_PAGES
from tests.audit.routes import ROUTES
from tests.audit.scene import PASSWORD, Scene
from tests.browser.media import png

ORIGIN = "https://hub.example.com"
Send = Callable[[], httpx.Response]


class Browser:
    """A signed-in owner: one session, its cookie and its CSRF token."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        _, self.email, _ = scene.user(role=Role.OWNER)
        self.cookie = self._signed_in()
        self.csrf = self._csrf()

    def send(self, path: str, *, cookie: bool = True, **form: str) -> httpx.Response:
        """Post a form."""
        headers = {"Cookie": f"hub_session={self.cookie}"} if cookie else {}
        fields = {"csrf_token": self.csrf, **form} if cookie else form

        async def request() -> httpx.Response:
            async with client(self.scene.app) as http:
                return await http.post(ORIGIN + path, data=fields, headers=headers)

        return anyio.run(request)

    def will(self, path: str, *, cookie: bool = True, **form: str) -> Send:
        return lambda: self.send(path, cookie=cookie, **form)

    def _signed_in(self) -> str:
        self.cookie = self.csrf = ""
        answer = self.send("/login", cookie=False, email=self.email, password=PASSWORD)
        assert answer.status_code == 303, answer.text
        return str(answer.cookies["hub_session"])

    def show(self, path: str) -> httpx.Response:
        """Open a page."""

        async def request() -> httpx.Response:
            async with client(self.scene.app) as http:
                return await http.get(ORIGIN + path, headers={"Cookie": f"hub_session={self.cookie}"})

        return anyio.run(request)

    def upload(self, content: bytes, content_type: str) -> str:
        """Upload a file as scripts do; return its id."""
        headers = {"Cookie": f"hub_session={self.cookie}", "X-CSRF-Token": self.csrf}

        async def request() -> httpx.Response:
            async with client(self.scene.app) as http:
                file = {"file": ("me.png", content, content_type)}
                return await http.post(f"{ORIGIN}/api/v1/uploads", files=file, headers=headers)

        return str(anyio.run(request).json()["id"])

    def _csrf(self) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.show("/inbox").text)
        assert found
        return found[1]


def _on_conversation(action: str, **form: str) -> Callable[[Browser], Send]:
    return lambda browser: browser.will(f"/inbox/{browser.scene.conversation()}/{action}", **form)


def _reopen(browser: Browser) -> Send:
    conversation = browser.scene.conversation()
    browser.send(f"/inbox/{conversation}/close")
    return browser.will(f"/inbox/{conversation}/reopen")


def _retry(browser: Browser) -> Send:
    conversation, message = browser.scene.failed_message()
    return browser.will(f"/inbox/{conversation}/messages/{message}/retry")


def _accept(browser: Browser) -> Send:
    invitation = browser.scene.user(password=None)[2]
    assert invitation
    return browser.will(invitation, cookie=False, password=PASSWORD, again=PASSWORD)


def _change_group(browser: Browser) -> Send:
    group = browser.scene.made("/groups", name=f"Group {new_id()}")["id"]
    form = {"name": f"Group {new_id()}", "members": browser.scene.org.operator.user_id}
    return browser.will(f"/admin/groups/{group}", **form)


def _delete_group(browser: Browser) -> Send:
    group = browser.scene.made("/groups", name=f"Group {new_id()}")["id"]
    return browser.will(f"/admin/groups/{group}/delete")


def _user(browser: Browser, action: str = "", **form: str) -> Send:
    return browser.will(f"/admin/people/users/{browser.scene.user()[0]}{action}", **form)


def _photo(address: Callable[[Browser], str]) -> Callable[[Browser], Send]:
    def prepare(browser: Browser) -> Send:
        return browser.will(address(browser), photo=browser.upload(png(8, 8), "image/png"))

    return prepare


def _rules(browser: Browser) -> list[str]:
    """Make two rules; return their ids."""
    rules = [{"name": f"Rule {word}", "when": {"keywords": [word]}} for word in ("one", "two")]
    made = browser.scene.call("PUT", "/routing/rules", json={"rules": rules})
    return [str(each["id"]) for each in made.json()["rules"]]


def _rule(path: str, **form: str) -> Callable[[Browser], Send]:
    return lambda browser: browser.will(f"/admin/routing/{_rules(browser)[1]}{path}", **form)


def _connect(browser: Browser) -> Send:
    """Choose a page after signing in at Facebook."""
    there = browser.show("/admin/channels/connect/facebook").headers["location"]
    answer = {"answer": "allow", "page": seeds.PAGES[1].id}
    scopes = [("granted", scope) for scope in ("pages_messaging", "pages_manage_metadata")]
    asked = [*parse_qsl(urlsplit(there).query), *answer.items(), *scopes]
    dialog = f"{browser.scene.sandbox.url}{urlsplit(there).path}?{urlencode(asked)}"
    back = urlsplit(httpx.get(dialog).headers["location"])
    came = browser.show(f"{back.path}?{back.query}").headers["location"]
    connection = parse_qs(urlsplit(came).query)["connection"][0]
    return browser.will(back.path, connection=connection, address=seeds.PAGES[1].id, name="A page")


def _channel_page(path: str, line: tuple[str, str], **form: str) -> Callable[[Browser], Send]:
    """Do on a page what a line of the API does, to what that line is done to."""

    def prepare(browser: Browser) -> Send:
        asked = ROUTES[line](browser.scene)
        said = (asked.content or {}).get("json", {})
        return browser.will(f"/admin/channels/{asked.id}{path}", **{**form, **said})

    return prepare


def _create_channel(browser: Browser) -> Send:
    new = (ROUTES["POST", "/channels"](browser.scene).content or {})["json"]
    credentials = {f"credential:{name}": value for name, value in new["credentials"].items()}
    return browser.will("/admin/channels", kind=new["kind"], name=new["name"], **credentials)


def _renew(browser: Browser) -> Send:
    asked = ROUTES["POST", "/channels/{id}/check"](browser.scene)
    token = str(seeds.BOTS[0].token)
    return browser.will(f"/admin/channels/{asked.id}/credentials", **{"credential:bot_token": token})


def _unsubscribe(browser: Browser) -> Send:
    link = unsubscribe_link(browser.scene.services, browser.scene.org.id, browser.scene.identity())
    return browser.will(urlsplit(link).path, cookie=False)


def _with_webhook(path: str) -> Callable[[Browser], Send]:
    def prepare(browser: Browser) -> Send:
        browser.send("/admin/webhook", url="https://crm.example.com/")
        return browser.will(f"/admin/webhook{path}")

    return prepare


PAGES: dict[str, Callable[[Browser], Send]] = {
    **BAN_PAGES,
    "/login": lambda browser: browser.will("/login", cookie=False, email=browser.email, password=PASSWORD),
    "/logout": lambda browser: browser.will("/logout"),
    "/invitations/{token}": _accept,
    "/unsubscribe/{token}": _unsubscribe,
    "/inbox/language": lambda browser: browser.will("/inbox/language", language="de"),
    "/inbox/presence": lambda browser: browser.will("/inbox/presence", state="online"),
    "/inbox/{conversation_id}/messages": _on_conversation("messages", text="the words of an answer", mode="note"),
    "/inbox/{conversation_id}/messages/{message_id}/retry": _retry,
    "/inbox/{conversation_id}/close": _on_conversation("close"),
    "/inbox/{conversation_id}/reopen": _reopen,
    "/inbox/{conversation_id}/assign": _on_conversation("assign", to="take"),
    "/inbox/{conversation_id}/read": _on_conversation("read"),
    "/admin/channels/connected": _connect,
    "/admin/channels": _create_channel,
    "/admin/channels/{channel_id}": _channel_page("", ("PATCH", "/channels/{id}")),
    "/admin/channels/{channel_id}/check": _channel_page("/check", ("POST", "/channels/{id}/check")),
    "/admin/channels/{channel_id}/credentials": _renew,
    "/admin/channels/{channel_id}/intake-token": _channel_page(
        "/intake-token", ("POST", "/channels/{id}/intake-token")
    ),
    "/admin/channels/{channel_id}/code": _channel_page("/code", ("POST", "/channels/{id}/code")),
    "/admin/channels/{channel_id}/code/confirm": _channel_page(
        "/code/confirm", ("POST", "/channels/{id}/code/confirm")
    ),
    "/admin/channels/{channel_id}/delete": _channel_page("/delete", ("DELETE", "/channels/{id}")),
    "/admin/webhook": lambda browser: browser.will("/admin/webhook", url="https://crm.example.com/"),
    "/admin/webhook/test": _with_webhook("/test"),
    "/admin/webhook/remove": _with_webhook("/remove"),
    "/admin/privacy/cases": lambda browser: browser.will(
        "/admin/privacy/cases", kind="restrict", contact_id=browser.scene.contact(), reason="they asked"
    ),
    "/admin/privacy/exports/{contact_id}": lambda browser: browser.will(
        f"/admin/privacy/exports/{browser.scene.exported()}"
    ),
    "/admin/people/users": lambda browser: browser.will(
        "/admin/people/users", email=f"{new_id()}@example.com", name="New", role="operator", slots="3"
    ),
    "/admin/people/users/{user_id}": lambda browser: _user(browser, name="Renamed", role="operator", slots="4"),
    "/admin/people/users/{user_id}/disable": lambda browser: _user(browser, "/disable"),
    "/admin/people/users/{user_id}/profile": lambda browser: _user(browser, "/profile", alias="Ally", skills="billing"),
    "/admin/people/users/{user_id}/profile/photo": _photo(
        lambda browser: f"/admin/people/users/{browser.scene.user()[0]}/profile/photo"
    ),
    "/profile": lambda browser: browser.will("/profile", alias="Ally", languages="de"),
    "/profile/photo": _photo(lambda _: "/profile/photo"),
    "/admin/groups": lambda browser: browser.will("/admin/groups", name=f"Group {new_id()}"),
    "/admin/groups/wishes": lambda browser: browser.will(
        "/admin/groups/wishes", offline_minutes="5", browser_seconds="90", close_days="30"
    ),
    "/admin/groups/{group_id}": _change_group,
    "/admin/groups/{group_id}/delete": _delete_group,
    "/admin/routing": lambda browser: browser.will("/admin/routing", name=f"Rule {new_id()}", keywords=new_id()),
    "/admin/routing/{rule_id}": _rule("", name="Renamed", keywords="three", enabled="yes"),
    "/admin/routing/{rule_id}/move": _rule("/move", to="up"),
    "/admin/routing/{rule_id}/enable": _rule("/enable", on=""),
    "/admin/routing/{rule_id}/delete": _rule("/delete"),
}
