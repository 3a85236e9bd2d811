"""Jobs that call organizations' own servers."""

from hub.calling import posting
from workers.lane import LaneWorker
from workers.services import services


def run(_key: str) -> None:
    posting.run(services(), lambda: LaneWorker.stopping)
