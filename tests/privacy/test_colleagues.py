"""An export is about the person: who answers is called as end users may call them, and nobody's presence is told."""

import json
from typing import Any

from hub.access.presence import set_presence
from hub.access.profile_values import Profile
from hub.access.profiles import change_profile
from hub.access.users import UserChanges, change_user
from hub.types import Presence, Role
from tests.line import telegram_update
from tests.privacy.scene import TELEGRAM_ID, Scene
from tests.privacy.test_rights import contact_on_telegram

NAMES = ("Ben Operator", "Olga Owner", "Ada Away", "Benjamin", "Bentje")
PRESENCE = ("online", "away", "offline", "free slot", "slots")


def exported(scene: Scene, contact_id: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(scene.export(contact_id)["person.json"])
    return document


def a_conversation_in_many_hands(scene: Scene) -> str:
    """The person writes and is given to Ben, who answers; to Ada, who is away; closed; and they write again."""
    ada = scene.world.user(scene.org.id, "Ada Away", Role.OPERATOR, "away", scene.org.group_id)
    ben = scene.org.operator.user_id
    services, owner = scene.services, scene.org.actor
    change_profile(services, owner, ben, Profile(first_name="Benjamin", surname="Operator", alias="Kim"))
    contact_id = contact_on_telegram(scene)
    conversation = scene.conversation_of(contact_id)
    for by, path, body in (
        (scene.org.operator, "messages", {"text": "Good morning, this is Kim"}),
        (owner, "messages", {"text": "a regular, says Ada", "note": True}),
        (owner, "assign", {"user_id": ada.user_id}),
        (owner, "close", {}),
        (owner, "reopen", {}),
        (owner, "close", {}),
    ):
        key = {"Idempotency-Key": path} if path == "assign" else {}
        address = f"/conversations/{conversation}/{path}"
        answer = scene.api.call("POST", address, scene.api.token(by), json=body, headers=key)
        assert answer.status_code in {200, 202}, answer.text
    assert scene.receive_telegram(telegram_update(2, "Me again", person=TELEGRAM_ID)) == 200
    scene.drain()
    # what they were called then stands in lines and answers that are kept
    change_user(services, owner, ben, UserChanges(name="Bentje"))
    set_presence(services, owner, ben, Presence.AWAY)
    return contact_id


def test_an_export_calls_those_who_answer_by_their_alias_and_tells_of_nobodys_presence(scene: Scene) -> None:
    contact_id = a_conversation_in_many_hands(scene)
    document = exported(scene, contact_id)
    ours = {place: rows for place, rows in document.items() if place not in {"purposes", "events"}}
    said = json.dumps({**ours, "recipients": document["recipients"]["users"]}, ensure_ascii=False)
    assert [name for name in NAMES if name in said] == []
    assert [word for word in PRESENCE if f" {word}" in said] == []
    assert {each["name"] for each in document["recipients"]["users"]} == {"Kim", "Acme"}
    assert {each["author_name"] for each in document["messages"] if each["author_type"] == "user"} == {"Kim", "Acme"}


def test_an_export_still_tells_what_was_decided_by_which_rule(scene: Scene) -> None:
    contact_id = a_conversation_in_many_hands(scene)
    document = exported(scene, contact_id)
    [conversation] = document["conversations"]
    assert conversation["routing"]["rule"]
    assert not {"reason", "best", "counts", "sticky"} & conversation["routing"].keys()
    lines = [each for each in document["messages"] if each["direction"] == "activity"]
    told = {part["what"] for each in lines for part in each["parts"]}
    assert {"routed", "assigned", "closed", "reopened"} <= told
    decisions = [part["decision"] for each in lines for part in each["parts"] if "decision" in part]
    assert decisions
    assert all(not {"reason", "best", "counts", "sticky"} & each.keys() and "rule" in each for each in decisions)
    assert "Closed by Acme" in {each["text"] for each in lines}


def test_what_people_wrote_stays_as_it_was_written(scene: Scene) -> None:
    contact_id = contact_on_telegram(scene)
    assert scene.receive_telegram(telegram_update(2, "Hello Ben Operator", person=TELEGRAM_ID)) == 200
    scene.drain()
    said = {each["text"] for each in exported(scene, contact_id)["messages"]}
    assert "Hello Ben Operator" in said
