"""Pictures that were sent together are one message, however they arrive."""

import pytest

from hub.channels.fetching import Fetched
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
from tests.media_jobs.stage import PICTURE, MediaStage, set_media_stage
from tests.world import Channel

CARLA = Person("500", name="Carla")


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
