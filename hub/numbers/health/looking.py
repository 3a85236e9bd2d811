"""The look: the provider is asked with no transaction open; what it answered is kept and judged in one.

Of two looks at once the later one finds the sender claimed. One whose process dies is done again when its claim ends.
A provider that does not answer has only so many looks at a time, so that the others' are done meanwhile. A look that
was asked for and finds no place is woken by whoever gives one back; one by the clock stays due.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.channels.base import Adapter
from hub.channels.looking import TIMEOUT, Eye, unseen
from hub.db import ban_cases, holds, looks, notices, senders
from hub.db.channels import clear_hold
from hub.db.incidents import Place
from hub.db.looks import Neighbour, Watched
from hub.db.senders import SealedSender
from hub.db.session import PlatformWork, Tx
from hub.failpoints import reach
from hub.log import get_logger
from hub.numbers import detecting
from hub.numbers.cases import judged
from hub.numbers.health import places, troubles
from hub.numbers.health.remembering import remember, standing_of
from hub.numbers.policy.judging import judge
from hub.numbers.policy.signals import ORDINARY
from hub.provisioning.probing import point
from hub.types import HealthState, Level, Sender
from hub.types.bans import Act, Confidence, Drift, Judgement, Look
from hub.wiring import Services

_CLAIM = timedelta(seconds=30)
"""How long a look may take before somebody else does it."""
_PAUSE = timedelta(seconds=2)
"""Between two looks at one sender, however many ask for them, unless the provider itself spoke since the first."""
_ORDINARY = timedelta(seconds=ORDINARY)
_AT_ONCE = 40
"""Looks to confirm a suspicion that are woken at a time."""
_TURN = 5.0
"""Seconds after which a hand that looks by the clock begins with no further sender, in case other providers wait."""
_LONGEST = 15.0
"""Seconds a provider has for its answers to one look, and for being set up anew; less than the claim."""
_SILENT = "the provider does not answer"

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look found in the end, and what the hub put right in between. `at`: when it was asked."""

    look: Look
    mended: tuple[Drift, ...]
    at: datetime


def wake_due(services: Services) -> None:
    """Wake the looks whose time has come: those that are to confirm a suspicion go before all others, by the clock so
    many of each provider's as find a place. Who has one goes on with the rest."""
    now = services.clock()
    families = sorted({adapter.signal_family for adapter in services.adapters.values()})
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        confirming = looks.list_confirming(tx, now, _AT_ONCE)
        due = [each for family in families for each in _due(services, tx, family, places.BY_CLOCK)]
    detecting.wake(services, confirming)
    detecting.wake_by_clock(services, [each for each in due if each not in confirming])


def look_by_clock(services: Services, sender_id: str) -> None:
    """The same as `look`, woken by the clock; then look at others of the provider whose time has come, for a while."""
    services.queue.clear(detecting.CLOCK_JOB, sender_id)
    found, until = _find(services, sender_id), time.monotonic() + _TURN
    while found is not None:
        family = services.adapters[found.sender.kind].signal_family
        if not _look_in_passing(services, family, found):
            return
        found = _find_due(services, family)
        if found is not None and time.monotonic() > until:
            detecting.wake_by_clock(services, [found.sender.id])
            return


def _look_in_passing(services: Services, family: str, found: SealedSender) -> bool:
    """Tell whether to go on: not without a place, and not where somebody waits for it."""
    if not places.take_by_clock(family):
        return False
    try:
        _look_at(services, found)
    finally:
        waiting = places.leave_by_clock(family)
        detecting.wake(services, waiting)
    return not waiting


def look(services: Services, sender_id: str) -> None:
    """Look at a sender whose time has come, keep what was found, and let happen what follows from it."""
    services.queue.clear(detecting.LOOK_JOB, sender_id)
    found = _find(services, sender_id)
    if found is None:
        return
    family = services.adapters[found.sender.kind].signal_family
    if not places.take(family, sender_id):
        return
    try:
        _look_at(services, found)
    finally:
        detecting.wake(services, places.leave(family))


def _find(services: Services, sender_id: str) -> SealedSender | None:
    with services.db.platform_reading(PlatformWork.LINE) as tx:
        return senders.find(tx, sender_id)


def _find_due(services: Services, family: str) -> SealedSender | None:
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        due = _due(services, tx, family, 1)
    return _find(services, due[0]) if due else None


def _due(services: Services, tx: Tx, family: str, most: int) -> list[str]:
    kinds = [kind for kind, adapter in services.adapters.items() if adapter.signal_family == family]
    return looks.list_due(tx, services.clock(), kinds, most)


def _look_at(services: Services, found: SealedSender) -> None:
    claim = _claim(services, found.sender)
    if claim is None:
        return
    sender = found.open(services.vault)
    reach("look.after_claim")
    seen = asyncio.run(_look(services, sender))
    if seen.look.health.state is HealthState.UNKNOWN:
        log.warning("look.unanswered", sender_id=sender.id, kind=sender.kind)
    with services.db.platform_reading(PlatformWork.LINE) as tx:
        around = looks.list_neighbours(tx, sender.id)
    theirs = _keep(services, sender, seen, around, claim)
    reach("look.after_commit")
    detecting.hasten(services, sender.organization_id, theirs)


