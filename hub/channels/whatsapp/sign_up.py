"""Meta's embedded sign-up: a customer makes a business account and a portfolio, and lets the hub's app use them.

Meta hands ids and a code to the page that opened its dialog, or back in the query. Ids can be written by anybody: what
counts is what Meta says of the token that the code is exchanged for, and of the business account asked with it.
Source: developers.facebook.com, embedded sign-up, "Onboarding business customers as a Tech Provider".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx

from hub.channels.http import HttpFactory
from hub.channels.meta.graph import Graph, GraphError, retrying, rows_of
from hub.channels.numbers import SignedUp
from hub.errors import HubError, Invalid, Unavailable
from hub.settings import Settings
from hub.types import JsonObject, Secret

WAY_BACK = "/admin/business-account/connected"
_SCOPE = "whatsapp_business_management"
_LONGEST = 40
_SERVER_ERROR = 500
_USED = "this sign-up was used already or has run out; begin anew"
_NOT_THEIRS = "the messenger does not say that this business account was shared with the hub; begin anew"
_UNREACHABLE = "the messenger did not answer; try again in a minute"


@dataclass(frozen=True, slots=True)
class App:
    """The platform's app at Meta, as the embedded sign-up needs it. `config`: the id of the sign-up's configuration."""

    id: str
    secret: Secret = field(repr=False)
    config: str
    dialog: str
    way_back: str
    graph: Graph = field(repr=False)


def app_of(settings: Settings, http: HttpFactory) -> App:
    """Return the app of the settings."""
    secret, version = Secret(settings.facebook_app_secret.get_secret_value()), settings.facebook_graph_version
    return App(
        id=settings.facebook_app_id,
        secret=secret,
        config=settings.facebook_sign_up_config,
        dialog=f"{settings.facebook_dialog_url}/{version}",
        way_back=f"{settings.base_url}{WAY_BACK}",
        graph=Graph(f"{settings.facebook_graph_url}/{version}", secret, http),
    )


def url(app: App, state: str) -> str | None:
    """Return the address of Meta's dialog; None while the settings name no app or no configuration of it."""
    if not app.id or not app.config:
        return None
    asked = {
        "client_id": app.id,
        "config_id": app.config,
        "redirect_uri": app.way_back,
        "state": state,
        "response_type": "code",
        "override_default_response_type": "true",
    }
    return f"{app.dialog}/dialog/oauth?{urlencode(asked)}"


async def complete(app: App, query: Mapping[str, str]) -> SignedUp | None:
    """Exchange the code for a token, and ask with it whose the business account is. None: they did not finish.

    Raises Invalid, Unavailable.
    """
    code, business_id = query.get("code", ""), query.get("waba_id", "")
    if not code or not _is_id(business_id):
        return None
    try:
        token = await _token(app, code)
        if business_id not in await _shared(app, token):
            raise Invalid(_NOT_THEIRS)
        answer: JsonObject = await retrying()(app.graph.get, business_id, token, {"fields": "id,owner_business_info"})
    except (GraphError, httpx.HTTPError) as error:
        raise _in_our_words(error) from None
    owner = answer.get("owner_business_info")
    portfolio_id = str(owner.get("id", "")) if isinstance(owner, dict) else ""
    return SignedUp(business_id, portfolio_id if _is_id(portfolio_id) else "", token)


async def subscribe(app: App, business: SignedUp) -> bool:
    """Have Meta tell the app what becomes of a business account; True when it did not. Raises Invalid, Unavailable."""
    path = f"{business.business_id}/subscribed_apps"
    try:
        known = rows_of(await retrying()(app.graph.get, path, business.token, {}))
        if any(_app_id(each) == app.id for each in known):
            return False
        await retrying()(app.graph.post, path, business.token, {})
    except (GraphError, httpx.HTTPError) as error:
        raise _in_our_words(error) from None
    return True


async def _token(app: App, code: str) -> Secret:
    asked = {"client_id": app.id, "client_secret": app.secret, "redirect_uri": app.way_back, "code": code}
    token = (await app.graph.get_openly("oauth/access_token", asked)).get("access_token")
    if not isinstance(token, str) or not token:
        raise Invalid(_USED)
    return Secret(token)


async def _shared(app: App, token: Secret) -> frozenset[str]:
    """Return the business accounts that a token may manage in our app's name."""
    about: JsonObject = await retrying()(
        app.graph.get, "debug_token", Secret(f"{app.id}|{app.secret}"), {"input_token": token}
    )
    data = about.get("data")
    if not isinstance(data, dict) or data.get("is_valid") is not True or str(data.get("app_id")) != app.id:
        return frozenset()
    rows = data.get("granular_scopes")
    scopes = [each for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []
    return frozenset(
        str(target) for each in scopes if each.get("scope") == _SCOPE for target in each.get("target_ids") or ()
    )


def _app_id(row: JsonObject) -> str:
    told = row.get("whatsapp_business_api_data")
    return str(told.get("id", "")) if isinstance(told, dict) else ""


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST


def _in_our_words(error: Exception) -> HubError:
    if isinstance(error, GraphError) and error.code is not None and error.status < _SERVER_ERROR:
        return Invalid(_USED)
    return Unavailable(_UNREACHABLE)
