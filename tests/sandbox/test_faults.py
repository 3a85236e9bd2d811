"""The sandbox misbehaves when told to."""

import httpx
import pytest

from tests.sandbox.world import (
    BOT,
    Json,
    Receiver,
    Sandbox,
    bot_call,
    connect_bot,
    connect_pages,
    send_on_page,
    texts,
    until,
)


def test_a_send_that_times_out_was_sent(sandbox: Sandbox) -> None:
    sandbox.write("telegram", "tara", "hello")
    sandbox.fault("telegram", "send", "timeout")
    url = f"{sandbox.url}/bot{BOT.token}/sendMessage"
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(url, json={"chat_id": 710000001, "text": "silence"}, timeout=0.5)
    assert [bubble["text"] for bubble in sandbox.outbox("telegram", "tara")] == ["silence"]


def test_a_send_that_is_hung_up_on_was_not_sent(sandbox: Sandbox) -> None:
    sandbox.write("telegram", "tara", "hello")
    sandbox.fault("telegram", "send", "close")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        bot_call(sandbox, "sendMessage", chat_id=710000001, text="gone")
    assert sandbox.outbox("telegram", "tara") == []


@pytest.mark.parametrize("fault", ["500", "timeout", "close", "duplicate"])
def test_a_lost_answer_makes_the_platform_deliver_again(sandbox: Sandbox, receiver: Receiver, fault: str) -> None:
    connect_bot(sandbox, receiver)
    sandbox.fault("telegram", "webhook", fault)
    sandbox.write("telegram", "tara", "twice")
    assert sandbox.idle()["acknowledged"] == 1
    assert texts(until(lambda: len(receiver.of("/telegram")) == 2 and receiver.of("/telegram"))) == ["twice", "twice"]


def test_two_messages_can_be_swapped(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_bot(sandbox, receiver)
    sandbox.fault("telegram", "webhook", "reorder")
    messages = [{"channel": "telegram", "person": "tara", "text": text} for text in ("one", "two", "three")]
    sandbox.post("/control/customer/send_many", messages)
    assert sandbox.idle()["acknowledged"] == 3
    assert texts(receiver.of("/telegram")) == ["two", "one", "three"]


def test_dropped_receipts_leave_the_message_delivered_on_the_phone(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_pages(sandbox, receiver)
    sandbox.write("facebook", "felix", "hello")
    sandbox.fault("meta", "send", "drop_receipt")
    send_on_page(sandbox, "answer")
    assert sandbox.idle()["created"] == 1
    assert sandbox.outbox("facebook", "felix")[0]["status"] == "read"


@pytest.mark.parametrize(
    "body", [{"fault": "nonsense"}, {"provider": "nobody", "fault": "500"}, {"fault": "500", "op": "x"}]
)
def test_an_unknown_fault_is_refused_with_the_known_ones(sandbox: Sandbox, body: Json) -> None:
    answer = httpx.post(f"{sandbox.url}/control/faults", json=body)
    assert answer.status_code == 422
    assert "telegram" in answer.json()["detail"] or "late_receipt" in answer.json()["detail"]
