"""Templates of a sender in another account: made there, submitted, approved by and by; what cannot be made is named."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.db import registrations, senders, templates
from hub.db.session import PlatformWork
from hub.errors import NotFound, Unavailable
from hub.numbers.cases import reading
from hub.numbers.supply import approving, owned
from hub.numbers.supply.lending import Assignment, assign_number
from hub.numbers.supply.owned import NewNumber
from hub.provisioning.templates import sync_templates
from hub.sandbox import seeds
from hub.types.bans import BanState
from hub.types.numbers import OfferKind
from tests.dying import die_at
from tests.numbers.registering.banned import WORK, Banned
from tests.numbers.registering.conftest import Desk, Supplier
from tests.sandbox.world import until
from tests.world import Organization

OF_TEMPLATES = ("templates.made",)
USED = {("order_update", "en"), ("lieferung", "de")}
"""What the platform's own account has that a messenger approved; a third one was rejected."""


@pytest.fixture
def moved(desk: Desk, org: Organization) -> Banned:
    """A banned number in the platform's own account; the offer of a spare one in the customer's is accepted."""
    number = owned.register_number(desk.services, desk.platform, NewNumber(seeds.NUMBERS[0].number, ("whatsapp",)))
    lent = assign_number(desk.services, desk.platform, number.id, Assignment(org.id, "whatsapp", "Ours", org.group_id))
    (on,) = lent.channels
    sync_templates(desk.services, org.actor, on.id)
    with desk.services.db.reading(org.id) as tx:
        sender_id = senders.current_sender_id(tx, on.id)
    assert sender_id
    (known,) = desk.views(number.id)
    with desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        # the messenger accepts no name with its own in it
        registrations.change(tx, known.id, {"display_name": "Bakery"})
    banned = Banned(desk, org, on.id, sender_id, number.id)
    desk.account(org)
    spare = desk.bought()
    banned.accept(OfferKind.ANOTHER_NUMBER, "whatsapp", {"number_id": spare.id, "number": spare.number})
    return banned


def kept(banned: Banned) -> dict[tuple[str, str], str]:
    """The templates of the channel's present sender, with how each stands."""
    with banned.desk.services.db.reading(banned.org.id) as tx:
        return {(each.name, each.language): each.status for each in templates.list_of_channel(tx, banned.channel_id)}


def contents(supplier: Supplier) -> list[dict[str, Any]]:
    """What the customer's account has."""
    known = supplier.providers.contents.values()
    return [each for each in known if each["account_sid"] != seeds.ACCOUNT_SID]


def test_they_are_made_there_and_the_clock_looks_until_they_are_approved(moved: Banned, supplier: Supplier) -> None:
    record = moved.until(BanState.RECRUITING)
    assert moved.current() == record.new_sender_id
    assert {key for key, status in kept(moved).items() if status == "in_review"} == USED == set(kept(moved))
    (said,) = [each for each in contents(supplier) if each["friendly_name"] == "lieferung"]
    assert [each["title"] for each in said["types"]["twilio/quick-reply"]["actions"]] == ["Ja, passt", "Anderer Tag"]
    assert (said["variables"], said["approval"]["category"]) == ({"1": "Wanda", "2": "Dienstag"}, "UTILITY")
    approving.look_at_approvals(moved.desk.services)
    assert set(kept(moved).values()) == {"in_review"}
    clock = moved.desk.services.clock
    later = replace(moved.desk.services, clock=lambda: clock() + timedelta(seconds=31))
    due = [each["approval"]["approved_at"] for each in contents(supplier)]
    until(lambda: max(due) <= supplier.providers.after(0))
    approving.look_at_approvals(later)
    assert kept(moved) == dict.fromkeys(USED, "approved")
    assert reading.get_ban(moved.desk.services, moved.org.actor, moved.case_id).templates_lost == ()


@pytest.mark.parametrize("point", OF_TEMPLATES)
def test_a_process_that_died_here_makes_none_twice(
    moved: Banned, supplier: Supplier, tmp_path: Path, point: str
) -> None:
    work = WORK.format(organization=moved.org.id, case=moved.case_id)
    die_at(moved.desk.services.settings, tmp_path, point, work)
    assert kept(moved) == {}
    until(lambda: moved.work() and set(kept(moved)) == USED)
    assert sorted(each["friendly_name"] for each in contents(supplier)) == ["lieferung", "order_update"]


def test_what_cannot_be_made_is_named_on_the_page_of_the_ban(moved: Banned, supplier: Supplier) -> None:
    gone = [key for key, each in supplier.providers.contents.items() if each["friendly_name"] == "order_update"]
    supplier.providers.contents[gone[0]]["account_sid"] = "AC" + "0" * 32
    moved.until(BanState.RECRUITING)
    moved.work()
    shown = reading.get_ban(moved.desk.services, moved.org.actor, moved.case_id)
    assert shown.templates_lost == ("order_update (en)",)
    assert [each["friendly_name"] for each in contents(supplier) if each["sid"] not in gone] == ["lieferung"]


def test_a_supplier_whose_answer_is_lost_is_asked_again_and_holds_nothing_up(moved: Banned, supplier: Supplier) -> None:
    supplier.fault("template", "lost_answer")
    moved.until(BanState.RECRUITING)
    assert kept(moved) == {}
    shown = reading.get_any_ban(moved.desk.services, moved.desk.platform, moved.case_id)
    assert ("could not be handed in" in shown.trouble, shown.templates_lost) == (True, ())
    moved.work()
    assert set(kept(moved)) == USED
    assert sorted(each["friendly_name"] for each in contents(supplier)) == ["lieferung", "order_update"]


def test_a_template_that_a_passing_failure_kept_back_is_submitted_later(
    moved: Banned, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = type(moved.desk.services.suppliers["twilio"])
    refused: list[str] = []
    submit = provider.submit_template

    async def fail_once(self: Any, account: Any, external_id: str, name: str, category: Any) -> Any:
        if not refused:
            refused.append(name)
            raise Unavailable("the supplier does not answer")
        return await submit(self, account, external_id, name, category)

    monkeypatch.setattr(provider, "submit_template", fail_once)
    moved.until(BanState.RECRUITING)
    assert (len(refused), kept(moved)) == (1, {})
    moved.work()
    assert kept(moved) == dict.fromkeys(USED, "in_review")


@pytest.mark.parametrize("why", ["refused", "away"])
def test_templates_that_cannot_be_asked_for_keep_no_others_from_their_turn(
    moved: Banned, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    moved.until(BanState.RECRUITING)
    services, asked = moved.desk.services, list[str]()
    now = services.clock() + timedelta(minutes=1)
    later = replace(services, clock=lambda: now)
    monkeypatch.setattr(approving, "_AT_ONCE", 1)

    async def refuse(_self: Any, _account: Any, external_id: str) -> Any:
        asked.append(external_id)
        raise Unavailable("it is away") if why == "away" else NotFound("there is no such template")

    monkeypatch.setattr(type(services.suppliers["twilio"]), "fetch_approval", refuse)
    for _ in USED:
        approving.look_at_approvals(later)
    assert len(set(asked)) == len(USED)
    assert set(kept(moved).values()) == {"in_review"}
