"""Who comes to the new number: known people, unknown ones with a code, and guessers; what waited for them."""

from datetime import timedelta

import pytest

from hub.errors import Conflict
from hub.numbers import recruiting
from hub.numbers.policy.limits import LIMITS
from hub.types.numbers import RecipientState as S
from tests.numbers.recruiting.stage import NEW, Recruiting, Somebody


def test_whoever_writes_from_the_known_number_goes_on_in_the_same_thread(scene: Recruiting) -> None:
    person = scene.somebody(1, mail=True)
    scene.recruit()
    talk = scene.write(person.number, "I am here")
    assert talk.id == person.talk.id
    assert scene.states() == {S.VERIFIED: 1}
    assert scene.line(person).next_at is None
    entry = next(each for each in scene.stage.thread(talk) if any(part.get("what") == "won" for part in each.parts))
    assert entry.text == f"Now on {NEW}"
    scene.write(person.number, "and again")
    assert scene.stage.activities(talk).count("won") == 1


def test_whoever_writes_before_the_ledger_is_there_is_in_it_as_verified(scene: Recruiting) -> None:
    person = scene.somebody(1, mail=True)
    scene.ban()
    talk = scene.write(person.number)
    scene.recruit_again()
    assert scene.states() == {S.VERIFIED: 1}
    assert scene.stage.activities(talk).count("won") == 1
    assert scene.sent("email") == []


def test_nothing_is_sent_to_people_by_the_new_number_before_they_wrote_to_it(scene: Recruiting) -> None:
    person = scene.somebody(1, mail=True)
    scene.recruit()
    with pytest.raises(Conflict, match="has not written to the new sender"):
        scene.stage.answer(person.talk)
    scene.write(person.number)
    scene.stage.answer(person.talk)
    scene.deliver()
    assert scene.stage.provider("sms").texts == ["Good morning"]


def _claim(scene: Recruiting) -> tuple[Somebody, str]:
    """Somebody unknown uses the code of a person, for whom a message was held."""
    person = scene.somebody(1, mail=True)
    _hold(scene, person)
    scene.recruit()
    [letter] = scene.sent("email")
    scene.write("+491759999999", f"hi, code {scene.code_of(letter).lower()}")
    return person, scene.line(person).id


def _hold(scene: Recruiting, person: Somebody, text: str = "Your parcel is here") -> str:
    """An answer that waits on the number that is banned now."""
    return scene.stage.answer(person.talk, text).id


def _held(scene: Recruiting, talk_id: str) -> list[str]:
    return [each["text"] for each in scene.api.owner("GET", f"/conversations/{talk_id}/held").json()["items"]]


def test_a_code_from_an_unknown_number_is_a_claim_without_history_or_held_messages(scene: Recruiting) -> None:
    person, _ = _claim(scene)
    assert scene.states() == {S.CLAIMED: 1}
    [other] = [each for each in scene.stage.conversations() if each.id != person.talk.id and each.channel.kind == "sms"]
    assert other.contact.id != person.contact_id
    assert "claimed" in scene.stage.activities(other)
    assert _held(scene, other.id) == []
    with pytest.raises(Conflict):
        scene.stage.answer(person.talk)


def test_a_confirmed_claim_links_the_two_and_what_was_held_is_sent_there_by_a_click(scene: Recruiting) -> None:
    person, line = _claim(scene)
    path = f"/bans/{scene.case_id}/recipients/{line}"
    shown = scene.api.owner("POST", path + "/confirm")
    assert (shown.status_code, shown.json()["state"]) == (200, "verified"), shown.text
    contact = scene.api.owner("GET", f"/contacts/{person.contact_id}").json()
    assert "+491759999999" in [each["address"] for each in contact["identities"]]
    assert scene.stage.provider("sms").texts == []
    [held] = scene.api.owner("GET", f"/conversations/{person.talk.id}/held").json()["items"]
    sent = scene.api.owner("POST", f"/conversations/{person.talk.id}/held/{held['message_id']}/send")
    assert sent.status_code == 200, sent.text
    scene.deliver()
    [message] = scene.sent("sms")
    assert (message.text, message.recipient.address) == ("Your parcel is here", "+491759999999")
    assert _held(scene, person.talk.id) == []
    with pytest.raises(Conflict, match="another address"):
        scene.stage.answer(person.talk)


def test_a_confirmation_is_undone_and_the_contacts_are_two_again(scene: Recruiting) -> None:
    person, line = _claim(scene)
    path = f"/bans/{scene.case_id}/recipients/{line}"
    scene.api.owner("POST", path + "/confirm")
    scene.write("+491759999999", "it is really me")
    assert scene.api.owner("POST", path + "/undo").json()["state"] == "claimed"
    contact = scene.api.owner("GET", f"/contacts/{person.contact_id}").json()
    assert "+491759999999" not in [each["address"] for each in contact["identities"]]
    assert scene.api.owner("POST", path + "/undo").status_code == 409


def test_undoing_a_confirmation_leaves_what_was_merged_since_together(scene: Recruiting) -> None:
    person, line = _claim(scene)
    [claimer] = [
        each for each in scene.stage.conversations() if each.id != person.talk.id and each.channel.kind == "sms"
    ]
    path = f"/bans/{scene.case_id}/recipients/{line}"
    scene.api.owner("POST", path + "/confirm")
    other = scene.stage.open_conversation(scene.bot, "4711")
    scene.merge(other, person.talk)
    assert scene.api.owner("POST", path + "/undo").json()["state"] == "claimed"
    talks = {each.id: each.contact.id for each in scene.stage.conversations()}
    assert talks[person.talk.id] == talks[other.id] == other.contact.id
    assert talks[claimer.id] == claimer.contact.id


