"""Two people who change what their organization wishes at the same moment: neither change is lost."""

from concurrent.futures import ThreadPoolExecutor

from hub.access.organizations import OrganizationChanges, change_organization
from hub.db import ban_wishes, organizations
from hub.types.bans import BanWishes
from hub.wiring import Services
from tests.locks import wait_until_it_waits
from tests.world import Organization


def test_what_two_people_change_of_the_wishes_at_once_is_all_kept(services: Services, org: Organization) -> None:
    with ThreadPoolExecutor(1) as pool:
        with services.db.transaction(org.id) as tx:
            organizations.lock_own(tx)
            wanted = OrganizationChanges(bans={"masked_numbers": True})
            changing = pool.submit(change_organization, services, org.actor, wanted)
            wait_until_it_waits(services, changing)
            organizations.update_own(tx, {"bans": ban_wishes.ban_wishes_to_json(BanWishes(automatic=True))})
        changing.result(timeout=30)
    with services.db.reading(org.id) as tx:
        wishes = ban_wishes.get(tx, org.id)
    assert (wishes.automatic, wishes.masked_numbers) == (True, True)
