"""Whose a message is while a number is registered, and after one of its channels was taken back."""

from datetime import timedelta
from pathlib import Path

import pytest

from hub.channels.numbers import CodeWay
from hub.db import channels, journal_reading, number_texts, registrations, senders, stock
from hub.db.pool import CODE_COMES_WITHIN
from hub.db.session import PlatformWork
from hub.inbound import drain
from hub.numbers.supply import lending, owned
from hub.numbers.supply.lending import Assignment, assign_number, release_number
from hub.numbers.supply.registering import set_forwarding
from hub.types import ChannelKind, Machine
from hub.types.numbers import NumberState
from hub.types.numbers import RegistrationState as S
from tests.dying import die_at
from tests.numbers.registering.conftest import Desk, Supplier
from tests.numbers.registering.test_killed import GO_ON
from tests.numbers.registering.writing import write
from tests.world import Organization


def received(desk: Desk, org: Organization) -> int:
    with desk.services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return journal_reading.balance(tx, org.id, None, 0).received


def for_platform(desk: Desk, number_id: str) -> int:
    return len(owned.get_number(desk.services, desk.platform, number_id).messages)


def test_only_a_code_that_was_asked_for_lately_takes_messages_from_the_former_organization(
    desk: Desk, org: Organization
) -> None:
    desk.account(org)
    number = desk.bought()
    assign_number(desk.services, desk.platform, number.id, Assignment(org.id, "sms"))
    write(desk, number.number, "Hello")
    assert release_number(desk.services, desk.platform, number.id).state is NumberState.QUARANTINED
    set_forwarding(desk.services, desk.platform, number.id, "+4930901820")
    begun = desk.until(desk.begun(org, number.id, CodeWay.VOICE).id, S.CODE_NEEDED)
    before = desk.number(number.id).life.quiet_since
    platforms, theirs = for_platform(desk, number.id), received(desk, org)
    write(desk, number.number, "Your code may be among these")
    assert (for_platform(desk, number.id) - platforms, received(desk, org) - theirs) == (1, 0)
    # somebody wrote, whoever reads it
    after = desk.number(number.id)
    assert before and after.life.quiet_since and after.life.quiet_since > before
    assert after.discarded == 0
    # it may come before the supplier has answered to what it was asked
    for early in (S.DRAFT, S.VERIFYING):
        with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            registrations.change(tx, begun.id, {"state": early})
        write(desk, number.number, "Your code may be among these as well")
    assert (for_platform(desk, number.id) - platforms, received(desk, org) - theirs) == (3, 0)
    asked_at = desk.services.clock() - CODE_COMES_WITHIN - timedelta(seconds=1)
    with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        registrations.change(tx, begun.id, {"submitted_at": asked_at})
    write(desk, number.number, "Are you still there?")
    assert (for_platform(desk, number.id) - platforms, received(desk, org) - theirs) == (3, 1)


@pytest.mark.parametrize("code_awaited", [False, True])
def test_what_comes_to_a_kind_that_was_taken_back_is_its_holders(
    desk: Desk, org: Organization, *, code_awaited: bool
) -> None:
    desk.account(org)
    number = desk.bought()
    online = desk.until(desk.begun(org, number.id).id, S.ONLINE)
    for kind in ("sms", "whatsapp"):
        assign_number(desk.services, desk.platform, number.id, Assignment(org.id, kind))
    with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION, org.id) as tx:
        lending.take_back(desk.services, tx, Machine("cli"), stock.lock(tx, number.id), ChannelKind("whatsapp"))
        if code_awaited:
            registrations.change(tx, online.id, {"state": S.CODE_NEEDED, "submitted_at": desk.services.clock()})
    platforms, theirs = for_platform(desk, number.id), received(desk, org)
    write(desk, number.number, "Hello", "whatsapp:")
    found = for_platform(desk, number.id) - platforms, received(desk, org) - theirs
    assert found == ((1, 0) if code_awaited else (0, 1))
    write(desk, number.number, "Hello")
    assert received(desk, org) - theirs == found[1] + 1


@pytest.mark.parametrize("noted", [False, True])
def test_what_came_while_a_number_moved_is_let_in_whenever_the_move_is_gone_on_with(
    desk: Desk, org: Organization, tmp_path: Path, *, noted: bool
) -> None:
    account = desk.account(org)
    number = desk.bought()
    begun = desk.begun(org, number.id)
    die_at(desk.services.settings, tmp_path, "registration.number_moved", GO_ON.format(id=begun.id))
    write(desk, number.number, "Hello")
    assert for_platform(desk, number.id) == 0
    if noted:
        with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            registrations.move_number(tx, number.id, account, desk.number(number.id).external_id)
    desk.until(begun.id, S.SUBMITTED)
    assert for_platform(desk, number.id) >= 1


def test_a_code_is_found_among_all_that_people_write_to_a_busy_number(
    desk: Desk, supplier: Supplier, org: Organization
) -> None:
    desk.account(org)
    number = desk.bought()
    assign_number(desk.services, desk.platform, number.id, Assignment(org.id, "sms"))
    set_forwarding(desk.services, desk.platform, number.id, "+4930901820")
    begun = desk.until(desk.begun(org, number.id, CodeWay.VOICE).id, S.CODE_NEEDED)
    write(desk, number.number, f"Your WHATSAPP code: {supplier.code_of(number.number)}")
    for _ in range(number_texts.MOST + 5):
        write(desk, number.number, "Call me on 123456")
    with desk.services.db.reading(org.id) as tx:
        (channel,) = channels.list_page(tx, 5, None).items
        sender_id = senders.current_sender_id(tx, channel.id)
    drain.drain(desk.services, str(sender_id))
    assert desk.hurry(begun.id).state is not S.CODE_NEEDED
    desk.until(begun.id, S.ONLINE)
