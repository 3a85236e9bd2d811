"""Messenger over the whole line: in by signed webhooks, out to the sandbox's phones, with what each of them knows."""

from time import time
from typing import Any

import anyio

from hub.inbound.drain import drain
from hub.outbound import deliver
from hub.outbound.submit import Reply, submit
from hub.provisioning import channels
from hub.provisioning.channels import NewChannel
from hub.sandbox import seeds
from hub.sandbox.threads import Bubble, new_bubble
from hub.types import MessageView
from hub.wiring import Services
from tests.line import conversations_of, post_meta, thread_of, webhooks
from tests.provisioning.conftest import Sandbox
from tests.world import Organization

PAGE = seeds.PAGES[0]
FELIX = seeds.PERSONAS[1].address
AT = int(time() * 1000) - 60_000
"""Milliseconds: a minute ago, so that the reply window is open."""


def connected(services: Services, org: Organization) -> str:
    """Connect the page; return its sender's id."""
    credentials = {"page_id": PAGE.id, "page_access_token": PAGE.token}
    made = channels.create_channel(services, org.actor, NewChannel("facebook", "Page", credentials, org.group_id))
    assert made.sender
    return made.sender.id


def happen(services: Services, sender_id: str, *contents: dict[str, Any]) -> None:
    """Let Meta tell of things that a person did on the page."""
    people = {"sender": {"id": FELIX}, "recipient": {"id": PAGE.id}}
    items = [{**people, "timestamp": AT + number, **content} for number, content in enumerate(contents)]

    async def post() -> None:
        async with webhooks(services) as meta:
            batch = {"object": "page", "entry": [{"id": PAGE.id, "time": AT, "messaging": items}]}
            assert (await post_meta(meta, batch, seeds.APP_SECRET)).status_code == 200

    anyio.run(post)
    drain(services, sender_id)


def thread(services: Services, org: Organization) -> tuple[str, list[MessageView]]:
    [conversation] = conversations_of(services, org.actor)
    return conversation.id, thread_of(services, org.actor, conversation)


def wrote(sandbox: Sandbox) -> None:
    """The sandbox's phone too has a message of the person, so that the window is open there."""
    sandbox.providers.threads.add(new_bubble("facebook", FELIX, PAGE.id, "customer", "hello", "m_there"))


def sent(sandbox: Sandbox) -> list[Bubble]:
    return [each for each in sandbox.providers.threads.thread("facebook", FELIX) if each.sender == "hub"]


def test_what_a_person_sends_reacts_and_changes_stands_in_one_thread(
    services: Services, org: Organization, sandbox: Sandbox
) -> None:
    sender_id = connected(services, org)
    picture = {"type": "image", "payload": {"url": "https://scontent.xx.fbcdn.net/tap.jpg"}}
    happen(
        services,
        sender_id,
        {"message": {"mid": "m_1", "text": "It drips", "attachments": [picture]}},
        {"message_edit": {"mid": "m_1", "text": "It drips a lot", "num_edit": 1}},
        {"message": {"mid": "m_2", "text": "May", "quick_reply": {"payload": "M5"}}},
        {"message": {"mid": "m_2", "is_deleted": True}},
        {"postback": {"title": "Hours", "payload": "HOURS", "mid": "m_3"}},
    )
    _, messages = thread(services, org)
    said = [each for each in messages if each.direction == "inbound"]
    assert [each.external_id for each in said] == ["m_1", "m_2", "m_3"]
    assert [part["type"] for part in said[0].parts] == ["text", "image"]
    assert said[0].text == "It drips a lot"
    assert said[2].parts[0]["payload"] == "HOURS"


def test_an_answer_reaches_the_phone_and_its_echo_makes_no_second_message(
    services: Services, org: Organization, sandbox: Sandbox
) -> None:
    sender_id = connected(services, org)
    wrote(sandbox)
    happen(services, sender_id, {"message": {"mid": "m_1", "text": "Is it free?"}})
    conversation_id, _ = thread(services, org)
    submit(services, org.actor, conversation_id, Reply("Yes. " * 500))
    deliver.drain(services, sender_id)
    bubbles = sent(sandbox)
    assert len(bubbles) == 2
    echo = {"mid": bubbles[0].id, "is_echo": True, "app_id": int(seeds.APP_ID), "text": bubbles[0].text}
    echo["metadata"] = bubbles[0].delivery_id
    happen(services, sender_id, {"sender": {"id": PAGE.id}, "recipient": {"id": FELIX}, "message": echo})
    happen(services, sender_id, {"read": {"watermark": AT + 3_600_000}})
    _, messages = thread(services, org)
    out = [each for each in messages if each.direction == "outbound"]
    assert [each.external_id for each in out] == [each.id for each in bubbles]
    assert {each.status for each in out} == {"read"}


def test_an_answer_in_the_pages_own_inbox_is_shown_as_said_by_us(
    services: Services, org: Organization, sandbox: Sandbox
) -> None:
    sender_id = connected(services, org)
    happen(services, sender_id, {"message": {"mid": "m_1", "text": "Is it free?"}})
    echo = {"mid": "m_inbox", "is_echo": True, "app_id": 263902037430900, "text": "Anna here: yes."}
    happen(services, sender_id, {"sender": {"id": PAGE.id}, "recipient": {"id": FELIX}, "message": echo})
    _, messages = thread(services, org)
    assert [(each.direction, each.text) for each in messages if each.direction != "activity"] == [
        ("inbound", "Is it free?"),
        ("outbound", "Anna here: yes."),
    ]


def test_a_block_of_the_page_holds_it_until_meta_lifts_it(
    services: Services, org: Organization, sandbox: Sandbox
) -> None:
    sender_id = connected(services, org)

    def hold() -> str | None:
        [channel] = channels.list_channels(services, org.actor).items
        assert channel.sender
        return channel.sender.hold

    happen(services, sender_id, {"sender": None, "policy_enforcement": {"action": "warning", "reason": "told"}})
    assert hold() is None
    happen(services, sender_id, {"sender": None, "policy_enforcement": {"action": "block", "reason": "told"}})
    assert hold() == "banned"
    happen(services, sender_id, {"sender": None, "policy_enforcement": {"action": "unblock"}})
    assert hold() is None
