"""What the supplier has is compared with what the hub knows: moved numbers, closed accounts, and silent ones."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.db import accounts, registrations
from hub.db.accounts import AccountRecord
from hub.db.session import PlatformWork
from hub.numbers.supply import reconciling, registering, returning
from hub.numbers.supply.advancing import advance
from hub.numbers.supply.lending import Assignment, assign_number, release_number
from hub.sandbox import seeds
from hub.types import Machine
from hub.types.numbers import NumberState
from hub.types.numbers import RegistrationState as S
from tests.dying import die_at
from tests.numbers.registering.conftest import Desk, Supplier
from tests.numbers.registering.meanwhile import while_asked
from tests.numbers.registering.test_killed import GO_ON
from tests.world import Organization


def known(desk: Desk) -> dict[str, AccountRecord]:
    with desk.services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return {each.id: each for each in accounts.list_all(tx)}


def compare(desk: Desk) -> None:
    for account_id in known(desk):
        reconciling.compare(desk.services, account_id)


def set_status(desk: Desk, account_id: str, status: str) -> None:
    """What somebody does with an account in the supplier's console."""
    path = f"{desk.supplier.url}/2010-04-01/Accounts/{known(desk)[account_id].external_id}.json"
    httpx.post(path, data={"Status": status}, auth=(seeds.ACCOUNT_SID, seeds.ACCOUNT_TOKEN)).raise_for_status()


def there(desk: Desk, number: str) -> list[dict[str, Any]]:
    return [each for each in desk.supplier.providers.numbers.values() if each["phone_number"] == number]


def moved_unknown(desk: Desk, org: Organization, folder: Path) -> tuple[str, str, str]:
    """A number that is in the organization's account while its row says the parent: account, id and number."""
    account = desk.account(org)
    number = desk.bought()
    begun = desk.begun(org, number.id)
    die_at(desk.services.settings, folder, "registration.number_moved", GO_ON.format(id=begun.id))
    assert desk.number(number.id).provider_account_id != account
    with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        registering.withdraw(desk.services, tx, Machine("cli"), number.id)
    return account, number.id, number.number


def test_a_number_that_moved_unknown_to_the_hub_is_given_back_where_it_is(
    desk: Desk, org: Organization, tmp_path: Path
) -> None:
    _, number_id, number = moved_unknown(desk, org, tmp_path)
    assert returning.return_number(desk.services, desk.platform, number_id).state is NumberState.RETURNED
    assert there(desk, number) == []


@pytest.mark.parametrize("of", ["all", "the parent", "the account it is in"])
def test_a_number_that_moved_unknown_to_the_hub_is_found_in_its_account(
    desk: Desk, org: Organization, tmp_path: Path, of: str
) -> None:
    account, number_id, number = moved_unknown(desk, org, tmp_path)
    accounts_of = {"all": list(known(desk)), "the account it is in": [account]}
    accounts_of["the parent"] = [str(known(desk)[account].parent_id)]
    for each in accounts_of[of]:
        reconciling.compare(desk.services, each)
    found = desk.number(number_id)
    assert (found.provider_account_id, found.life.state, found.trouble) == (account, NumberState.OWNED, "")
    assert found.external_id == there(desk, number)[0]["sid"]


def test_a_number_that_was_given_back_and_is_listed_is_told(desk: Desk, supplier: Supplier) -> None:
    number = desk.bought()
    (kept,) = there(desk, number.number)
    returning.return_number(desk.services, desk.platform, number.id)
    supplier.providers.numbers[kept["sid"]] = kept
    compare(desk)
    assert "may bill for it" in desk.number(number.id).trouble
    del supplier.providers.numbers[kept["sid"]]
    compare(desk)
    assert (desk.number(number.id).trouble, desk.number(number.id).life.state) == ("", NumberState.RETURNED)


def test_a_closed_account_holds_up_neither_its_numbers_nor_their_next_organization(
    desk: Desk, org: Organization, rival: Organization
) -> None:
    account = desk.account(org)
    free, lent = desk.bought(), desk.bought()
    for each in (free, lent):
        desk.until(desk.begun(org, each.id).id, S.ONLINE)
    assign_number(desk.services, desk.platform, lent.id, Assignment(org.id, "whatsapp"))
    set_status(desk, account, "closed")
    compare(desk)
    assert known(desk)[account].state == "closed"
    assert desk.number(free.id).life.state is NumberState.LOST
    # what becomes of its channel is decided by looking at it
    assert (desk.number(lent.id).life.state, desk.number(lent.id).trouble != "") == (NumberState.LENT, True)
    assert desk.views(free.id) == desk.views(lent.id) == ()
    assert release_number(desk.services, desk.platform, lent.id).state is not NumberState.LENT
    for each in (free, lent):
        compare(desk)
        assert returning.return_number(desk.services, desk.platform, each.id).state is NumberState.RETURNED
    desk.account(rival)


