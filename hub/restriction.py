"""What follows when a contact's restriction (F20) is lifted: all is shown again anyway, and what waited goes on."""

from hub.conversations.changes import Changes
from hub.db import conversations, suspension
from hub.db.session import Tx
from hub.outbound.jobs import DELIVER_JOB
from hub.routing.assignment import ASSIGN_JOB, route_new
from hub.wiring import Services


def catch_up(services: Services, tx: Tx, contact_id: str) -> None:
    """Route what came meanwhile and let go what was queued, in the transaction that lifts the restriction.

    What somebody has goes on where they have a slot for it, as if it had been parked: restricted, it took none.
    `contact_id` is the contact that carries the identities. What was queued before goes out as it would have gone out
    then; where the provider's reply window has closed meanwhile, the provider refuses it and the message says so.
    """
    changes = Changes()
    changes.know(conversations.lock_many(tx, suspension.list_conversations_of(tx, contact_id)))
    for record in list(changes.records.values()):
        changes.put(record)
        if record.snoozed_until is None:
            changes.shown_again.add(record.id)
    route_new(tx, changes, services.clock())
    changes.write(tx)
    _wake_after_commit(services, tx, suspension.list_senders_of(tx, contact_id))


def _wake_after_commit(services: Services, tx: Tx, sender_ids: list[str]) -> None:
    organization_id = tx.organization_id

    def wake() -> None:
        if sender_ids:
            services.queue.wake_many("delivery", DELIVER_JOB, sender_ids)
        services.queue.wake("routing", ASSIGN_JOB, organization_id)
        services.queue.notify(organization_id)

    tx.after_commit(wake)
