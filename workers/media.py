"""Jobs that bring files in, and take those away that nobody has any more."""

from hub.filing import fetching, removing
from workers.services import services


def fetch(organization_id: str) -> None:
    fetching.fetch(services(), organization_id)


def remove(organization_id: str) -> None:
    removing.remove(services(), organization_id)


def move(organization_id: str) -> None:
    removing.move_bodies(services(), organization_id)
