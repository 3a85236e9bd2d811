"""Jobs that send messages out, and what goes with it."""

from hub.outbound import deliver, looking
from hub.outbound import errands as running
from workers.services import services


def drain(sender_id: str) -> None:
    deliver.drain(services(), sender_id)


def errands(sender_id: str) -> None:
    running.run(services(), sender_id)


def typing(conversation_id: str) -> None:
    running.show_typing(services(), conversation_id)


def look_up(key: str) -> None:
    looking.look_up(services(), key)
