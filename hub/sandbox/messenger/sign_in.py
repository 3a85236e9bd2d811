"""Meta's sign-in: the dialog where somebody chooses pages, the tokens that come of it, and what a token is."""

import base64
import json
from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hub.sandbox import seeds
from hub.sandbox.messenger import business
from hub.sandbox.messenger.refusing import Refused
from hub.sandbox.world import JsonObject, Page, World

USER_ID = "30010000000000001"
"""Whoever signs in: one person manages every page."""
APP_TOKEN = f"{seeds.APP_ID}|{seeds.APP_SECRET}"
_USER_TOKEN = "EAAU"  # noqa: S105 - how tokens of people begin here
_DIALOG = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Sandbox sign-in</title>
<main><h1>Sandbox sign-in</h1><form method="get"><p>Messenger hub wants to answer for your pages. Choose which:</p>
{hidden}{pages}<p>It asks for:</p>{scopes}
<button name="answer" value="allow">Continue</button> <button name="answer" value="cancel">Cancel</button>
</form></main>"""


def dialog(world: World, request: Request) -> Response:
    """Show the dialog; once answered, send the browser back with a code, or with an error."""
    asked = request.query_params
    back = asked.get("redirect_uri", "")
    if asked.get("client_id") != seeds.APP_ID or not back.startswith(("http://", "https://")):
        return HTMLResponse("the app or its redirect_uri is not known", 400)
    if asked.get("answer") == "cancel":
        return _sent_back(back, {"error": "access_denied", "error_reason": "user_denied"}, asked.get("state", ""))
    if asked.get("answer") == "allow":
        code = code_for(world, asked.getlist("page"), asked.getlist("granted"))
        return _sent_back(back, {"code": code}, asked.get("state", ""))
    return HTMLResponse(_shown(world, request))


def code_for(world: World, pages: list[str], scopes: list[str], businesses: Sequence[str] = ()) -> str:
    """Return the code that an app changes into a token for what was granted; it works once."""
    nonce = str(world.next_id("facebook sign-in"))
    return _sealed("AQ", {"pages": pages, "scopes": scopes, "businesses": list(businesses), "nonce": nonce})


def _shown(world: World, request: Request) -> str:
    asked = request.query_params
    names = ("client_id", "redirect_uri", "state", "scope")
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(asked.get(name, ""))}">' for name in names)
    pages = "".join(_box("page", page.id, page.name) for page in world.pages.values())
    scopes = "".join(_box("granted", each, each) for each in asked.get("scope", "").split(",") if each)
    return _DIALOG.format(hidden=hidden, pages=pages, scopes=scopes)


def _box(name: str, value: str, label: str) -> str:
    field = f'<input type="checkbox" name="{name}" value="{escape(value)}" checked>'
    return f"<p><label>{field} {escape(label)}</label></p>"


def _sent_back(back: str, query: dict[str, str], state: str) -> Response:
    return RedirectResponse(f"{back}?{urlencode({**query, 'state': state})}#_=_", 302)


# --- tokens ---------------------------------------------------------------------------------------------


def _sealed(prefix: str, content: JsonObject) -> str:
    return prefix + base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _opened(prefix: str, token: str) -> JsonObject | None:
    try:
        text = token.removeprefix(prefix)
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return None
    return found if token.startswith(prefix) and isinstance(found, dict) else None


def access_token(world: World, arguments: JsonObject) -> JsonObject:
    """Change a code into a token that lasts an hour, or such a token into one that lasts."""
    if (arguments.get("client_id"), arguments.get("client_secret")) != (seeds.APP_ID, seeds.APP_SECRET):
        raise Refused(1, "Error validating client secret.")
    if arguments.get("grant_type") == "fb_exchange_token":
        granted = _opened(_USER_TOKEN, str(arguments.get("fb_exchange_token", "")))
        if granted is None:
            raise Refused(190, "Invalid OAuth access token.")
        return {"access_token": _sealed(_USER_TOKEN, granted | {"lasts": True}), "expires_in": 5_184_000}
    code = str(arguments.get("code", ""))
    granted = _opened("AQ", code)
    if granted is None or not arguments.get("redirect_uri"):
        raise Refused(100, "Invalid verification code format.")
    if world.next_id(f"code {granted.get('nonce')}") > 1001:
        raise Refused(100, "This authorization code has been used.", 36009)
    return {"access_token": _sealed(_USER_TOKEN, granted), "token_type": "bearer", "expires_in": 5_000}


def accounts(world: World, token: str, arguments: JsonObject) -> JsonObject:
    """List the pages that were chosen; from now on their tokens allow what was granted."""
    granted = _opened(_USER_TOKEN, token)
    if granted is None or not granted.get("lasts"):
        raise Refused(190, "Invalid OAuth access token.")
    chosen = [page for page in world.pages.values() if page.id in granted["pages"]]
    for page in chosen:
        page.scopes, page.revoked = list(granted["scopes"]), False
    world.changes += 1
    start = int(arguments.get("after") or 0)
    end = start + min(int(arguments.get("limit") or 25), 100)
    rows = [{"id": page.id, "name": page.name, "access_token": page.token} for page in chosen[start:end]]
    more = {"paging": {"cursors": {"after": str(end)}, "next": "…"}} if end < len(chosen) else {}
    return {"data": rows, **more}


def inspect(world: World, token: str, about: str) -> JsonObject:
    """Say what a token is, to whoever proves to be the app."""
    if token != APP_TOKEN:
        raise Refused(190, "You must provide an app access token, or a user access token that is an owner of the app")
    page = next((page for page in world.pages.values() if page.token == about), None)
    shared = businesses_of(about)
    if shared:
        return {"data": _of_person(shared)}
    if page is None:
        return {"data": {"is_valid": False, "error": {"code": 190, "message": "Malformed access token"}, "scopes": []}}
    return {"data": _of_page(page)}


def businesses_of(token: str) -> list[str]:
    """Return the ids of the WhatsApp business accounts that a token was made for by an embedded sign-up."""
    granted = _opened(_USER_TOKEN, token)
    return [str(each) for each in (granted or {}).get("businesses", ())]


def _of_person(businesses: list[str]) -> JsonObject:
    return {
        "app_id": seeds.APP_ID,
        "type": "SYSTEM_USER",
        "application": "Messenger hub",
        "expires_at": 0,
        "is_valid": True,
        "user_id": USER_ID,
        "scopes": list(business.SCOPES),
        "granular_scopes": [{"scope": each, "target_ids": businesses} for each in business.SCOPES],
    }


def _of_page(page: Page) -> JsonObject:
    return {
        "app_id": seeds.APP_ID,
        "type": "PAGE",
        "application": "Messenger hub",
        "expires_at": 0,
        "is_valid": not page.revoked,
        "profile_id": page.id,
        "user_id": USER_ID,
        "scopes": page.scopes,
        "granular_scopes": [{"scope": each, "target_ids": [page.id]} for each in page.scopes],
    }