def _claim(services: Services, sender: Sender) -> datetime | None:
    """Take a look for this process; return until when, None when there is nothing to look at now."""
    now = services.clock()
    with services.db.transaction(sender.organization_id) as tx:
        senders.lock(tx, sender.id)
        watched = looks.get(tx, sender.id)
        if watched.released or (watched.look_at is not None and watched.look_at > now):
            return None
        until = _postponed(services, sender, watched, now)
        holds.look_at(tx, sender.id, until or now + _CLAIM)
    return None if until else now + _CLAIM


def _postponed(services: Services, sender: Sender, watched: Watched, now: datetime) -> datetime | None:
    """Say until when a look has to wait: nothing is asked for whoever is suspended, or whose kind is off."""
    if sender.suspended or services.adapters[sender.kind].missing_settings():
        return now + _ORDINARY
    if watched.checked_at is not None and now - _PAUSE < watched.checked_at <= now:
        return watched.checked_at + _PAUSE
    return None


async def _look(services: Services, sender: Sender) -> _Seen:
    """Look; where the provider does not have what the hub set up, set it up again, and look whether that helped."""
    adapter = services.adapters[sender.kind]
    at = services.clock()
    try:
        async with asyncio.timeout(_LONGEST):
            return await _ask(services, adapter, sender, at)
    except TimeoutError:
        eye = Eye(adapter.signal_family, at)
        return _Seen(unseen([eye.saw(TIMEOUT, _SILENT)], _SILENT), (), at)


async def _ask(services: Services, adapter: Adapter, sender: Sender, at: datetime) -> _Seen:
    first = await adapter.look(sender, at)
    if not any(each.mended_by_setup for each in first.drift) or await point(adapter, sender) is not None:
        return _Seen(first, (), at)
    at = services.clock()
    again = await adapter.look(sender, at)
    left = {each.kind for each in again.drift}
    return _Seen(again, tuple(each for each in first.drift if each.kind not in left), at)


def _keep(
    services: Services, sender: Sender, seen: _Seen, around: Sequence[Neighbour], claim: datetime
) -> Sequence[str]:
    """Keep what a look found, and what follows; return the senders that are to be looked at because of it."""
    now = services.clock()
    with services.db.transaction(sender.organization_id) as tx:
        senders.lock(tx, sender.id)
        watched = looks.get(tx, sender.id)
        if watched.released:
            return ()
        detecting.note_look(tx, sender.id, seen.look.signals, now)
        if seen.look.online:
            looks.note_worked(tx, sender.id, now)
        looks.keep(tx, sender.id, seen.look, seen.at)
        place, adapter = Place(sender.id, sender.channel_id), services.adapters[sender.kind]
        changed = troubles.note(tx, adapter, place, watched.health, seen.look, seen.mended, now)
        judgement = _judge(services, tx, sender, around, now)
        _plan(tx, watched, judgement.look_at if seen.look.signals else now + _ORDINARY, claim, now)
        judged(services, tx, sender, judgement, now)
        _let_go(tx, watched, judgement, seen.look)
        if changed or seen.look.health != watched.health:
            _announce(services, tx, sender.channel_id)
        reach("look.before_commit")
    return _to_be_looked_at(sender, judgement, watched, around)


def _judge(services: Services, tx: Tx, sender: Sender, around: Sequence[Neighbour], now: datetime) -> Judgement:
    standing = standing_of(services.adapters[sender.kind], looks.get(tx, sender.id), around, now)
    return judge(remember(tx, sender.id, now), standing, now)


def _plan(tx: Tx, watched: Watched, wanted: datetime, claim: datetime, now: datetime) -> None:
    """Plan the next look. Who asked for one while this one was under way gets it, after a pause."""
    at = max(wanted, now + _PAUSE)
    if watched.look_at is not None and watched.look_at != claim:
        at = min(at, max(watched.look_at, now + _PAUSE))
    holds.look_at(tx, watched.id, at)


def _let_go(tx: Tx, watched: Watched, judgement: Judgement, found: Look) -> None:
    """A hold that a signal made at once, which turned out to be nothing: there is no case that would take it back."""
    if judgement.confidence is not Confidence.NONE or Act.REPLIES in judgement.forbids:
        return
    if ban_cases.lock_open_of(tx, watched.id) is None and found.health.state is HealthState.OK:
        clear_hold(tx, watched.id, holds.BANNED)
        clear_hold(tx, watched.id, holds.CREDENTIALS)


def _to_be_looked_at(
    sender: Sender, judgement: Judgement, watched: Watched, around: Sequence[Neighbour]
) -> Sequence[str]:
    """A trouble that is new asks how others fare that share something: that tells how far it reaches."""
    if judgement.confidence is Confidence.NONE or watched.level is not Level.NONE:
        return ()
    return [each.id for each in around if each.id != sender.id and each.organization_id == sender.organization_id]


def _announce(services: Services, tx: Tx, channel_id: str) -> None:
    organization_id = tx.organization_id
    tx.before_commit(lambda: notices.add(tx, [("channel", {"id": channel_id})]))
    tx.after_commit(lambda: services.queue.notify(organization_id) and None)
