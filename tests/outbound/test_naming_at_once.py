"""A name from the provider and one by a person at the same moment: both come to be, in turn."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from hub.db import contacts, person_renaming
from hub.db.tables.core import IDENTITY
from tests.locks import wait_until_it_waits
from tests.outbound.stage import Stage
from tests.world import Channel


def test_a_person_is_named_by_the_provider_while_somebody_renames_them(stage: Stage, bot: Channel) -> None:
    services, organization_id = stage.services, stage.org.id
    contact_id = stage.open_conversation(bot).contact.id
    with services.db.reading(organization_id) as tx:
        [identity] = tx.all(select(IDENTITY).where(IDENTITY.c.contact_id == contact_id))
        old = contacts.get(tx, contact_id).name

    def name() -> bool:
        with services.db.transaction(organization_id) as tx:
            return person_renaming.name_person(tx, identity.id, "Carla of the provider")

    with ThreadPoolExecutor(1) as pool:
        with services.db.transaction(organization_id) as tx:
            contacts.lock(tx, [contact_id])
            contacts.change(tx, contact_id, {"name": "Carla Klein"})
            naming = pool.submit(name)
            wait_until_it_waits(services, naming)
            person_renaming.rename_contact(tx, contact_id, old, "Carla Klein")
        naming.result(timeout=30)
    with services.db.reading(organization_id) as tx:
        assert contacts.get(tx, contact_id).name == "Carla Klein"
