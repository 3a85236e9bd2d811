"""The consent ledger at the API: who said what to being written to. It grows, is exported, and goes with its person."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from hub.db import person, person_erasing, person_rows
from hub.db.person import PersonRecord
from hub.db.tables.core import AUDIT_ENTRY, CONTACT
from hub.errors import Forbidden, Invalid, NotFound
from hub.numbers.consents import (
    Line,
    ManyConsents,
    NewConsent,
    Result,
    list_consents,
    record_consent,
    record_many,
)
from hub.numbers.policy.caps import Answer, ground_for
from hub.types import Role
from hub.types.numbers import Purpose
from hub.wiring import Services
from tests.outbound.stage import Stage, set_stage

FORM = "the form on the web site"


def given(identity_id: str, text_version: str = "2026-1") -> NewConsent:
    return NewConsent(identity_id, Purpose.INVITATION, Answer.GIVEN, FORM, text_version)


def whose(stage: Stage, contact_id: str) -> PersonRecord:
    with stage.services.db.reading(stage.org.id) as tx:
        found = person.find(tx, contact_id)
    assert found is not None
    return found


@pytest.fixture
def stage(services: Services) -> Stage:
    return set_stage(services)


def test_the_last_word_of_a_person_counts_and_each_one_stays(stage: Stage) -> None:
    bot = stage.channel()
    contact_id = stage.open_conversation(bot).contact.id
    [identity_id] = whose(stage, contact_id).identity_ids
    record_consent(stage.services, stage.operator, contact_id, given(identity_id))
    ledger = [each.as_policy() for each in list_consents(stage.services, stage.operator, contact_id)]
    assert ground_for(ledger, identity_id) == ledger[0]
    stage.clock.forward(days=1)
    taken_back = NewConsent(identity_id, Purpose.INVITATION, Answer.WITHDRAWN, "a message of theirs")
    record_consent(stage.services, stage.operator, contact_id, taken_back)
    ledger = [each.as_policy() for each in list_consents(stage.services, stage.operator, contact_id)]
    assert [each.answer for each in ledger] == ["given", "withdrawn"]
    assert ground_for(ledger, identity_id) is None
    with stage.services.db.reading(stage.org.id) as tx:
        actions = [row.action for row in tx.all(select(AUDIT_ENTRY.c.action))]
    assert actions.count("consent.recorded") == 2


def test_a_consent_has_a_source_and_an_address_of_this_person_and_is_not_of_tomorrow(stage: Stage) -> None:
    bot = stage.channel()
    contact_id, other_id = (stage.open_conversation(bot, each).contact.id for each in ("1", "2"))
    [own], [foreign] = (whose(stage, each).identity_ids for each in (contact_id, other_id))
    for wrong in (
        given(foreign),
        replace(given(own), source="  "),
        replace(given(own), at=stage.clock() + timedelta(days=1)),
    ):
        with pytest.raises(Invalid):
            record_consent(stage.services, stage.operator, contact_id, wrong)
    auditor = stage.world.user(stage.org.id, "Ava", Role.AUDITOR)
    with pytest.raises(Forbidden):
        record_consent(stage.services, auditor, contact_id, given(own))
    stranger = stage.world.organization("Other").actor
    with pytest.raises(NotFound):
        list_consents(stage.services, stranger, contact_id)


def test_a_list_is_entered_once_and_takes_back_no_refusal(stage: Stage) -> None:
    bot = stage.channel()
    contacts = {each: stage.open_conversation(bot, each).contact.id for each in ("1", "2", "3")}
    [refusing] = whose(stage, contacts["2"]).identity_ids
    record_consent(
        stage.services,
        stage.operator,
        contacts["2"],
        replace(given(refusing), answer=Answer.WITHDRAWN, source="a call"),
    )
    before = stage.clock() - timedelta(days=7)
    lines = (Line("telegram", "1"), Line("telegram", "2", before), Line("telegram", "9"), Line("email", "1"))
    brought = ManyConsents(Purpose.INVITATION, Answer.GIVEN, "the list of the shop", "2026-1", lines)
    first = record_many(stage.services, stage.operator, brought)
    assert [str(each) for each in first] == ["recorded", "refused", "unknown", "unknown"]
    again = record_many(stage.services, stage.operator, replace(brought, lines=(*lines, Line("telegram", "3"))))
    assert [str(each) for each in again] == ["known", "refused", "unknown", "unknown", "recorded"]
    [identity_id] = whose(stage, contacts["1"]).identity_ids
    [entry] = list_consents(stage.services, stage.operator, contacts["1"])
    assert (entry.source, entry.user_id) == ("the list of the shop", stage.operator.user_id)
    assert ground_for([entry.as_policy()], identity_id)
    with stage.services.db.reading(stage.org.id) as tx:
        rows = tx.all(select(AUDIT_ENTRY).where(AUDIT_ENTRY.c.action == "consents.recorded"))
    assert len(rows) == 2


def test_a_list_of_refusals_counts_anew_after_a_consent_that_was_given_since(stage: Stage) -> None:
    contact_id = stage.open_conversation(stage.channel(), "1").contact.id
    [identity_id] = whose(stage, contact_id).identity_ids
    lines = (Line("telegram", "1"),)
    refusals = ManyConsents(Purpose.INVITATION, Answer.WITHDRAWN, "unsubscribed", "", lines)
    assert record_many(stage.services, stage.operator, refusals) == (Result.RECORDED,)
    stage.clock.forward(days=30)
    record_consent(stage.services, stage.operator, contact_id, given(identity_id))
    stage.clock.forward(days=30)
    assert record_many(stage.services, stage.operator, refusals) == (Result.RECORDED,)
    assert record_many(stage.services, stage.operator, refusals) == (Result.KNOWN,)
    ledger = [each.as_policy() for each in list_consents(stage.services, stage.operator, contact_id)]
    assert ground_for(ledger, identity_id) is None


def test_a_list_finds_nobody_of_another_organization_and_none_whose_data_are_restricted(stage: Stage) -> None:
    contact_id = stage.open_conversation(stage.channel(), "1").contact.id
    brought = ManyConsents(Purpose.SERVICE, Answer.GIVEN, "a list", "", (Line("telegram", "1"),))
    stranger = stage.world.organization("Other").actor
    assert record_many(stage.services, stranger, brought) == (Result.UNKNOWN,)
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(CONTACT).where(CONTACT.c.id == contact_id).values(restricted_at=stage.clock()))
    assert record_many(stage.services, stage.operator, brought) == (Result.UNKNOWN,)
    with pytest.raises(Invalid):
        record_many(stage.services, stage.operator, replace(brought, source=" "))


def test_consents_are_part_of_an_export_and_go_with_an_erasure(stage: Stage) -> None:
    contact_id = stage.open_conversation(stage.channel()).contact.id
    theirs = whose(stage, contact_id)
    record_consent(stage.services, stage.operator, contact_id, given(theirs.identity_ids[0]))
    with stage.services.db.transaction(stage.org.id) as tx:
        [kept] = person_rows.consents(tx, theirs)
        assert kept["source"] == FORM
        while person_erasing.remove_messages(tx, theirs, 100).get("messages"):
            pass
        person_erasing.remove_conversations(tx, theirs)
        assert person_erasing.remove_person(tx, theirs)["consents"] == 1
