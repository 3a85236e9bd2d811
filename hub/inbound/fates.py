"""What relays say of the hub's own letters to its users: no sender's journal could keep it, so it is done at once."""

from hub.channels.base import Adapter
from hub.db.letters import Fate
from hub.db.notifications import DELIVERED, FAILED, SENT
from hub.types import (
    InboundEvent,
    JournalEvent,
    MessageStatus,
    RawEvent,
    ReachabilityChanged,
    Receipt,
    Sender,
    WebhookRequest,
)

_STATES = {MessageStatus.SENT: SENT, MessageStatus.DELIVERED: DELIVERED, MessageStatus.FAILED: FAILED}
_NO_REASON = "the relay says that it was not delivered, and gives no reason"


def fates_of(adapter: Adapter, raw: RawEvent, request: WebhookRequest) -> list[Fate]:
    """Return what an event about a letter means for it; nothing for what changes nothing."""
    event = JournalEvent(raw.key, request.headers, raw.body, request.received_at)
    nobody = Sender("", "", "", raw.kind, "", "")
    found = [_fate(raw.letter_id or "", each) for each in adapter.parse(event, nobody)]
    return [each for each in found if each is not None]


def _fate(letter_id: str, event: InboundEvent) -> Fate | None:
    match event:
        case Receipt(status=MessageStatus.FAILED, failure=failure):
            return Fate(letter_id, FAILED, failure.detail if failure else _NO_REASON)
        case Receipt(status=status) if status in _STATES:
            return Fate(letter_id, _STATES[status])
        case ReachabilityChanged(reachable=False, reason=reason):
            # it arrived, and they do not want the next one
            return Fate(letter_id, DELIVERED, f"they {reason}")
        case _:
            return None
