"""Jobs that send messages out."""

from hub.outbound import deliver
from workers.services import services


def drain(sender_id: str) -> None:
    deliver.drain(services(), sender_id)
