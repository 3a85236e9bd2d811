"""Telling people of a ban case: the organization's admins, and whoever runs the platform.

What is told is written in one transaction: letters, the call to the organization's own server, the notice for open
browsers. Each is kept single by what it is about, a line of the case's timeline, so telling again does no harm; what
was written goes out by itself (`hub.notifying`, `hub.calling`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub import audit
from hub.access.permissions import ADMINS
from hub.audit import Change
from hub.calling import writing as calling
from hub.db import ban_cases, ban_events, letters, notices, organizations
from hub.db.ban_events import BanEventRow
from hub.db.letters import NewLetter, Reader
from hub.db.session import PlatformWork, Tx
from hub.ids import new_id
from hub.log import get_logger
from hub.notifying.sending import EVERYTHING, MAILS_JOB, MAILS_QUEUE
from hub.numbers.cases.letters import Told, letter_of, next_of
from hub.types import JsonObject, Machine
from hub.wiring import Services

_SYSTEM: Final = Machine("system", name="ban cases")

_LINES: Final[Mapping[str, tuple[str, ...]]] = {
    "Suspected": ("Opened",),
    "Changed": ("Changed", "Relapsed"),
    "AskWhichStays": ("Reinstated",),
}
"""What is told of → the lines of the timeline that it may mean, where they are called otherwise."""
_NAMES: Final = {"Suspected": "Opened", "AskWhichStays": "Reinstated"}
KINDS: Final[Mapping[str, str]] = {
    "Confirmed": "ban.confirmed",
    "Changed": "ban.changed",
    "OfferMade": "ban.offered",
    "Accepted": "ban.accepted",
    "Declined": "ban.declined",
    "DeadlinePassed": "ban.expired",
    "ReplacingFailed": "ban.replacing_failed",
    "Replaced": "ban.replaced",
    "EverybodyAsked": "ban.closed",
    "Closed": "ban.closed",
    "Reinstated": "ban.reinstated",
}
"""What admins are told of → what the call to their own server is called."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is told, of which line, and how the channel is called by machines."""

    told: Told
    event_id: str
    zone: str
    channel: JsonObject


def tell_admins(services: Services, case_id: str, about: str) -> None:
    """Tell the organization's owners and admins of the newest `about` of a case: browser, mail, their own server.

    Safe to repeat: everybody is told of it once. It is durable when this returns; nothing is sent by it.
    """
    organization_id = _organization_of(services, case_id)
    if organization_id is None:
        return
    with services.db.transaction(organization_id) as tx:
        facts = _facts(services, tx, case_id, about)
        made = letters.add(tx, _letters(services, facts, letters.list_readers(tx, ADMINS)))
        calling.tell(services, tx, KINDS[facts.told.happening], facts.event_id, _data(case_id, facts))
        if made:
            tx.before_commit(lambda: notices.add(tx, [("ban", {"id": case_id, "about": facts.told.happening})]))
    services.queue.notify(organization_id)
    services.queue.wake(MAILS_QUEUE, MAILS_JOB, EVERYTHING)


def tell_platform(services: Services, case_id: str, about: str, work_id: str | None = None) -> None:
    """Tell whoever runs the platform: browser, mail, and an entry in the platform's audit log. Safe to repeat.

    work_id  what does not get on, where that is what is told: no line of the timeline says so
    """
    organization_id = _organization_of(services, case_id)
    if organization_id is None:
        return
    with services.db.reading(organization_id) as tx:
        facts = _for_platform(services, tx, case_id, _facts(services, tx, case_id, about))
        facts = replace(facts, event_id=work_id or facts.event_id)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        readers = letters.list_platform_admins(tx)
        made = letters.add(tx, _letters(services, facts, readers))
        if made:
            after = {"happening": facts.told.happening, "organization": organization_id}
            audit.record(
                services, tx, _SYSTEM, Change("ban.platform_told", "ban_case", case_id, after=after), audit.PLATFORM
            )
    if made:
        log.warning("ban.platform_told", case_id=case_id, about=facts.told.happening)
        _notify(services, {each.organization_id for each in readers})
    services.queue.wake(MAILS_QUEUE, MAILS_JOB, EVERYTHING)


def _notify(services: Services, organization_ids: set[str]) -> None:
    """Make the platform admins' open pages look again. Their colleagues see the stream too: it names no case."""
    for each in sorted(organization_ids):
        with services.db.transaction(each) as tx:
            notices.add(tx, [("ban", {"of": "platform"})])
        services.queue.notify(each)


def _organization_of(services: Services, case_id: str) -> str | None:
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        return ban_cases.find_organization(tx, case_id)


def _facts(services: Services, tx: Tx, case_id: str, about: str) -> _Facts:
    row = ban_cases.get_row(tx, case_id)
    line = _line(ban_events.list_events(tx, case_id), about)
    told = Told(
        happening=_NAMES.get(about, about),
        at=line.at,
        case=row.record.case,
        channel=row.channel_name,
        evidence=row.record.evidence,
        touched=letters.count_touched(tx, row.record.channel_id),
        link=f"{services.settings.base_url}/bans/{case_id}",
    )
    channel: JsonObject = {"id": row.record.channel_id, "name": row.channel_name, "kind": row.kind}
    return _Facts(told, line.id, organizations.get_own(tx).time_zone, channel)


def _for_platform(services: Services, tx: Tx, case_id: str, facts: _Facts) -> _Facts:
    link = f"{services.settings.base_url}/platform/bans/{case_id}"
    return replace(facts, told=replace(facts.told, customer=organizations.get_own(tx).name, link=link))


def _line(events: Sequence[BanEventRow], about: str) -> BanEventRow:
    """Return the newest line that is meant. A case has one line at least, of its opening."""
    names = _LINES.get(about, (about,))
    return next((each for each in reversed(events) if each.happening in names), events[-1])


def _letters(services: Services, facts: _Facts, readers: Sequence[Reader]) -> list[NewLetter]:
    return [_letter(services, facts, each) for each in readers]


def _letter(services: Services, facts: _Facts, reader: Reader) -> NewLetter:
    letter = letter_of(facts.told, reader.language, reader.time_zone or facts.zone)
    return NewLetter(
        id=new_id(),
        organization_id=reader.organization_id,
        user_id=reader.id,
        event_id=facts.event_id,
        trigger=facts.told.happening,
        subject=letter.subject,
        text=letter.text,
        created_at=services.clock(),
    )


def _data(case_id: str, facts: _Facts) -> JsonObject:
    """What the organization's own server is told: in our words, without a person."""
    told = facts.told
    return {
        "ban": {
            "id": case_id,
            "state": told.case.state,
            "level": told.case.level,
            "reach": told.case.reach,
            "forbids": sorted(told.case.forbids),
            "channel": facts.channel,
        },
        "happened_at": told.at.isoformat(),
        "evidence": [{"at": each.at.isoformat(), "words": each.words} for each in told.evidence],
        "touched": {"conversations": told.touched.conversations, "recipients": told.touched.recipients},
        "next": next_of(told),
        "link": told.link,
    }
