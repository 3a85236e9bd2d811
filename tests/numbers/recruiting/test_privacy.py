"""What becomes of ledgers, invitations and consents when somebody is erased, exported, merged, or long gone."""

import io
import zipfile
from typing import Any

from sqlalchemy import Table, select

from hub import contacts
from hub.db import ban_events
from hub.db.tables.core import CONSENT, RECIPIENT, SENT_INVITATION, WRONG_CODE
from hub.numbers.cases import end_won
from hub.privacy import work
from hub.types.bans import BanState
from hub.types.numbers import RecipientState as S
from hub.upkeep import forget_old
from tests.numbers.recruiting.stage import Recruiting, Somebody

_OF_PERSON = "identity_id", "contact_id", "conversation_id", "claimed_by", "code_digest", "code_signature", "next_at"


def _rows(scene: Recruiting, table: Table) -> list[dict[str, Any]]:
    with scene.services.db.reading(scene.org.id) as tx:
        return [dict(row._mapping) for row in tx.all(select(table))]


def _run(scene: Recruiting, person: Somebody, right: str) -> None:
    begun = scene.api.owner("POST", f"/contacts/{person.contact_id}/{right}", json={"reason": "they asked for it"})
    assert begun.status_code in (200, 202), begun.text
    while not work.work_on(scene.services, begun.json()["id"], 60):
        continue


def test_erasing_people_leaves_that_somebody_opted_out_and_nothing_else(scene: Recruiting) -> None:
    stopped, invited = scene.somebody(1, mail=True), scene.somebody(2, mail=True)
    scene.refuse(scene.old, stopped.number)
    scene.recruit()
    assert scene.states() == {S.OPTED_OUT: 1, S.INVITED: 1}
    for person in (stopped, invited):
        _run(scene, person, "erase")
    lines = {row["state"]: row for row in _rows(scene, RECIPIENT)}
    assert set(lines) == {S.OPTED_OUT, S.ERASED}
    assert [line[name] for line in lines.values() for name in _OF_PERSON] == [None] * 2 * len(_OF_PERSON)
    left = repr(list(lines.values()))
    assert not any(word in left for word in (stopped.number, invited.number, "p1@", "p2@"))
    assert (_rows(scene, SENT_INVITATION), _rows(scene, CONSENT)) == ([], [])
    scene.stage.clock.forward(days=40)
    scene.invite()
    assert len(scene.sent("email")) == 1


def test_a_claim_is_open_again_when_whoever_made_it_is_erased(scene: Recruiting) -> None:
    person = scene.somebody(1, mail=True, bot=True)
    scene.recruit()
    [letter] = scene.sent("email")
    other = scene.write("+491759999999", f"code {scene.code_of(letter)}")
    assert scene.line(person).state == S.CLAIMED
    _run(scene, Somebody("+491759999999", other, other.contact.id), "erase")
    assert (scene.line(person).state, scene.line(person).claimed_by) == (S.INVITED, None)
    scene.stage.clock.forward(days=4)
    scene.invite()
    assert len(scene.sent("telegram")) == 1


def test_an_export_names_the_ledger_the_invitations_and_the_consents_of_the_person_alone(scene: Recruiting) -> None:
    person, other = scene.somebody(1, mail=True), scene.somebody(2, mail=True)
    scene.recruit()
    said = _export(scene, person)
    for table in (RECIPIENT, SENT_INVITATION, CONSENT):
        named = [row["id"] in said for row in _rows(scene, table)]
        assert sorted(named) == [False, True], table.name
    assert scene.line(person).id in said
    assert other.number not in said


def test_an_export_shows_nothing_of_the_person_whose_code_somebody_used(scene: Recruiting) -> None:
    person = scene.somebody(1, mail=True)
    scene.recruit()
    [letter] = scene.sent("email")
    other = scene.write("+491759999999", f"code {scene.code_of(letter)}")
    line = scene.line(person)
    theirs = _export(scene, Somebody("+491759999999", other, other.contact.id))
    assert (line.case_id in theirs, "code_used_at" in theirs) == (True, True)
    for kept in (line.contact_id, line.identity_id, line.conversation_id, line.code_digest):
        assert kept not in theirs
    own = _export(scene, person)
    assert line.id in own
    for kept in (line.claimed_by, line.code_digest, line.code_signature):
        assert kept not in own


