"""A restricted contact (F20): stored, and neither shown, processed nor sent to, on the message line."""

from threading import Thread

import pytest
from sqlalchemy import select, update

from hub import contacts
from hub.access.permissions import Permission, allows
from hub.db import notices, routing_setup
from hub.db.contacts import ContactRecord
from hub.db.tables.core import CHANNEL, CONTACT
from hub.errors import Conflict, NotFound
from hub.inbound import drain as intake_drain
from hub.outbound import leases
from hub.outbound.submit import Reply, retry, submit
from hub.privacy import cases
from hub.types import FailureKind, MessageStatus, Receipt, SendFailure
from hub.wiring import Services
from tests.intake.kit import counted
from tests.suspended import Hub, set_hub


@pytest.fixture
def hub(services: Services) -> Hub:
    return set_hub(services)


def _restrict(hub: Hub, contact_id: str) -> None:
    cases.restrict(hub.services, cases.request_of(hub.stage.org.actor, contact_id, "they asked for it"))


def _unrestrict(hub: Hub, contact_id: str) -> None:
    cases.unrestrict(hub.services, cases.request_of(hub.stage.org.actor, contact_id, "it is settled"))


def _newest_notice(hub: Hub) -> int:
    with hub.services.db.reading(hub.stage.org.id) as tx:
        return notices.newest(tx)


def test_what_a_restricted_person_writes_is_stored_and_told_nobody(hub: Hub) -> None:
    talk = hub.stage.open_conversation(hub.bot)
    _restrict(hub, talk.contact.id)
    before = _newest_notice(hub)
    hub.stage.hear(hub.bot, hub.stage.message("are you there?"))
    assert counted(hub.services, hub.stage.org.actor) == {"received": 2, "handled": 2}
    assert _newest_notice(hub) == before
    assert hub.listed() == []
    assert hub.get("/conversations?q=there").json()["items"] == []
    _unrestrict(hub, talk.contact.id)
    assert hub.listed() == [talk.id]
    assert hub.texts(talk) == ["Hello", "are you there?"]


def test_why_a_conversation_is_gone_is_said_to_those_who_handle_requests_only(hub: Hub) -> None:
    talk = hub.stage.open_conversation(hub.bot)
    _restrict(hub, talk.contact.id)
    assert not allows(hub.stage.operator, Permission.HANDLE_PRIVACY)
    operator = hub.api.token(hub.stage.operator)
    for path in (f"/conversations/{talk.id}", f"/conversations/{talk.id}/messages"):
        assert "restricted" in hub.get(path).json()["detail"]
        told = hub.api.call("GET", path, operator)
        assert (told.status_code, told.json()["detail"]) == (404, "there is no such conversation")
    assert hub.api.call("GET", f"/contacts/{talk.contact.id}", operator).status_code == 404
    assert hub.api.call("GET", "/contacts", operator).json()["items"] == []
    shown = hub.get(f"/contacts/{talk.contact.id}").json()
    assert (shown["name"], shown["restricted"], shown["identities"], shown["fields"]) == ("Carla", True, [], {})


def test_nothing_is_sent_to_a_restricted_person_until_it_is_lifted(hub: Hub) -> None:
    talk, other = hub.stage.open_conversation(hub.bot), hub.stage.open_conversation(hub.bot, "501")
    hub.stage.answer(talk, "held")
    hub.stage.answer(other, "goes on")
    _restrict(hub, talk.contact.id)
    hub.stage.deliver(hub.bot)
    assert hub.stage.provider().texts == ["goes on"]
    hub.forget_jobs()
    leases.wake_due(hub.services)
    assert hub.waiting("delivery") == 0
    with pytest.raises(Conflict, match="restricted"):
        submit(hub.services, hub.stage.operator, talk.id, Reply("hello?"))
    _unrestrict(hub, talk.contact.id)
    assert hub.waiting("delivery") == 1
    hub.stage.deliver(hub.bot)
    assert hub.stage.provider().texts == ["goes on", "held"]


def test_a_failed_message_to_a_restricted_person_cannot_be_sent_again(hub: Hub) -> None:
    talk = hub.stage.open_conversation(hub.bot)
    failed = hub.stage.answer(talk)
    hub.stage.provider().answers.append(SendFailure(FailureKind.CONTENT, "not like this"))
    hub.stage.deliver(hub.bot)
    _restrict(hub, talk.contact.id)
    with pytest.raises(Conflict, match="restricted"):
        retry(hub.services, hub.stage.operator, failed.id)


def test_a_restricted_person_is_routed_when_it_is_lifted(hub: Hub) -> None:
    talk = hub.stage.open_conversation(hub.bot)
    hub.api.owner("POST", f"/conversations/{talk.id}/close")
    _restrict(hub, talk.contact.id)
    hub.stage.hear(hub.bot, hub.stage.message("me again"))
    _unrestrict(hub, talk.contact.id)
    [again] = hub.stage.conversations()
    assert again.assignee is not None
    assert again.assignee.id == hub.stage.operator.user_id
    assert hub.stage.activities(talk)[-2:] == ["reopened", "routed"]


