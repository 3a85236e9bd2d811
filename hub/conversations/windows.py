"""Reply windows: when the person last wrote decides whether we may answer freely, with the platform's tag, or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from hub.db import reachability
from hub.db.session import Tx
from hub.numbers.policy.caps import Sending
from hub.types import Capabilities, ReplyWindow
from hub.wiring import Services

_HOUR = 3600
_DAYS_FROM = 48


class Standing(Enum):
    """How something may be said now."""

    FREE = "free"
    LATE = "late"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Saying:
    """What is to be said, as far as windows care. `by_person`: one of ours wrote it; `template`: an approved one."""

    by_person: bool
    template: bool = False


def standing_of(rules: Capabilities, last_inbound_at: datetime | None, saying: Saying, now: datetime) -> Standing:
    """Say how it may be said: a template always, a person's words later than automatic ones where there is a tag."""
    if rules.reply_window is None or (saying.template and rules.templates):
        return Standing.FREE
    if _is_within(rules.reply_window, last_inbound_at, now):
        return Standing.FREE
    if saying.by_person and rules.late_window is not None and _is_within(rules.late_window, last_inbound_at, now):
        return Standing.LATE
    return Standing.CLOSED


def sending_of(rules: Capabilities, last_inbound_at: datetime | None, saying: Saying, now: datetime) -> Sending:
    """Say whether somebody asked for it: what goes to a person who wrote, inside the channel's window, is an answer."""
    freely = Saying(saying.by_person)
    if last_inbound_at is None or standing_of(rules, last_inbound_at, freely, now) is Standing.CLOSED:
        return Sending.UNASKED
    return Sending.ANSWER


def window_of(rules: Capabilities, last_inbound_at: datetime | None, now: datetime) -> ReplyWindow:
    """Return the window as people see it; `lawful` without what other channels allow."""
    if rules.reply_window is None:
        return ReplyWindow(open=True, until=None, lawful=())
    until = _end(rules.reply_window, last_inbound_at)
    late_until = _end(rules.late_window, last_inbound_at) if rules.late_window is not None else None
    is_open = until is not None and now < until
    is_late = not is_open and late_until is not None and now < late_until
    lawful = () if is_open or is_late else rules.lawful_after_window
    return ReplyWindow(is_open, until, lawful, late_until)


def lawful_ways(rules: Capabilities, elsewhere: Sequence[str]) -> tuple[str, ...]:
    """Return what may be done when the window is closed; `elsewhere`: channels by which the person can be reached."""
    return (*rules.lawful_after_window, *(f"write to them on {name}, where they can be reached" for name in elsewhere))


def list_elsewhere(services: Services, tx: Tx, conversation_id: str) -> list[str]:
    """Return the names of the other channels on which the same contact can be written to now."""
    now, names = services.clock(), []
    for way in reachability.list_elsewhere(tx, conversation_id):
        rules = services.adapters[way.kind].capabilities
        if standing_of(rules, way.last_inbound_at, Saying(by_person=True), now) is not Standing.CLOSED:
            names.append(way.channel_name)
    return list(dict.fromkeys(names))


def words_for_closed(rules: Capabilities) -> str:
    """Say why nothing may be said, in one sentence."""
    seconds = max(rules.reply_window or 0, rules.late_window or 0)
    return f"the reply window is closed: the customer's last message is more than {_span(seconds)} old"


def _span(seconds: int) -> str:
    hours = seconds // _HOUR
    return f"{hours // 24} days" if hours > _DAYS_FROM and hours % 24 == 0 else f"{hours} hours"


def _is_within(seconds: int, last_inbound_at: datetime | None, now: datetime) -> bool:
    end = _end(seconds, last_inbound_at)
    return end is not None and now < end


def _end(seconds: int, last_inbound_at: datetime | None) -> datetime | None:
    return last_inbound_at + timedelta(seconds=seconds) if last_inbound_at is not None else None
