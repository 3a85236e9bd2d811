"""What the templates of the platform's numbers are given."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from hub.access.organizations import list_organizations
from hub.channels.numbers import NumberKind
from hub.db.organizations import OrganizationView
from hub.db.stock import NumberFilter
from hub.numbers.policy.life import MOVES
from hub.numbers.supply import owned, registered, reinstating
from hub.numbers.supply.accounts import list_accounts
from hub.numbers.supply.costs import list_costs
from hub.numbers.supply.registered import RegistrationView
from hub.numbers.supply.views import AccountView, NumberView
from hub.types import ChannelKind
from hub.types.numbers import NumberState, RegistrationState
from hub.web.admin.fields import every
from hub.web.inbox.views import channel_words
from hub.web.language import Language, marked
from hub.web.platform.words import NUMBER_KINDS, NUMBER_STATES, QUALITIES, REGISTRATION_STATES
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit

NUMBERS: Final = "/platform/numbers"
_AT_ONCE: Final = 100
_HUNDRED: Final = 100
_CODE: Final = frozenset({RegistrationState.SUBMITTED, RegistrationState.CODE_NEEDED})

SAVED: Final[Mapping[str, str]] = {
    "entered": marked("The number is in the pool."),
    "bought": marked("The number is bought."),
    "registering": marked("The registration has begun."),
    "code": marked("The code is handed in."),
    "given_up": marked("The registration is given up."),
    "forward": marked("It is saved where calls go."),
    "assigned": marked("The number is lent."),
    "released": marked("The number is taken back."),
    "freed": marked("The quarantine is over: anybody may get the number."),
    "reinstated": marked("It is noted that the number is banned as that no more."),
    "returned": marked("The provider is asked to take the number back."),
    "cost": marked("The price is saved."),
}


def carried(visit: Visit) -> list[tuple[str, str]]:
    """Return the kinds of channel that live on numbers, each with its label."""
    return [(str(kind), each.label) for kind, each in visit.services.adapters.items() if each.provider]


def amount_of(number: NumberView, language: Language) -> str:
    """Return what a number costs a month as a field shows it, "" for nothing known."""
    if number.monthly_cost is None:
        return ""
    return f"{number.monthly_cost / _HUNDRED:.2f}".replace(".", language.dates["decimal"])


def money(language: Language) -> Any:
    """Return what writes an amount in hundredths of a currency."""

    def written(amount: int, currency: str) -> str:
        return f"{language.number(amount / _HUNDRED, 2)} {currency}".strip()

    return written


def list_page(visit: Visit, more: Mapping[str, Any] | None = None, status: int = 200) -> Response:
    """Show the pool, who has what, and what it costs."""
    wanted = NumberFilter(visit.query("state"), visit.query("organization"), _figures(visit.query("number")))
    page = owned.list_numbers(visit.services, visit.actor, _AT_ONCE, visit.query("cursor") or None, wanted)
    known = registered.list_of_numbers(visit.services, visit.actor, [each.id for each in page.items])
    shown: dict[str, Any] = {
        "rows": [_row(visit, each, known.get(each.id, [])) for each in page.items],
        "next": page.next and _address(visit, page.next),
        "wanted": wanted,
        "filtered": wanted != owned.ALL,
        "states": [(str(state), word) for state, (word, _) in NUMBER_STATES.items()],
        "organizations": _organizations(visit),
        "costs": list_costs(visit.services, visit.actor),
        "accounts": [each for each in list_accounts(visit.services, visit.actor) if each.state == "active"],
        "carried": carried(visit),
        "typed": {},
    }
    return _page(visit, "numbers", {**shown, **(more or {})}, status)


def _figures(written: str) -> str:
    """Return what numbers are looked for by, however it is spaced."""
    return re.sub(r"[^0-9]", "", written)


def _address(visit: Visit, cursor: str) -> str:
    """Return the address of the next page, with what is looked for."""
    kept = {name: visit.query(name) for name in ("state", "organization", "number") if visit.query(name)}
    return f"{NUMBERS}?{urlencode({**kept, 'cursor': cursor})}"


def _organizations(visit: Visit) -> Sequence[OrganizationView]:
    return every(lambda limit, cursor: list_organizations(visit.services, visit.actor, limit, cursor))


def bills_in(visit: Visit, account: AccountView | None) -> str:
    """Return the currency in which an account's supplier bills; "": not known."""
    supplier = visit.services.suppliers.get(account.provider) if account else None
    return supplier.currency if supplier else ""


