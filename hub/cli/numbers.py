"""`hub numbers`: the platform's numbers, from the search to a channel that works."""

from typing import Annotated

import typer

from hub.channels.numbers import CodeWay, NumberKind
from hub.cli.acting import Reason, opened, runner
from hub.cli.serve import Data
from hub.numbers.supply import buying, lending, owned, providing, registering, searching
from hub.numbers.supply.advancing import advance
from hub.numbers.supply.buying import NewOrder
from hub.numbers.supply.lending import Assignment
from hub.numbers.supply.owned import get_number
from hub.numbers.supply.providing import Provision
from hub.numbers.supply.registered import RegistrationView
from hub.numbers.supply.registering import NewRegistration
from hub.numbers.supply.searching import Wanted
from hub.numbers.supply.views import NumberView

app = typer.Typer(help="The platform's numbers.", no_args_is_help=True)

_MOST = 200

Id = Annotated[str, typer.Argument(help="Id of the number, as `hub numbers list` shows it.")]
Country = Annotated[str, typer.Option("--country", help="Two letters, such as DE.")]
SortOfNumber = Annotated[NumberKind, typer.Option("--number-kind", help="Of which sort the number is.")]
Carries = Annotated[list[str] | None, typer.Option("--carries", help="A channel kind that it shall carry; repeat.")]
Pattern = Annotated[str, typer.Option("--pattern", help="Figures, letters for their keys, * any, + first, $ last.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=100, help="How many at most.")]
Organization = Annotated[str, typer.Option("--organization", help="Id of the organization.")]
MeantFor = Annotated[str | None, typer.Option("--organization", help="Id of whom it is meant for; none: the pool.")]
BuysIn = Annotated[str | None, typer.Option("--account", help="Id of the account that buys; default: the parent.")]
Kind = Annotated[str, typer.Option("--kind", help="The channel kind.")]
SeenName = Annotated[str, typer.Option("--name", help="The name that people see; default: the organization's.")]
Way = Annotated[CodeWay, typer.Option("--code-by", help="How the one-time code comes.")]
Business = Annotated[str, typer.Option("--business-account", help="The business account, where it is known by hand.")]
PortfolioId = Annotated[str, typer.Option("--portfolio", help="The portfolio it belongs to.")]
Patience = Annotated[float, typer.Option("--wait", min=1, help="Seconds to wait for the messenger.")]


@app.command("list")
def list_numbers(limit: Annotated[int, typer.Option("--limit", min=1, max=_MOST)] = 50, data: Data = None) -> None:
    """List the platform's numbers, where they stand and what they carry."""
    with opened(data) as services:
        for number in owned.list_numbers(services, runner(), limit).items:
            print(line(number))


@app.command()
def search(
    country: Country,
    number_kind: SortOfNumber = NumberKind.LOCAL,
    carries: Carries = None,
    pattern: Pattern = "",
    limit: Limit = 20,
    data: Data = None,
) -> None:
    """List numbers for sale, and what has to be cleared before one may be bought."""
    with opened(data) as services:
        found = searching.search(services, runner(), Wanted(country, number_kind, carries or (), pattern, limit))
    for each in found.items:
        print(f"{each.number}  {each.locality or each.region or each.country}  {', '.join(each.capabilities)}")
    for obstacle in found.obstacles:
        print(f"first: {obstacle.text}")


@app.command()
def buy(
    number: Annotated[str, typer.Argument(help="The number, as the search shows it.")],
    country: Country,
    number_kind: SortOfNumber = NumberKind.LOCAL,
    organization: MeantFor = None,
    account: BuysIn = None,
    reason: Reason = "",
    data: Data = None,
) -> None:
    """Buy a number. One that was ordered already is looked for, never paid for twice."""
    with opened(data) as services:
        order = NewOrder(number, country, number_kind, (), account, organization)
        print(line(buying.buy(services, runner(reason), order)))


@app.command()
def register(
    number_id: Id,
    organization: Organization,
    kind: Kind,
    name: SeenName = "",
    code_by: Way = CodeWay.TEXT,
    reason: Reason = "",
    data: Data = None,
) -> None:
    """Begin to make a number a sender of a messenger for an organization."""
    with opened(data) as services:
        new = NewRegistration(organization, kind, name, code_by)
        view = registering.register(services, runner(reason), number_id, new)
    print(_registration(view))


@app.command()
def code(
    number_id: Id,
    typed: Annotated[str, typer.Argument(help="The one-time code, as it was said.")],
    reason: Reason = "",
    data: Data = None,
) -> None:
    """Hand in the one-time code of a registration."""
    with opened(data) as services:
        print(_registration(registering.hand_in_code(services, runner(reason), number_id, typed)))


@app.command()
def forward(
    number_id: Id,
    to: Annotated[str, typer.Argument(help="The number that answers; empty: calls are refused.")] = "",
    reason: Reason = "",
    data: Data = None,
) -> None:
    """Say where a call with a one-time code goes on to."""
    with opened(data) as services:
        registering.set_forwarding(services, runner(reason), number_id, to)
        print(line(get_number(services, runner(), number_id)))


@app.command()
def verify(number_id: Id, data: Data = None) -> None:
    """Look at a number's registrations at the supplier, and hand in the code that has come."""
    with opened(data) as services:
        for each in get_number(services, runner(), number_id).registrations:
            registering.hasten(services, runner(), each.id)
            advance(services, each.id)
        for each in get_number(services, runner(), number_id).registrations:
            print(_registration(each))


@app.command()
def assign(
    number_id: Id,
    organization: Organization,
    kind: Kind,
    name: Annotated[str, typer.Option("--name", help="Name of the channel.")] = "",
    reason: Reason = "",
    data: Data = None,
) -> None:
    """Lend a number to an organization as a channel."""
    with opened(data) as services:
        print(line(lending.assign_number(services, runner(reason), number_id, Assignment(organization, kind, name))))


@app.command()
def provide(
    country: Country,
    organization: Organization,
    kind: Kind,
    number_kind: SortOfNumber = NumberKind.LOCAL,
    name: SeenName = "",
    code_by: Way = CodeWay.TEXT,
    business_account: Business = "",
    portfolio: PortfolioId = "",
    wait: Patience = 120.0,
    reason: Reason = "",
    data: Data = None,
) -> None:
    """Search, buy, register, verify and assign in one go; run again, it goes on where it stopped."""
    wanted = Provision(
        organization, kind, country, number_kind, name, code_by, business_account, portfolio, patience=wait
    )
    with opened(data) as services:
        number_id = providing.provide(services, runner(reason), wanted, print)
        print(line(get_number(services, runner(), number_id)))


def line(number: NumberView) -> str:
    """Return how a number stands, in one line."""
    whose = f"  {number.organization.name}" if number.organization else ""
    carries = f"  {', '.join(each.kind for each in number.channels)}" if number.channels else ""
    trouble = f"  ({number.trouble})" if number.trouble else ""
    return f"{number.id}  {number.number}  {number.state}{whose}{carries}{trouble}"


def _registration(view: RegistrationView) -> str:
    problems = f"  ({'; '.join(view.problems)})" if view.problems else ""
    waits = f"  waits for: {view.waits_for}" if view.waits_for else ""
    return f"{view.kind}  {view.state}{waits}{problems}"
