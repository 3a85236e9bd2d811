"""Jobs around the hub's own mails."""

from hub.notifying import planning, sending
from workers.services import services


def run(key: str) -> None:
    services().queue.clear(sending.MAILS_JOB, key)
    planning.plan(services())
    sending.send_due(services())
