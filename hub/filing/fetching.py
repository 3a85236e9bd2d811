"""Fetching the files of messages: a few at a time, each judged by its bytes, with no transaction open meanwhile.

Provider links expire, so it begins right behind the message's own transaction. A file is taken for as long as a try
may last; whoever dies over it leaves it to be taken again, and bytes that were stored by then are not fetched twice.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from hub.channels.fetching import Fetched, FetchRefused, Gone, TooLarge
from hub.crypto import DataKey
from hub.db import attachments, file_removals, files, journal, senders
from hub.db.files import DueFile, FileFacts
from hub.db.session import PlatformWork
from hub.errors import NotFound, Unavailable, UnsupportedContent
from hub.failpoints import reach
from hub.filing import telling
from hub.filing.keeping import facts_of, store
from hub.filing.vcard import read_card
from hub.log import get_logger
from hub.media.scanning import Clean, Infected, NotScanned, Undecided
from hub.queue import JOB_TIMEOUTS
from hub.types import ChannelKind, FileState, JournalEvent, JsonObject, MediaKind, Sender
from hub.wiring import Services

FETCH_JOB = "workers.media.fetch"
QUEUE = "media"
AT_ONCE = 4
"""Files of one organization under way at once: each may take `HUB_MEDIA_MAX_BYTES` of memory twice."""
BACK_OFF = (5.0, 30.0, 120.0, 600.0, 1800.0)
"""Seconds to wait after the first, second, … try; after the last one it has failed."""
_WAIT_FOR_PARTS = timedelta(seconds=60)
"""How long a file waits for a scanner or a storage that is away; it costs no try."""
_LAST_BEGIN = timedelta(seconds=150)
"""So long after its begin a run judges one more file. That may take 180 seconds, a minute each for the scanner and for
two calls of the storage, and has to end within the job (`hub.queue.JOB_TIMEOUTS`)."""
_BEHIND_JOB = timedelta(seconds=30)
"""So long after the end of its job a file that it left is taken again."""
_ENDS: tuple[tuple[type[Exception], FileState, str], ...] = (
    (TooLarge, FileState.TOO_LARGE, "the file is larger than this hub takes"),
    (Gone, FileState.GONE, "the platform does not have the file any more"),
    (FetchRefused, FileState.REFUSED, "the platform did not hand the file out"),
    (UnsupportedContent, FileState.REFUSED, "files of this channel cannot be fetched"),
)
_FAILED = "the file could not be fetched from the platform"

log = get_logger(__name__)


def fetch(services: Services, organization_id: str) -> int:
    """Fetch some of an organization's due files, and wake itself for the rest; return how many were tried."""
    services.queue.clear(FETCH_JOB, organization_id)
    now = services.clock()
    until = now + timedelta(seconds=JOB_TIMEOUTS[QUEUE]) + _BEHIND_JOB
    with services.db.transaction(organization_id) as tx:
        due = files.claim(tx, now, until, AT_ONCE)
    if due:
        asyncio.run(_fetch_all(services, organization_id, due, now + _LAST_BEGIN))
        services.queue.wake(QUEUE, FETCH_JOB, organization_id)
    return len(due)


def wake_due(services: Services) -> None:
    """Wake the fetching of every organization that has a file due."""
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        due = files.organizations_due(tx, services.clock())
    if due:
        services.queue.wake_many(QUEUE, FETCH_JOB, due)


@dataclass(frozen=True, slots=True)
class _Turn:
    """Judging and sealing go one at a time: they cost memory and the whole processor. None begins after `ends`."""

    ends: datetime
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)


async def _fetch_all(services: Services, organization_id: str, due: Sequence[DueFile], ends: datetime) -> None:
    turn = _Turn(ends)
    await asyncio.gather(*(_fetch_one(services, organization_id, each, turn) for each in due))


async def _fetch_one(services: Services, organization_id: str, due: DueFile, turn: _Turn) -> None:
    """Bring in one file, or leave it to the next run when this one's time is over."""
    try:
        key = await asyncio.to_thread(services.vault.of, organization_id)
        fetched = await _bytes_of(services, organization_id, due, key)
        async with turn.one_at_a_time:
            if services.clock() <= turn.ends:
                await asyncio.to_thread(_judge, services, organization_id, due, key, fetched)
                return
        await asyncio.to_thread(_wait, services, organization_id, due, timedelta())
    except Unavailable:
        await asyncio.to_thread(_wait, services, organization_id, due, _WAIT_FOR_PARTS)
    except Exception as error:  # noqa: BLE001 - the boundary of one file: a provider's client may raise anything
        log.info("media.not_fetched", attachment_id=due.id, error=type(error).__name__)
        await asyncio.to_thread(_after, services, organization_id, due, error)


