"""`hub numbers provide`: from nothing to a channel that works, in one command that can be run again."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from hub.cli import app
from hub.db import accounts, registrations, stock
from hub.db.session import PlatformWork
from hub.db.stock import StockRecord
from hub.db.tables.core import AUDIT_ENTRY
from hub.ids import new_id
from hub.numbers.policy.life import NumberLife
from hub.types import ChannelKind
from hub.types.numbers import NumberState, RegistrationState
from tests.dying import die_at
from tests.numbers.registering.conftest import Desk, Supplier
from tests.sandbox.world import until
from tests.world import Organization


def run(desk: Desk, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    settings = desk.services.settings
    monkeypatch.chdir(settings.data_dir)
    for name, value in settings.model_dump(exclude_unset=True).items():
        if isinstance(value, str | int | SecretStr | Path):
            plain = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            monkeypatch.setenv(f"HUB_{name.upper()}", plain)
    done = CliRunner().invoke(app, list(arguments))
    return done.output + (str(done.exception) if done.exception else "")


def provide(org: Organization, *more: str) -> list[str]:
    return ["numbers", "provide", "--country", "US", "--organization", org.id, "--kind", "whatsapp", *more]


def test_one_command_goes_all_the_way_and_goes_on_when_it_is_run_again(
    desk: Desk, supplier: Supplier, org: Organization, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stopped = run(desk, monkeypatch, *provide(org))
    assert "opened an account" in stopped and "sign up with the messenger first" in stopped
    wanted = {"number": "+4915200000777", "name": "Bakery", "business_name": "Bakery", "verified": True}
    said = supplier.post("/control/embedded_signup", wanted)
    signed = ("--business-account", said["business_id"], "--portfolio", said["portfolio_id"], "--name", "Bakery")
    arguments = provide(org, *signed)
    before = set(supplier.providers.numbers)
    die_at(
        desk.services.settings, tmp_path, "registration.after_submit", f"from hub.cli import app; app({arguments!r})"
    )
    # as its lease ends with the clock
    desk.let_all_go_on()
    shown = run(desk, monkeypatch, *arguments)
    for word in ("is there", "is a sender: online", "is channel", "health ok"):
        assert word in shown, shown
    (bought,) = set(supplier.providers.numbers) - before
    number = supplier.providers.numbers[bought]["phone_number"]
    assert (supplier.registrations(number), len(supplier.senders(number))) == (1, 1)
    again = run(desk, monkeypatch, *arguments)
    assert "carries WhatsApp already" in again
    listed = run(desk, monkeypatch, "numbers", "list")
    assert f"{number}  {NumberState.LENT}  Acme  whatsapp" in listed
    assert "AC" not in listed.replace("Acme", "")
    with desk.services.db.platform_reading(PlatformWork.AUDIT) as tx:
        entries = tx.all(AUDIT_ENTRY.select())
    actions = [each.action for each in entries]
    assert (
        actions.count("registration.begun") == actions.count("number.bought") == actions.count("number.assigned") == 1
    )


def test_numbers_are_searched_forwarded_and_proven_by_command(
    desk: Desk, org: Organization, supplier: Supplier, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.account(org)
    found = run(desk, monkeypatch, "numbers", "search", "--country", "US", "--carries", "whatsapp", "--limit", "2")
    number = found.split()[0]
    bought = run(desk, monkeypatch, "numbers", "buy", number, "--country", "US", "--organization", org.id)
    assert f"{number}  owned" in bought
    number_id = bought.split()[0]
    run(desk, monkeypatch, "numbers", "forward", number_id, "+4930901820")
    begun = run(
        desk, monkeypatch, "numbers", "register", number_id, "--organization", org.id, "--kind", "whatsapp",
        "--name", "Bakery", "--code-by", "voice",
    )  # fmt: skip
    assert "draft" in begun
    desk.let_all_go_on()
    code = supplier.code_of(number)
    run(desk, monkeypatch, "numbers", "verify", number_id)
    wrong = run(desk, monkeypatch, "numbers", "code", number_id, "000000" if code != "000000" else "111111")
    assert "wrong" in wrong
    run(desk, monkeypatch, "numbers", "code", number_id, code)
    until(lambda: "online" in run(desk, monkeypatch, "numbers", "verify", number_id))
    lent = run(desk, monkeypatch, "numbers", "assign", number_id, "--organization", org.id, "--kind", "whatsapp")
    assert "lent  Acme  whatsapp" in lent


def test_a_number_that_may_not_be_bought_again_is_passed_over(
    desk: Desk, org: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = desk.account(org)
    found = run(desk, monkeypatch, "numbers", "search", "--country", "US", "--carries", "whatsapp", "--limit", "1")
    first = found.split()[0]
    past = NumberLife(NumberState.RETURNED, banned=frozenset({ChannelKind("whatsapp")}))
    with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        parent = str(accounts.get(tx, account).parent_id)
        had = StockRecord(new_id(), first, ("sms", "whatsapp"), parent, desk.services.clock(), past, country="US")
        assert stock.add(tx, had)
    shown = run(desk, monkeypatch, *provide(org, "--name", "Bakery"))
    assert ("is channel" in shown, first in shown) == (True, False), shown


def test_a_spare_number_whose_registration_for_another_came_to_nothing_is_taken(
    desk: Desk, supplier: Supplier, org: Organization, rival: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in (org, rival):
        desk.account(each)
    # this one was registered as often as the messenger allows
    worn, number = desk.bought(), desk.bought()
    for each, attempts in ((worn, (desk.services.clock(),) * 10), (number, ())):
        begun = desk.begun(rival, each.id)
        failed = {"state": RegistrationState.FAILED, "due_at": None, "attempts": attempts}
        with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            registrations.change(tx, begun.id, failed)
    shown = run(desk, monkeypatch, *provide(org, "--name", "Bakery"))
    assert f"{number.number} is there" in shown and "is channel" in shown, shown
    assert desk.registration(begun.id).state is RegistrationState.REMOVED


def test_a_registration_is_given_up_by_command(
    desk: Desk, supplier: Supplier, org: Organization, rival: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in (org, rival):
        desk.account(each)
    number = desk.bought()
    begun = desk.until(desk.begun(org, number.id).id, RegistrationState.ONLINE)
    done = run(desk, monkeypatch, "numbers", "give-up-registration", number.id, "--kind", "whatsapp")
    assert f"{number.number}  owned" in done
    theirs = desk.until(desk.begun(rival, number.id).id, RegistrationState.ONLINE)
    (sender,) = supplier.senders(number.number)
    assert (sender["sid"], desk.registration(begun.id).state) == (theirs.external_id, RegistrationState.REMOVED)
