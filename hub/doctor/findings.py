"""From facts to findings. Pure: what is wrong, how bad it is, and what to do about it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hub.db.gauges import Gauges
from hub.providers.activation import ProviderView, State
from hub.types import Health, HealthState

_SLOW = timedelta(seconds=10)
_STUCK = timedelta(minutes=2)


class Grade(StrEnum):
    """`broken` makes the exit code 1."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: what was looked at, and one sentence that says what is so and what to do."""

    grade: Grade
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """A channel of any organization, with what its provider says now."""

    id: str
    label: str
    name: str
    health: Health


@dataclass(frozen=True, slots=True)
class Off:
    """A channel kind whose settings are missing."""

    label: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to judge.

    database_problem   why the database cannot be used; None: it answers and is migrated
    queue_answers      whether the queue can be reached; queue_keeps: whether it writes to disk, None: it does not say
    embedded_queue     whether it is the hub's own
    lanes              the lanes that some worker works on
    providers, channels, gauges   empty, empty and None when the database cannot be used
    """

    now: datetime
    public_url: str | None
    base_url: str
    off: Sequence[Off]
    database_problem: str | None
    queue_answers: bool
    queue_keeps: bool | None
    embedded_queue: bool
    lanes: frozenset[str]
    providers: Sequence[ProviderView]
    channels: Sequence[ChannelFacts]
    gauges: Gauges | None


def judge(facts: Facts) -> list[Finding]:
    """Return a finding for everything looked at, in the order a message passes it."""
    return [finding for look in _LOOKS for finding in look(facts)]


def _settings(facts: Facts) -> Iterator[Finding]:
    yield Finding(Grade.OK, "settings", "every setting has a usable value")
    for off in facts.off:
        text = f"{off.label} is off until {', '.join(off.missing)} are set"
        yield Finding(Grade.OK, "settings", text)


def _public_url(facts: Facts) -> Iterator[Finding]:
    if facts.public_url is None:
        text = (
            f"HUB_PUBLIC_URL is not set, so platforms are told {facts.base_url}; set the address they reach the hub at"
        )
        yield Finding(Grade.WARNING, "public URL", text)
    elif not facts.public_url.startswith("https://"):
        text = "HUB_PUBLIC_URL is http: most platforms call https only; put a TLS proxy before the hub and set https"
        yield Finding(Grade.WARNING, "public URL", text)
    else:
        yield Finding(Grade.OK, "public URL", f"platforms call {facts.public_url}")


def _database(facts: Facts) -> Iterator[Finding]:
    if facts.database_problem:
        yield Finding(Grade.BROKEN, "database", facts.database_problem)
    else:
        yield Finding(Grade.OK, "database", "it answers and has the newest schema")


def _queue(facts: Facts) -> Iterator[Finding]:
    if not facts.queue_answers:
        mend = "start `hub up` on this data directory" if facts.embedded_queue else "start it, or correct HUB_REDIS_URL"
        text = f"the queue cannot be reached, so work waits for the sweep; {mend}"
        yield Finding(Grade.BROKEN, "queue", text)
    elif facts.embedded_queue and facts.queue_keeps is False:
        text = "the embedded queue writes nothing to disk; restart `hub up`, which configures it"
        yield Finding(Grade.BROKEN, "queue", text)
    else:
        yield Finding(Grade.OK, "queue", "it answers")


def _workers(facts: Facts) -> Iterator[Finding]:
    if not facts.queue_answers:
        return
    if facts.lanes:
        yield Finding(Grade.OK, "workers", f"alive: {', '.join(sorted(facts.lanes))}")
    else:
        text = "no worker is alive, so nothing received is handled and nothing is sent; start `hub worker` or `hub up`"
        yield Finding(Grade.BROKEN, "workers", text)


def _providers(facts: Facts) -> Iterator[Finding]:
    for provider in facts.providers:
        if provider.state is State.OFF and provider.configured:
            text = (
                f"{', '.join(provider.configured)} is set, but {provider.name} is not activated: nothing goes there; "
                f"read docs/providers.md, then run `hub providers activate {provider.id}`"
            )
            yield Finding(Grade.WARNING, "providers", text)
        elif provider.state is State.REVIEW:
            text = (
                f"the registry changed since {provider.name} was activated; read docs/providers.md, "
                f"then run `hub providers activate {provider.id}` or `hub providers deactivate {provider.id}`"
            )
            yield Finding(Grade.WARNING, "providers", text)


_HEALTH = {HealthState.OK: Grade.OK, HealthState.UNKNOWN: Grade.WARNING, HealthState.BROKEN: Grade.BROKEN}


def _channels(facts: Facts) -> Iterator[Finding]:
    for channel in facts.channels:
        said = "; ".join(channel.health.problems) or _SAID[channel.health.state]
        text = f"{channel.label} “{channel.name}” ({channel.id}): {said}"
        yield Finding(_HEALTH[channel.health.state], "channel", text)


_SAID = {
    HealthState.OK: "connected",
    HealthState.UNKNOWN: "the provider did not answer; run `hub doctor` again",
    HealthState.BROKEN: "the provider refuses it; check the channel",
}


def _ages(facts: Facts) -> Iterator[Finding]:
    if facts.gauges is None:
        return
    event = _Waiting("events", facts.gauges.oldest_event, "received and not handled", Grade.BROKEN)
    # a delivery may rightly wait for hours: for a rate limit, or for a new token
    delivery = _Waiting("deliveries", facts.gauges.oldest_delivery, "on its way", Grade.WARNING)
    yield from (_age(facts.now, event), _age(facts.now, delivery))
    if facts.gauges.resting:
        # not a fault: they wait on purpose, and the oldest of them is no age to worry about
        text = f"{facts.gauges.resting} events wait until the suspension of their organization or channel is lifted"
        yield Finding(Grade.OK, "suspended", text)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The oldest of something; `worst` is how bad a very old one is."""

    subject: str
    since: datetime | None
    what: str
    worst: Grade