def test_a_denied_claim_lets_the_person_be_invited_with_another_code(scene: Recruiting) -> None:
    person, line = _claim(scene)
    [first] = scene.sent("email")
    path = f"/bans/{scene.case_id}/recipients/{line}"
    assert scene.api.owner("POST", path + "/deny").json()["state"] == "invited"
    scene.write("+491759999998", f"code {scene.code_of(first)}")
    assert scene.line(person).state == S.INVITED
    scene.write(person.number)
    assert scene.line(person).state == S.VERIFIED


def test_a_code_is_good_once_for_a_month_and_guesses_are_counted(scene: Recruiting) -> None:
    person = scene.somebody(1, mail=True)
    scene.recruit()
    code = scene.code_of(scene.sent("email")[0])
    for _ in range(LIMITS.wrong_per_person):
        scene.write("+491759999999", "code 2222-2BBB")
    scene.write("+491759999999", f"code {code}")
    assert scene.line(person).state == S.INVITED, "whoever guessed too often is not heard"
    scene.stage.clock.forward(days=31)
    scene.write("+491758888888", f"code {code}")
    assert scene.line(person).state == S.INVITED, "it has expired"
    assert timedelta(days=31) > LIMITS.code_lives


def test_order_numbers_do_not_keep_a_true_code_from_being_heard(scene: Recruiting) -> None:
    person = scene.somebody(1, mail=True)
    scene.recruit()
    code = scene.code_of(scene.sent("email")[0])
    scene.write("+491759999999", "Where is my order BX234567, for the HH-BK 1234?")
    assert scene.wrong_codes() == 0
    scene.guess(LIMITS.wrong_per_channel)
    scene.write("+491759999999", f"Hello, my code is {code}")
    assert scene.line(person).state == S.CLAIMED


def test_a_held_message_is_sent_in_the_same_thread_once_the_person_wrote_or_discarded(scene: Recruiting) -> None:
    person = scene.somebody(1, mail=True)
    first, second = _hold(scene, person), _hold(scene, person, "And another")
    scene.recruit()
    early = scene.api.owner("POST", f"/conversations/{person.talk.id}/held/{first}/send")
    assert early.status_code == 409
    scene.write(person.number)
    scene.deliver()
    assert scene.sent("sms") == [], "nothing is fired by itself"
    [entry] = [each.text for each in scene.stage.thread(person.talk) if each.text.startswith("Now on")]
    assert entry.endswith("2 held messages wait for you to send")
    path = f"/conversations/{person.talk.id}/held"
    assert scene.api.owner("POST", f"{path}/{first}/send").status_code == 200
    discarded = scene.api.owner("POST", f"{path}/{second}/discard").json()
    assert (discarded["status"], "discarded" in discarded["error"]["detail"]) == ("failed", True)
    scene.deliver()
    assert scene.stage.provider("sms").texts == ["Your parcel is here"]
    assert scene.api.owner("POST", f"{path}/{first}/send").status_code == 404


def test_the_link_is_published_as_text_and_as_a_picture(scene: Recruiting) -> None:
    scene.somebody(1)
    scene.ban()
    shown = scene.api.owner("GET", f"/bans/{scene.case_id}/publish?language=de").json()
    assert shown["link"] == "sms:+4930222222?body=Hallo%20Acme"
    assert NEW in shown["snippets"]["en"]
    svg = scene.api.owner("GET", f"/bans/{scene.case_id}/publish.svg")
    png = scene.api.owner("GET", f"/bans/{scene.case_id}/publish.png")
    assert svg.content.lstrip().startswith(b"<?xml")
    assert png.content.startswith(b"\x89PNG")


def test_a_rehearsal_counts_everybody_once_and_sends_nothing(scene: Recruiting) -> None:
    scene.somebody(1, mail=True)
    scene.somebody(2, mail=True, bot=True)
    scene.somebody(3, bot=True)
    scene.somebody(4, mail=True, agreed=False)
    scene.refuse(scene.old, scene.somebody(5).number)
    found = scene.api.owner("GET", f"/channels/{scene.old.id}/rehearsal").json()
    assert (found["total"], found["reachable"], found["days"]) == (5, 3, 1)
    assert {each["kind"]: each["people"] for each in found["ways"]} == {"email": 2, "telegram": 1}
    assert found["done"] == {"opted_out": 1}
    assert scene.sent("email") == []


def test_a_rehearsal_of_a_second_ban_counts_those_whom_its_ledger_will_hold(scene: Recruiting) -> None:
    scene.somebody(1, mail=True)
    came = scene.somebody(2, mail=True)
    scene.recruit()
    scene.write(came.number)
    scene.write("+491759999997", "a new one")
    found = scene.api.owner("GET", f"/channels/{scene.old.id}/rehearsal").json()
    first = scene.case_id
    scene.old, scene.new_number = scene.won, "+4930333333"
    scene.ban()
    recruiting.build_ledger(scene.services, scene.case_id)
    assert (first != scene.case_id, found["total"], scene.progress().total) == (True, 3, 3)