async def _bytes_of(services: Services, organization_id: str, due: DueFile, key: DataKey) -> Fetched:
    kept = await asyncio.to_thread(_kept, services, due, key)
    if kept is not None:
        return kept
    sender, event, kind = await asyncio.to_thread(_origin, services, organization_id, due, key)
    limit = services.settings.media_max_bytes
    source = key.open(due.source, attachments.SOURCE).decode("utf-8", "surrogatepass")
    download = services.adapters[kind].download(source, event, sender, limit)
    fetched = await asyncio.wait_for(download, services.settings.media_timeout)
    if len(fetched.body) > limit:
        raise TooLarge("the adapter gave more than the limit")
    return fetched


def _kept(services: Services, due: DueFile, key: DataKey) -> Fetched | None:
    """Return what an earlier try stored; links expire, so it is not thrown away."""
    if due.storage_key is None:
        return None
    try:
        return Fetched(key.open(services.storage.get(due.storage_key), attachments.SEALED))
    except NotFound:
        return None


def _origin(
    services: Services, organization_id: str, due: DueFile, key: DataKey
) -> tuple[Sender, JournalEvent, ChannelKind]:
    """Return by which sender and event a file came, and whose adapter fetches it. Raises Gone."""
    with services.db.platform_reading(PlatformWork.LINE) as tx:
        found = senders.find(tx, due.sender_id)
    with services.db.reading(organization_id) as tx:
        row = files.find_event(tx, due.event_id) if due.event_id is not None else None
    if found is None or row is None:
        raise Gone("nobody knows any more where it came from")
    body = key.open(row.body, journal.SEALED) if row.body is not None else b""
    sender = found.open(services.vault)
    return sender, JournalEvent(row.key, row.headers, body, row.received_at), row.kind or sender.kind


def _judge(services: Services, organization_id: str, due: DueFile, key: DataKey, fetched: Fetched) -> None:
    """Scan a file and keep it, unless there is malware in it. What could not be scanned waits, kept but not shown."""
    match services.scanner.scan(fetched.body):
        case Infected():
            _end(services, organization_id, due, FileState.INFECTED, "malware was found in the file; it was not kept")
        case Undecided():
            store(services, organization_id, due.id, key, fetched.body)
            _wait(services, organization_id, due, _WAIT_FOR_PARTS)
        case Clean() | NotScanned():
            store(services, organization_id, due.id, key, fetched.body)
            claimed, name = due.content_type or fetched.content_type, due.name or fetched.name
            _record(services, organization_id, due, facts_of(fetched.body, due.kind, claimed, name), fetched.body)


def _record(services: Services, organization_id: str, due: DueFile, facts: FileFacts, body: bytes) -> None:
    shown: JsonObject = {"type": facts.kind, "state": FileState.READY, "problem": "", **_shown(facts)}
    card = read_card(body) if facts.kind is MediaKind.CONTACT else None
    if card is not None:
        shown["details"] = asdict(card)
    with services.db.transaction(organization_id) as tx:
        reach("media.before_record")
        if files.mark_ready(tx, due.id, facts):
            telling.change_part(tx, due.message_id, due.id, shown)
    reach("media.after_record")
    services.queue.notify(organization_id)


def _shown(facts: FileFacts) -> JsonObject:
    """A platform may know the size of a picture whose bytes do not say it."""
    sides = {"width": facts.width, "height": facts.height} if facts.width else {}
    return {"name": facts.name, "content_type": facts.content_type, "size": facts.size, **sides}


def _after(services: Services, organization_id: str, due: DueFile, error: Exception) -> None:
    """What follows from an error: the end of the file, or another try."""
    for kind, state, reason in _ENDS:
        if isinstance(error, kind):
            _end(services, organization_id, due, state, reason)
            return
    if due.attempts > len(BACK_OFF):
        _end(services, organization_id, due, FileState.FAILED, _FAILED)
        return
    again = services.clock() + timedelta(seconds=BACK_OFF[due.attempts - 1])
    with services.db.transaction(organization_id) as tx:
        files.put_off(tx, due.id, again)


def _end(services: Services, organization_id: str, due: DueFile, state: FileState, reason: str) -> None:
    with services.db.transaction(organization_id) as tx:
        stored = files.find_storage_key(tx, due.id)
        if files.give_up(tx, due.id, state, reason):
            file_removals.note(tx, [stored] if stored else [])
            telling.change_part(tx, due.message_id, due.id, {"state": state, "problem": reason})
    services.queue.notify(organization_id)


def _wait(services: Services, organization_id: str, due: DueFile, span: timedelta) -> None:
    with services.db.transaction(organization_id) as tx:
        files.put_off_uncounted(tx, due.id, services.clock() + span)
