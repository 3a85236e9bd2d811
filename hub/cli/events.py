"""`hub events`: the inbound journal, and the requests in quarantine."""

import sys
from typing import Annotated

import typer

from hub.cli.acting import Reason, opened, runner
from hub.cli.serve import Data
from hub.inbound import journal
from hub.types import EventState
from hub.wiring import Services

app = typer.Typer(help="The inbound journal.", no_args_is_help=True)

State = Annotated[EventState | None, typer.Option("--state", help="Only events in this state.")]
Quarantined = Annotated[bool, typer.Option("--quarantined", help="Requests in quarantine instead of events.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many, newest first.")]
EventId = Annotated[int, typer.Argument(help="Id of the event, as `hub events list` shows it.")]
RequestId = Annotated[str, typer.Argument(help="Id of the request, as `hub events list --quarantined` shows it.")]


@app.command("list")
def list_events(state: State = None, quarantined: Quarantined = False, limit: Limit = 50, data: Data = None) -> None:
    """List events of all organizations, newest first, or what is in quarantine."""
    with opened(data) as services:
        lines = _quarantine(services, limit) if quarantined else _events(services, state, limit)
    for line in lines:
        print(line)


@app.command()
def show(event_id: EventId, data: Data = None) -> None:
    """Show one event: its headers and its bytes as they came."""
    with opened(data) as services:
        found = journal.show_event(services, event_id)
    event = found.event
    print(f"event     {event.id}  {event.state}  {event.key}")
    print(f"sender    {event.sender_id}")
    print(f"received  {event.received_at.isoformat()}")
    if event.error:
        print(f"error     {event.error}")
    for name, value in event.headers.items():
        print(f"{name}: {value}")
    print(flush=True)
    sys.stdout.buffer.write((found.unreadable.encode() or found.body) + b"\n")


@app.command()
def replay(event_id: EventId, reason: Reason = "", data: Data = None) -> None:
    """Put a failed or unreadable event back to work; one that is handled already stays as it is."""
    with opened(data) as services:
        journal.replay(services, event_id, runner(reason))


@app.command()
def release(request_id: RequestId, reason: Reason = "", data: Data = None) -> None:
    """Let a request out of quarantine, after the secret or the channel it lacked was mended."""
    with opened(data) as services:
        count = journal.release(services, request_id, runner(reason))
    print(f"{count} events journalled")


@app.command()
def discard(request_id: RequestId, reason: Reason, data: Data = None) -> None:
    """Throw a request in quarantine away for good."""
    with opened(data) as services:
        journal.discard(services, request_id, runner(reason))


def _events(services: Services, state: EventState | None, limit: int) -> list[str]:
    found = journal.list_events(services, state, limit)
    return [
        f"{e.id}  {e.received_at:%Y-%m-%d %H:%M:%S}  {e.state:<10}  {e.key}  {e.error or ''}".rstrip() for e in found
    ]


def _quarantine(services: Services, limit: int) -> list[str]:
    found = journal.list_quarantined(services, limit)
    return [f"{q.id}  {q.received_at:%Y-%m-%d %H:%M:%S}  {q.kind:<10}  {q.route}  {q.reason}" for q in found]
