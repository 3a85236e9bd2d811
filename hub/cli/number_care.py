"""`hub numbers`: what becomes of the numbers that the platform has, and the accounts they are in."""

from typing import Annotated

import typer

from hub.cli.acting import Reason, opened, runner
from hub.cli.numbers import Id, Kind, Organization, app, line
from hub.cli.serve import Data
from hub.numbers.policy.obstacles import Portfolio
from hub.numbers.supply import (
    accounts,
    costs,
    lending,
    opening,
    owned,
    quarantine,
    registering,
    reinstating,
    returning,
    signing_up,
)
from hub.numbers.supply.opening import NewSubAccount
from hub.numbers.supply.owned import NewNumber, NumberChanges
from hub.numbers.supply.views import AccountView

accounts_app = typer.Typer(help="The platform's accounts at providers.", no_args_is_help=True)

_HUNDRED = 100

Carries = Annotated[list[str], typer.Option("--carries", help="A channel kind that it can carry; repeat.")]
InAccount = Annotated[str | None, typer.Option("--account", help="Id of the account it is in; default: the parent.")]
How = Annotated[str, typer.Option("--reason", help="How it is known, for the audit log.")]
AccountId = Annotated[str, typer.Argument(help="Id of the account, as `hub numbers accounts list` shows it.")]


@app.command()
def add(
    number: Annotated[str, typer.Argument(help="The number, in international form.")],
    carries: Carries,
    account: InAccount = None,
    reason: Reason = "",
    data: Data = None,
) -> None:
    """Enter a number that the platform owns already."""
    with opened(data) as services:
        print(line(owned.register_number(services, runner(reason), NewNumber(number, carries, account))))


@app.command()
def release(number_id: Id, reason: Reason = "", data: Data = None) -> None:
    """Take a number back from its organization; one that carried conversations goes into quarantine."""
    with opened(data) as services:
        print(line(lending.release_number(services, runner(reason), number_id)))


@app.command("end-quarantine")
def end_quarantine(number_id: Id, reason: Reason = "", data: Data = None) -> None:
    """Free a number whose quarantine is over; refused before."""
    with opened(data) as services:
        print(line(quarantine.end_quarantine(services, runner(reason), number_id)))


@app.command("return")
def give_back(number_id: Id, reason: Reason = "", data: Data = None) -> None:
    """Give a number back to its supplier for good."""
    with opened(data) as services:
        print(line(returning.return_number(services, runner(reason), number_id)))


@app.command("give-up-registration")
def give_up_registration(number_id: Id, kind: Kind, reason: Reason = "", data: Data = None) -> None:
    """Give a number's registration up; its sender is taken off the messenger. Refused while it carries a channel."""
    with opened(data) as services:
        registering.give_up(services, runner(reason), number_id, kind)
        print(line(owned.get_number(services, runner(), number_id)))


@app.command()
def reinstate(number_id: Id, kind: Kind, reason: How, data: Data = None) -> None:
    """Note that a messenger has taken its ban of a number back, after the case was closed."""
    with opened(data) as services:
        print(line(reinstating.reinstate_number(services, runner(), number_id, kind, reason)))


@app.command()
def cost(
    number_id: Id,
    amount: Annotated[float, typer.Argument(min=0, help="What it costs a month, such as 1.15.")],
    currency: Annotated[str, typer.Argument(help="Three letters, such as USD.")],
    reason: Reason = "",
    data: Data = None,
) -> None:
    """Note what a number costs a month."""
    changes = NumberChanges(round(amount * _HUNDRED), currency.upper())
    with opened(data) as services:
        print(line(owned.change_number(services, runner(reason), number_id, changes)))


@app.command("costs")
def list_costs(data: Data = None) -> None:
    """List what the numbers of each organization cost a month."""
    with opened(data) as services:
        for each in costs.list_costs(services, runner()):
            whose = each.organization.name if each.organization else "nobody"
            unknown = f"  ({each.unknown} without a price)" if each.unknown else ""
            print(f"{whose}  {each.numbers}  {each.monthly_cost / _HUNDRED:.2f} {each.currency}{unknown}")


# --- accounts --------------------------------------------------------------------------------------------


@accounts_app.command("list")
def list_accounts(data: Data = None) -> None:
    """List the accounts, whose they are, and whether their organizations have signed up."""
    with opened(data) as services:
        for each in accounts.list_accounts(services, runner()):
            print(_account(each))


@accounts_app.command("open")
def open_account(organization: Organization, reason: Reason = "", data: Data = None) -> None:
    """Open an account of an organization's own."""
    with opened(data) as services:
        print(_account(opening.open_account(services, runner(reason), NewSubAccount(organization))))


@accounts_app.command("link")
def sign_up_link(account_id: AccountId, data: Data = None) -> None:
    """Print the link by which an admin of the organization signs up with the messenger."""
    with opened(data) as services:
        print(signing_up.sign_up_link(services, runner(), account_id))


@accounts_app.command("trust")
def trust(
    account_id: AccountId,
    portfolio: Annotated[Portfolio, typer.Option("--portfolio", help="As the messenger's console shows it.")],
    reason: Reason = "",
    data: Data = None,
) -> None:
    """Note how far the messenger trusts a customer's business: how many senders it may have."""
    with opened(data) as services:
        print(_account(accounts.set_portfolio(services, runner(reason), account_id, portfolio)))


def _account(each: AccountView) -> str:
    whose = each.organization.name if each.organization else "the platform"
    signed_up = f"  signed up, {each.portfolio}" if each.signed_up else ""
    return f"{each.id}  {each.name or each.provider}  {each.state}  {whose}{signed_up}"