def number_page(visit: Visit, number: NumberView, more: Mapping[str, Any] | None = None, status: int = 200) -> Response:
    """Show one number with all that may be done with it now."""
    accounts = {each.id: each for each in list_accounts(visit.services, visit.actor)}
    account = accounts.get(number.provider_account_id)
    known = registered.list_of_numbers(visit.services, visit.actor, [number.id]).get(number.id, [])
    organizations = _organizations(visit)
    names = {each.id: each.name for each in organizations}
    word, tone = NUMBER_STATES[number.state]
    shown = {
        "number": number,
        "word": word,
        "tone": tone,
        "account": (account.name or account.external_id) if account else "",
        "amount": amount_of(number, visit.language),
        "currency": number.currency or bills_in(visit, account),
        "cases": reinstating.find_cases(visit.services, visit.actor, number),
        "registrations": [_registration(each, names) for each in known],
        "carries": {str(each.kind) for each in number.channels},
        "organizations": organizations,
        "registrable": _registrable(visit, number, known),
        "assignable": _assignable(visit, number),
        "may": _may(number),
        "typed": {},
    }
    return _page(visit, "number", {**shown, **(more or {})}, status)


def buy_page(visit: Visit, shown: Mapping[str, Any], status: int = 200) -> Response:
    """Show the search, and what it found."""
    accounts = [each for each in list_accounts(visit.services, visit.actor) if each.state == "active"]
    wanted = shown["asked"]["account"]
    usual = {
        "accounts": accounts,
        "currency": bills_in(visit, next((each for each in accounts if wanted in ("", each.id)), None)),
        "kinds": [(str(kind), NUMBER_KINDS[kind]) for kind in NumberKind],
        "carried": carried(visit),
        "number_kinds": NUMBER_KINDS,
    }
    return _page(visit, "buy", {**usual, **shown}, status)


def _page(visit: Visit, name: str, shown: Mapping[str, Any], status: int) -> Response:
    usual = {
        "problem": "",
        "saved": SAVED.get(visit.query("saved"), ""),
        "money": money(visit.language),
        **channel_words(visit.services),
    }
    return render(f"platform/{name}.html", {**frame(visit, "platform"), **usual, **shown}, status)


def _row(visit: Visit, number: NumberView, registrations: Sequence[RegistrationView]) -> dict[str, Any]:
    word, tone = NUMBER_STATES[number.state]
    return {
        "number": number,
        "word": word,
        "tone": tone,
        "registrations": [_registration(each, {}) for each in registrations],
        "needs_none": not any(visit.services.adapters[ChannelKind(each)].registers_numbers for each in _used(number)),
    }


def _used(number: NumberView) -> Sequence[str]:
    """Return the kinds that a number carries, and of one that carries none those that it can."""
    return [str(each.kind) for each in number.channels] or number.capabilities


def _registration(each: RegistrationView, names: Mapping[str, str]) -> dict[str, Any]:
    word, tone = REGISTRATION_STATES[each.state]
    return {
        "view": each,
        "word": word,
        "tone": tone,
        "organization": names.get(each.organization_id, ""),
        "quality": QUALITIES[each.quality][0],
        "needs_code": each.state in _CODE,
    }


def _registrable(visit: Visit, number: NumberView, registrations: Sequence[RegistrationView]) -> list[tuple[str, str]]:
    """Return the kinds that the number could be registered for now."""
    stand = {each.kind for each in registrations if each.state is not RegistrationState.FAILED}
    usable = number.state in (NumberState.OWNED, NumberState.LENT, NumberState.QUARANTINED)
    adapters = visit.services.adapters
    wanted = [ChannelKind(kind) for kind in number.capabilities if kind not in stand and usable]
    return [(str(kind), adapters[kind].label) for kind in wanted if adapters[kind].registers_numbers]


def _assignable(visit: Visit, number: NumberView) -> list[tuple[str, str]]:
    carries = {str(each.kind) for each in number.channels} | set(number.banned)
    usable = number.state is NumberState.LENT or NumberState.LENT in MOVES[number.state]
    wanted = [ChannelKind(kind) for kind in number.capabilities if kind not in carries and usable]
    return [(str(kind), visit.services.adapters[kind].label) for kind in wanted]


def _may(number: NumberView) -> dict[str, bool]:
    return {
        "release": number.state is NumberState.LENT,
        "end_quarantine": number.state is NumberState.QUARANTINED,
        "give_back": NumberState.RETURNING in MOVES[number.state],
    }