def test_what_a_closed_account_had_registered_is_in_nobodys_way(
    desk: Desk, org: Organization, rival: Organization
) -> None:
    account = desk.account(org)
    number = desk.bought()
    begun = desk.begun(org, number.id)
    desk.until(begun.id, S.SUBMITTED)
    with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        registering.withdraw(desk.services, tx, Machine("cli"), number.id)
    (kept,) = there(desk, number.number)
    set_status(desk, account, "closed")
    # somebody brought the number home in the supplier's console first
    desk.supplier.providers.numbers[kept["sid"]] = kept | {"account_sid": seeds.ACCOUNT_SID}
    desk.account(rival)
    compare(desk)
    assert desk.registration(begun.id).state is S.REMOVED
    desk.until(desk.begun(rival, number.id).id, S.ONLINE)


def test_a_registration_in_an_account_that_is_known_to_be_closed_is_off(desk: Desk, org: Organization) -> None:
    account = desk.account(org)
    number = desk.bought()
    begun = desk.begun(org, number.id)
    desk.until(begun.id, S.SUBMITTED)
    with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        accounts.set_state(tx, account, accounts.CLOSED)
        registering.withdraw(desk.services, tx, Machine("cli"), number.id)
    set_status(desk, account, "closed")
    advance(desk.services, begun.id)
    assert desk.registration(begun.id).state is S.REMOVED


def test_a_number_that_is_bought_while_its_account_is_listed_is_not_lost(desk: Desk, org: Organization) -> None:
    account = desk.account(org)
    parent, bought = str(known(desk)[account].parent_id), list[str]()
    listing = while_asked(desk.services, "list_numbers", lambda: bought.append(desk.bought().id))
    reconciling.compare(listing, parent)
    assert desk.number(bought[0]).life.state is NumberState.OWNED


def test_a_lost_number_that_is_given_up_is_taken_off_its_messenger(
    desk: Desk, supplier: Supplier, org: Organization
) -> None:
    desk.account(org)
    number = desk.bought()
    begun = desk.until(desk.begun(org, number.id).id, S.ONLINE)
    del supplier.providers.numbers[there(desk, number.number)[0]["sid"]]
    compare(desk)
    assert desk.number(number.id).life.state is NumberState.LOST
    assert returning.return_number(desk.services, desk.platform, number.id).state is NumberState.RETURNED
    assert desk.views(number.id) == ()
    desk.until(begun.id, S.REMOVED)
    assert supplier.senders(number.number) == []


@pytest.mark.parametrize("silent", ["suspended", "unreadable"])
def test_an_account_that_cannot_be_asked_keeps_no_other_from_being_compared(
    desk: Desk, org: Organization, rival: Organization, silent: str
) -> None:
    theirs, ours = desk.account(rival), desk.account(org)
    kept, gone, went = desk.bought(), desk.bought(), desk.bought()
    for number, owner in ((kept, rival), (gone, org), (went, rival)):
        desk.until(desk.begun(owner, number.id).id, S.ONLINE)
    del desk.supplier.providers.numbers[there(desk, gone.number)[0]["sid"]]
    # it may be in the account that says nothing
    with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx_parent = accounts.get(tx, ours).parent_id
        assert tx_parent
        registrations.move_number(tx, went.id, tx_parent, "PN1")
    if silent == "suspended":
        set_status(desk, theirs, "suspended")
    else:
        with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            accounts.set_credentials(tx, theirs, b"nobody can open this", desk.services.clock())
    compare(desk)
    states = [desk.number(each.id).life.state for each in (kept, gone, went)]
    assert states == [NumberState.OWNED, NumberState.LOST, NumberState.OWNED]


def test_accounts_take_turns_and_all_wait_while_their_supplier_is_away(
    desk: Desk, org: Organization, rival: Organization
) -> None:
    made = [desk.account(each, signed_up=False) for each in (org, rival)]
    for each in made:
        set_status(desk, each, "suspended")

    def told() -> int:
        return [known(desk)[each].state for each in made].count("suspended")

    reconciling.compare_next(desk.services)
    reconciling.compare_next(desk.services)
    # the parent had its turn first
    assert told() == 1
    desk.supplier.fault("any", "500", 50)
    reconciling.compare_next(desk.services)
    httpx.delete(f"{desk.supplier.url}/control/faults").raise_for_status()
    reconciling.compare_next(desk.services)
    assert told() == 1
    with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        accounts.set_compared(tx, "twilio", desk.services.clock() - reconciling.EVERY)
    for _ in range(3):
        reconciling.compare_next(desk.services)
    assert told() == 2
