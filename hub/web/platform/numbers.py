"""The platform's numbers in the browser: buying, registering, lending, quarantine, giving back. Plain forms."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from hub.access.permissions import Permission
from hub.channels.numbers import CodeWay
from hub.errors import HubError, Invalid, NotFound
from hub.numbers.supply import buying, lending, owned, quarantine, registering, reinstating, returning, searching
from hub.numbers.supply.buying import NewOrder
from hub.numbers.supply.lending import Assignment
from hub.numbers.supply.owned import NewNumber, NumberChanges
from hub.numbers.supply.registering import NewRegistration
from hub.numbers.supply.searching import Wanted
from hub.web.bans.views import takings
from hub.web.platform.number_views import NUMBERS, buy_page, list_page, number_page
from hub.web.platform.words import ABILITIES, ADDRESSES
from hub.web.visits import Visit, see, sentence, visited
from hub.wiring import Services

Act = Callable[[Visit, str], object]
_USUAL_KIND = "local"
_LONGEST_REASON = 2_000


def routes(services: Services) -> list[Route]:
    may = Permission.PLATFORM
    acts: tuple[tuple[str, str, Act], ...] = (
        ("registration", "registering", register),
        ("code", "code", hand_in_code),
        ("give-up-registration", "given_up", give_up_registration),
        ("forward", "forward", forward),
        ("cost", "cost", price),
        ("assign", "assigned", assign),
        ("release", "released", release),
        ("end-quarantine", "freed", end_quarantine),
        ("reinstate", "reinstated", reinstate),
        ("return", "returned", give_back),
    )
    return [
        Route("/platform", visited(services, lambda _visit: see(NUMBERS), may), methods=["GET"]),
        Route(NUMBERS, visited(services, show_list, may), methods=["GET"]),
        Route(NUMBERS, visited(services, enter, may), methods=["POST"]),
        Route(NUMBERS + "/buy", visited(services, show_sale, may), methods=["GET"]),
        Route(NUMBERS + "/buy", visited(services, buy, may), methods=["POST"]),
        Route(NUMBERS + "/{number_id}", visited(services, show_one, may), methods=["GET"]),
        *(
            Route(f"{NUMBERS}/{{number_id}}/{path}", visited(services, _doing(act, saved), may), methods=["POST"])
            for path, saved, act in acts
        ),
    ]


def show_list(visit: Visit) -> Response:
    return list_page(visit)


def show_one(visit: Visit) -> Response:
    return number_page(visit, owned.get_number(visit.services, visit.actor, visit.path("number_id")))


def enter(visit: Visit) -> Response:
    """Add a number that the platform owns already."""
    new = NewNumber(visit.one("number"), tuple(visit.many("capabilities")), visit.one("account") or None)
    try:
        made = owned.register_number(visit.services, visit.actor, new)
    except HubError as error:
        return list_page(
            visit, {"problem": _said(visit, error), "typed": {"number": visit.one("number")}}, error.status
        )
    return see(f"{NUMBERS}/{made.id}?saved=entered")


# --- searching and buying -------------------------------------------------------------------------------


def show_sale(visit: Visit) -> Response:
    """The search; once it was sent, what can be bought, and above it what is needed for that first."""
    query = visit.request.query_params
    asked = _asked(query.get, query.getlist("capability"))
    if not visit.query("go"):
        return buy_page(visit, {"asked": asked, "found": None})
    return _found(visit, asked, {})


def buy(visit: Visit) -> Response:
    """Buy a number as the search showed it; what stood in the way stands above the search."""
    order = NewOrder(
        number=visit.one("number"),
        country=visit.one("country"),
        kind=visit.one("kind"),
        capabilities=tuple(visit.many("capability")),
        provider_account_id=visit.one("account") or None,
    )
    try:
        if visit.one("amount").strip():
            cost = _hundredths(visit.one("amount"))
            order = replace(order, monthly_cost=cost, currency=visit.one("currency").strip().upper())
        made = buying.buy(visit.services, visit.actor, order)
    except HubError as error:
        asked = _asked(lambda name, usual: visit.one(name) or usual, visit.many("capability"))
        return buy_page(visit, {"asked": asked, "found": None, "problem": _said(visit, error)}, error.status)
    return see(f"{NUMBERS}/{made.id}?saved=bought")


def _asked(one: Callable[[str, str], str], capabilities: list[str]) -> dict[str, Any]:
    return {
        "country": one("country", "").strip().upper(),
        "kind": one("kind", _USUAL_KIND),
        "pattern": one("pattern", ""),
        "account": one("account", ""),
        "capabilities": capabilities,
    }


def _found(visit: Visit, asked: Mapping[str, Any], more: Mapping[str, Any]) -> Response:
    wanted = Wanted(
        country=asked["country"],
        kind=asked["kind"],
        capabilities=tuple(asked["capabilities"]),
        pattern=asked["pattern"],
        provider_account_id=asked["account"] or None,
    )
    try:
        found = searching.search(visit.services, visit.actor, wanted)
    except HubError as error:
        return buy_page(visit, {"asked": asked, "found": None, "problem": _said(visit, error)}, error.status)
    words = {"ability_words": ABILITIES, "addresses": ADDRESSES, "obstacles": takings(found.obstacles)}
    blocked = any(each.stops == "buy" for each in found.obstacles)
    return buy_page(visit, {"asked": asked, "found": found, "blocked": blocked, **words, **more})


# --- one number -----------------------------------------------------------------------------------------


def register(visit: Visit, number_id: str) -> object:
    if visit.one("code_way") not in list(CodeWay):
        raise Invalid("say how the code comes")
    new = NewRegistration(
        organization_id=visit.one("organization_id"),
        kind=visit.one("channel_kind"),
        display_name=visit.one("display_name"),
        code_way=CodeWay(visit.one("code_way")),
    )
    return registering.register(visit.services, visit.actor, number_id, new)


def hand_in_code(visit: Visit, number_id: str) -> object:
    kind = visit.one("channel_kind") or None
    return registering.hand_in_code(visit.services, visit.actor, number_id, visit.one("code"), kind)


def give_up_registration(visit: Visit, number_id: str) -> None:
    registering.give_up(visit.services, visit.actor, number_id, visit.one("channel_kind"))


def forward(visit: Visit, number_id: str) -> None:
    registering.set_forwarding(visit.services, visit.actor, number_id, visit.one("forward_to"))


def price(visit: Visit, number_id: str) -> object:
    """Note what a number costs a month, as people write amounts."""
    changes = NumberChanges(_hundredths(visit.one("amount")), visit.one("currency").strip().upper())
    return owned.change_number(visit.services, visit.actor, number_id, changes)


def _hundredths(text: str) -> int:
    try:
        return round(float(text.strip().replace(",", ".")) * 100)
    except (ValueError, OverflowError):
        raise Invalid("write an amount, such as 3.50") from None


def assign(visit: Visit, number_id: str) -> object:
    to = Assignment(visit.one("organization_id"), visit.one("channel_kind"), visit.one("name"))
    return lending.assign_number(visit.services, visit.actor, number_id, to)


def release(visit: Visit, number_id: str) -> object:
    return lending.release_number(visit.services, visit.actor, number_id)


def end_quarantine(visit: Visit, number_id: str) -> object:
    return quarantine.end_quarantine(visit.services, visit.actor, number_id)


def reinstate(visit: Visit, number_id: str) -> object:
    kind, reason = visit.one("channel_kind"), visit.one("reason")
    return reinstating.reinstate_number(visit.services, visit.actor, number_id, kind, reason)


def give_back(visit: Visit, number_id: str) -> object:
    by = replace(visit.actor, reason=visit.one("reason").strip()[:_LONGEST_REASON])
    return returning.return_number(visit.services, by, number_id)


def _doing(act: Act, saved: str) -> Callable[[Visit], Response]:
    """Return the handler that does something to a number, and shows on its page why it was refused."""

    def handler(visit: Visit) -> Response:
        number_id = visit.path("number_id")
        try:
            act(visit, number_id)
        except HubError as error:
            if isinstance(error, NotFound):
                raise
            number = owned.get_number(visit.services, visit.actor, number_id)
            typed = {name: visit.one(name) for name in ("display_name", "name", "code_way")}
            return number_page(visit, number, {"problem": _said(visit, error), "typed": typed}, error.status)
        return see(f"{NUMBERS}/{number_id}?saved={saved}")

    return handler


def _said(visit: Visit, error: HubError) -> str:
    return sentence(visit.language.retell(error.detail))
