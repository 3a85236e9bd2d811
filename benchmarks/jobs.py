"""The jobs of the baseline, in a module of their own because RQ finds a job by its module's name."""

from hub.inbound import drain
from workers.services import services


def nothing(_sender_id: str) -> None:
    """An empty job: what the queue alone costs for each message."""


def handle_one(sender_id: str) -> None:
    """Handle the oldest pending message, as a job a message does: claimed, routed and committed by itself."""
    drain._drain_batch(services(), sender_id, 1)
