"""What an invitation of everybody would come to, without sending anything: how many, by which way, in how many days."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from hub.numbers.policy.pacing import DAY, Limit, most_of
from hub.numbers.policy.ways import Done, Invite, OnlyByPublishing, Step, Wait, Why
from hub.types import ChannelKind
from hub.types.numbers import Quality, RecipientState


@dataclass(frozen=True, slots=True)
class ByWay:
    """How many are invited by one way first, and in how many days; None: never, as nothing may go out by it."""

    kind: ChannelKind
    people: int
    days: int | None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Everybody of a ledger, each counted once: the sums of `ways`, `published`, `waiting` and `done` are `total`.

    published  whom only what is published can reach, by reason
    waiting    whose channel is held or who were invited lately
    done       who need nothing more, by where they stand
    days       until the last one is invited; None: some never
    """

    total: int
    ways: tuple[ByWay, ...]
    published: Mapping[Why, int]
    waiting: int
    done: Mapping[RecipientState, int]
    days: int | None

    @property
    def reachable(self) -> int:
        """Those who would be invited."""
        return sum(each.people for each in self.ways)


@dataclass(frozen=True, slots=True)
class Lane:
    """What may go out by one way: its limits, and the quality of its sender."""

    limits: Sequence[Limit]
    quality: Quality = Quality.UNKNOWN


def rehearse(steps: Iterable[Step], lanes: Mapping[ChannelKind, Lane], shared: Sequence[Limit] = ()) -> Rehearsal:
    """Count what the next step of each person would be, and in how many days all invitations would be out.

    `steps`: one for each person, from a cursor if they are many. `lanes` in the customer's order; `shared`: limits that
    count all ways together. Nothing was sent yet on the first day.
    """
    people: Counter[ChannelKind] = Counter()
    published: Counter[Why] = Counter()
    done: Counter[RecipientState] = Counter()
    waiting = 0
    for step in steps:
        match step:
            case Invite():
                people[step.way.kind] += 1
            case OnlyByPublishing():
                published[step.why] += 1
            case Wait():
                waiting += 1
            case Done():
                done[step.state] += 1
            case _:
                assert_never(step)
    last_days = _last_days(people, lanes, shared)
    ways = tuple(ByWay(kind, people[kind], last_days[kind]) for kind in _in_order(people, lanes))
    total = people.total() + published.total() + waiting + done.total()
    return Rehearsal(total, ways, published, waiting, done, _longest(last_days.values()))


def _in_order(people: Mapping[ChannelKind, int], lanes: Mapping[ChannelKind, Lane]) -> tuple[ChannelKind, ...]:
    return tuple(dict.fromkeys([*(kind for kind in lanes if kind in people), *people]))


def _last_days(
    people: Mapping[ChannelKind, int], lanes: Mapping[ChannelKind, Lane], shared: Sequence[Limit]
) -> dict[ChannelKind, int | None]:
    """The day on which the last person of each way is invited, when every day sends what it may."""
    order = _in_order(people, lanes)
    daily = {kind: _daily(lanes[kind].limits, lanes[kind].quality) if kind in lanes else 0 for kind in order}
    together = _daily(shared, Quality.UNKNOWN) if shared else sum(daily.values())
    last: dict[ChannelKind, int | None] = dict.fromkeys(order)
    left, day, sent = dict(people), 0, 1
    while sent and any(left.values()):
        day, sent = day + 1, 0
        for kind in order:
            going = min(left[kind], daily[kind], together - sent)
            left[kind], sent = left[kind] - going, sent + going
            if going and not left[kind]:
                last[kind] = day
    return last


def _daily(limits: Iterable[Limit], quality: Quality) -> int:
    """What all the limits together let through in a day, from its first moment to its last."""
    return min((int(most_of(each, quality) * (DAY / each.per)) for each in limits), default=0)


def _longest(days: Iterable[int | None]) -> int | None:
    """0 for nobody, None if some are never invited."""
    found = list(days)
    return None if None in found else max((each for each in found if each is not None), default=0)
