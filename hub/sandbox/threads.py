"""What stands on the phones: one thread for each customer and channel, and the list of all they received."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from time import time
from typing import Any

_THREADS_KEPT = 20_000
_BUBBLES_PER_THREAD = 200
_RECEIVED_KEPT = 60_000
_RANKS = {"queued": 0, "sending": 1, "sent": 3, "failed": 4, "delivered": 5, "read": 6}


@dataclass
class Bubble:
    """One message on a phone.

    id           the provider's id of it
    address      the customer's; `endpoint` is the hub's bot id, page id, number or mailbox
    sender       "customer" or "hub"
    delivery_id  the hub's own id of a message it sent, where the platform carries one
    extra        subject, Message-ID, reply address and the like
    parts        what it shows besides its text: {"type": a media kind, "file", "name", …}, {"type": "location", …},
                 {"type": "contact", …}, {"type": "buttons", "options": [{"label", "payload"}]}, {"type": "press", …}
    reactions    "customer" or "hub" -> emoji
    reply_to     public id of the message it answers
    also         public ids of further messages that this bubble stands for (an album is one)
    """

    id: str
    channel: str
    address: str
    endpoint: str
    sender: str
    text: str
    at: float
    status: str = "sent"
    delivery_id: str = ""
    extra: dict[str, str] | None = None
    parts: list[dict[str, Any]] = field(default_factory=list)
    reactions: dict[str, str] = field(default_factory=dict)
    reply_to: str = ""
    also: list[str] = field(default_factory=list)
    edited: bool = False
    deleted: bool = False

    @property
    def public_id(self) -> str:
        """Return the id as the hub knows it."""
        return public_id(self.channel, self.id)


def public_id(channel: str, message_id: str) -> str:
    """Return a message id as the hub knows it: Telegram's without the bot."""
    return message_id.partition(":")[2] if channel == "telegram" else message_id


class Threads:
    """Bounded: the oldest threads, and the oldest bubbles of a thread, are forgotten first."""

    def __init__(self) -> None:
        self._threads: OrderedDict[tuple[str, str], deque[Bubble]] = OrderedDict()
        self._by_id: OrderedDict[tuple[str, str], Bubble] = OrderedDict()
        self.received: deque[Bubble] = deque(maxlen=_RECEIVED_KEPT)
        self.version = 0

    def add(self, bubble: Bubble) -> None:
        key = (bubble.channel, bubble.address)
        thread = self._threads.setdefault(key, deque(maxlen=_BUBBLES_PER_THREAD))
        self._threads.move_to_end(key)
        thread.append(bubble)
        if bubble.sender == "hub":
            self.received.append(bubble)
        self._by_id[bubble.channel, bubble.id] = bubble
        self._trim()
        self.version += 1

    def _trim(self) -> None:
        if len(self._threads) > _THREADS_KEPT:
            self._threads.popitem(last=False)
        if len(self._by_id) > 2 * _RECEIVED_KEPT:
            self._by_id.popitem(last=False)

    def thread(self, channel: str, address: str) -> list[Bubble]:
        """Return a customer's thread, oldest first."""
        return list(self._threads.get((channel, address), ()))

    def last_from_hub(self, channel: str, address: str) -> Bubble | None:
        """Return the newest bubble the hub sent to a customer."""
        found = (b for b in reversed(self.thread(channel, address)) if b.sender == "hub")
        return next(found, None)

    def last_from_customer(self, channel: str, address: str, endpoint: str) -> float:
        """Return when a customer last wrote to an endpoint, 0 when never (or forgotten)."""
        thread = reversed(self.thread(channel, address))
        return next((b.at for b in thread if b.sender == "customer" and b.endpoint == endpoint), 0.0)

    def find(self, message_id: str, channel: str = "", address: str = "") -> Bubble | None:
        """Return the newest bubble that has this public id, on one phone or on any."""
        wanted = self.thread(channel, address) if address else self.everything()
        for bubble in reversed(wanted):
            if channel in {"", bubble.channel} and message_id in {bubble.public_id, *bubble.also}:
                return bubble
        return None

    def react(self, bubble: Bubble, whose: str, emoji: str) -> None:
        """Set the one reaction of "customer" or "hub"; "" takes it away."""
        bubble.reactions.pop(whose, None)
        if emoji:
            bubble.reactions[whose] = emoji
        self.version += 1

    def edit(self, bubble: Bubble, text: str) -> None:
        bubble.text, bubble.edited = text, True
        self.version += 1

    def delete(self, bubble: Bubble) -> None:
        bubble.deleted = True
        self.version += 1

    def raise_status(self, channel: str, message_id: str, status: str) -> None:
        """Move a bubble's tick forward; it never goes back."""
        bubble = self._by_id.get((channel, message_id))
        if bubble and _RANKS.get(status, 0) > _RANKS.get(bubble.status, 0):
            bubble.status = status
            self.version += 1

    def everything(self) -> list[Bubble]:
        """Return the bubbles worth saving: all threads, oldest thread first."""
        return [bubble for thread in self._threads.values() for bubble in thread]

    def clear(self) -> None:
        self._threads.clear()
        self._by_id.clear()
        self.received.clear()
        self.version += 1


def new_bubble(channel: str, address: str, endpoint: str, sender: str, text: str, message_id: str) -> Bubble:
    """Return a bubble of this moment."""
    return Bubble(message_id, channel, address, endpoint, sender, text, time())
