"""Provider accounts in the browser: the platform's own, and one for each organization that needs its own."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from hub.access.organizations import list_organizations
from hub.access.permissions import Permission
from hub.errors import Conflict, HubError, Invalid
from hub.numbers.policy.obstacles import Portfolio
from hub.numbers.supply import accounts, opening, reinstating, signing_up
from hub.numbers.supply.accounts import NewAccount
from hub.numbers.supply.opening import NewSubAccount
from hub.numbers.supply.views import AccountView
from hub.web.admin.fields import every
from hub.web.bans.words import HELD
from hub.web.language import marked
from hub.web.platform.words import ACCOUNT_STATES, PORTFOLIOS
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit, see, sentence, visited
from hub.wiring import Services

ACCOUNTS: Final = "/platform/accounts"
_SAVED: Final[Mapping[str, str]] = {
    "opened": marked("The account is open."),
    "added": marked("The account is known to the hub now."),
    "trusted": marked("It is saved how far the messenger trusts the business."),
    "reinstated": marked("It is noted that nothing is held against the business account any more."),
    "works": marked("The provider was asked: the account works."),
    "broken": marked("The provider was asked: the account does not work."),
    "unknown": marked("The provider was asked and did not answer."),
}


def routes(services: Services) -> list[Route]:
    may = Permission.PLATFORM
    return [
        Route(ACCOUNTS, visited(services, show_list, may), methods=["GET"]),
        Route(ACCOUNTS, visited(services, open_one, may), methods=["POST"]),
        Route(ACCOUNTS + "/add", visited(services, add, may), methods=["POST"]),
        Route(ACCOUNTS + "/{account_id}/portfolio", visited(services, trust, may), methods=["POST"]),
        Route(ACCOUNTS + "/{account_id}/sign-up", visited(services, make_link, may), methods=["POST"]),
        Route(ACCOUNTS + "/{account_id}/reinstate", visited(services, reinstate, may), methods=["POST"]),
        Route(ACCOUNTS + "/{account_id}/check", visited(services, check, may), methods=["POST"]),
    ]


def show_list(visit: Visit) -> Response:
    return _page(visit, {})


def open_one(visit: Visit) -> Response:
    """Open a sub-account for an organization."""
    try:
        opening.open_account(visit.services, visit.actor, NewSubAccount(visit.one("organization_id")))
    except HubError as error:
        return _page(visit, {"problem": sentence(visit.language.retell(error.detail)), "typed": True}, error.status)
    return see(f"{ACCOUNTS}?saved=opened")


def add(visit: Visit) -> Response:
    """Keep an account that exists at the provider."""
    whose = visit.one("organization_id") or None
    new = NewAccount(visit.one("external_id"), visit.one("auth_token"), visit.one("name").strip(), "", whose)
    try:
        accounts.add_account(visit.services, visit.actor, new)
    except HubError as error:
        typed = {"external_id": new.external_id, "name": new.name, "organization_id": new.organization_id}
        return _page(visit, {"problem": sentence(visit.language.retell(error.detail)), "adding": typed}, error.status)
    return see(f"{ACCOUNTS}?saved=added")


def trust(visit: Visit) -> Response:
    """Note how far the messenger trusts a customer's business."""
    if visit.one("portfolio") not in list(Portfolio):
        raise Invalid("say how far the messenger trusts the business")
    accounts.set_portfolio(visit.services, visit.actor, visit.path("account_id"), Portfolio(visit.one("portfolio")))
    return see(f"{ACCOUNTS}?saved=trusted")


def make_link(visit: Visit) -> Response:
    """Show the link by which somebody of the organization signs up at the messenger."""
    account_id = visit.path("account_id")
    try:
        url = signing_up.sign_up_link(visit.services, visit.actor, account_id)
    except Conflict as error:
        return _page(visit, {"problem": sentence(visit.language.retell(error.detail))}, error.status)
    account = accounts.get_account(visit.services, visit.actor, account_id)
    name = account.organization.name if account.organization else account.name
    return _page(visit, {"link": {"name": name, "url": url}})


def reinstate(visit: Visit) -> Response:
    """Note that the messenger has given a business account back."""
    try:
        reinstating.reinstate_account(visit.services, visit.actor, visit.path("account_id"), visit.one("reason"))
    except (Conflict, Invalid) as error:
        return _page(visit, {"problem": sentence(visit.language.retell(error.detail))}, error.status)
    return see(f"{ACCOUNTS}?saved=reinstated")


def check(visit: Visit) -> Response:
    """Ask the provider how an account fares."""
    found = accounts.check_account(visit.services, visit.actor, visit.path("account_id"))
    return see(f"{ACCOUNTS}?saved={'works' if found.state == 'ok' else found.state}")


def _page(visit: Visit, more: Mapping[str, Any], status: int = 200) -> Response:
    known = accounts.list_accounts(visit.services, visit.actor)
    have = {each.organization.id for each in known if each.organization and each.state != "closed"}
    organizations = every(lambda limit, cursor: list_organizations(visit.services, visit.actor, limit, cursor))
    shown = {
        "rows": [_row(each) for each in known],
        "organizations": [each for each in organizations if each.id not in have],
        "saved": _SAVED.get(visit.query("saved"), ""),
        "problem": "",
        "typed": False,
        "adding": None,
        "every_organization": organizations,
        "portfolios": PORTFOLIOS.items(),
        "link": None,
    }
    return render("platform/accounts.html", {**frame(visit, "platform"), **shown, **more}, status)


def _row(account: AccountView) -> dict[str, Any]:
    word, tone = ACCOUNT_STATES[account.state]
    return {
        "account": account,
        "word": word,
        "tone": tone,
        "held": next((HELD[each] for each in account.forbids if each in HELD), ""),
        "may_sign_up": account.organization is not None and not account.signed_up and account.state == "active",
    }
