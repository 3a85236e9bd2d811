"""Whether something may be said to a person now, and by which sender: refused here what a provider would refuse."""

from dataclasses import dataclass, replace
from datetime import timedelta

from hub.conversations.windows import (
    Saying,
    lawful_ways,
    list_elsewhere,
    sending_of,
    standing_of,
    words_for_closed,
)
from hub.conversations.windows import Standing as Window
from hub.db import held_messages, looks, reachability, senders, unasked
from hub.db.conversations import ConversationRecord
from hub.db.session import Tx
from hub.db.suspension import Standing
from hub.errors import Conflict
from hub.numbers import winning
from hub.numbers.policy.caps import REFUSALS, Sending, refusal
from hub.wiring import Services

_WAIT = "wait until they write again"
_ANSWER = "wait until they write: answers go out"
_COUNTED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is said: the conversation and its channel."""

    record: ConversationRecord
    standing: Standing


def require_permitted(services: Services, tx: Tx, place: Place, saying: Saying) -> str:
    """Return the sender that can and may say it.

    Raises Conflict with the lawful ways (`lawful`) when the window is closed, the person opted out or cannot be
    reached, or the channel is disconnected, or banned while another one goes on in its place.
    """
    # asked for once: whatever becomes the current sender after this sends nothing of what is permitted here
    sender_id = senders.current_sender_id(tx, place.record.channel_id)
    _require_reachable(services, tx, place)
    if sender_id is not None:
        _require_not_left_behind(tx, place, sender_id)
        _require_won(services, tx, place, saying, sender_id)
    _require_window(services, tx, place, saying)
    if sender_id is None:
        raise Conflict(
            f"{place.standing.channel_name} is disconnected; connect it again to answer",
            lawful=["reconnect the channel"],
        )
    return sender_id


@dataclass(frozen=True, slots=True)
class Permitted:
    """By which sender something may be said, and whether the person asked for it."""

    sender_id: str
    sending: Sending


def permit(services: Services, tx: Tx, place: Place, saying: Saying) -> Permitted:
    """Return how a message may be sent. Raises what `require_permitted` does, and Conflict with the lawful ways for one
    that nobody asked for where the sender may only answer or the organization has sent enough of such.
    """
    sender_id = require_permitted(services, tx, place, saying)
    rules = services.adapters[place.standing.channel_kind].capabilities
    sending = sending_of(rules, place.record.last_inbound_at, saying, services.clock())
    if sending is Sending.UNASKED:
        require_unasked(services, tx, place, sender_id)
    return Permitted(sender_id, sending)


def require_unasked(services: Services, tx: Tx, place: Place, sender_id: str) -> None:
    """Raise Conflict with the lawful ways when nothing may be sent that nobody asked for."""
    unasked.lock(tx)
    now, name = services.clock(), place.standing.channel_name
    quality = looks.quality_of(tx, sender_id)
    spent = unasked.spent(tx, place.record.identity_id, now - _COUNTED)
    caps = replace(unasked.caps_of(tx), messenger=unasked.daily_limit_of(tx, sender_id))
    why = refusal(caps, spent, Sending.UNASKED, quality)
    if why is not None:
        raise Conflict(f"{name}: {REFUSALS[why]}", lawful=_instead(services, tx, place))
    if unasked.are_forbidden(tx, sender_id, now):
        raise Conflict(
            f"{name} may only answer at present: its provider restricts messages that nobody asked for",
            lawful=_instead(services, tx, place),
        )


def _instead(services: Services, tx: Tx, place: Place) -> list[str]:
    elsewhere = list_elsewhere(services, tx, place.record.id)
    return [_ANSWER, *(f"write to them on {each}, where they can be reached" for each in elsewhere)]


def _require_not_left_behind(tx: Tx, place: Place, sender_id: str) -> None:
    """What is queued for a banned sender waits for it; once people go on elsewhere nothing may wait for that."""
    instead = held_messages.find_channel_instead(tx, sender_id)
    if instead is not None:
        raise Conflict(
            f"{place.standing.channel_name} is banned, and {instead} has taken over",
            lawful=[f"write to them on {instead}, once they have written there"],
        )


def _require_won(services: Services, tx: Tx, place: Place, saying: Saying, sender_id: str) -> None:
    """A sender that took a banned one's place writes to nobody who has not written to it."""
    rules = services.adapters[place.standing.channel_kind].capabilities
    sending = sending_of(rules, place.record.last_inbound_at, saying, services.clock())
    why = winning.forbids_unasked(tx, place.record.id, sender_id, sending)
    if why is not None:
        raise Conflict(why, lawful=_instead(services, tx, place))


def _require_window(services: Services, tx: Tx, place: Place, saying: Saying) -> None:
    rules = services.adapters[place.standing.channel_kind].capabilities
    if standing_of(rules, place.record.last_inbound_at, saying, services.clock()) is Window.CLOSED:
        elsewhere = list_elsewhere(services, tx, place.record.id)
        raise Conflict(words_for_closed(rules), lawful=list(lawful_ways(rules, elsewhere)))


def _require_reachable(services: Services, tx: Tx, place: Place) -> None:
    found = reachability.find(tx, place.record.identity_id)
    if found is None or not (found.opted_out or found.unreachable):
        return
    name = place.standing.channel_name
    elsewhere = [
        f"write to them on {each}, where they can be reached" for each in list_elsewhere(services, tx, place.record.id)
    ]
    if found.opted_out:
        raise Conflict(
            f"this person asked not to be written to on {name}; only they can take that back", lawful=elsewhere
        )
    raise Conflict(f"this person cannot be reached on {name}: {found.unreachable}; {_WAIT}", lawful=[_WAIT, *elsewhere])