def test_a_restricted_contact_is_joined_with_nobody(hub: Hub) -> None:
    talk, other = hub.stage.open_conversation(hub.bot), hub.stage.open_conversation(hub.bot, "501")
    _restrict(hub, other.contact.id)
    with pytest.raises(Conflict, match="restricted"):
        contacts.merge(hub.services, hub.stage.org.actor, talk.contact.id, other.contact.id)
    with pytest.raises(NotFound):
        contacts.get_contact(hub.services, hub.stage.operator, other.contact.id)


def test_of_merged_contacts_the_one_that_carries_the_addresses_counts(hub: Hub) -> None:
    talk, other = hub.stage.open_conversation(hub.bot), hub.stage.open_conversation(hub.bot, "501")
    contacts.merge(hub.services, hub.stage.org.actor, talk.contact.id, other.contact.id)
    _restrict(hub, other.contact.id)
    assert hub.listed() == []
    with pytest.raises(Conflict, match="restricted"):
        contacts.unmerge(hub.services, hub.stage.org.actor, other.contact.id)
    hub.stage.journal(hub.bot, hub.stage.message("still me", "501"))
    intake_drain.drain(hub.services, hub.bot.sender_id)
    assert hub.listed() == []


def test_what_somebody_else_writes_into_a_restricted_thread_is_their_own_and_shown(hub: Hub) -> None:
    talk = hub.stage.open_conversation(hub.bot)
    _restrict(hub, talk.contact.id)
    hub.stage.hear(hub.bot, hub.stage.message("my parcel is broken", "501", conversation_id=talk.id))
    hub.stage.hear(hub.bot, hub.stage.message("and the box", "501", thread_external_ids=("500:1",)))
    [own] = hub.stage.conversations()
    assert own.contact.id != talk.contact.id
    assert hub.texts(own) == ["my parcel is broken", "and the box"]
    assert own.assignee is not None
    _unrestrict(hub, talk.contact.id)
    assert hub.texts(talk) == ["Hello"]
    hub.stage.hear(hub.bot, hub.stage.message("me too", "502", conversation_id=talk.id))
    assert hub.texts(talk) == ["Hello", "me too"]


def test_a_receipt_for_a_restricted_person_is_told_nobody(hub: Hub) -> None:
    talk = hub.stage.open_conversation(hub.bot)
    sent = hub.stage.answer(talk)
    hub.stage.deliver(hub.bot)
    external_id = hub.stage.look(sent).external_id
    _restrict(hub, talk.contact.id)
    before = _newest_notice(hub)
    hub.stage.hear(hub.bot, Receipt(MessageStatus.DELIVERED, external_id=external_id))
    assert _newest_notice(hub) == before
    _unrestrict(hub, talk.contact.id)
    assert hub.stage.look(sent).status == MessageStatus.DELIVERED


def test_a_restricted_conversation_takes_nobodys_slot(hub: Hub) -> None:
    talk = hub.stage.open_conversation(hub.bot)
    group_id = hub.stage.conversations()[0].group.id

    def taken() -> int:
        with hub.services.db.reading(hub.stage.org.id) as tx:
            setup = routing_setup.load_setup(tx, hub.services.clock(), [group_id])
        return sum(each.taken for each in setup.operators.values())

    assert taken() == 1
    _restrict(hub, talk.contact.id)
    assert taken() == 0
    _unrestrict(hub, talk.contact.id)
    hub.act("suspend", "channels", hub.bot.id)
    assert taken() == 0


def test_lifting_a_restriction_waits_for_the_drain_that_still_saw_it(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new conversation is routed by one of the two, in whichever order they commit."""
    talk = hub.stage.open_conversation(hub.bot)
    hub.api.owner("POST", f"/conversations/{talk.id}/close")
    with hub.services.db.transaction(hub.stage.org.id) as tx:
        tx.execute(update(CHANNEL).values(returning="new"))
    _restrict(hub, talk.contact.id)
    hub.stage.journal(hub.bot, hub.stage.message("me again"))
    lifting = Thread(target=_unrestrict, args=(hub, talk.contact.id))

    def lift_beside(failpoint: str) -> None:
        if failpoint == "drain.after_apply":
            lifting.start()
            # long enough for it to commit, did it not wait
            lifting.join(1.0)

    monkeypatch.setattr(intake_drain, "reach", lift_beside)
    hub.drain()
    lifting.join(30.0)
    [again] = [each for each in hub.stage.conversations() if each.id != talk.id]
    assert again.group is not None


def test_a_merge_beside_a_restriction_is_refused_or_restricted_too(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    talk, other = hub.stage.open_conversation(hub.bot), hub.stage.open_conversation(hub.bot, "501")
    restricting = Thread(target=_restrict, args=(hub, talk.contact.id))
    look = contacts._check_stands_alone

    def restrict_beside(contact: ContactRecord) -> None:
        look(contact)
        if contact.id == other.contact.id:
            restricting.start()
            restricting.join(1.0)

    monkeypatch.setattr(contacts, "_check_stands_alone", restrict_beside)
    contacts.merge(hub.services, hub.stage.org.actor, talk.contact.id, other.contact.id)
    restricting.join(30.0)
    with hub.services.db.reading(hub.stage.org.id) as tx:
        assert [row.restricted_at is not None for row in tx.all(select(CONTACT.c.restricted_at))] == [True, True]
    assert hub.listed() == []
