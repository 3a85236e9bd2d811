"""Whatever a registration was doing when its process died, it goes on to the right end, and asks for nothing twice."""

from pathlib import Path

import pytest

from hub.db.session import PlatformWork
from hub.failpoints import FAILPOINTS
from hub.numbers.supply import registering
from hub.types import Machine
from hub.types.numbers import RegistrationState as S
from tests.dying import die_at
from tests.numbers.registering.conftest import Desk, Supplier
from tests.world import Organization

TO_A_SENDER = [name for name in FAILPOINTS if name.startswith("registration.") and name != "registration.taken_off"]
GO_ON = """
from hub.db import registrations
from hub.db.session import PlatformWork
from hub.numbers.supply.advancing import advance
end = time.monotonic() + 30
while time.monotonic() < end:
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        registrations.change(tx, "{id}", {{"due_at": services.clock()}})
    advance(services, "{id}")
"""


@pytest.mark.parametrize("point", TO_A_SENDER)
def test_a_registration_that_died_here_is_online_in_the_end_and_asked_for_once(
    desk: Desk, supplier: Supplier, org: Organization, tmp_path: Path, point: str
) -> None:
    account = desk.account(org)
    number = desk.bought()
    begun = desk.begun(org, number.id)
    die_at(desk.services.settings, tmp_path, point, GO_ON.format(id=begun.id))
    left = desk.registration(begun.id)
    assert left.due_at and left.due_at > desk.services.clock()
    online = desk.until(begun.id, S.ONLINE)
    assert (len(supplier.senders(number.number)), supplier.registrations(number.number)) == (1, 1)
    assert (desk.number(number.id).provider_account_id, online.code) == (account, None)
    assert not supplier.senders(number.number)[0].get("guesses")


def test_a_sender_whose_removal_was_cut_short_is_taken_off(
    desk: Desk, supplier: Supplier, org: Organization, tmp_path: Path
) -> None:
    desk.account(org)
    number = desk.bought()
    begun = desk.begun(org, number.id)
    desk.until(begun.id, S.SUBMITTED)
    with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        registering.withdraw(desk.services, tx, Machine("cli"), number.id)
    die_at(desk.services.settings, tmp_path, "registration.taken_off", GO_ON.format(id=begun.id))
    desk.until(begun.id, S.REMOVED)
    assert supplier.senders(number.number) == []


def test_an_answer_that_is_lost_is_looked_for(desk: Desk, supplier: Supplier, org: Organization) -> None:
    desk.account(org)
    number = desk.bought()
    begun = desk.begun(org, number.id)
    supplier.fault("registration", "close")
    waits = desk.hurry(begun.id)
    assert (waits.state, waits.problems != ()) == (S.DRAFT, True)
    supplier.fault("registration", "lost_answer")
    desk.until(begun.id, S.ONLINE)
    assert len(supplier.senders(number.number)) == 1


@pytest.mark.parametrize(("point", "channels"), [("lending.before_commit", 0), ("lending.after_commit", 1)])
def test_a_number_is_lent_or_not(desk: Desk, org: Organization, tmp_path: Path, point: str, channels: int) -> None:
    number = desk.bought()
    lend = (
        "from hub.numbers.supply.lending import Assignment, assign_number; from hub.types import Machine;"
        f"assign_number(services, Machine('cli'), '{number.id}', Assignment('{org.id}', 'sms'))"
    )
    die_at(desk.services.settings, tmp_path, point, lend)
    left = desk.number(number.id).life
    assert (left.organization_id, len(left.carries)) == ((org.id, 1) if channels else (None, 0))
