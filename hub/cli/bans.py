"""`hub bans`: the bans of all organizations, and what one would come to."""

from typing import Annotated

import typer

from hub.cli.acting import opened, runner
from hub.cli.serve import Data
from hub.numbers.cases import reading
from hub.numbers.cases.views import BanView
from hub.numbers.policy.rehearsal import Rehearsal
from hub.numbers.policy.ways import REASONS
from hub.numbers.recruiting import rehearse_anywhere

app = typer.Typer(help="Bans of senders.", no_args_is_help=True)

ChannelId = Annotated[str, typer.Option("--channel", help="Id of the channel, as `GET /channels` lists it.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1_000, help="How many at most.")]


@app.command("list")
def list_bans(limit: Limit = 50, data: Data = None) -> None:
    """List the bans of all organizations, newest first."""
    with opened(data) as services:
        found = reading.list_all_bans(services, runner(), limit).items
    for ban in found:
        print(_line(ban))


@app.command()
def rehearse(channel: ChannelId, data: Data = None) -> None:
    """Say whom invitations would reach if a channel's sender were banned now, and in how many days; nothing is sent."""
    with opened(data) as services:
        found = rehearse_anywhere(services, channel)
    for line in _report(found):
        print(line)


def _line(ban: BanView) -> str:
    since = f"{ban.opened_at:%Y-%m-%d %H:%M}"
    held, where = f"{ban.level} ({ban.reach})", f"{ban.channel.name}, {ban.channel.kind}"
    return f"{ban.id}  {ban.state:<10}  {held}  {where}, since {since}"


def _report(found: Rehearsal) -> list[str]:
    """The whole first, then its parts: each person is in one of them."""
    lines = [f"{found.total} people, {found.reachable} of them can be invited{_in_days(found.days)}"]
    lines += [f"  {each.people} by {each.kind}{_in_days(each.days)}" for each in found.ways]
    lines += [f"  {count} only by publishing: {REASONS[why]}" for why, count in found.published.items()]
    lines += [f"  {found.waiting} have to wait: their channel is held"] if found.waiting else []
    return lines + [f"  {count} are {state.replace('_', ' ')}" for state, count in found.done.items()]


def _in_days(days: int | None) -> str:
    if days is None:
        return ", some never"
    return f" in {days} {'day' if days == 1 else 'days'}" if days else ""
