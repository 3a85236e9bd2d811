"""What people do to a message after it was written: edits, withdrawals, reactions, whenever they arrive."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from hub.channels.fetching import Fetched
from hub.conversations import commands
from hub.db import notices
from hub.db.tables.core import PARKED
from hub.types import (
    ConversationStatus,
    ConversationView,
    Media,
    MediaKind,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    MessageView,
    Person,
    Reacted,
    SentElsewhere,
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


def _written(stage: MediaStage, channel: Channel, text: str = "Hello") -> tuple[ConversationView, MessageReceived]:
    said = stage.message(text)
    stage.hear(channel, said)
    return stage.conversations()[0], said


def _only(stage: MediaStage) -> MessageView:
    [said] = [each for each in stage.thread(stage.conversations()[0]) if each.direction != "activity"]
    return said


# --- edits ----------------------------------------------------------------------------------------------


def test_an_edit_shows_the_new_text_and_keeps_the_old(stage: MediaStage, channel: Channel) -> None:
    _, said = _written(stage, channel, "Helo")
    first = stage.clock()
    stage.clock.forward(minutes=1)
    stage.hear(channel, MessageEdited(said.external_id, CARLA, (Text("Hello"),), first + timedelta(seconds=30)))
    message = _only(stage)
    assert (message.text, message.edited_at) == ("Hello", first + timedelta(seconds=30))
    assert [each["text"] for each in message.earlier] == ["Helo"]
    [conversation] = stage.conversations()
    assert (conversation.preview, conversation.unread) == ("Hello", 1)


def test_an_edit_that_comes_late_changes_nothing_back(stage: MediaStage, channel: Channel) -> None:
    _, said = _written(stage, channel, "one")
    now = stage.clock()
    stage.clock.forward(minutes=1)
    stage.hear(channel, MessageEdited(said.external_id, CARLA, (Text("three"),), now + timedelta(seconds=20)))
    stage.hear(channel, MessageEdited(said.external_id, CARLA, (Text("two"),), now + timedelta(seconds=10)))
    assert _only(stage).text == "three"


def test_an_edit_of_an_older_message_leaves_the_preview(stage: MediaStage, channel: Channel) -> None:
    _, said = _written(stage, channel, "one")
    stage.clock.forward(minutes=1)
    stage.hear(channel, stage.message("two"))
    stage.hear(channel, MessageEdited(said.external_id, CARLA, (Text("1"),)))
    assert stage.conversations()[0].preview == "two"


def test_an_edited_caption_keeps_its_picture(stage: MediaStage, channel: Channel) -> None:
    conversation = stage.send_picture(channel, external_id="500:1")
    stage.fetch()
    before = stage.parts(conversation)[0]
    edited = (Media(MediaKind.IMAGE, "named-anew", size=len(PICTURE)), Text("Look here"))
    stage.hear(channel, MessageEdited("500:1", CARLA, edited))
    picture, text = stage.parts(conversation)
    assert (picture, text["text"]) == (before, "Look here")
    assert stage.fetch() == 0


def test_another_picture_takes_the_place_of_the_old_one(stage: MediaStage, channel: Channel) -> None:
    conversation = stage.send_picture(channel, external_id="500:1")
    stage.fetch()
    other = PICTURE + b"!"
    stage.files["photo-2"] = Fetched(other)
    stage.hear(channel, MessageEdited("500:1", CARLA, (Media(MediaKind.IMAGE, "photo-2", size=len(other)),)))
    stage.fetch()
    stage.remove()
    assert [part["state"] for part in stage.parts(conversation)] == ["ready"]
    assert (len(stage.attachments()), len(stage.stored())) == (1, 1)


def test_an_answer_from_the_providers_own_inbox_can_be_edited_too(stage: MediaStage, channel: Channel) -> None:
    stage.hear(channel, SentElsewhere("out:1", CARLA, (Text("Hi"),)))
    stage.hear(channel, MessageEdited("out:1", CARLA, (Text("Good morning"),)))
    assert _only(stage).text == "Good morning"


# --- withdrawals ----------------------------------------------------------------------------------------


def test_what_is_taken_back_is_gone_with_its_files(stage: MediaStage, channel: Channel) -> None:
    stage.send_picture(channel, external_id="500:1")
    stage.fetch()
    stage.hear(channel, MessageEdited("500:1", CARLA, (Text("a secret"),)))
    stage.hear(channel, Reacted("500:1", CARLA, added=("👍",)))
    stage.hear(channel, MessageDeleted("500:1", CARLA))
    stage.remove()
    message = _only(stage)
    assert (message.text, message.parts, message.reactions, message.earlier) == ("", (), (), ())
    assert (message.taken_back_at, message.has_raw) == (stage.clock(), False)
    assert (stage.attachments(), stage.stored()) == ([], [])
    assert stage.conversations()[0].preview == "Message taken back"


def test_nothing_brings_back_what_was_taken_back(stage: MediaStage, channel: Channel) -> None:
    _, said = _written(stage, channel)
    stage.hear(channel, MessageDeleted(said.external_id, CARLA))
    stage.hear(channel, MessageEdited(said.external_id, CARLA, (Text("Hello again"),)))
    stage.hear(channel, Reacted(said.external_id, CARLA, added=("👍",)))
    assert (_only(stage).text, _only(stage).reactions) == ("", ())


# --- reactions ------------------------------------------------------------------------------------------


def test_reactions_come_and_go(stage: MediaStage, channel: Channel) -> None:
    conversation, _ = _written(stage, channel)
    answer = stage.answer(conversation)
    stage.deliver(channel)
    external_id = stage.look(answer).external_id or ""
    stage.hear(channel, Reacted(external_id, CARLA, added=("👍", "❤️")))
    stage.hear(channel, Reacted(external_id, CARLA, added=("👍",)))
    shown = stage.look(answer).reactions
    assert [(each["by"], each["author_id"], each["emoji"]) for each in shown] == [
        ("contact", conversation.contact.id, "👍"),
        ("contact", conversation.contact.id, "❤️"),
    ]
    stage.hear(channel, Reacted(external_id, CARLA, removed=("👍",), added=("😂",)))
    assert [each["emoji"] for each in stage.look(answer).reactions] == ["❤️", "😂"]


def test_a_reaction_opens_no_closed_conversation_and_is_told(stage: MediaStage, channel: Channel) -> None:
    conversation, said = _written(stage, channel)
    commands.close(stage.services, stage.operator, conversation.id)
    with stage.services.db.reading(stage.org.id) as tx:
        before = notices.newest(tx)
    stage.hear(channel, Reacted(said.external_id, CARLA, added=("👍",)))
    assert stage.conversations()[0].status is ConversationStatus.CLOSED
    with stage.services.db.reading(stage.org.id) as tx:
        told = notices.list_after(tx, before, 10)
    assert [(each.kind, each.data["conversation_id"]) for each in told] == [("message", conversation.id)]


# --- before their message -------------------------------------------------------------------------------


def test_what_comes_before_its_message_waits_for_it(stage: MediaStage, channel: Channel) -> None:
    said = stage.message("Helo")
    stage.hear(channel, Reacted(said.external_id, CARLA, added=("👍",)))
    stage.hear(channel, MessageEdited(said.external_id, CARLA, (Text("Hello"),)))
    assert (stage.conversations(), len(_parked(stage))) == ([], 2)
    stage.hear(channel, said)
    message = _only(stage)
    assert (message.text, len(message.reactions), _parked(stage)) == ("Hello", 1, [])


def test_a_picture_of_an_edit_that_came_first_is_fetched(stage: MediaStage, channel: Channel) -> None:
    said = stage.message("Helo")
    stage.files["photo-2"] = Fetched(PICTURE)
    stage.hear(channel, MessageEdited(said.external_id, CARLA, (Media(MediaKind.IMAGE, "photo-2"),)))
    assert "photo-2" not in repr(_parked(stage))
    stage.hear(channel, said)
    stage.fetch()
    assert [part["state"] for part in _only(stage).parts] == ["ready"]


def test_a_withdrawal_that_came_first_takes_its_message_back(stage: MediaStage, channel: Channel) -> None:
    said = stage.message("a secret")
    stage.hear(channel, MessageDeleted(said.external_id, CARLA))
    stage.hear(channel, said)
    assert (_only(stage).text, _only(stage).taken_back_at is not None) == ("", True)
    assert stage.conversations()[0].preview == "Message taken back"


def test_all_of_it_in_one_batch_is_applied_in_its_order(stage: MediaStage, channel: Channel) -> None:
    said = stage.message("Helo")
    stage.hear(
        channel,
        said,
        MessageEdited(said.external_id, CARLA, (Text("Hello"),)),
        Reacted(said.external_id, CARLA, added=("👍",)),
    )
    assert (_only(stage).text, len(_only(stage).reactions)) == ("Hello", 1)


def _parked(stage: MediaStage) -> list[object]:
    with stage.services.db.reading(stage.org.id) as tx:
        return [row.receipt for row in tx.all(select(PARKED))]
