"""Meta's embedded sign-up for WhatsApp: the dialog where a customer makes a business account and proves a number.

Meta's own is a pop-up that posts its result to the page that opened it (`display=popup`); without that the sandbox
sends the browser back with the same result in the query.
"""

import json
import re
from dataclasses import asdict
from html import escape
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hub.sandbox import seeds, signing_up
from hub.sandbox.messenger import business
from hub.sandbox.messenger.sign_in import code_for
from hub.sandbox.signing_up import SignedUp, SignUp
from hub.sandbox.twilio import one_time
from hub.sandbox.world import World

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_CARRIED = ("client_id", "redirect_uri", "state", "config_id", "display", "account")
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Sandbox: WhatsApp sign-up</title>
<main><h1>Connect WhatsApp</h1><form method="get">{hidden}{problem}{fields}
<button name="answer" value="{answer}">{button}</button>
<button name="answer" value="cancel" formnovalidate>Cancel</button>
</form></main>"""
_DONE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Sandbox: WhatsApp sign-up</title>
<p>Done. You can close this window.</p><script>
const told = {told};
if (window.opener) {{ window.opener.postMessage(JSON.stringify(told), "*"); window.close(); }}
</script>"""


def dialog(world: World, request: Request) -> Response:
    """Show the dialog: first what is to be made, then the code that the number got."""
    asked = request.query_params
    back = asked.get("redirect_uri", "")
    if asked.get("client_id") != seeds.APP_ID or not back.startswith(("http://", "https://")):
        return HTMLResponse("the app or its redirect_uri is not known", 400)
    match asked.get("answer"):
        case "cancel":
            query = {"error": "access_denied", "error_reason": "user_denied", "state": asked.get("state", "")}
            return RedirectResponse(f"{back}?{urlencode(query)}", 302)
        case "next":
            return _next(world, request)
        case "finish":
            return _finish(world, request)
        case _:
            return HTMLResponse(_first_page(world, request, ""))


def _first_page(world: World, request: Request, problem: str) -> str:
    known = [
        f'<option value="{each.id}">{escape(each.name)}</option>' for each in world.provisioned.portfolios.values()
    ]
    options = "".join(['<option value="">A new one</option>', *known])
    fields = (
        '<p><label>Business name <input name="business_name" required></label></p>'
        f'<p><label>Portfolio <select name="portfolio">{options}</select></label></p>'
        '<p><label><input type="checkbox" name="verified" value="yes"> The new portfolio is verified</label></p>'
        '<p><label>Phone number <input name="number" placeholder="+49…" required></label></p>'
        '<p><label>Display name <input name="name" required></label></p>'
        '<p><label>Code by <select name="method"><option value="sms">SMS</option>'
        '<option value="voice">Phone call</option></select></label></p>'
    )
    return _page(request, problem, fields, ("next", "Next"))


def _page(request: Request, problem: str, fields: str, button: tuple[str, str]) -> str:
    asked = request.query_params
    hidden = "".join(_hidden(name, asked[name]) for name in _CARRIED if name in asked)
    said = f"<p role='alert'>{escape(problem)}</p>" if problem else ""
    return _PAGE.format(hidden=hidden, problem=said, fields=fields, answer=button[0], button=button[1])


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def _next(world: World, request: Request) -> Response:
    asked = request.query_params
    wanted = SignUp(
        number=asked.get("number", "").replace(" ", ""),
        name=asked.get("name", "").strip(),
        business_name=asked.get("business_name", "").strip(),
        portfolio=asked.get("portfolio", ""),
        verified=asked.get("verified") == "yes",
        account=asked.get("account", ""),
        method="voice" if asked.get("method") == "voice" else "sms",
    )
    problem = signing_up.check(world, wanted)
    if not _NUMBER.fullmatch(wanted.number) or not wanted.name or not wanted.business_name:
        problem = "a phone number in the form +49…, a display name and a business name are needed"
    if problem:
        return HTMLResponse(_first_page(world, request, problem))
    one_time.send(world, wanted.number, wanted.method)
    name = f"sign-up {world.next_id('sign-up')}"
    world.provisioned.sign_ups[name] = {key: str(value or "") for key, value in asdict(wanted).items()}
    return HTMLResponse(_second_page(request, name, wanted.number, ""))


def _second_page(request: Request, name: str, number: str, problem: str) -> str:
    fields = _hidden("sign_up", name) + (
        f"<p>A code went to {escape(number)}.</p>"
        '<p><label>Code <input name="code" inputmode="numeric" autocomplete="one-time-code" required></label></p>'
    )
    return _page(request, problem, fields, ("finish", "Finish"))


def _finish(world: World, request: Request) -> Response:
    asked = request.query_params
    name = asked.get("sign_up", "")
    filled = world.provisioned.sign_ups.get(name)
    if filled is None:
        return HTMLResponse(_first_page(world, request, "begin again: this sign-up is over"))
    wanted = SignUp(**(filled | {"verified": bool(filled["verified"])}))  # type: ignore[arg-type] # strings but one
    sent = world.provisioned.codes.get(wanted.number, {})
    problem = signing_up.check(world, wanted)
    if asked.get("code", "").replace("-", "").strip() != sent.get("code"):
        problem = "this code is wrong"
    if problem:
        return HTMLResponse(_second_page(request, name, wanted.number, problem))
    del world.provisioned.sign_ups[name], world.provisioned.codes[wanted.number]
    made = signing_up.complete(world, wanted)
    # nobody is told of what becomes of it before an app subscribes to it
    world.provisioned.businesses[made.business_id].subscribed = False
    return _sent_back(request, world, made)


def _sent_back(request: Request, world: World, made: SignedUp) -> Response:
    asked, code = request.query_params, code_for(world, [], list(business.SCOPES), [made.business_id])
    ids = {"waba_id": made.business_id, "business_id": made.portfolio_id, "phone_number_id": made.phone_number_id}
    if asked.get("display") == "popup":
        told = {"type": "WA_EMBEDDED_SIGNUP", "event": "FINISH", "version": "3", "data": ids, "code": code}
        return HTMLResponse(_DONE.format(told=json.dumps(told)))
    query = {"code": code, "state": asked.get("state", ""), **ids}
    return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(query)}", 302)
