"""Playing the customer by the one control door of all platforms: files, places, cards, buttons, reactions, edits."""

import base64
from typing import Any

import httpx
import pytest

from hub.sandbox import samples
from tests.sandbox.world import BOT, Receiver, Sandbox, bot_call, connect_bot

CHAT = 710000001
EVERYTHING = ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member"]
_STARTS = {
    "image": b"\xff\xd8\xff",
    "video": b"\x00\x00\x00 ftyp",
    "voice": b"OggS",
    "audio": b"\xff\xf3",
    "sticker": b"RIFF",
    "file": b"%PDF-1.4",
    "png": b"\x89PNG\r\n\x1a\n",
    "contact_file": b"BEGIN:VCARD",
    "animated_sticker": b"\x1f\x8b",
}


@pytest.fixture
def hub(sandbox: Sandbox, receiver: Receiver) -> Receiver:
    connect_bot(sandbox, receiver)
    url = f"{receiver.url}/telegram"
    assert bot_call(sandbox, "setWebhook", url=url, allowed_updates=EVERYTHING).is_success
    return receiver


def send(sandbox: Sandbox, **body: Any) -> Any:
    return sandbox.post("/control/customer/send", {"channel": "telegram", "person": "tara", **body})


def last(sandbox: Sandbox, hub: Receiver, what: str) -> Any:
    sandbox.idle()
    return hub.of("/telegram")[-1].json[what]


@pytest.mark.parametrize("kind", sorted(_STARTS))
def test_a_sample_is_a_small_real_file_of_its_kind(kind: str) -> None:
    sample = samples.sample(kind)
    assert sample.body.startswith(_STARTS[kind])
    assert 30 < len(sample.body) < 16_000


@pytest.mark.parametrize(
    ("kind", "field"),
    [("video", "video"), ("voice", "voice"), ("audio", "audio"), ("sticker", "sticker"), ("file", "document")],
)
def test_a_file_of_a_customer_can_be_fetched_from_the_platform(
    sandbox: Sandbox, hub: Receiver, kind: str, field: str
) -> None:
    send(sandbox, media=[{"kind": kind}])
    told = last(sandbox, hub, "message")[field]
    path = bot_call(sandbox, "getFile", file_id=told["file_id"]).json()["result"]["file_path"]
    body = httpx.get(f"{sandbox.url}/file/bot{BOT.token}/{path}").content
    assert body == samples.sample(kind).body
    assert told["file_size"] == len(body)
    assert httpx.get(f"{sandbox.url}/file/bot7100000101:wrong/{path}").status_code == 404


def test_a_customer_sends_bytes_of_their_own_and_files_of_any_size(sandbox: Sandbox, hub: Receiver) -> None:
    own = base64.b64encode(b"hello").decode()
    send(sandbox, media=[{"kind": "file", "name": "a.txt", "content_type": "text/plain", "base64": own}], text="Look")
    told = last(sandbox, hub, "message")
    assert (told["document"]["file_name"], told["caption"]) == ("a.txt", "Look")
    assert httpx.get(f"{sandbox.url}/control/files/{told['document']['file_id']}").content == b"hello"
    send(sandbox, media=[{"kind": "video", "size": 30 << 20}])
    too_big = bot_call(sandbox, "getFile", file_id=last(sandbox, hub, "message")["video"]["file_id"])
    assert too_big.json()["description"] == "Bad Request: file is too big"


def test_an_album_is_several_messages_with_one_group(sandbox: Sandbox, hub: Receiver) -> None:
    send(sandbox, media=[{"kind": "image"}, {"kind": "image"}, {"kind": "video"}], album=True, text="Three")
    sandbox.idle()
    found = [call.json["message"] for call in hub.of("/telegram")]
    assert len({message["media_group_id"] for message in found}) == 1
    assert [("photo" in message, message.get("caption")) for message in found] == [
        (True, "Three"),
        (True, None),
        (False, None),
    ]


def test_a_place_a_card_and_a_start_by_a_link_have_telegrams_shape(sandbox: Sandbox, hub: Receiver) -> None:
    send(sandbox, location={"latitude": 52.5, "longitude": 13.4, "name": "Gate", "address": "Square 1"})
    venue = last(sandbox, hub, "message")
    assert (venue["venue"]["title"], venue["location"]["latitude"]) == ("Gate", 52.5)
    send(sandbox, contact={"name": "Tara Lindqvist", "phone": "+49305550100", "own": True})
    assert last(sandbox, hub, "message")["contact"]["user_id"] == CHAT
    send(sandbox, ref="K7F3-92QD")
    assert last(sandbox, hub, "message")["text"] == "/start K7F3-92QD"


def test_a_button_is_pressed_answered_once_and_gone_after_an_edit(sandbox: Sandbox, hub: Receiver) -> None:
    send(sandbox, text="hello")
    keys = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    sent = bot_call(sandbox, "sendMessage", chat_id=CHAT, text="Sure?", reply_markup=keys).json()["result"]
    message_id = f"{CHAT}:{sent['message_id']}"
    send(sandbox, press={"label": "Yes", "payload": "y", "message_id": message_id})
    query = last(sandbox, hub, "callback_query")
    assert (query["data"], query["message"]["message_id"]) == ("y", sent["message_id"])
    assert bot_call(sandbox, "answerCallbackQuery", callback_query_id=query["id"]).is_success
    assert bot_call(sandbox, "answerCallbackQuery", callback_query_id=query["id"]).status_code == 400
    bot_call(sandbox, "editMessageText", chat_id=CHAT, message_id=sent["message_id"], text="Good")
    [bubble] = sandbox.outbox("telegram", "tara")
    assert (bubble["text"], bubble["parts"], bubble["edited"]) == ("Good", [], True)


