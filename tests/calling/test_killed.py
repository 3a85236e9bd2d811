"""A process that dies between posting a call and noting what came of it makes it again, with the same id."""

from pathlib import Path

import pytest

from hub.calling import posting
from hub.failpoints import FAILPOINTS
from tests.calling.conftest import Called
from tests.dying import die_at

POINTS = {"call.after_take": 0, "call.after_post": 1}
"""Where it dies, and how many calls had arrived by then."""
RUN = "from hub.calling import posting; posting.run(services)"


def test_every_failpoint_of_calls_is_tried() -> None:
    assert set(POINTS) == {name for name in FAILPOINTS if name.startswith("call.")}


@pytest.mark.parametrize("point", POINTS)
def test_a_process_killed_here_makes_the_call_again_with_the_same_id(
    called: Called, tmp_path: Path, point: str
) -> None:
    call_id = called.tell()
    die_at(called.services.settings, tmp_path, point, RUN)
    assert len(called.receiver.got) == POINTS[point]
    posting.run(called.services)
    assert len(called.receiver.got) == POINTS[point]
    called.run(seconds=120)
    assert [each.id for each in called.receiver.got] == [call_id] * (POINTS[point] + 1)
    assert called.states() == {"test": "taken"}
