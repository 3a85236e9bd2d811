"""A number becomes a sender of a messenger: obstacles first, then step by step, whatever comes in between."""

import pytest

from hub.channels.numbers import CodeWay
from hub.db import accounts, registrations
from hub.db.session import PlatformWork
from hub.errors import Conflict, Forbidden, Invalid
from hub.numbers.supply import registering
from hub.numbers.supply.lending import Assignment, assign_number
from hub.numbers.supply.registering import NewRegistration, hand_in_code, register, set_forwarding
from hub.types.numbers import RegistrationState as S
from hub.wiring import Services
from tests.numbers.registering.conftest import Desk, Supplier
from tests.sandbox.world import until
from tests.world import Organization


def test_a_number_moves_to_the_organizations_account_and_is_proven_by_its_own_sms(
    desk: Desk, supplier: Supplier, org: Organization
) -> None:
    account = desk.account(org)
    number = desk.bought()
    begun = desk.begun(org, number.id)
    assert (begun.state, supplier.registrations(number.number)) == (S.DRAFT, 0)
    online = desk.until(begun.id, S.ONLINE)
    assert (online.provider_account_id, online.problems, online.name_review) == (account, (), "approved")
    assert desk.number(number.id).provider_account_id == account
    assert (len(online.attempts), supplier.registrations(number.number)) == (1, 1)
    (sender,) = supplier.senders(number.number)
    assert sender["account_sid"] != desk.services.settings.twilio_account_sid
    assert sender["webhook"]["callback_url"].startswith(desk.services.settings.base_url)
    shown = registering.register(desk.services, desk.platform, number.id, NewRegistration(org.id, "whatsapp", "Bakery"))
    assert (shown.id, shown.state) == (online.id, S.ONLINE)


def test_a_code_that_is_spoken_is_typed_by_an_admin_and_wrong_ones_are_told(
    desk: Desk, supplier: Supplier, org: Organization
) -> None:
    desk.account(org)
    number = desk.bought()
    with pytest.raises(Conflict, match="forwarded"):
        desk.begun(org, number.id, CodeWay.VOICE)
    with pytest.raises(Invalid):
        set_forwarding(desk.services, desk.platform, number.id, "12")
    set_forwarding(desk.services, desk.platform, number.id, "+49 30 901820")
    begun = desk.begun(org, number.id, CodeWay.VOICE)
    desk.until(begun.id, S.CODE_NEEDED)
    assert desk.hurry(begun.id).state is S.CODE_NEEDED
    call = until(lambda: supplier.providers.provisioned.calls)[-1]
    until(lambda: call["answered"] != "nobody")
    assert (call["answered"], call["forwarded_to"]) == ("forwarded", "+4930901820")
    code = supplier.code_of(number.number)
    wrong = "000000" if code != "000000" else "111111"
    with pytest.raises(Invalid, match="wrong"):
        hand_in_code(desk.services, desk.platform, number.id, wrong)
    with pytest.raises(Invalid, match="six figures"):
        hand_in_code(desk.services, desk.platform, number.id, "12345")
    said = hand_in_code(desk.services, desk.platform, number.id, f"{code[:3]}-{code[3:]}")
    assert said.state in (S.VERIFYING, S.IN_REVIEW, S.ONLINE)
    assert desk.until(begun.id, S.ONLINE).code is None
    with pytest.raises(Conflict, match="no code"):
        hand_in_code(desk.services, desk.platform, number.id, code)


def test_what_stands_in_the_way_is_said_before_the_supplier_is_asked(
    desk: Desk, supplier: Supplier, org: Organization, rival: Organization
) -> None:
    number = desk.bought()
    with pytest.raises(Conflict, match="no account"):
        desk.begun(org, number.id)
    account = desk.account(org, signed_up=False)
    with pytest.raises(Conflict, match="sign-up") as refused:
        desk.begun(org, number.id)
    assert refused.value.extra["obstacles"][0]["code"] == "sign_up_needed"
    with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        accounts.set_business(tx, account, "1001", "2001")
    with pytest.raises(Conflict, match="no name"):
        register(desk.services, desk.platform, number.id, NewRegistration(org.id, "whatsapp", "  "))
    with pytest.raises(Invalid, match="registered as one of whatsapp"):
        register(desk.services, desk.platform, number.id, NewRegistration(org.id, "sms", "Bakery"))
    with pytest.raises(Forbidden):
        register(desk.services, org.actor, number.id, NewRegistration(org.id, "whatsapp", "Bakery"))
    assert supplier.registrations(number.number) == 0


def test_a_portfolio_has_room_for_two_senders_and_a_number_for_ten_registrations(desk: Desk, org: Organization) -> None:
    account = desk.account(org)
    with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        accounts.set_portfolio(tx, account, "unverified")
    first, second, third = (desk.bought() for _ in range(3))
    begun = desk.begun(org, first.id)
    desk.begun(org, second.id)
    with pytest.raises(Conflict, match="no further sender"):
        desk.begun(org, third.id)
    now = desk.services.clock()
    with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        registrations.change(tx, begun.id, {"attempts": (now,) * 10})
    waits = desk.hurry(begun.id)
    assert waits.state is S.DRAFT and "as often as" in waits.problems[0]
    assert waits.due_at and waits.due_at > now


def test_a_sender_that_was_given_up_on_is_taken_off_before_it_is_registered_again(
    desk: Desk, supplier: Supplier, org: Organization
) -> None:
    desk.account(org)
    number = desk.bought()
    set_forwarding(desk.services, desk.platform, number.id, "+4930901820")
    begun = desk.begun(org, number.id, CodeWay.VOICE)
    desk.until(begun.id, S.CODE_NEEDED)
    (sender,) = supplier.senders(number.number)
    sender["guesses"] = 5
    hand_in_code(desk.services, desk.platform, number.id, "111111")
    assert desk.registration(begun.id).state is S.FAILED
    again = desk.begun(org, number.id)
    assert again.id != begun.id
    online = desk.until(again.id, S.ONLINE)
    (fresh,) = supplier.senders(number.number)
    assert fresh["sid"] == online.external_id != sender["sid"]
    assert desk.registration(begun.id).state is S.REMOVED


def test_a_number_that_is_registered_for_one_organization_goes_to_no_other(
    desk: Desk, org: Organization, rival: Organization, services: Services
) -> None:
    for each in (org, rival):
        desk.account(each)
    number = desk.bought()
    begun = desk.begun(org, number.id)
    desk.until(begun.id, S.ONLINE)
    for kind in ("whatsapp", "sms"):
        with pytest.raises(Conflict, match="account is another"):
            assign_number(services, desk.platform, number.id, Assignment(rival.id, kind))
    with pytest.raises(Conflict, match="registered for another"):
        desk.begun(rival, number.id)
    lent = assign_number(services, desk.platform, number.id, Assignment(org.id, "whatsapp"))
    assert (lent.channels[0].health.state, lent.registrations[0].state) == ("ok", S.ONLINE)
