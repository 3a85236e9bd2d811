"""A person who is named in how conversations are routed: what says them is told, and what routes is left to people."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from hub.access.groups import GroupChanges, change_group
from hub.db.tables.core import CONVERSATION
from hub.types import GroupRules
from tests.privacy.scene import Scene
from tests.privacy.test_neighbours import document, mail

ZOE = "Zoë Zimmermann <zoe@example.com>"


@pytest.fixture
def zoe(scene: Scene) -> str:
    """A contact whom two rules and a group's answer name, beside a rule that names nobody."""
    mail(scene, "1", "Hello", ZOE)
    scene.drain()
    owner, group_id = scene.org.actor, scene.org.group_id
    then = {"group_id": group_id}
    rules: list[dict[str, Any]] = [
        {"name": "Letters", "when": {"fields": [{"field": "name", "values": ["zoë zimmermann"]}]}, "then": then},
        {"name": "Cases", "when": {"keywords": ["case"]}, "then": {**then, "answer": "Ask zoe@example.com for it."}},
        {"name": "Others", "when": {"keywords": ["parcel"]}, "then": then},
    ]
    answer = scene.owner("PUT", "/routing/rules", json={"rules": rules})
    assert answer.status_code == 200, answer.text
    told = replace(GroupRules(), closed_answer="We are closed; Zoë Zimmermann has the key.")
    change_group(scene.services, owner, group_id, GroupChanges(rules=told))
    return scene.contact_of("zoe@example.com")


def rules_of(scene: Scene) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in scene.owner("GET", "/routing/rules").json()["rules"]}


def test_an_export_lists_the_rules_and_groups_that_name_the_person(scene: Scene, zoe: str) -> None:
    found = document(scene.export(zoe))["mentions"]
    said = {rules_of(scene)[each["rule"]]["name"]: each["excerpts"] for each in found if "rule" in each}
    assert said == {"Letters": ["zoë zimmermann"], "Cases": ["Ask zoe@example.com for it."]}
    assert [each["group"] for each in found if "group" in each] == [scene.org.group_id]
    assert "parcel" not in json.dumps(found)


def test_an_erasure_says_which_rules_and_groups_a_person_has_to_change_and_changes_none(scene: Scene, zoe: str) -> None:
    before = rules_of(scene)
    result = scene.erase(zoe)["result"]
    named = [each for each, rule in before.items() if rule["name"] != "Others"]
    assert result["to_change"] == {"rules": named, "groups": [scene.org.group_id]}
    assert rules_of(scene) == before


def test_a_question_that_a_conversation_of_somebody_else_keeps_loses_the_name(scene: Scene, zoe: str) -> None:
    mail(scene, "2", "Hello", "Yvonne <yvonne@example.com>")
    scene.drain()
    other = scene.conversation_of(scene.contact_of("yvonne@example.com"))
    choice = {"text": "Whom?", "options": [{"label": "Zoë Zimmermann"}, {"label": "Support"}]}
    kept = {"reason": "asked", "rule": "choice", "choice": choice}
    with scene.services.db.transaction(scene.org.id) as tx:
        tx.execute(update(CONVERSATION).where(CONVERSATION.c.id == other).values(routing=kept))
    found = document(scene.export(zoe))["mentions"]
    assert [each["excerpts"] for each in found if each.get("conversation") == other] == [["Zoë Zimmermann"]]
    assert scene.erase(zoe)["result"]["counts"]["mentions_in_conversations"] == 1
    with scene.services.db.reading(scene.org.id) as tx:
        after = tx.scalar(select(CONVERSATION.c.routing).where(CONVERSATION.c.id == other))
    assert [each["label"] for each in after["choice"]["options"]] == ["[erased]", "Support"]
