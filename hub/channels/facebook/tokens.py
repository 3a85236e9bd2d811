"""Whose a page token is, by Meta's own word, and the sign-in that brings one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from hub.channels.facebook.errors import in_our_words
from hub.channels.facebook.webhook import plain_id
from hub.channels.meta.graph import Graph, GraphError, retrying, rows_of
from hub.errors import Invalid
from hub.types import Candidate, JsonObject, Secret
from hub.types.bans import Drift, DriftKind

NEEDED = ("pages_messaging", "pages_manage_metadata")
"""What a page's token must allow: to send and receive, and to subscribe the page."""
ASKED = (*NEEDED, "pages_show_list", "pages_read_engagement")
"""What the sign-in asks for: also to list the pages, and to read their conversations."""

_MOST_PAGES = 500
_AT_ONCE = 100
_NOT_VALID = Drift(
    DriftKind.TOKEN,
    "Meta says that this token is no longer valid; connect with Facebook, or make a new token for the page",
)
_OTHER_APP = Drift(
    DriftKind.TOKEN,
    "the token was made for another app than the hub's; connect with Facebook, or make one in the hub's own app",
)
_NO_PAGE_TOKEN = "this is no token of a page; connect with Facebook, or choose the page where you make the token"  # noqa: S105
OTHER_PAGE = Drift(
    DriftKind.TOKEN, "the token is not for the page with this id; enter the id and the token of the same page"
)
_CODE_USED = "this sign-in at Facebook was used already or has run out; begin anew with Connect with Facebook"


@dataclass(frozen=True, slots=True)
class App:
    """The platform's app at Meta. `way_back`: where the sign-in sends people; `dialog` its URL with the version."""

    id: str
    secret: Secret = field(repr=False)
    dialog: str
    way_back: str

    @property
    def token(self) -> Secret:
        """The app's own access token."""
        return Secret(f"{self.id}|{self.secret}")


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What Meta says of a token. `pages`: the pages that each scope is granted for; a scope without one: for all."""

    is_valid: bool
    app_id: str
    page_id: str
    user_id: str
    scopes: frozenset[str]
    pages: Mapping[str, frozenset[str]]

    def missing(self, page: str) -> tuple[str, ...]:
        """Return the needed scopes that the token lacks for a page."""
        return tuple(
            scope
            for scope in NEEDED
            if scope not in self.scopes or (scope in self.pages and page not in self.pages[scope])
        )


async def inspect(graph: Graph, app: App, token: Secret) -> TokenFacts:
    """Ask Meta about a token. Raises GraphError, httpx.HTTPError."""
    answer: JsonObject = await retrying()(graph.get, "debug_token", app.token, {"input_token": token})
    data = answer.get("data")
    return _facts(data if isinstance(data, dict) else {})


def _facts(data: JsonObject) -> TokenFacts:
    granular = data.get("granular_scopes")
    rows = [row for row in granular if isinstance(row, dict)] if isinstance(granular, list) else []
    return TokenFacts(
        is_valid=data.get("is_valid") is True,
        app_id=plain_id(data.get("app_id")) or "",
        page_id=plain_id(data.get("profile_id")) or "",
        user_id=plain_id(data.get("user_id")) or "",
        scopes=_words(data.get("scopes")) | {str(row.get("scope")) for row in rows},
        pages={str(row.get("scope")): _words(row["target_ids"]) for row in rows if row.get("target_ids")},
    )


def _words(value: Any) -> frozenset[str]:
    return frozenset(str(each) for each in value) if isinstance(value, list) else frozenset()


def problem(facts: TokenFacts, app_id: str, page: str) -> Drift | None:
    """Say why a token cannot serve a page, with the mend; None when it can."""
    if not facts.is_valid:
        return _NOT_VALID
    if facts.app_id != app_id:
        return _OTHER_APP
    if facts.page_id not in {"", page}:
        return OTHER_PAGE
    missing = " and ".join(facts.missing(page))
    lacks = f"the token lacks {missing}; connect with Facebook and allow all that is asked for"
    return Drift(DriftKind.PERMISSION, lacks) if missing else None


async def prove(graph: Graph, app: App, page: str, token: Secret) -> tuple[str, TokenFacts]:
    """Return the page's name and the facts of its token. Raises Invalid naming cause and mend, Unavailable."""
    try:
        facts = await inspect(graph, app, token)
        wrong = problem(facts, app.id, page)
        if wrong:
            raise Invalid(wrong.words)
        me: JsonObject = await retrying()(graph.get, "me", token, {"fields": "id,name"})
    except (GraphError, httpx.HTTPError) as error:
        raise in_our_words(error) from None
    if str(me.get("id")) != page:
        raise Invalid(OTHER_PAGE.words if facts.page_id else _NO_PAGE_TOKEN)
    name = me.get("name")
    return (name if isinstance(name, str) else ""), facts


# --- the sign-in ----------------------------------------------------------------------------------------


def sign_in_url(app: App, state: str) -> str:
    """Return the address of Meta's dialog."""
    asked = {
        "client_id": app.id,
        "redirect_uri": app.way_back,
        "state": state,
        "scope": ",".join(ASKED),
        "response_type": "code",
    }
    return f"{app.dialog}/dialog/oauth?{urlencode(asked)}"


async def candidates(graph: Graph, app: App, code: str) -> list[Candidate]:
    """Return the pages of whoever signed in, with tokens that last. Raises Invalid, Unavailable."""
    try:
        short = await graph.get_openly(
            "oauth/access_token", {**_client(app), "redirect_uri": app.way_back, "code": code}
        )
        lasting = await graph.get_openly(
            "oauth/access_token",
            {**_client(app), "grant_type": "fb_exchange_token", "fb_exchange_token": _token_in(short)},
        )
        return [*await _pages(graph, Secret(_token_in(lasting)))]
    except GraphError as error:
        raise (Invalid(_CODE_USED) if error.code is not None and error.status < 500 else in_our_words(error)) from None
    except httpx.HTTPError as error:
        raise in_our_words(error) from None


def _client(app: App) -> dict[str, str]:
    return {"client_id": app.id, "client_secret": app.secret}


def _token_in(answer: JsonObject) -> str:
    token = answer.get("access_token")
    if not isinstance(token, str) or not token:
        raise Invalid(_CODE_USED)
    return token


async def _pages(graph: Graph, token: Secret) -> Sequence[Candidate]:
    found: list[Candidate] = []
    after = ""
    while len(found) < _MOST_PAGES:
        query = {"fields": "id,name,access_token", "limit": str(_AT_ONCE), **({"after": after} if after else {})}
        answer: JsonObject = await retrying()(graph.get, "me/accounts", token, query)
        rows = rows_of(answer)
        found += [candidate for row in rows if (candidate := _candidate(row))]
        after = _next(answer)
        if not rows or not after:
            break
    return found


def _candidate(row: JsonObject) -> Candidate | None:
    page, token, name = plain_id(row.get("id")), row.get("access_token"), row.get("name")
    if page is None or not isinstance(token, str) or not token:
        return None
    credentials = {"page_id": page, "page_access_token": token}
    return Candidate(page, name if isinstance(name, str) else page, credentials)


def _next(answer: JsonObject) -> str:
    paging = answer.get("paging")
    cursors = paging.get("cursors") if isinstance(paging, dict) and paging.get("next") else None
    after = cursors.get("after") if isinstance(cursors, dict) else ""
    return after if isinstance(after, str) else ""
