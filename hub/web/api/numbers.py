"""The platform's numbers: searched, bought, taken in, lent, taken back, given back. Platform scope only."""

from dataclasses import replace

from hub.access.permissions import Permission
from hub.db.stock import NumberFilter
from hub.numbers.supply import buying, costs, lending, owned, quarantine, reinstating, returning, searching
from hub.numbers.supply.views import CostLine, NumberView, SearchView
from hub.types import Page
from hub.web.api.frame import Call, Endpoint, Listing, Paging
from hub.web.api.number_values import (
    Assignment,
    Costs,
    GivenBack,
    NewNumber,
    Number,
    NumberChanges,
    NumberOrder,
    NumberSearch,
    NumbersForSale,
    NumbersQuery,
    Reinstated,
)


def list_numbers(call: Call[None, NumbersQuery]) -> Page[NumberView]:
    query = call.query
    wanted = NumberFilter(query.state, query.organization_id)
    return owned.list_numbers(call.services, call.actor, query.limit, query.cursor, wanted)


def get_number(call: Call[None, None]) -> NumberView:
    return owned.get_number(call.services, call.actor, call.path["id"])


def register_number(call: Call[NewNumber, None]) -> NumberView:
    new = owned.NewNumber(call.body.number, call.body.capabilities, call.body.provider_account_id)
    return owned.register_number(call.services, call.actor, new, call.once)


def change_number(call: Call[NumberChanges, None]) -> NumberView:
    changes = owned.NumberChanges(call.body.monthly_cost, call.body.currency)
    return owned.change_number(call.services, call.actor, call.path["id"], changes)


def search(call: Call[NumberSearch, None]) -> SearchView:
    return searching.search(call.services, call.actor, searching.Wanted(**call.body.model_dump()))


def buy(call: Call[NumberOrder, None]) -> NumberView:
    return buying.buy(call.services, call.actor, buying.NewOrder(**call.body.model_dump()), call.once)


def list_costs(call: Call[None, Paging]) -> Page[CostLine]:
    return Page(costs.list_costs(call.services, call.actor), None)


def assign_number(call: Call[Assignment, None]) -> NumberView:
    body = call.body
    to = lending.Assignment(body.organization_id, body.kind, body.name, body.group_id)
    return lending.assign_number(call.services, call.actor, call.path["id"], to)


def release_number(call: Call[None, None]) -> NumberView:
    return lending.release_number(call.services, call.actor, call.path["id"])


def end_quarantine(call: Call[None, None]) -> NumberView:
    return quarantine.end_quarantine(call.services, call.actor, call.path["id"])


def reinstate_number(call: Call[Reinstated, None]) -> NumberView:
    kind, reason = call.body.kind, call.body.reason
    return reinstating.reinstate_number(call.services, call.actor, call.path["id"], kind, reason)


def return_number(call: Call[GivenBack, None]) -> NumberView:
    by = replace(call.actor, reason=call.body.reason.strip() or call.actor.reason)
    return returning.return_number(call.services, by, call.path["id"])


_NUMBERS, _NUMBER, _PLATFORM = "/platform/numbers", "/platform/numbers/{id}", Permission.PLATFORM

ENDPOINTS = (
    Endpoint("GET", _NUMBERS, "List numbers", list_numbers, Listing[Number], query=NumbersQuery, permission=_PLATFORM),
    Endpoint("POST", _NUMBERS, "Add a number that the platform owns", register_number, Number, body=NewNumber,
             status=201, permission=_PLATFORM, creates=True),
    Endpoint("POST", f"{_NUMBERS}/search", "Search numbers for sale", search, NumbersForSale, body=NumberSearch,
             permission=_PLATFORM),
    Endpoint("POST", f"{_NUMBERS}/buy", "Buy a number", buy, Number, body=NumberOrder, status=201,
             permission=_PLATFORM, creates=True),
    Endpoint("GET", f"{_NUMBERS}/costs", "What the numbers of each organization cost", list_costs, Listing[Costs],
             query=Paging, permission=_PLATFORM),
    Endpoint("GET", _NUMBER, "Show a number", get_number, Number, permission=_PLATFORM),
    Endpoint("PATCH", _NUMBER, "Note what a number costs", change_number, Number, body=NumberChanges,
             permission=_PLATFORM),
    Endpoint("POST", f"{_NUMBER}/assign", "Lend a number as a channel", assign_number, Number, body=Assignment,
             permission=_PLATFORM),
    Endpoint("POST", f"{_NUMBER}/release", "Take a number back", release_number, Number, permission=_PLATFORM),
    Endpoint("POST", f"{_NUMBER}/end-quarantine", "Free a number whose quarantine is over", end_quarantine, Number,
             permission=_PLATFORM),
    Endpoint("POST", f"{_NUMBER}/reinstate", "Note that a messenger has taken its ban of a number back",
             reinstate_number, Number, body=Reinstated, permission=_PLATFORM),
    Endpoint("POST", f"{_NUMBER}/return", "Give a number back to its supplier", return_number, Number,
             body=GivenBack, permission=_PLATFORM),
)  # fmt: skip
