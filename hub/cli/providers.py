"""`hub providers`: which companies the hub may send data to."""

from typing import Annotated

import typer

from hub.cli.acting import Reason, opened, runner
from hub.cli.serve import Data
from hub.providers import activation
from hub.providers.activation import ProviderView

app = typer.Typer(help="Companies that the hub may send data to.", no_args_is_help=True)

ProviderId = Annotated[str, typer.Argument(help="Id of the provider, as `hub providers list` shows it.")]


@app.command("list")
def list_providers(data: Data = None) -> None:
    """List the registry: what each company is for, and whether the hub may use it."""
    with opened(data) as services:
        found = activation.list_providers(services, runner())
    for provider in found:
        print(_line(provider))


@app.command()
def activate(provider_id: ProviderId, reason: Reason = "", data: Data = None) -> None:
    """Allow an optional provider, or confirm it after the registry changed; read docs/providers.md before."""
    with opened(data) as services:
        print(_line(activation.activate(services, runner(reason), provider_id)))


@app.command()
def deactivate(provider_id: ProviderId, reason: Reason = "", data: Data = None) -> None:
    """End the use of an optional provider; running processes follow within seconds."""
    with opened(data) as services:
        print(_line(activation.deactivate(services, runner(reason), provider_id)))


def _line(provider: ProviderView) -> str:
    line = f"{provider.id:<12}  {provider.state:<8}  {provider.name}: {provider.purpose}"
    if provider.activated_at is None:
        return line
    return f"{line}; since {provider.activated_at:%Y-%m-%d %H:%M} by {provider.activated_by}"
