"""A look whose process is killed, at a provider that has banned the sender."""

from datetime import timedelta
from pathlib import Path

import pytest

from hub.db.tables.core import SENDER
from hub.numbers import health
from hub.wiring import Services, utc_now
from tests.dying import die_at
from tests.numbers.health_sandbox.test_callbacks import Told
from tests.provisioning.conftest import Sandbox


@pytest.mark.parametrize("point", ["look.after_claim", "look.before_commit", "look.after_commit"])
def test_a_look_whose_process_was_killed_is_done_again_by_the_next_one(
    services: Services, sandbox: Sandbox, tmp_path: Path, point: str
) -> None:
    told = Told(services, "whatsapp", sandbox)
    told.ban(channel="whatsapp", level="banned", reach="business_account")
    sender = told.channel.sender_id
    die_at(services.settings, tmp_path, point, f"from hub.numbers import health; health.look(services, {sender!r})")
    # the killed one ran by the clock of the machine
    told.clock.now = utc_now()
    before = told.row(SENDER, SENDER.c.id)
    is_kept = point == "look.after_commit"
    assert (before.health["online"] is False) is is_kept
    if not is_kept:
        # its claim stands, and nobody looks meanwhile
        assert told.clock.now < before.look_at <= told.clock.now + timedelta(seconds=30)
        health.look(services, sender)
        assert told.row(SENDER, SENDER.c.id).health["online"] is True
    assert told.found(within=95)[:2] == ("banned", "business_account")
    assert told.hold == "banned"
