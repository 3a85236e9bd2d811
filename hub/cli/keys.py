"""`hub keys`: the data keys, the key ring that wraps them, and the end of an organization's key."""

from typing import Annotated

import typer

from hub import keys
from hub.cli.acting import Reason, opened, runner
from hub.cli.serve import Data
from hub.db.data_keys import WrappedKey
from hub.errors import Invalid
from hub.keys import Destroyed

app = typer.Typer(help="Data keys and the key ring.", no_args_is_help=True)

OrganizationId = Annotated[str, typer.Option("--organization", help="Id of the organization.")]
Yes = Annotated[bool, typer.Option("--yes", help="It cannot be undone, and is meant.")]


@app.command("list")
def list_keys(data: Data = None) -> None:
    """List every data key: whose it is, since when, which secret key wraps it, or when it was destroyed."""
    with opened(data) as services:
        found = keys.list_keys(services)
    for key in found:
        print(_line(key))


@app.command()
def rotate(reason: Reason = "", data: Data = None) -> None:
    """Wrap every data key with the current secret key; a key file gets a new one first. Nothing has to be restarted."""
    with opened(data) as services:
        done = keys.rotate(services, runner(reason))
    print(f"{done.count} data keys are wrapped with the secret key {done.current}")
    if done.unused:
        print(f"no longer needed in HUB_SECRET_KEY_FALLBACKS: {', '.join(done.unused)}")


@app.command()
def destroy(organization: OrganizationId, reason: Reason, yes: Yes = False, data: Data = None) -> None:
    """Destroy an organization's data key: its journal, files and credentials can never be read again."""
    if not yes:
        raise Invalid("nothing brings a destroyed key back; repeat the command with --yes if that is meant")
    with opened(data) as services:
        done = keys.destroy(services, runner(reason), organization)
    for line in _ended(done):
        print(line)


def _ended(done: Destroyed) -> tuple[str, str]:
    if done.opened_by:
        rest = f"backups still open with the secret key {done.opened_by}: rotate (docs/operations.md, Keys), remove it"
    else:
        rest = "no backup of the database opens with the secret keys as they are now"
    if done.finished:
        return "destroyed by an earlier call; what that one had left is done now", rest
    return "destroyed; the organization is suspended", rest


def _line(key: WrappedKey) -> str:
    wrapped = f"destroyed {key.destroyed_at:%Y-%m-%d %H:%M}" if key.destroyed_at else f"wrapped by {key.wrapped_by}"
    return f"{key.owner:<26}  {key.created_at:%Y-%m-%d %H:%M}  {wrapped}"
