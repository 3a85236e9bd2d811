"""Jobs that bring events in."""

from hub.inbound import drain as draining
from hub.inbound import fetch
from workers.services import services


def drain(sender_id: str) -> None:
    draining.drain(services(), sender_id)


def poll(sender_id: str) -> None:
    fetch.poll(services(), sender_id)


def recover(sender_id: str) -> None:
    fetch.recover(services(), sender_id)


def catch_up(sender_id: str) -> None:
    fetch.catch_up(services(), sender_id)
