"""Pictures that were sent together are one message, however they arrive."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub.channels.fetching import Fetched
from hub.inbound import drain
from hub.types import (
    Media,
    MediaKind,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    Part,
    Person,
    Reacted,
    Text,
)
from hub.wiring import Services
from tests.intake.kit import posted, states
from tests.line import post_telegram
from tests.media_jobs.stage import PICTURE, MediaStage, set_media_stage
from tests.world import Channel

CARLA = Person("500", name="Carla")
PAYLOADS = Path(__file__).parent.parent / "fixtures/telegram/inbound"


@pytest.fixture
def stage(services: Services) -> MediaStage:
    return set_media_stage(services)


@pytest.fixture
def channel(stage: MediaStage) -> Channel:
    return stage.channel()


def _piece(stage: MediaStage, number: int, caption: str = "") -> MessageReceived:
    body = PICTURE + b"x" * number
    stage.files[f"photo-{number}"] = Fetched(body)
    parts: list[Part] = [Media(MediaKind.IMAGE, f"photo-{number}", size=len(body))]
    parts += [Text(caption)] if caption else []
    return MessageReceived(f"500:{number}", CARLA, tuple(parts), sequence=number, album="album-1")


@pytest.mark.parametrize("batches", [[[1, 2, 3]], [[1], [2, 3]], [[1], [2], [3]]])
def test_they_are_one_message_and_count_once(stage: MediaStage, channel: Channel, batches: list[list[int]]) -> None:
    for numbers in batches:
        stage.hear(channel, *(_piece(stage, each, "Holidays" if each == 2 else "") for each in numbers))
    [conversation] = stage.conversations()
    assert (conversation.unread, conversation.preview) == (1, "Holidays")
    [message] = [each for each in stage.thread(conversation) if each.direction == "inbound"]
    assert (message.text, [part["type"] for part in message.parts]) == ("Holidays", ["image", "image", "text", "image"])
    stage.fetch()
    assert {part["state"] for part in stage.parts(conversation.id) if part["type"] == "image"} == {"ready"}


def test_a_piece_that_is_delivered_again_is_not_shown_twice(stage: MediaStage, channel: Channel) -> None:
    stage.hear(channel, _piece(stage, 1), _piece(stage, 2))
    stage.hear(channel, _piece(stage, 2))
    assert len(stage.parts(stage.conversations()[0].id)) == 2


def test_the_list_counts_pictures_without_words(stage: MediaStage, channel: Channel) -> None:
    stage.hear(channel, _piece(stage, 1))
    stage.hear(channel, _piece(stage, 2))
    assert stage.conversations()[0].preview == "Photo and 1 more"


def test_what_is_said_of_one_piece_finds_the_message(stage: MediaStage, channel: Channel) -> None:
    stage.hear(channel, _piece(stage, 1), _piece(stage, 2))
    stage.hear(channel, Reacted("500:2", CARLA, added=("👍",)))
    [conversation] = stage.conversations()
    [message] = [each for each in stage.thread(conversation) if each.direction == "inbound"]
    assert [each["emoji"] for each in message.reactions] == ["👍"]


def test_a_new_caption_of_one_picture_leaves_the_others(stage: MediaStage, channel: Channel) -> None:
    stage.hear(channel, _piece(stage, 1), _piece(stage, 2))
    stage.fetch()
    stage.hear(
        channel, MessageEdited("500:1", CARLA, (Media(MediaKind.IMAGE, "a", size=len(PICTURE) + 1), Text("Sea")))
    )
    parts = stage.parts(stage.conversations()[0].id)
    assert [part.get("state", part.get("text")) for part in parts] == ["ready", "Sea", "ready"]


def test_one_picture_can_be_taken_back(stage: MediaStage, channel: Channel) -> None:
    stage.hear(channel, _piece(stage, 1, "Holidays"), _piece(stage, 2))
    stage.fetch()
    stage.hear(channel, MessageDeleted("500:1", CARLA))
    [conversation] = stage.conversations()
    assert ([part["type"] for part in stage.parts(conversation.id)], conversation.preview) == (["image"], "Photo")
    stage.hear(channel, MessageDeleted("500:2", CARLA))
    stage.remove()
    assert (stage.parts(conversation.id), stage.stored()) == ([], [])


def test_what_came_before_a_further_piece_waits_for_it(stage: MediaStage, channel: Channel) -> None:
    stage.hear(channel, Reacted("500:2", CARLA, added=("👍",)))
    stage.hear(channel, _piece(stage, 1))
    stage.hear(channel, _piece(stage, 2))
    [conversation] = stage.conversations()
    [message] = [each for each in stage.thread(conversation) if each.direction == "inbound"]
    assert len(message.reactions) == 1


def test_an_album_that_was_forwarded_appears_whole(stage: MediaStage, channel: Channel) -> None:
    first, second = _payload("album_forwarded"), _payload("album_second")
    second["message"] |= {name: first["message"][name] for name in ("media_group_id", "forward_origin")}
    _receive(stage, channel, first)
    _receive(stage, channel, second)
    parts = _parts_of_the_only_message(stage)
    assert [part["type"] for part in parts] == ["forwarded", "image", "text", "image"]
    assert parts[0] == {"type": "forwarded", "origin": "Nora Lund", "often": False, "piece": "410000017:590"}
    assert stage.conversations()[0].preview == "The bathroom, as Nora sent it"


def test_an_album_that_answers_a_quote_appears_whole(stage: MediaStage, channel: Channel) -> None:
    quote = {"quote": {"text": "for how many nights?", "position": 28, "is_manual": True}}
    first, second = _payload("album_first"), _payload("album_second")
    for update in (first, second):
        update["message"] |= {"reply_to_message": _payload("reply_with_quote")["message"]["reply_to_message"], **quote}
    _receive(stage, channel, first, second)
    parts = _parts_of_the_only_message(stage)
    assert [part["type"] for part in parts] == ["quote", "image", "text", "image"]
    assert parts[0]["text"] == "for how many nights?"


def _payload(name: str) -> dict[str, Any]:
    update: dict[str, Any] = json.loads((PAYLOADS / f"{name}.body").read_bytes())
    return update


def _receive(stage: MediaStage, channel: Channel, *updates: dict[str, Any]) -> None:
    for update in updates:
        [answer] = posted(stage.services, lambda http, each=update: post_telegram(http, channel, each))  # type: ignore[misc]
        assert answer.status_code == 200
    drain.drain(stage.services, channel.sender_id)
    assert {state for _key, state in states(stage.services)} == {"handled"}


def _parts_of_the_only_message(stage: MediaStage) -> list[dict[str, Any]]:
    [conversation] = stage.conversations()
    [message] = [each for each in stage.thread(conversation) if each.direction == "inbound"]
    return [dict(part) for part in message.parts]
