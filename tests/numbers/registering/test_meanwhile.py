"""A registration while somebody else gives it up, goes on with it, or writes what looks like its code."""

from datetime import timedelta
from typing import cast

import pytest

from hub.channels.numbers import CodeWay
from hub.db import registrations
from hub.db.session import PlatformWork
from hub.numbers.supply import registering
from hub.numbers.supply.advancing import advance
from hub.numbers.supply.registering import hand_in_code, set_forwarding
from hub.types import Machine
from hub.types.numbers import RegistrationState as S
from tests.numbers.registering.conftest import Desk, Supplier
from tests.numbers.registering.meanwhile import Meanwhile, while_asked
from tests.numbers.registering.writing import write
from tests.world import Organization


def withdraw(desk: Desk, number_id: str) -> None:
    with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        registering.withdraw(desk.services, tx, Machine("cli"), number_id)


def overtaken(desk: Desk, registration_id: str) -> None:
    """The time of whoever works on it is up, and another process takes it."""
    desk.hurry(registration_id)


@pytest.mark.parametrize("verb", ["find_number", "find_sender", "register_sender"])
@pytest.mark.parametrize("overtakes", [False, True])
def test_one_that_is_given_up_while_it_is_asked_for_leaves_no_sender(
    desk: Desk, supplier: Supplier, org: Organization, rival: Organization, verb: str, *, overtakes: bool
) -> None:
    for each in (org, rival):
        desk.account(each)
    number = desk.bought()
    begun = desk.begun(org, number.id)

    def given_up() -> None:
        withdraw(desk, number.id)
        # another worker is woken at once, and the next organization asks for the number at once
        advance(desk.services, begun.id)
        if overtakes:
            next_one = desk.begun(rival, number.id)
            advance(desk.services, next_one.id)
            assert desk.registration(next_one.id).state is S.DRAFT

    advance(while_asked(desk.services, verb, given_up), begun.id)
    desk.until(begun.id, S.REMOVED)
    assert supplier.senders(number.number) == []
    if overtakes:
        (theirs,) = desk.views(number.id)
        assert desk.until(theirs.id, S.ONLINE).organization_id == rival.id


@pytest.mark.parametrize("verb", ["find_number", "find_sender"])
def test_one_whose_time_was_up_is_asked_for_once(desk: Desk, supplier: Supplier, org: Organization, verb: str) -> None:
    desk.account(org)
    number = desk.bought()
    begun = desk.begun(org, number.id)
    slow = while_asked(desk.services, verb, lambda: overtaken(desk, begun.id))
    advance(slow, begun.id)
    assert "register_sender" not in cast(Meanwhile, slow.suppliers["twilio"]).asked
    online = desk.until(begun.id, S.ONLINE)
    assert (len(online.attempts), supplier.registrations(number.number)) == (1, 1)


@pytest.mark.parametrize("verb", ["fetch_sender", "hand_in_code"])
def test_a_code_that_is_typed_while_another_turns_out_wrong_is_handed_in(
    desk: Desk, supplier: Supplier, org: Organization, verb: str
) -> None:
    begun, number = spoken(desk, org)
    code, number_id = supplier.code_of(number), desk.registration(begun).number_id
    wrong = "000000" if code != "000000" else "111111"

    def typed() -> None:
        hand_in_code(desk.services, desk.platform, number_id, code)

    hand_in_code(while_asked(desk.services, verb, typed), desk.platform, number_id, wrong)
    assert desk.registration(begun).problems == ()
    desk.until(begun, S.ONLINE)


def spoken(desk: Desk, org: Organization) -> tuple[str, str]:
    """A registration whose code is spoken, so that no text with it comes: its id and its number."""
    desk.account(org)
    number = desk.bought()
    set_forwarding(desk.services, desk.platform, number.id, "+4930901820")
    begun = desk.begun(org, number.id, CodeWay.VOICE)
    desk.until(begun.id, S.CODE_NEEDED)
    return begun.id, number.number


def test_strangers_texts_use_up_no_more_than_three_guesses(desk: Desk, supplier: Supplier, org: Organization) -> None:
    begun, number = spoken(desk, org)
    code = supplier.code_of(number)
    for which in range(6):
        guess = f"{which}" * 6
        write(desk, number, f"Your WhatsApp code: {guess if guess != code else '987654'}")
    for _ in range(8):
        desk.hurry(begun)
    assert desk.registration(begun).state is S.CODE_NEEDED
    assert supplier.senders(number)[0]["guesses"] == 3
    hand_in_code(desk.services, desk.platform, desk.registration(begun).number_id, code)
    desk.until(begun, S.ONLINE)


def test_a_code_that_is_typed_before_the_supplier_waits_for_it_is_kept_and_handed_in(
    desk: Desk, supplier: Supplier, org: Organization
) -> None:
    desk.account(org)
    number = desk.bought()
    set_forwarding(desk.services, desk.platform, number.id, "+4930901820")
    begun = desk.until(desk.begun(org, number.id, CodeWay.VOICE).id, S.SUBMITTED)
    code = supplier.code_of(number.number)
    (sender,) = supplier.senders(number.number)
    # the call was faster than what the supplier shows
    sender["status"] = "CREATING"
    hand_in_code(desk.services, desk.platform, number.id, code)
    assert desk.registration(begun.id).state is S.SUBMITTED
    sender["status"] = "PENDING_VERIFICATION"
    assert desk.until(begun.id, S.ONLINE).code is None
    assert not sender.get("guesses")


def test_one_that_is_looked_for_by_its_number_is_off_before_the_next_one_is_asked_for(
    desk: Desk, supplier: Supplier, org: Organization
) -> None:
    desk.account(org)
    number = desk.bought()
    begun = desk.begun(org, number.id)
    # it was asked for, and the supplier refused it
    gone = {"state": S.FAILED, "submitted_at": desk.services.clock(), "due_at": None}
    with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        registrations.change(tx, begun.id, gone)
    withdraw(desk, number.id)
    made: list[str] = []

    def asked_for_again() -> None:
        made.append(desk.begun(org, number.id).id)
        desk.hurry(made[0])

    advance(while_asked(desk.services, "find_sender", asked_for_again, late=True), begun.id)
    assert desk.registration(begun.id).state is S.REMOVED
    desk.until(made[0], S.ONLINE)
    assert supplier.registrations(number.number) == 1


def test_a_supplier_that_is_away_for_a_while_does_not_use_up_a_numbers_registrations(
    desk: Desk, supplier: Supplier, org: Organization
) -> None:
    desk.account(org)
    begun = desk.begun(org, desk.bought().id)
    supplier.fault("registration", "close", 3)
    waits: list[float] = []
    for _ in range(3):
        stands = desk.hurry(begun.id)
        assert stands.due_at
        waits.append((stands.due_at - stands.attempts[-1]).total_seconds())
    assert [round(each / 4) for each in waits] == [2, 8, 32]
    with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        registrations.change(tx, begun.id, {"attempts": (desk.services.clock(),) * 9})
    supplier.fault("registration", "close")
    stands = desk.hurry(begun.id)
    assert stands.due_at
    assert stands.due_at - desk.services.clock() > timedelta(minutes=29)
