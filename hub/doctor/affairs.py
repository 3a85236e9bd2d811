"""What goes on with senders and numbers: open bans, incidents that last, numbers that cost and carry nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub.db import incidents, numbers
from hub.db.incidents import IncidentView
from hub.db.numbers import IdleNumber
from hub.db.session import PlatformWork
from hub.doctor.findings import Finding, Grade
from hub.numbers.cases import reading
from hub.numbers.cases.views import BanView, Decider
from hub.types import Machine
from hub.wiring import Services

_LASTING: Final = timedelta(hours=1)
_MOST: Final = 100
_DOCTOR: Final = Machine("cli")
_TURNS: Final = {
    Decider.HUB: "it is the hub's turn",
    Decider.CUSTOMER: "it is the customer's turn",
    Decider.PLATFORM: "it is your turn",
    Decider.PROVIDER: "it is the provider's turn",
    Decider.PEOPLE: "it is the people's turn",
    Decider.NOBODY: "it is nobody's turn",
}


@dataclass(frozen=True, slots=True)
class Affairs:
    """What there is to name, at most a hundred of each. `incidents`: those that have lasted for an hour."""

    bans: Sequence[BanView] = ()
    incidents: Sequence[IncidentView] = ()
    idle: Sequence[IdleNumber] = ()


def gather_affairs(services: Services) -> Affairs:
    """Return what there is to name. The database can be used."""
    with services.db.platform_reading(PlatformWork.MONITORING) as tx:
        lasting = incidents.list_lasting(tx, services.clock() - _LASTING, _MOST)
        idle = numbers.list_idle(tx, _MOST)
    return Affairs(reading.list_open_bans(services, _DOCTOR, _MOST).items, lasting, idle)


def judge_affairs(affairs: Affairs) -> list[Finding]:
    """Return a line for each, and one for what there is none of."""
    return [*_bans(affairs.bans), *_incidents(affairs.incidents), *_numbers(affairs.idle)]


def _bans(found: Sequence[BanView]) -> Iterator[Finding]:
    if not found:
        yield Finding(Grade.OK, "bans", "none is open")
    for each in found:
        turn = f"{_TURNS[each.next.who]}; see /platform/bans/{each.id}"
        text = f"{each.channel.kind} “{each.channel.name}” of {each.organization_name}: {each.state}"
        yield Finding(Grade.WARNING, "ban", f"{text} since {_time(each.opened_at)}, {turn}")


def _incidents(found: Sequence[IncidentView]) -> Iterator[Finding]:
    if not found:
        yield Finding(Grade.OK, "incidents", "none has lasted for an hour")
    for each in found:
        text = f"“{each.channel}” of {each.organization} since {_time(each.opened_at)}: {each.words}"
        yield Finding(Grade.WARNING, "incident", text)


def _numbers(found: Sequence[IdleNumber]) -> Iterator[Finding]:
    """No fault: a reserve is kept for bans, and costs what it costs."""
    for each in found:
        cost = "an unknown cost" if each.monthly_cost is None else f"{each.monthly_cost / 100:.2f} {each.currency}"
        text = f"{each.number} carries nothing, for {cost} a month; keep it as a reserve, lend it or return it"
        yield Finding(Grade.OK, "number", text)


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
