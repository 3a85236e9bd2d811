"""`hub suspend` and `hub resume`: an organization, a channel or a message that must not be shown or sent for now."""

from collections.abc import Callable
from typing import Annotated

import typer

from hub import suspension
from hub.cli.acting import opened, runner
from hub.cli.serve import Data
from hub.db.suspension import SuspensionView
from hub.suspension import Suspendable
from hub.types import Actor, Machine
from hub.wiring import Services

suspend_app = typer.Typer(help="Keep something from being shown and sent.", no_args_is_help=True)
resume_app = typer.Typer(help="Lift a suspension; what waited goes on.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="Its id.")]
Reason = Annotated[str, typer.Option("--reason", help="Why: shown to those it concerns, kept in the audit log.")]
Act = Callable[[Services, Actor | Machine, Suspendable, str, str], SuspensionView]


@suspend_app.command("organization")
def suspend_organization(organization_id: Id, reason: Reason, data: Data = None) -> None:
    """Shut an organization's people out; what its customers write is kept."""
    _act(suspension.suspend, suspension.ORGANIZATION, organization_id, reason, data)


@suspend_app.command("channel")
def suspend_channel(channel_id: Id, reason: Reason, data: Data = None) -> None:
    """Hide a channel's conversations and send nothing on it; what arrives is kept."""
    _act(suspension.suspend, suspension.CHANNEL, channel_id, reason, data)


@suspend_app.command("message")
def suspend_message(message_id: Id, reason: Reason, data: Data = None) -> None:
    """Hide what one message says and its files; one that was not sent yet waits."""
    _act(suspension.suspend, suspension.MESSAGE, message_id, reason, data)


@resume_app.command("organization")
def resume_organization(organization_id: Id, reason: Reason, data: Data = None) -> None:
    """Let an organization's people in again, and deliver what was kept."""
    _act(suspension.resume, suspension.ORGANIZATION, organization_id, reason, data)


@resume_app.command("channel")
def resume_channel(channel_id: Id, reason: Reason, data: Data = None) -> None:
    """Show a channel's conversations again, and deliver what was kept."""
    _act(suspension.resume, suspension.CHANNEL, channel_id, reason, data)


@resume_app.command("message")
def resume_message(message_id: Id, reason: Reason, data: Data = None) -> None:
    """Show a message again, and send it if it waited."""
    _act(suspension.resume, suspension.MESSAGE, message_id, reason, data)


def _act(act: Act, what: Suspendable, subject_id: str, reason: str, data: Data) -> None:
    with opened(data) as services:
        now = act(services, runner(), what, subject_id, reason)
    print(f"{what.name} {now.id}: {'suspended' if now.suspended_at else 'resumed'}")