def _age(now: datetime, waiting: _Waiting) -> Finding:
    if waiting.since is None:
        return Finding(Grade.OK, waiting.subject, "nothing waits")
    age = now - waiting.since
    seconds = max(0, round(age.total_seconds()))
    if age < _SLOW:
        return Finding(Grade.OK, waiting.subject, f"the oldest one has waited {seconds} s")
    grade = Grade.WARNING if age < _STUCK else waiting.worst
    text = f"the oldest one has been {waiting.what} for {seconds} s; see that the workers run and read their log"
    return Finding(grade, waiting.subject, text)


@dataclass(frozen=True, slots=True)
class _Counted:
    subject: str
    count: Callable[[Gauges], int]
    mend: str


_COUNTS = (
    _Counted(
        "failed events",
        lambda g: g.events["failed"],
        "see `hub events list --state failed`, mend the cause, then replay",
    ),
    _Counted("unreadable events", lambda g: g.events["unreadable"], "see `hub events list --state unreadable`"),
    _Counted("failed messages", lambda g: g.messages["failed"], "operators see the reason in the thread and can retry"),
    _Counted(
        "uncertain messages",
        lambda g: g.messages["uncertain"],
        "ask the customer whether they came, then retry or leave them",
    ),
    _Counted("unmatched receipts", lambda g: g.unmatched, "something else sends from the same senders; find out what"),
    _Counted("quarantined requests", lambda g: g.quarantined, "see `hub events list --quarantined`"),
    _Counted(
        "forgotten requests",
        lambda g: g.forgotten,
        "genuine, and long in quarantine; connect their channels and release them, or `hub events discard` them",
    ),
)


def _counts(facts: Facts) -> Iterator[Finding]:
    if facts.gauges is None:
        return
    for counted in _COUNTS:
        number = counted.count(facts.gauges)
        if number:
            yield Finding(Grade.WARNING, counted.subject, f"{number}: {counted.mend}")
        else:
            yield Finding(Grade.OK, counted.subject, "none")


_LOOKS: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    _settings,
    _public_url,
    _database,
    _queue,
    _workers,
    _providers,
    _channels,
    _ages,
    _counts,
)
