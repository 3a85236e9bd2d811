"""A process that writes a ledger, invites, decides a claim or hands a held message over is killed at each failpoint;
whoever goes on finds everything once."""

import pickle
from collections import Counter
from pathlib import Path

import pytest

from hub.failpoints import FAILPOINTS
from hub.numbers import recruiting
from hub.settings import Settings
from hub.types.numbers import RecipientState as S
from tests.dying import die_at
from tests.numbers.recruiting.stage import Recruiting, Somebody

POINTS = [each for each in FAILPOINTS if each.startswith(("ledger.", "inviting.", "invitation."))]
_WORK = (
    "from hub.numbers import recruiting as r;"
    "r.build_ledger(services, '{case}'); r.start_inviting(services, '{case}'); r.invite_due(services, '{case}')"
)
_DECIDED = {"confirm": (S.VERIFIED, 1), "deny": (S.INVITED, 2)}
"""What becomes of the claim, and how many contacts the two are."""


@pytest.mark.parametrize("point", POINTS)
def test_nobody_is_left_out_or_invited_twice_wherever_the_process_is_killed(
    scene: Recruiting, settings: Settings, tmp_path: Path, point: str
) -> None:
    people = [scene.somebody(number, mail=True) for number in range(3)]
    scene.refuse(scene.old, people[2].number)
    case_id = scene.ban()
    die_at(settings, tmp_path, point, _WORK.format(case=case_id))
    assert scene.progress().total <= len(people)
    scene.stage.clock.forward(days=2)
    recruiting.build_ledger(scene.services, case_id)
    recruiting.start_inviting(scene.services, case_id)
    scene.invite()
    assert scene.states() == {S.INVITED: 2, S.OPTED_OUT: 1}
    told = Counter(message.recipient.address for message in scene.sent("email"))
    assert told == {"p0@example.com": 1, "p1@example.com": 1}


def _as(scene: Recruiting, call: str) -> str:
    """Code that does something as the organization's owner."""
    actor = pickle.dumps(scene.org.actor)
    return f"import pickle; from hub.numbers import recruiting as r; owner = pickle.loads({actor!r}); {call}"


def _claimed(scene: Recruiting) -> tuple[Somebody, str]:
    person = scene.somebody(1, mail=True)
    scene.recruit()
    [letter] = scene.sent("email")
    scene.write("+491759999999", f"code {scene.code_of(letter)}")
    return person, scene.line(person).id


def _contacts(scene: Recruiting) -> int:
    """How many contacts have a conversation by SMS: the person and whoever used their code, or one."""
    return len({each.contact.id for each in scene.stage.conversations() if each.channel.kind == "sms"})


@pytest.mark.parametrize("verb", ["confirm", "deny"])
def test_a_claim_is_decided_wholly_or_not_at_all(
    scene: Recruiting, settings: Settings, tmp_path: Path, verb: str
) -> None:
    person, line = _claimed(scene)
    call = f"r.{verb}(services, owner, {scene.case_id!r}, {line!r})"
    die_at(settings, tmp_path, "claim.before_commit", _as(scene, call))
    assert (scene.line(person).state, scene.line(person).verified_at) == (S.CLAIMED, None)
    assert _contacts(scene) == 2
    answer = scene.api.owner("POST", f"/bans/{scene.case_id}/recipients/{line}/{verb}")
    assert answer.status_code == 200, answer.text
    assert (scene.line(person).state, _contacts(scene)) == _DECIDED[verb]


def test_a_confirmation_is_taken_back_wholly_or_not_at_all(
    scene: Recruiting, settings: Settings, tmp_path: Path
) -> None:
    person, line = _claimed(scene)
    scene.api.owner("POST", f"/bans/{scene.case_id}/recipients/{line}/confirm")
    call = f"r.undo(services, owner, {scene.case_id!r}, {line!r})"
    die_at(settings, tmp_path, "claim.before_commit", _as(scene, call))
    assert (scene.line(person).state, _contacts(scene)) == (S.VERIFIED, 1)
    assert scene.api.owner("POST", f"/bans/{scene.case_id}/recipients/{line}/undo").status_code == 200
    assert (scene.line(person).state, _contacts(scene)) == (S.CLAIMED, 2)


@pytest.mark.parametrize(("verb", "sent"), [("send", ["Your parcel is here"]), ("discard", [])])
def test_a_held_message_is_handed_over_or_discarded_once(
    scene: Recruiting, settings: Settings, tmp_path: Path, verb: str, sent: list[str]
) -> None:
    person = scene.somebody(1)
    message = scene.stage.answer(person.talk, "Your parcel is here")
    scene.recruit()
    scene.write(person.number)
    call = f"r.{verb}_held(services, owner, {person.talk.id!r}, {message.id!r})"
    die_at(settings, tmp_path, "held.before_commit", _as(scene, call))
    scene.deliver()
    assert scene.sent("sms") == []
    path = f"/conversations/{person.talk.id}/held"
    assert [each["message_id"] for each in scene.api.owner("GET", path).json()["items"]] == [message.id]
    assert scene.api.owner("POST", f"{path}/{message.id}/{verb}").status_code == 200
    scene.deliver()
    assert scene.stage.provider("sms").texts == sent
    assert scene.api.owner("GET", path).json()["items"] == []
