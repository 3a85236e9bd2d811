"""An accepted offer is made real: the channel keeps what it is, the new sender becomes its current one."""

from pathlib import Path

import pytest

from hub.db import accounts, channels, successions
from hub.db.session import PlatformWork
from hub.numbers import cases
from hub.numbers.cases import reading, succeeding
from hub.numbers.policy import happenings as h
from hub.types import ChannelKind, Machine
from hub.types.bans import BanState, Kept
from hub.types.numbers import NumberState, OfferKind
from tests.dying import die_at
from tests.numbers.registering.banned import WORK, Banned
from tests.numbers.registering.conftest import Supplier
from tests.sandbox.world import until
from tests.world import Organization, World

WHATSAPP = ChannelKind("whatsapp")
OF_NUMBERS = (
    "replacing.begun",
    "replacing.number_chosen",
    "replacing.number_bought",
    "replacing.number_there",
    "replacing.registered",
    "replacing.before_commit",
    "replacing.after_commit",
    "replacing.set_up",
    "templates.submitted",
)


def test_the_channel_keeps_its_identity_and_gets_a_spare_number(banned: Banned, supplier: Supplier) -> None:
    spare = banned.desk.bought()
    banned.accept(OfferKind.ANOTHER_NUMBER, WHATSAPP, {"number_id": spare.id, "number": spare.number})
    record = banned.until(BanState.RECRUITING)
    assert record.new_sender_id == banned.current() != banned.sender_id
    with banned.desk.services.db.reading(banned.org.id) as tx:
        channel = channels.get(tx, banned.channel_id)
        old = successions.find_place(tx, banned.sender_id)
    assert channel.sender and (channel.sender.address, channel.group_id) == (spare.number, banned.org.group_id)
    assert old and not old.released
    assert banned.desk.number(banned.number_id).life.carries == {WHATSAPP}
    (sender,) = supplier.senders(spare.number)
    assert sender["profile"]["name"] == "Bakery"
    banned.work()
    assert banned.current() == record.new_sender_id


@pytest.mark.parametrize("point", OF_NUMBERS)
def test_a_replacement_that_died_here_ends_with_one_number_that_was_bought_once(
    banned: Banned, tmp_path: Path, supplier: Supplier, point: str
) -> None:
    before = set(supplier.providers.numbers)
    banned.accept(OfferKind.ANOTHER_NUMBER, WHATSAPP, {"country": "US"})
    work = WORK.format(organization=banned.org.id, case=banned.case_id)
    die_at(banned.desk.services.settings, tmp_path, point, work)
    record = banned.until(BanState.RECRUITING)
    banned.work()
    bought = set(supplier.providers.numbers) - before
    assert (len(bought), record.new_sender_id) == (1, banned.current())
    number = banned.desk.number(banned.record().reserved["number_id"])
    assert (number.life.state, len(supplier.senders(number.number))) == (NumberState.LENT, 1)


def test_what_cannot_be_registered_is_a_replacement_that_failed(banned: Banned, supplier: Supplier) -> None:
    spare = banned.desk.bought()
    with banned.desk.services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        (account,) = accounts.list_of(tx, banned.org.id)
    ban = {"channel": "whatsapp", "level": "restricted", "reach": "business_account", "to": account.business_id}
    supplier.post("/control/bans", {**ban, "forbids": ["adding_senders"]})
    banned.accept(OfferKind.ANOTHER_NUMBER, WHATSAPP, {"number_id": spare.id, "number": spare.number})
    until(lambda: banned.work() and "ReplacingFailed" in banned.timeline(), 40.0)
    assert banned.current() == banned.sender_id
    assert banned.desk.number(spare.id).life.state is NumberState.OWNED


def test_another_kind_is_a_channel_of_its_own_on_the_same_number(banned: Banned) -> None:
    number = banned.desk.number(banned.number_id)
    banned.accept(OfferKind.ANOTHER_KIND, ChannelKind("sms"), {"number_id": number.id, "number": number.number})
    record = banned.until(BanState.RECRUITING)
    assert record.new_sender_id and banned.current() == banned.sender_id
    with banned.desk.services.db.reading(banned.org.id) as tx:
        new = successions.find_place(tx, record.new_sender_id)
    assert new and (new.kind, new.address, new.channel_id != banned.channel_id) == ("sms", number.number, True)
    assert banned.desk.number(banned.number_id).life.carries == {WHATSAPP, ChannelKind("sms")}


def test_a_sender_that_was_given_back_stands_where_it_stood(banned: Banned, tmp_path: Path) -> None:
    spare = banned.desk.bought()
    banned.accept(OfferKind.ANOTHER_NUMBER, WHATSAPP, {"number_id": spare.id, "number": spare.number})
    banned.until(BanState.RECRUITING)
    services, now = banned.desk.services, banned.desk.services.clock()
    with services.db.transaction(banned.org.id) as tx:
        cases.happen(services, tx, banned.case_id, h.Reinstated("it works again"), Machine("system"), now)
        cases.happen(services, tx, banned.case_id, h.SenderKept(Kept.OLD), banned.org.actor, now)
    die_at(
        services.settings, tmp_path, "replacing.put_back", WORK.format(organization=banned.org.id, case=banned.case_id)
    )
    assert banned.current() == banned.sender_id
    banned.work()
    assert (banned.current(), banned.record().new_sender_id) == (banned.sender_id, None)
    assert banned.desk.number(spare.id).life.state in (NumberState.OWNED, NumberState.QUARANTINED)
    assert banned.desk.number(banned.number_id).life.carries == {WHATSAPP}


def test_what_is_in_the_platforms_way_is_said_to_the_platform_and_not_to_the_customer(
    banned: Banned, world: World, rival: Organization
) -> None:
    services, spare = banned.desk.services, banned.desk.bought()
    hit = world.channel(rival, WHATSAPP, "+4930999")
    theirs = Banned(banned.desk, rival, hit.id, hit.sender_id, "")
    theirs.accept(OfferKind.ANOTHER_NUMBER, WHATSAPP, {"number_id": spare.id, "number": spare.number})
    theirs.work()
    read = reading.get_ban(services, rival.actor, theirs.case_id)
    (failed,) = [each.words for each in read.timeline if each.happening == "ReplacingFailed"]
    assert "whoever runs this hub" in failed
    assert "account at the supplier" not in str(read)
    assert "account at the supplier" in reading.get_any_ban(services, banned.desk.platform, theirs.case_id).trouble


def test_what_people_wrote_to_the_new_number_before_every_process_knew_it_is_let_in(
    banned: Banned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spare = banned.desk.bought()
    banned.accept(OfferKind.ANOTHER_NUMBER, WHATSAPP, {"number_id": spare.id, "number": spare.number})
    work = WORK.format(organization=banned.org.id, case=banned.case_id)
    die_at(banned.desk.services.settings, tmp_path, "replacing.after_commit", work)
    let_in: list[tuple[str, bool]] = []
    began = banned.record().opened_at
    monkeypatch.setattr(succeeding, "release_held", lambda _s, number, since: let_in.append((number, since >= began)))
    banned.work()
    assert let_in[0] == (spare.number, True)