def _export(scene: Recruiting, person: Somebody) -> str:
    _run(scene, person, "export")
    answer = scene.api.owner("GET", f"/contacts/{person.contact_id}/export")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist()).decode()


def test_who_was_merged_is_invited_at_the_other_address_until_they_are_parted(scene: Recruiting) -> None:
    person = scene.somebody(1)
    mail = scene.stage.open_conversation(scene.mail, "late@example.com")
    scene.agree("late@example.com")
    scene.recruit()
    assert (scene.sent("email"), scene.line(person).why) == ([], "no_way")
    contacts.merge(scene.services, scene.org.actor, person.contact_id, mail.contact.id)
    scene.stage.clock.forward(days=2)
    scene.invite()
    assert [each.recipient.address for each in scene.sent("email")] == ["late@example.com"]
    contacts.unmerge(scene.services, scene.org.actor, mail.contact.id)
    scene.refuse(scene.mail, "late@example.com")
    assert scene.line(person).state == S.INVITED
    contacts.merge(scene.services, scene.org.actor, person.contact_id, mail.contact.id)
    scene.refuse(scene.mail, "late@example.com")
    assert scene.line(person).state == S.OPTED_OUT


def test_wrong_codes_are_forgotten_after_a_day(scene: Recruiting) -> None:
    scene.somebody(1, mail=True)
    scene.recruit()
    scene.write("+491759999999", "code 2222-2BBB")
    forget_old(scene.services)
    assert len(_rows(scene, WRONG_CODE)) == 1
    scene.stage.clock.forward(hours=25)
    forget_old(scene.services)
    assert _rows(scene, WRONG_CODE) == []


def test_a_case_ends_once_everybody_who_can_be_won_has_come(scene: Recruiting) -> None:
    came, gone = scene.somebody(1, mail=True), scene.somebody(2, mail=True)
    scene.refuse(scene.old, scene.somebody(3).number)
    scene.recruit()
    scene.write(came.number)
    end_won(scene.services)
    assert _state(scene) == BanState.RECRUITING
    _run(scene, gone, "erase")
    end_won(scene.services)
    assert _state(scene) == BanState.CLOSED
    with scene.services.db.reading(scene.org.id) as tx:
        assert ban_events.list_events(tx, scene.case_id)[-1].happening == "EverybodyAsked"


def test_a_case_ends_once_everybody_was_asked_whoever_is_still_missing(scene: Recruiting) -> None:
    scene.somebody(1, mail=True)
    scene.somebody(2)
    scene.recruit()
    end_won(scene.services)
    assert _state(scene) == BanState.RECRUITING
    scene.stage.clock.forward(days=4)
    scene.invite()
    end_won(scene.services)
    assert (_state(scene), scene.states()) == (BanState.CLOSED, {S.INVITED: 1, S.TO_RECRUIT: 1})


def test_a_case_waits_a_month_for_who_has_yet_to_agree_and_as_long_as_it_takes_for_an_answer_to_a_claim(
    scene: Recruiting,
) -> None:
    scene.somebody(1, mail=True, agreed=False)
    claimed = scene.somebody(2, mail=True)
    scene.recruit()
    scene.write("+491759999999", f"code {scene.code_of(scene.sent('email')[0])}")
    scene.stage.clock.forward(days=29)
    scene.invite()
    end_won(scene.services)
    assert _state(scene) == BanState.RECRUITING
    scene.stage.clock.forward(days=2)
    scene.invite()
    end_won(scene.services)
    assert _state(scene) == BanState.RECRUITING, "somebody has to say whether it is them"
    scene.api.owner("POST", f"/bans/{scene.case_id}/recipients/{scene.line(claimed).id}/confirm")
    end_won(scene.services)
    assert _state(scene) == BanState.CLOSED


def _state(scene: Recruiting) -> str:
    return str(scene.api.owner("GET", f"/bans/{scene.case_id}").json()["state"])
