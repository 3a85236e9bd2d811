"""Jobs that exercise the rights of persons."""

from hub.privacy import work as working
from workers.services import services


def work(case_id: str) -> None:
    working.work(services(), case_id)
