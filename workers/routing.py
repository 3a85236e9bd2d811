"""Jobs that give conversations to operators."""

from hub.routing import assignment
from workers.services import services


def assign_waiting(organization_id: str) -> None:
    assignment.assign_waiting(services(), organization_id)
