"""Whether something may be said to a person now, and by which sender: refused here what a provider would refuse."""

from dataclasses import dataclass

from hub.conversations.windows import Saying, lawful_ways, list_elsewhere, standing_of, words_for_closed
from hub.conversations.windows import Standing as Window
from hub.db import reachability, senders
from hub.db.conversations import ConversationRecord
from hub.db.session import Tx
from hub.db.suspension import Standing
from hub.errors import Conflict
from hub.wiring import Services

_WAIT = "wait until they write again"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is said: the conversation and its channel."""

    record: ConversationRecord
    standing: Standing


def require_permitted(services: Services, tx: Tx, place: Place, saying: Saying) -> str:
    """Return the sender that can and may say it.

    Raises Conflict with the lawful ways (`lawful`) when the window is closed, the person opted out or cannot be
    reached, or the channel is disconnected.
    """
    _require_reachable(services, tx, place)
    _require_window(services, tx, place, saying)
    sender_id = senders.current_sender_id(tx, place.record.channel_id)
    if sender_id is None:
        raise Conflict(
            f"{place.standing.channel_name} is disconnected; connect it again to answer",
            lawful=["reconnect the channel"],
        )
    return sender_id


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
