"""The sandbox as Meta."""

import hashlib
import hmac
import time

import httpx
import pytest

from hub.sandbox import seeds
from tests.sandbox.world import PAGE, Json, Receiver, Sandbox, connect_pages, graph, send_on_page, until


def test_meta_asks_the_challenge_first_and_signs_the_raw_bytes(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_pages(sandbox, receiver)
    challenge = receiver.of("/facebook")[0]
    assert challenge.method == "GET"
    mid = sandbox.write("facebook", "felix", "Schöne Grüße")
    call = until(lambda: receiver.of("/facebook")[1:])[0]
    expected = hmac.new(seeds.APP_SECRET.encode(), call.body, hashlib.sha256).hexdigest()
    assert call.headers["x-hub-signature-256"] == f"sha256={expected}"
    assert b"\\u00f6" in call.body
    event = call.json["entry"][0]["messaging"][0]
    assert (event["message"]["mid"], event["recipient"]["id"]) == (mid, PAGE.id)


def test_a_webhook_url_that_fails_the_challenge_is_not_taken(sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.status = lambda _call: 403
    answer = httpx.post(f"{sandbox.url}/control/settings", json={"facebook_webhook_url": f"{receiver.url}/facebook"})
    assert answer.status_code == 422
    assert "verify token" in answer.json()["detail"]
    assert sandbox.get("/control")["settings"]["facebook_webhook_url"] == ""


def test_a_send_on_messenger_comes_back_as_echo_and_receipts(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_pages(sandbox, receiver)
    sandbox.write("facebook", "felix", "hello")
    mid = send_on_page(sandbox, "answer").json()["message_id"]
    assert sandbox.idle()["acknowledged"] == 4
    events = [call.json["entry"][0]["messaging"][0] for call in receiver.of("/facebook") if call.method == "POST"]
    echo = next(event["message"] for event in events if event.get("message", {}).get("is_echo"))
    assert (echo["mid"], echo["metadata"], echo["app_id"]) == (mid, "delivery-1", int(seeds.APP_ID))
    assert next(event for event in events if "delivery" in event)["delivery"]["mids"] == [mid]
    assert any("read" in event for event in events)
    (bubble,) = sandbox.outbox("facebook", "felix")
    assert (bubble["delivery_id"], bubble["status"]) == ("delivery-1", "read")


def test_an_early_echo_arrives_before_the_answer_of_its_send(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_pages(sandbox, receiver)
    sandbox.write("facebook", "felix", "hello")
    sandbox.idle()
    sandbox.fault("facebook", "send", "early_receipt")
    assert send_on_page(sandbox, "answer").is_success
    answered = time.time()
    assert any(b"is_echo" in call.body and call.at <= answered for call in receiver.calls)


def test_meta_puts_several_pages_into_one_batch(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_pages(sandbox, receiver, facebook_batch=3)
    pages = [PAGE.id, seeds.PAGES[1].id, PAGE.id, PAGE.id]
    messages = [
        {"channel": "facebook", "person": f"person {n}", "text": f"{n}", "to": page} for n, page in enumerate(pages)
    ]
    assert len(sandbox.post("/control/customer/send_many", messages)["ids"]) == 4
    assert sandbox.idle()["acknowledged"] == 2
    posts = [call.json for call in receiver.of("/facebook") if call.method == "POST"]
    assert [[entry["id"] for entry in post["entry"]] for post in posts] == [pages[:3], pages[3:]]


@pytest.mark.parametrize(
    ("path", "body", "token", "code"),
    [
        ("me/messages", {"recipient": {"id": "24010000000000009"}, "message": {"text": "x"}}, PAGE.token, 100),
        ("me", {}, "wrong", 190),
    ],
)
def test_the_graph_api_refuses_with_metas_codes(sandbox: Sandbox, path: str, body: Json, token: str, code: int) -> None:
    answer = graph(sandbox, path, body, token)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_a_wrong_proof_of_the_app_secret_is_refused(sandbox: Sandbox) -> None:
    query = {"access_token": PAGE.token, "appsecret_proof": "0" * 64}
    assert httpx.get(f"{sandbox.url}/v26.0/me", params=query).json()["error"]["code"] == 100
    del query["appsecret_proof"]
    assert httpx.get(f"{sandbox.url}/v26.0/me", params=query).json()["id"] == PAGE.id