def test_both_sides_react_and_the_platform_tells_both_sets(sandbox: Sandbox, hub: Receiver) -> None:
    written = send(sandbox, text="hello")["id"]
    sandbox.post("/control/customer/react", {"message_id": written, "emoji": "👍"})
    sandbox.post("/control/customer/react", {"message_id": written, "emoji": None})
    change = last(sandbox, hub, "message_reaction")
    assert (change["old_reaction"], change["new_reaction"]) == ([{"type": "emoji", "emoji": "👍"}], [])
    number = int(written.partition(":")[2])
    reaction = [{"type": "emoji", "emoji": "🔥"}]
    assert bot_call(sandbox, "setMessageReaction", chat_id=CHAT, message_id=number, reaction=reaction).is_success


def test_a_customer_edits_a_text_and_a_caption(sandbox: Sandbox, hub: Receiver) -> None:
    text, photo = send(sandbox, text="helo")["id"], send(sandbox, media=[{"kind": "image"}], text="cap")["id"]
    sandbox.post("/control/customer/edit", {"message_id": text, "text": "hello"})
    assert last(sandbox, hub, "edited_message")["text"] == "hello"
    sandbox.post("/control/customer/edit", {"message_id": photo, "text": "caption"})
    edited = last(sandbox, hub, "edited_message")
    assert edited["caption"] == "caption"
    assert edited["photo"]


def test_what_the_hub_uploads_stands_on_the_phone_and_can_be_deleted(sandbox: Sandbox, hub: Receiver) -> None:
    written = send(sandbox, text="hello")["id"]
    files = {"attached1": ("a.jpg", b"one", "image/jpeg"), "attached2": ("b.jpg", b"two", "image/jpeg")}
    media = (
        '[{"type":"photo","media":"attach://attached1","caption":"Both"},{"type":"photo","media":"attach://attached2"}]'
    )
    reply = f'{{"message_id":{written.partition(":")[2]}}}'
    form = {"chat_id": str(CHAT), "media": media, "reply_parameters": reply}
    answer = httpx.post(f"{sandbox.url}/bot{BOT.token}/sendMediaGroup", data=form, files=files).json()["result"]
    [bubble] = sandbox.outbox("telegram", "tara")
    assert (bubble["text"], bubble["reply_to"], len(bubble["also"])) == ("Both", written, 1)
    bodies = [httpx.get(f"{sandbox.url}/control/files/{part['file']}").content for part in bubble["parts"]]
    assert bodies == [b"one", b"two"]
    numbers = [message["message_id"] for message in answer]
    assert bot_call(sandbox, "deleteMessages", chat_id=CHAT, message_ids=numbers).json()["result"] is True
    assert sandbox.outbox("telegram", "tara")[0]["deleted"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"media": [{"kind": "hologram"}]},
        {"media": [{"kind": "image"}] * 11},
        {"media": [{"kind": "image", "base64": "%"}]},
        {"location": {"latitude": "x"}},
        {"contact": {"name": "Paula"}},
        {"press": {"payload": "y"}},
        {"press": "y"},
        {"text": 7},
        {"channel": "sms", "person": "sam", "media": [{"kind": "sticker"}]},
    ],
)
def test_what_a_phone_cannot_send_is_refused_in_words(sandbox: Sandbox, body: dict[str, Any]) -> None:
    answer = httpx.post(f"{sandbox.url}/control/customer/send", json={"channel": "telegram", "person": "tara", **body})
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_a_customer_acts_on_messages_that_are_there_and_their_own(sandbox: Sandbox) -> None:
    send(sandbox, text="hello", to=str(BOT.id))
    sent = bot_call(sandbox, "sendMessage", chat_id=CHAT, text="hi").json()["result"]["message_id"]
    for path, body, status in (
        ("react", {"message_id": "710000001:9", "emoji": "👍"}, 404),
        ("edit", {"message_id": f"{CHAT}:{sent}", "text": "x"}, 422),
        ("delete", {"channel": "telegram", "person": "tara", "message_id": f"{CHAT}:{sent}"}, 422),
    ):
        answer = httpx.post(f"{sandbox.url}/control/customer/{path}", json=body)
        assert answer.status_code == status, answer.text


def test_a_customer_lifts_their_block(sandbox: Sandbox, hub: Receiver) -> None:
    send(sandbox, text="hello")
    body = {"channel": "telegram", "person": "tara"}
    sandbox.post("/control/customer/block", body)
    sandbox.post("/control/customer/block", {**body, "blocked": False})
    assert last(sandbox, hub, "my_chat_member")["new_chat_member"]["status"] == "member"
    assert bot_call(sandbox, "sendMessage", chat_id=CHAT, text="welcome back").is_success
