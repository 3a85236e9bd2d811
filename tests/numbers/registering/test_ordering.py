"""A case buys one number, whatever runs beside it, and never the one that another case is about to buy."""

from dataclasses import replace
from pathlib import Path

from hub.channels.numbers import NumberKind
from hub.db import stock
from hub.db.session import PlatformWork
from hub.ids import new_id
from hub.numbers.cases import ordering
from hub.numbers.policy import happenings as h
from hub.numbers.policy import life
from hub.numbers.supply import searching
from hub.numbers.supply.searching import Wanted
from hub.types import ChannelKind
from hub.types.numbers import NumberState, OfferKind
from tests.dying import die_at
from tests.numbers.accepted import accept
from tests.numbers.registering.banned import WORK, Banned
from tests.numbers.registering.conftest import Supplier
from tests.numbers.registering.test_put_back import happen
from tests.world import Organization, World

WHATSAPP = ChannelKind("whatsapp")
TO_BUY = {"country": "US"}


def test_two_jobs_of_a_case_buy_one_number(banned: Banned, supplier: Supplier) -> None:
    before = set(supplier.providers.numbers)
    banned.accept(OfferKind.ANOTHER_NUMBER, WHATSAPP, TO_BUY)
    both_read = banned.record()
    first, second = (ordering.buy_number(banned.desk.services, both_read, WHATSAPP) for _ in range(2))
    assert first == second == banned.record().reserved["number_id"]
    assert len(set(supplier.providers.numbers) - before) == 1


def test_nothing_is_bought_for_a_case_that_moved_on(banned: Banned, supplier: Supplier) -> None:
    before = set(supplier.providers.numbers)
    banned.accept(OfferKind.ANOTHER_NUMBER, WHATSAPP, TO_BUY)
    was_read = banned.record()
    happen(banned, h.Reinstated("it works again"))
    assert ordering.buy_number(banned.desk.services, was_read, WHATSAPP) is None
    assert set(supplier.providers.numbers) == before
    assert banned.record().reserved == TO_BUY


def test_two_customers_that_need_a_number_of_a_country_get_two(
    banned: Banned, world: World, rival: Organization, supplier: Supplier, tmp_path: Path
) -> None:
    banned.desk.account(rival)
    banned.accept(OfferKind.ANOTHER_NUMBER, WHATSAPP, TO_BUY)
    services = banned.desk.services
    work = WORK.format(organization=banned.org.id, case=banned.case_id)
    die_at(services.settings, tmp_path, "replacing.number_chosen", work)
    hit = world.channel(rival, "whatsapp", "+4930999")
    theirs = Banned(banned.desk, rival, hit.id, hit.sender_id, "")
    theirs.case_id = accept(services, rival, hit, OfferKind.ANOTHER_NUMBER, WHATSAPP, TO_BUY)
    numbers = [ordering.buy_number(services, each.record(), WHATSAPP) for each in (theirs, banned)]
    assert numbers == [theirs.record().reserved["number_id"], banned.record().reserved["number_id"]]
    assert len(set(numbers)) == 2


def test_a_number_that_the_messenger_has_banned_before_is_not_bought_again(banned: Banned) -> None:
    services, wanted = banned.desk.services, Wanted("US", NumberKind.LOCAL, (WHATSAPP,))
    offered = searching.search(services, banned.desk.platform, wanted).items[0].number
    known = banned.desk.number(banned.number_id)
    past = life.NumberLife(NumberState.RETURNED, banned=frozenset({WHATSAPP}))
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        stock.add(tx, replace(known, id=new_id(), number=offered, life=past))
    banned.accept(OfferKind.ANOTHER_NUMBER, WHATSAPP, TO_BUY)
    bought = ordering.buy_number(services, banned.record(), WHATSAPP)
    assert bought
    assert banned.desk.number(bought).number != offered
