"""The sandbox as Telegram."""

import asyncio

import pytest
from telegram import Bot
from telegram.error import BadRequest

from tests.sandbox.world import BOT, Received, Receiver, Sandbox, bot_call, connect_bot, texts, until


def test_a_telegram_customers_message_arrives_in_the_platforms_shape(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_bot(sandbox, receiver)
    message_id = sandbox.write("telegram", "tara", "Grüße!")
    call = until(lambda: receiver.of("/telegram"))[0]
    assert call.headers["x-telegram-bot-api-secret-token"] == "s3cret-s3cret"
    assert call.headers["content-type"] == "application/json"
    message = call.json["message"]
    assert message["text"] == "Grüße!"
    assert message["chat"]["id"] == message["from"]["id"] == 710000001
    assert message_id == f"710000001:{message['message_id']}"


def test_a_failing_telegram_chat_keeps_its_order_and_holds_back_nobody_else(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    connect_bot(sandbox, receiver)

    def refuse_the_first_until_the_other_came(call: Received) -> int:
        other_came = any(b"other chat" in earlier.body for earlier in receiver.calls)
        return 503 if b"first" in call.body and not other_came else 200

    receiver.status = refuse_the_first_until_the_other_came
    for text in ("first", "second", "third"):
        sandbox.write("telegram", "tara", text)
    sandbox.write("telegram", "somebody else", "other chat")
    assert sandbox.idle()["acknowledged"] == 4
    arrived = texts(receiver.of("/telegram"))
    same_chat = [text for text in arrived if text != "other chat"]
    assert same_chat[-3:] == ["first", "second", "third"]
    assert set(same_chat[:-2]) == {"first"}
    assert arrived.index("other chat") < arrived.index("second")


def test_get_updates_conflicts_with_a_webhook_and_works_without(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_bot(sandbox, receiver)
    conflict = bot_call(sandbox, "getUpdates")
    assert conflict.status_code == conflict.json()["error_code"] == 409
    assert conflict.json()["description"].startswith("Conflict: can't use getUpdates method while webhook is active")
    bot_call(sandbox, "deleteWebhook")
    sandbox.write("telegram", "tara", "polled", to=str(BOT.id))
    updates = bot_call(sandbox, "getUpdates").json()["result"]
    assert [update["message"]["text"] for update in updates] == ["polled"]
    assert bot_call(sandbox, "getUpdates", offset=updates[0]["update_id"] + 1).json()["result"] == []


def test_updates_that_wait_are_delivered_when_a_webhook_is_set(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.write("telegram", "tara", "early")
    assert bot_call(sandbox, "getWebhookInfo").json()["result"]["pending_update_count"] == 1
    connect_bot(sandbox, receiver)
    assert texts(until(lambda: receiver.of("/telegram"))) == ["early"]


def test_python_telegram_bot_understands_every_answer(sandbox: Sandbox) -> None:
    sandbox.write("telegram", "tara", "hello")

    async def talk() -> int:
        async with Bot(BOT.token, base_url=f"{sandbox.url}/bot") as bot:
            assert bot.username == BOT.username
            with pytest.raises(BadRequest, match="Chat not found"):
                await bot.send_message(99999, "nobody")
            sent = await bot.send_message(710000001, "an answer")
        return sent.message_id

    message_id = asyncio.run(talk())
    assert [(b["text"], b["id"]) for b in sandbox.outbox("telegram", "tara")] == [
        ("an answer", f"710000001:{message_id}")
    ]


@pytest.mark.parametrize(("token", "status"), [("7100000101:wrong", 401), ("nonsense", 404)])
def test_a_wrong_bot_token_is_refused(sandbox: Sandbox, token: str, status: int) -> None:
    answer = bot_call(sandbox, "getMe", token)
    assert (answer.status_code, answer.json()["ok"], answer.json()["error_code"]) == (status, False, status)


def test_telegram_tells_how_long_to_wait(sandbox: Sandbox) -> None:
    sandbox.write("telegram", "tara", "hello")
    sandbox.post("/control/faults", {"provider": "telegram", "op": "send", "fault": "429", "retry_after": 7})
    answer = bot_call(sandbox, "sendMessage", chat_id=710000001, text="too fast")
    assert (answer.status_code, answer.json()["parameters"]) == (429, {"retry_after": 7})
    assert bot_call(sandbox, "sendMessage", chat_id=710000001, text="slower").is_success


def test_a_customer_who_blocks_the_bot_is_told_and_refused(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_bot(sandbox, receiver)
    sandbox.write("telegram", "tara", "hello")
    sandbox.post("/control/customer/block", {"channel": "telegram", "person": "tara"})
    sandbox.idle()
    change = receiver.of("/telegram")[-1].json["my_chat_member"]
    assert change["new_chat_member"]["status"] == "kicked"
    refused = bot_call(sandbox, "sendMessage", chat_id=710000001, text="still there?")
    assert (refused.status_code, refused.json()["description"]) == (403, "Forbidden: bot was blocked by the user")
