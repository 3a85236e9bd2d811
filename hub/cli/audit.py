"""`hub audit`: the audit log's chains, read, checked and taken out."""

import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from hub import audit
from hub.access import audit_log
from hub.access.audit_export import write
from hub.access.audit_log import EntryView
from hub.audit import Verified
from hub.cli.acting import Reason, opened, runner
from hub.cli.serve import Data
from hub.db.audit import Wanted

app = typer.Typer(help="The audit log.", no_args_is_help=True)


class Format(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"


Chain = Annotated[str, typer.Option("--organization", help="Id of an organization; else the platform's own chain.")]
OneChain = Annotated[str, typer.Option("--organization", help="Check the chain of one organization (or `platform`).")]
Action = Annotated[str, typer.Option("--action", help="Only this action, or all of a noun, such as `channel`.")]
Subject = Annotated[str, typer.Option("--subject", help="Only about this id, or this type.")]
Who = Annotated[str, typer.Option("--actor", help="Only by this id, or this type (user, token, cli, system, guest).")]
Since = Annotated[datetime | None, typer.Option("--since", help="Only from this time on (UTC).")]
Until = Annotated[datetime | None, typer.Option("--until", help="Only before this time (UTC).")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many, newest first.")]
Form = Annotated[Format, typer.Option("--format", help="JSON Lines, or CSV for a spreadsheet.")]
Expect = Annotated[str, typer.Option("--expect", help="An end noted before, NUMBER:HASH; it must still be there.")]


@app.command("list")
def list_entries(
    organization: Chain = audit.PLATFORM,
    action: Action = "",
    subject: Subject = "",
    actor: Who = "",
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    data: Data = None,
) -> None:
    """List entries of a chain, newest first."""
    wanted = Wanted(action or None, subject or None, actor or None, _utc(since), _utc(until))
    with opened(data) as services:
        page = audit_log.list_chain(services, organization, wanted, limit)
    for entry in page.items:
        print(_line(entry))


@app.command()
def verify(organization: OneChain = "", expect: Expect = "", data: Data = None) -> None:
    """Check every chain, or one: nothing changed, missing, added, moved or emptied unsaid; exit 1 if something is.

    Note the printed ends somewhere else: only `--expect` shows a whole database that was put back to an older state.
    """
    with opened(data) as services:
        found = audit.verify(services, organization or None)
        chain = organization or audit.PLATFORM
        missed = audit.expected(services, chain, expect) if expect else ()
    for each in found:
        faults = each.faults + (missed if each.organization_id == chain else ())
        print(_verdict(each, faults))
        for fault in faults:
            print(f"  {fault}")
    if missed or any(each.faults for each in found):
        raise typer.Exit(1)


@app.command()
def export(
    organization: Chain = audit.PLATFORM, form: Form = Format.JSONL, reason: Reason = "", data: Data = None
) -> None:
    """Write a chain to stdout, oldest first; the export leaves an entry itself."""
    with opened(data) as services:
        entries = audit_log.export_chain(services, runner(reason), organization, Wanted(), form.value)
        for piece in write(entries, form.value):
            sys.stdout.buffer.write(piece)


def _verdict(found: Verified, faults: tuple[str, ...]) -> str:
    if faults:
        return f"{found.organization_id}  BROKEN  {found.entries} entries, end {found.end}"
    if found.entries == 0:
        return f"{found.organization_id}  ok  no entry yet: the chain begins with the first change"
    return f"{found.organization_id}  ok  {found.entries} entries, end {found.end}"


def _line(entry: EntryView) -> str:
    who = f"{entry.actor.type}:{entry.actor.name or entry.actor.id}".rstrip(":")
    about = f"{entry.subject.type} {entry.subject.id}".strip()
    reason = f"  ({entry.reason})" if entry.reason else ""
    return f"{entry.id:>6}  {entry.at:%Y-%m-%d %H:%M:%S}  {entry.action}  {about}  by {who} from {entry.origin}{reason}"


def _utc(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=UTC)
