"""The sandbox as Meta."""

import hashlib
import hmac
import json
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


ALL = "messages,message_reactions,message_edits,messaging_referrals,messaging_postbacks,message_echoes"
FELIX = "24010000000000001"


def subscribe_to_all(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_pages(sandbox, receiver)
    assert graph(sandbox, f"{PAGE.id}/subscribed_apps", {"subscribed_fields": ALL}).is_success


def events(receiver: Receiver) -> list[Json]:
    posts = [call.json for call in receiver.of("/facebook") if call.method == "POST"]
    return [event for post in posts for entry in post["entry"] for event in entry["messaging"]]


def test_customers_send_files_places_and_replies(sandbox: Sandbox, receiver: Receiver) -> None:
    subscribe_to_all(sandbox, receiver)
    first = sandbox.write("facebook", "felix", "hello")
    sent = {"channel": "facebook", "person": "felix", "reply_to": first}
    media = [{"kind": "image"}, {"kind": "image"}, {"kind": "voice"}]
    sandbox.post("/control/customer/send", sent | {"text": "look", "media": media})
    place = {"latitude": 48.2, "longitude": 16.3, "name": "Here"}
    sandbox.post("/control/customer/send", {"channel": "facebook", "person": "felix", "location": place})
    sandbox.idle()
    messages = [event["message"] for event in events(receiver)]
    assert [len(each.get("attachments", ())) for each in messages] == [0, 0, 2, 1, 1]
    assert [each.get("reply_to", {}).get("mid") for each in messages] == [None, first, first, first, None]
    assert messages[3]["attachments"][0]["type"] == "audio"
    assert messages[4]["attachments"][0]["payload"]["coordinates"] == {"lat": 48.2, "long": 16.3}
    file = httpx.get(messages[2]["attachments"][0]["payload"]["url"])
    assert (file.status_code, file.headers["content-type"]) == (200, "image/jpeg")


def test_customers_react_edit_take_back_and_come_by_a_link(sandbox: Sandbox, receiver: Receiver) -> None:
    subscribe_to_all(sandbox, receiver)
    mid = sandbox.write("facebook", "felix", "hello")
    for act, more in (("react", {"emoji": "❤"}), ("react", {"emoji": None}), ("edit", {"text": "new"}), ("delete", {})):
        sandbox.post(f"/control/customer/{act}", {"message_id": mid, **more})
    for person in ("felix", "somebody new"):
        sandbox.post("/control/customer/send", {"channel": "facebook", "person": person, "to": PAGE.id, "ref": "flyer"})
    sandbox.idle()
    told = events(receiver)[1:]
    assert [each["reaction"]["action"] for each in told[:2]] == ["react", "unreact"]
    assert told[2]["message_edit"] == {"mid": mid, "text": "new", "num_edit": 1}
    assert told[3]["message"] == {"mid": mid, "is_deleted": True}
    assert told[4]["referral"]["ref"] == "flyer"
    assert told[5]["postback"]["referral"]["ref"] == "flyer"


def test_a_file_comes_as_bytes_and_quick_replies_come_back(sandbox: Sandbox, receiver: Receiver) -> None:
    subscribe_to_all(sandbox, receiver)
    sandbox.write("facebook", "felix", "hello")
    fields = {"recipient": json.dumps({"id": FELIX}), "messaging_type": "RESPONSE"}
    fields["message"] = json.dumps({"attachment": {"type": "image", "payload": {}}, "metadata": "delivery-2"})
    headers = {"Authorization": f"Bearer {PAGE.token}"}
    files = {"filedata": ("plan.png", b"PNG", "image/png")}
    answer = httpx.post(f"{sandbox.url}/v26.0/me/messages", data=fields, files=files, headers=headers)
    assert answer.is_success, answer.text
    replies = [{"content_type": "text", "title": "May", "payload": "M5"}]
    body = {"recipient": {"id": FELIX}, "message": {"text": "Which?", "quick_replies": replies}}
    asked = graph(sandbox, "me/messages", body).json()["message_id"]
    picture, question = sandbox.outbox("facebook", "felix")
    assert (picture["parts"][0]["type"], picture["delivery_id"]) == ("image", "delivery-2")
    assert question["parts"] == [{"type": "buttons", "options": [{"label": "May", "payload": "M5"}]}]
    press = {"label": "May", "payload": "M5", "message_id": asked}
    sandbox.post("/control/customer/send", {"channel": "facebook", "person": "felix", "press": press})
    sandbox.idle()
    assert {"payload": "M5"} in [each["message"].get("quick_reply") for each in events(receiver)]
    echoes = [each["message"] for each in events(receiver) if each["message"].get("metadata") == "delivery-2"]
    assert echoes[0]["attachments"][0]["type"] == "image"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"message": {"text": ""}}, (100, 2018034)),
        ({"message": {"text": "x", "quick_replies": [{"title": "y" * 21}]}}, (100, None)),
        ({"message": {"attachment": {"type": "image"}}}, (100, 2018047)),
        ({"message": {"text": "x"}, "messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"}, (100, None)),
        ({"sender_action": "dance"}, (100, 2018048)),
        ({"sender_action": "react", "payload": {"message_id": "m_unknown", "reaction": "love"}}, (100, None)),
    ],
)
def test_the_send_api_refuses_as_meta_does(
    sandbox: Sandbox, receiver: Receiver, body: Json, code: tuple[int, int | None]
) -> None:
    connect_pages(sandbox, receiver)
    sandbox.write("facebook", "felix", "hello")
    error = graph(sandbox, "me/messages", {"recipient": {"id": FELIX}, **body}).json()["error"]
    assert (error["code"], error.get("error_subcode")) == code


def test_a_block_a_policy_and_a_withdrawal_refuse_every_send(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_pages(sandbox, receiver)
    sandbox.write("facebook", "felix", "hello")
    codes = []
    for path, order, undo in (
        ("block", {"person": "felix"}, {"person": "felix", "blocked": False}),
        ("policy", {"action": "block"}, {"action": "unblock"}),
        ("deauthorize", {}, None),
    ):
        sandbox.post(f"/control/facebook/{path}", order)
        error = send_on_page(sandbox, "answer").json()["error"]
        codes.append((error["code"], error["error_subcode"]))
        if undo:
            sandbox.post(f"/control/facebook/{path}", undo)
            assert send_on_page(sandbox, "answer").is_success
    assert codes == [(551, 1545041), (10, 1893063), (190, 458)]


def test_what_was_said_can_be_looked_up_newest_first(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_pages(sandbox, receiver)
    sandbox.write("facebook", "felix", "hello")
    mid = send_on_page(sandbox, "answer").json()["message_id"]
    headers = {"Authorization": f"Bearer {PAGE.token}"}
    answer = httpx.get(f"{sandbox.url}/v26.0/{PAGE.id}/conversations", params={"user_id": FELIX}, headers=headers)
    rows = answer.json()["data"][0]["messages"]["data"]
    assert [(row["message"], row["from"]["id"]) for row in rows] == [("answer", PAGE.id), ("hello", FELIX)]
    assert rows[0]["id"] == mid
