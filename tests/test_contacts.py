"""Contacts: finding, changing, joining and parting them."""

import pytest
from sqlalchemy import insert, select

from hub import contacts
from hub.contacts import ContactChanges
from hub.db import notices
from hub.db import tables as t
from hub.db.contacts import ContactRecord
from hub.db.session import PlatformWork
from hub.db.tables.core import CONVERSATION, IDENTITY
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.ids import new_id
from hub.types import Role
from hub.wiring import Services
from tests.world import Organization, World


def person(services: Services, org: Organization, name: str, address: str, kind: str = "telegram") -> str:
    """A contact with one identity and one conversation; returns the contact's id."""
    contact_id, identity_id, now = new_id(), new_id(), services.clock()
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        own = {"organization_id": org.id, "created_at": now}
        tx.execute(insert(t.Contact).values(id=contact_id, name=name, **own))
        tx.execute(
            insert(t.Identity).values(
                id=identity_id, contact_id=contact_id, first_contact_id=contact_id, kind=kind, address=address, **own
            )
        )
        tx.execute(
            insert(t.Conversation).values(
                id=new_id(),
                channel_id=org.channels["telegram"].id,
                contact_id=contact_id,
                identity_id=identity_id,
                status="new",
                waiting_for="us",
                last_activity_at=now,
                **own,
            )
        )
    return contact_id


@pytest.fixture
def shop(org: Organization, world: World) -> Organization:
    world.channel(org, "telegram", "7100000101", {"bot_token": "1:a"})
    return org


def holders(services: Services, shop: Organization) -> dict[str, tuple[str, str]]:
    """Return identity address → (contact of the identity, contact of its conversation)."""
    with services.db.reading(shop.id) as tx:
        rows = tx.all(
            select(IDENTITY.c.address, IDENTITY.c.contact_id, CONVERSATION.c.contact_id.label("of_conversation")).join(
                CONVERSATION, CONVERSATION.c.identity_id == IDENTITY.c.id
            )
        )
    return {row.address: (row.contact_id, row.of_conversation) for row in rows}


def found(services: Services, shop: Organization, text: str) -> list[str]:
    return [contact.name for contact in contacts.list_contacts(services, shop.actor, text).items]


def addresses(contact: ContactRecord) -> list[str]:
    return sorted(identity.address for identity in contact.identities)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("jørgen", "Jørgen Hansen"),
        ("JøRGEN", "Jørgen Hansen"),
        ("MÜLLER", "Tom MÜLLER"),
        ("4915", "Ann"),
        ("Smith@", "Bob"),
        ("%", "100% Cotton_Ltd"),
        ("_", "100% Cotton_Ltd"),
    ],
)
def test_a_contact_is_found_by_a_part_of_its_name_or_address(
    services: Services, shop: Organization, text: str, name: str
) -> None:
    person(services, shop, "Jørgen Hansen", "1")
    person(services, shop, "Tom MÜLLER", "2")
    person(services, shop, "Ann", "+4915254599371", "sms")
    person(services, shop, "Bob", "bob.smith@example.com", "email")
    person(services, shop, "100% Cotton_Ltd", "3")
    assert found(services, shop, text) == [name]


def test_contacts_are_listed_newest_first_page_by_page(services: Services, shop: Organization) -> None:
    ids = [person(services, shop, f"Person {n}", str(n)) for n in range(5)]
    first = contacts.list_contacts(services, shop.actor, limit=3)
    rest = contacts.list_contacts(services, shop.actor, limit=3, cursor=first.next)
    assert [contact.id for contact in (*first.items, *rest.items)] == ids[::-1]
    assert rest.next is None


def test_name_and_fields_change_and_a_null_removes_a_field(services: Services, shop: Organization) -> None:
    contact_id = person(services, shop, "Ann", "1")
    contacts.change_contact(services, shop.actor, contact_id, ContactChanges(fields={"city": "Kiel", "age": 41}))
    changed = contacts.change_contact(services, shop.actor, contact_id, ContactChanges("Anna", {"age": None}))
    assert (changed.name, dict(changed.fields)) == ("Anna", {"city": "Kiel"})
    with pytest.raises(Invalid):
        contacts.change_contact(services, shop.actor, contact_id, ContactChanges(name="  "))


