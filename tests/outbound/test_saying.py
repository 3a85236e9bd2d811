"""Answers beyond text: files, choices, places, cards, templates."""

from dataclasses import replace

import pytest

from hub.access.files import Upload, upload
from hub.db import templates
from hub.errors import Conflict, Invalid, NotFound, UnsupportedContent
from hub.outbound.saying import TemplateChoice
from hub.outbound.submit import Reply, submit
from hub.types import Button, ContactCard, Location, Media, MessageView, Template, TemplateView
from tests.outbound.stage import Stage
from tests.world import Channel

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f6"
    "45400000000049454e44ae426082"
)


def uploaded(stage: Stage, name: str = "plan.png", body: bytes = PNG) -> str:
    return upload(stage.services, stage.operator, Upload(name, "image/png", body)).id


def say(stage: Stage, conversation_id: str, reply: Reply) -> MessageView:
    return submit(stage.services, stage.operator, conversation_id, reply)


def test_a_file_goes_out_with_its_bytes_and_belongs_to_its_message(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    file = uploaded(stage)
    said = say(stage, conversation.id, Reply("Here is the plan", attachments=(file,)))
    assert [part["type"] for part in said.parts] == ["text", "image"]
    assert said.parts[1]["attachment_id"] == file
    stage.deliver(bot)
    [message] = stage.provider().sent
    [part] = message.parts
    assert isinstance(part, Media)
    assert (message.text, message.files[part.source].body, message.files[part.source].name) == (
        "Here is the plan",
        PNG,
        "plan.png",
    )
    assert stage.look(said).status == "sent"


def test_an_upload_is_sent_once_and_by_its_own_organization_only(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    file = uploaded(stage)
    say(stage, conversation.id, Reply(attachments=(file,)))
    with pytest.raises(Conflict, match="sent already"):
        say(stage, conversation.id, Reply(attachments=(file,)))
    stranger = stage.world.organization("Rival").operator
    theirs = upload(stage.services, stranger, Upload("a.png", "image/png", PNG)).id
    with pytest.raises(NotFound, match="upload"):
        say(stage, conversation.id, Reply(attachments=(theirs,)))
    with pytest.raises(Invalid, match="twice"):
        say(stage, conversation.id, Reply(attachments=("a", "a")))
    assert len([each for each in stage.thread(conversation) if each.direction == "outbound"]) == 1


def test_text_choices_a_place_and_a_card_become_messages_in_order(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    reply = Reply(
        "Which day?",
        buttons=(Button("Monday", "mon"), Button("Tuesday", "tue")),
        location=Location(52.5, 13.4, "Shop"),
        contact=ContactCard("Ada", ("+4915112345678",)),
    )
    first = say(stage, conversation.id, reply)
    said = [each for each in stage.thread(conversation) if each.direction == "outbound"]
    assert said[0].id == first.id
    assert [[part["type"] for part in each.parts] for each in said] == [["text", "buttons"], ["location"], ["contact"]]
    stage.deliver(bot)
    assert [each.status for each in map(stage.look, said)] == ["sent"] * 3
    assert [len(each.parts) for each in stage.provider().sent] == [1, 1, 1]


def test_what_the_channel_cannot_say_is_refused_and_its_upload_stays_free(stage: Stage, bot: Channel) -> None:
    provider = stage.provider()
    provider.capabilities = replace(provider.capabilities, media={}, location=False)
    conversation, file = stage.open_conversation(bot), uploaded(stage)
    for reply in (Reply(attachments=(file,)), Reply("Here", location=Location(1.0, 2.0))):
        with pytest.raises(UnsupportedContent):
            say(stage, conversation.id, reply)
    note = say(stage, conversation.id, Reply("for colleagues", note=True, attachments=(file,)))
    assert [part["type"] for part in note.parts] == ["text", "image"]


def test_a_template_is_sent_in_any_window_under_the_providers_id_that_nobody_sees(stage: Stage) -> None:
    channel = stage.channel("whatsapp", "+15550001111")
    conversation = stage.open_conversation(channel, "+15557770001")
    shown = TemplateView("HX1", "delay", "en", "Hello {{1}}, it takes {{2}} days", ("1", "2"), "utility", "approved")
    with stage.services.db.transaction(stage.org.id) as tx:
        templates.replace(tx, channel.sender_id, [shown], stage.clock())
        [known] = templates.list_of_channel(tx, channel.id)
    stage.clock.forward(days=3)
    with pytest.raises(Invalid, match="needs a text for 2"):
        say(stage, conversation.id, Reply(template=TemplateChoice(known.id, {"1": "Carla"})))
    with pytest.raises(NotFound):
        say(stage, conversation.id, Reply(template=TemplateChoice("nothing", {})))
    said = say(stage, conversation.id, Reply(template=TemplateChoice(known.id, {"1": "Carla", "2": "3"})))
    assert said.text == "Hello Carla, it takes 3 days"
    assert "HX1" not in str(said.parts)
    stage.deliver(channel)
    [message] = stage.provider("whatsapp").sent
    assert message.parts == (Template("HX1", "delay", "en", (("1", "Carla"), ("2", "3"))),)
