"""Setting messages on their way: each gets a delivery in the transaction that stores it."""

from collections.abc import Sequence

from hub.db import deliveries
from hub.db.messages import NewMessage
from hub.db.session import Tx
from hub.numbers.policy.caps import Sending
from hub.outbound.jobs import DELIVER_JOB
from hub.wiring import Services


def queue_up(
    services: Services, tx: Tx, sender_id: str, entries: Sequence[NewMessage], sending: Sending = Sending.ANSWER
) -> None:
    """Queue messages for sending by a sender, in their order, and wake it once they are committed."""
    for entry in entries:
        deliveries.insert(tx, sender_id, entry.id, entry.created_at, sending)
    tx.after_commit(lambda: services.queue.wake("delivery", DELIVER_JOB, sender_id))
