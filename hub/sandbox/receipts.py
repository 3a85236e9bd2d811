"""What follows a message the hub sent: its way to the phone, told to the hub as the platform tells it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import time

from hub.sandbox.faults import RECEIPT_FAULTS
from hub.sandbox.webhook import Webhook, webhook_id
from hub.sandbox.world import World

_LATE_SECONDS = 30.0


@dataclass(frozen=True)
class Step:
    """After `delay` seconds the message has `status` ("" changes nothing); `webhook` tells the hub, None nobody."""

    delay: float
    status: str
    webhook: Webhook | None


async def follow(world: World, channel: str, message_id: str, steps: Sequence[Step]) -> None:
    """Let the steps happen, bent by at most one receipt fault. Returns at once, unless the fault is early_receipt."""
    fault = world.faults.take(channel, "send", RECEIPT_FAULTS)
    kind = fault.fault if fault else ""
    owed = []
    # a lane goes by the order of putting
    for step in sorted(_bent(steps, kind), key=lambda step: step.delay):
        if step.webhook is None or kind == "drop_receipt":
            world.apply_status(channel, message_id, step.status)
            continue
        step.webhook.due = time() if kind == "early_receipt" else world.after(step.delay)
        step.webhook.effect = [message_id, step.status] if step.status else []
        world.queue.put(step.webhook)
        owed.append(step.webhook)
        if kind == "duplicate":
            world.queue.put(replace(step.webhook, id=webhook_id(), attempts=[]))
    if kind == "early_receipt" and owed:
        await world.queue.first_attempt(owed[0])


def _bent(steps: Sequence[Step], kind: str) -> Sequence[Step]:
    match kind:
        case "late_receipt":
            return [replace(step, delay=step.delay + _LATE_SECONDS) for step in steps]
        case "reorder":
            delays = [step.delay for step in steps]
            return [replace(step, delay=delay) for step, delay in zip(steps, reversed(delays), strict=True)]
        case _:
            return steps
