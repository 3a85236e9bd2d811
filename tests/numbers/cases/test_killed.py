"""A process that dies anywhere in the life of a ban leaves a case that is whole, and whoever comes next goes on."""

from pathlib import Path

import pytest
from sqlalchemy import select

from hub.db.tables.core import BAN_CASE, NOTIFICATION
from hub.failpoints import FAILPOINTS
from hub.wiring import utc_now
from tests.dying import die_at
from tests.numbers.cases.bans import Bans
from tests.numbers.cases.driving import drive

POINTS = [name for name in FAILPOINTS if name.startswith("ban.")]
LINE = ["Opened", "Confirmed", "Informed", "Proposed", "OfferMade", "Declined"]


@pytest.mark.parametrize("point", POINTS)
def test_a_case_whose_process_was_killed_goes_on_and_nothing_happens_twice(
    bans: Bans, tmp_path: Path, point: str
) -> None:
    drives = (
        f"from tests.numbers.cases.driving import drive; drive(services, {bans.org.id!r}, {bans.banned.sender_id!r})"
    )
    die_at(bans.services.settings, tmp_path, point, drives)
    # the killed one ran by the clock of the machine
    bans.stage.clock.now = max(bans.stage.clock.now, utc_now())
    case_id = drive(bans.services, bans.org.id, bans.banned.sender_id)
    assert (bans.line(case_id), bans.state(case_id)) == (LINE, "declined")
    assert (bans.left(case_id), bans.record(case_id).reserved) == ([], {})
    assert bans.sender(bans.banned).hold == "banned"
    with bans.platform() as tx:
        assert len(tx.all(select(BAN_CASE.c.id))) == 1
        letters = [(row.user_id, row.trigger) for row in tx.all(select(NOTIFICATION))]
    assert len(letters) == len(set(letters)) > 0
