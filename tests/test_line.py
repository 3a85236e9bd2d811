"""The line from the outside: a webhook comes in, a conversation appears, an answer goes out."""

import asyncio

import pytest
import respx
from httpx import Response

from hub.inbound import journal
from hub.outbound import deliver
from hub.outbound.submit import Reply, submit
from hub.wiring import Services
from tests.line import conversations_of, drain_all, post_telegram, said, telegram_update, thread_of, webhooks
from tests.world import Channel, Organization, World


@pytest.fixture
def bot(world: World, org: Organization) -> Channel:
    return world.channel(org, "telegram", "111222", {"bot_token": "111222:token-for-tests"})


def test_a_message_is_acknowledged_journalled_and_appears_with_its_operator(
    services: Services, org: Organization, bot: Channel
) -> None:
    async def receive() -> int:
        async with webhooks(services) as client:
            return (await post_telegram(client, bot, telegram_update(1, "Hello, is anybody there?"))).status_code

    assert asyncio.run(receive()) == 200
    assert journal.balance(services, org.actor).pending == 1
    drain_all(services, bot)

    [conversation] = conversations_of(services, org.operator)
    assert (conversation.status, conversation.waiting_for) == ("new", "us")
    assert conversation.contact.name == "Carla"
    assert conversation.assignee is not None
    assert conversation.assignee.id == org.operator.user_id
    assert "Ben Operator is the least busy" in conversation.routing["reason"]
    assert conversation.unread == 1
    assert said(thread_of(services, org.operator, conversation)) == [("inbound", "Hello, is anybody there?")]
    balance = journal.balance(services, org.actor)
    assert (balance.received, balance.handled, balance.pending) == (1, 1, 0)


@respx.mock
def test_an_answer_reaches_the_provider_once_and_is_marked_sent(
    services: Services, org: Organization, bot: Channel
) -> None:
    sent = respx.post("https://api.telegram.org/bot111222:token-for-tests/sendMessage").mock(
        return_value=Response(
            200,
            json={
                "ok": True,
                "result": {"message_id": 77, "date": 1_790_000_100, "chat": {"id": 500, "type": "private"}},
            },
        )
    )

    async def receive() -> None:
        async with webhooks(services) as client:
            await post_telegram(client, bot, telegram_update(1, "Hello"))

    asyncio.run(receive())
    drain_all(services, bot)
    [conversation] = conversations_of(services, org.operator)
    answer = submit(services, org.operator, conversation.id, Reply("Good morning, Carla"))
    assert answer.status == "queued"

    deliver.drain(services, bot.sender_id)
    deliver.drain(services, bot.sender_id)

    assert sent.call_count == 1
    [conversation] = conversations_of(services, org.operator)
    assert (conversation.status, conversation.waiting_for) == ("pending", "customer")
    [_, answered] = [m for m in thread_of(services, org.operator, conversation) if m.direction != "activity"]
    assert (answered.status, answered.external_id) == ("sent", "500:77")