def test_a_merge_moves_identities_and_conversations_but_joins_no_conversations(
    services: Services, shop: Organization
) -> None:
    ann, other = person(services, shop, "Ann", "1"), person(services, shop, "Ann at work", "2")
    merged = contacts.merge(services, shop.actor, ann, other)
    assert (merged.id, addresses(merged)) == (ann, ["1", "2"])
    assert holders(services, shop) == {"1": (ann, ann), "2": (ann, ann)}
    gone = contacts.get_contact(services, shop.actor, other)
    assert (gone.merged_into_id, gone.identities) == (ann, ())
    assert [contact.id for contact in contacts.list_contacts(services, shop.actor).items] == [ann]


@pytest.mark.parametrize("by", ["survivor", "merged one"])
def test_a_merge_can_be_undone_from_either_side(services: Services, shop: Organization, by: str) -> None:
    ann, other = person(services, shop, "Ann", "1"), person(services, shop, "Ann at work", "2")
    contacts.merge(services, shop.actor, ann, other)
    asked = ann if by == "survivor" else other
    parted = contacts.unmerge(services, shop.actor, asked)
    assert (parted.id, parted.merged_into_id) == (asked, None)
    assert holders(services, shop) == {"1": (ann, ann), "2": (other, other)}
    with pytest.raises(Conflict):
        contacts.unmerge(services, shop.actor, ann)


def test_undoing_an_outer_merge_keeps_the_inner_one(services: Services, shop: Organization) -> None:
    one, two, three = (person(services, shop, name, name) for name in ("one", "two", "three"))
    contacts.merge(services, shop.actor, two, three)
    contacts.merge(services, shop.actor, one, two)
    assert addresses(contacts.get_contact(services, shop.actor, one)) == ["one", "three", "two"]
    contacts.unmerge(services, shop.actor, two)
    assert holders(services, shop) == {"one": (one, one), "two": (two, two), "three": (two, two)}
    contacts.unmerge(services, shop.actor, three)
    assert holders(services, shop) == {"one": (one, one), "two": (two, two), "three": (three, three)}


def test_undoing_an_inner_merge_leaves_the_outer_one(services: Services, shop: Organization) -> None:
    one, two, three = (person(services, shop, name, name) for name in ("one", "two", "three"))
    contacts.merge(services, shop.actor, two, three)
    contacts.merge(services, shop.actor, one, two)
    contacts.unmerge(services, shop.actor, three)
    assert holders(services, shop) == {"one": (one, one), "two": (one, one), "three": (three, three)}


def test_merges_that_would_tangle_are_refused(services: Services, shop: Organization) -> None:
    one, two, three = (person(services, shop, name, name) for name in ("one", "two", "three"))
    contacts.merge(services, shop.actor, one, two)
    with pytest.raises(Invalid):
        contacts.merge(services, shop.actor, one, one)
    with pytest.raises(Conflict) as refused:
        contacts.merge(services, shop.actor, two, one)
    assert refused.value.extra == {"merged_into_id": one}
    with pytest.raises(Conflict):
        contacts.merge(services, shop.actor, three, two)
    with pytest.raises(NotFound):
        contacts.merge(services, shop.actor, three, new_id())


def test_nobody_reaches_the_contacts_of_another_organization(
    services: Services, shop: Organization, world: World
) -> None:
    rival = world.organization("Rival")
    ours = person(services, shop, "Ann", "1")
    with pytest.raises(NotFound):
        contacts.get_contact(services, rival.actor, ours)
    with pytest.raises(NotFound):
        contacts.change_contact(services, rival.actor, ours, ContactChanges(name="Stolen"))
    with pytest.raises(NotFound):
        contacts.unmerge(services, rival.actor, ours)
    assert contacts.list_contacts(services, rival.actor).items == ()


def test_an_auditor_reads_contacts_and_changes_none(services: Services, shop: Organization, world: World) -> None:
    auditor = world.user(shop.id, "Aud Itor", Role.AUDITOR)
    ann = person(services, shop, "Ann", "1")
    assert contacts.get_contact(services, auditor, ann).name == "Ann"
    with pytest.raises(Forbidden):
        contacts.change_contact(services, auditor, ann, ContactChanges(name="Anna"))


def test_a_merge_tells_the_browsers_which_conversations_changed(services: Services, shop: Organization) -> None:
    ann, other = person(services, shop, "Ann", "1"), person(services, shop, "Ann at work", "2")
    contacts.merge(services, shop.actor, ann, other)
    with services.db.reading(shop.id) as tx:
        told = notices.list_after(tx, 0, 10)
        moved = tx.scalar(
            select(CONVERSATION.c.id)
            .join(IDENTITY, IDENTITY.c.id == CONVERSATION.c.identity_id)
            .where(IDENTITY.c.address == "2")
        )
    assert [(notice.kind, notice.data) for notice in told] == [("conversation", {"id": moved})]
