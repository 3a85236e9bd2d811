"""The sandbox bans: what stops, what is told, and how it ends."""

import time

import httpx
import pytest

from hub.sandbox import seeds
from tests.sandbox.twilio import SENDERS, Account, error_of
from tests.sandbox.world import (
    BOT,
    PAGE,
    SMS,
    WHATSAPP,
    Json,
    Receiver,
    Sandbox,
    bot_call,
    connect_bot,
    connect_pages,
    graph,
    send_on_page,
    until,
)

WANDA, SAMIR = "+4915254599371", "+12025550199"
SECOND = seeds.NUMBERS[2]


@pytest.fixture
def parent(sandbox: Sandbox) -> Account:
    return Account(sandbox)


def ban(sandbox: Sandbox, channel: str, level: str, **more: object) -> Json:
    return sandbox.post("/control/bans", {"channel": channel, "level": level, **more})


def lift(sandbox: Sandbox, made: Json) -> Json:
    return sandbox.post(f"/control/bans/{made['id']}/lift")


def end_of(parent: Account, receiver: Receiver, from_: str = f"whatsapp:{WHATSAPP.number}", to: str = WANDA) -> str:
    """Send, and return the error it ends in; "" when it arrives."""
    receiver.calls.clear()
    prefix = "whatsapp:" if from_.startswith("whatsapp:") else ""
    answer = parent.send(from_, prefix + to, receiver)
    if answer.status_code != 201:
        return str(answer.json()["code"])
    sid = answer.json()["sid"]

    def ended() -> list[Json]:
        told = [call.form for call in receiver.of("/status") if call.form["MessageSid"] == sid]
        return [each for each in told if each["MessageStatus"] in {"failed", "delivered"}]

    return str(until(ended)[0].get("ErrorCode", ""))


def statuses(parent: Account) -> dict[str, str]:
    found = parent.get(SENDERS, Channel="whatsapp")["senders"]
    return {each["sender_id"].removeprefix("whatsapp:"): each["status"] for each in found}


def wanda_writes(sandbox: Sandbox) -> None:
    for number in (WHATSAPP.number, SECOND.number):
        sandbox.write("whatsapp", "wanda", "hello", to=number)


# --- WhatsApp -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "reach", "code"),
    [
        ("recipient", "recipient", "63014"),
        ("rate_limited", "sender", "63018"),
        ("rate_limited", "portfolio", "63018"),
        ("restricted", "sender", "63026"),
        ("restricted", "business_account", "63051"),
        ("restricted", "portfolio", "63051"),
        ("banned", "sender", "63007"),
        ("banned", "business_account", "63112"),
        ("banned", "portfolio", "63112"),
        ("credentials", "sender", "63001"),
        ("credentials", "business_account", "63020"),
    ],
)
def test_sends_fail_with_the_code_of_the_ban_until_it_is_lifted(
    parent: Account, receiver: Receiver, level: str, reach: str, code: str
) -> None:
    wanda_writes(parent.sandbox)
    person = {"person": "wanda"} if reach == "recipient" else {}
    made = ban(parent.sandbox, "whatsapp", level, reach=reach, **person)
    assert end_of(parent, receiver) == code
    others = end_of(parent, receiver, f"whatsapp:{SECOND.number}")
    assert others == (
        code if reach in {"business_account", "portfolio"} or (level, reach) == ("rate_limited", "portfolio") else ""
    )
    lift(parent.sandbox, made)
    assert end_of(parent, receiver) == ""


def test_a_banned_sender_goes_offline_alone_and_its_business_account_takes_all(parent: Account) -> None:
    one = ban(parent.sandbox, "whatsapp", "banned", to=WHATSAPP.number)
    assert statuses(parent) == {WHATSAPP.number: "OFFLINE", SECOND.number: "ONLINE"}
    path = f"{SENDERS}/{WHATSAPP.sender_sid}"
    (reason,) = parent.get(path)["offline_reasons"]
    assert "banned" in reason["message"]
    assert "business account" not in reason["message"]
    every = ban(parent.sandbox, "whatsapp", "banned", reach="business_account")
    assert set(statuses(parent).values()) == {"OFFLINE"}
    (reason,) = parent.sender(SECOND.sender_sid)["offline_reasons"]
    assert (reason["code"], "business account" in reason["message"]) == ("21211400", True)
    assert error_of(parent.register(SMS.number)) == (400, 63112)
    lift(parent.sandbox, every)
    assert statuses(parent) == {WHATSAPP.number: "OFFLINE", SECOND.number: "ONLINE"}
    lift(parent.sandbox, one)
    assert parent.get(path)["offline_reasons"] is None
    assert set(statuses(parent).values()) == {"ONLINE"}


def test_nothing_reaches_a_banned_number_but_text_messages(parent: Account, receiver: Receiver) -> None:
    parent.call("POST", f"{SENDERS}/{WHATSAPP.sender_sid}", json={"webhook": {"callback_url": f"{receiver.url}/wa"}})
    number = f"/IncomingPhoneNumbers/{WHATSAPP.sid}.json"
    parent.call("POST", number, data={"SmsUrl": f"{receiver.url}/sms"})
    ban(parent.sandbox, "whatsapp", "banned", to=WHATSAPP.number)
    parent.sandbox.write("whatsapp", "wanda", "are you there?", to=WHATSAPP.number)
    parent.sandbox.write("sms", "samir", "still here", to=WHATSAPP.number)
    assert parent.sandbox.idle()["acknowledged"] == 1
    assert [each["body"] for each in parent.get("/Messages.json")["messages"]] == ["still here"]
    assert end_of(parent, receiver, WHATSAPP.number, SAMIR) == ""


def test_a_restriction_forbids_what_it_names(parent: Account, receiver: Receiver) -> None:
    parent.sandbox.write("whatsapp", "wanda", "hello", to=WHATSAPP.number)
    ban(parent.sandbox, "whatsapp", "restricted", reach="business_account", forbids=["unasked"])
    assert end_of(parent, receiver) == ""
    assert end_of(parent, receiver, to="+4915254599372") == "63051"
    ban(parent.sandbox, "whatsapp", "restricted", reach="portfolio", forbids=["adding_senders"])
    assert error_of(parent.register(SMS.number)) == (400, 63112)


def test_a_code_can_be_named_and_met_by_some_sends_only(parent: Account, receiver: Receiver) -> None:
    parent.sandbox.write("whatsapp", "wanda", "hello", to=WHATSAPP.number)
    ban(parent.sandbox, "whatsapp", "restricted", to=WHATSAPP.number, code="63013", every=3)
    assert [end_of(parent, receiver) for _ in range(4)] == ["63013", "", "", "63013"]


def test_a_failure_carries_metas_words_and_the_debugger_hears_of_it(parent: Account, receiver: Receiver) -> None:
    parent.sandbox.post("/control/settings", {"twilio_errors_url": f"{receiver.url}/errors"})
    wanda_writes(parent.sandbox)
    ban(parent.sandbox, "whatsapp", "banned", reach="business_account")
    assert end_of(parent, receiver) == "63112"
    assert "131031" in receiver.of("/status")[-1].form["ChannelStatusMessage"]
    alert = until(lambda: receiver.of("/errors"))[0].form
    assert (alert["Level"], '"error_code": "63112"' in alert["Payload"]) == ("ERROR", True)


# --- what Meta tells ------------------------------------------------------------------------------------


def account_updates(receiver: Receiver) -> list[Json]:
    posts = [call.json for call in receiver.of("/facebook") if call.method == "POST"]
    assert {post["object"] for post in posts} <= {"whatsapp_business_account"}
    return [change for post in posts for entry in post["entry"] for change in entry["changes"]]


def test_meta_tells_of_bans_restrictions_and_reinstatement(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.post("/control/settings", {"facebook_webhook_url": f"{receiver.url}/facebook"})
    lift(sandbox, ban(sandbox, "whatsapp", "banned", reach="business_account"))
    ban(sandbox, "whatsapp", "restricted", reach="business_account", forbids=["unasked", "adding_senders"], seconds=600)
    value = {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SPAM"}}
    sandbox.post("/control/meta/account_update", value)
    sandbox.idle()
    told = [change["value"] for change in account_updates(receiver)]
    assert [each["event"] for each in told] == [
        "DISABLED_UPDATE",
        "DISABLED_UPDATE",
        "ACCOUNT_RESTRICTION",
        "ACCOUNT_VIOLATION",
    ]
    assert [each["ban_info"]["waba_ban_state"] for each in told[:2]] == ["DISABLE", "REINSTATE"]
    kinds = {each["restriction_type"]: each["expiration"] > time.time() for each in told[2]["restriction_info"]}
    assert kinds == {"RESTRICTED_BIZ_INITIATED_MESSAGING": True, "RESTRICTED_ADD_PHONE_NUMBER_ACTION": True}
    assert told[3] == value


def test_quality_falls_and_meta_flags_the_number(parent: Account, receiver: Receiver) -> None:
    parent.sandbox.post("/control/settings", {"facebook_webhook_url": f"{receiver.url}/facebook"})
    for rating in ("MEDIUM", "LOW", "HIGH"):
        parent.sandbox.post("/control/quality", {"to": WHATSAPP.number, "rating": rating})
        shown = parent.sender(WHATSAPP.sender_sid)["properties"]
        assert shown["quality_rating"] == rating
    parent.sandbox.idle()
    assert [change["value"]["event"] for change in account_updates(receiver)] == ["FLAGGED", "UNFLAGGED"]


# --- appeals and ends -----------------------------------------------------------------------------------


def test_an_appeal_is_heard_and_only_an_accepted_one_lifts_the_ban(parent: Account) -> None:
    made = ban(parent.sandbox, "whatsapp", "banned", to=WHATSAPP.number)
    path = f"/control/bans/{made['id']}"
    declined = parent.sandbox.post(f"{path}/appeal", {"outcome": "declined"})
    assert (declined["in_force"], declined["appeal"]["heard"]) == (True, True)
    waiting = parent.sandbox.post(f"{path}/appeal", {"outcome": "accepted", "seconds": 0.5})
    assert (waiting["in_force"], waiting["appeal"].get("heard")) == (True, None)
    assert statuses(parent)[WHATSAPP.number] == "OFFLINE"
    until(lambda: statuses(parent)[WHATSAPP.number] == "ONLINE")
    again = httpx.post(f"{parent.sandbox.url}{path}/appeal", json={})
    assert again.status_code == 422


def test_a_restriction_ends_by_itself(parent: Account, receiver: Receiver) -> None:
    parent.sandbox.write("whatsapp", "wanda", "hello", to=WHATSAPP.number)
    ban(parent.sandbox, "whatsapp", "restricted", to=WHATSAPP.number, seconds=0.4)
    assert end_of(parent, receiver) == "63026"
    until(lambda: not parent.sandbox.get("/control/bans")["items"][0]["in_force"])
    assert end_of(parent, receiver) == ""


@pytest.mark.parametrize(
    "order",
    [
        {"channel": "email", "level": "banned"},
        {"channel": "telegram", "level": "account"},
        {"level": "banned", "reach": "app"},
        {"level": "banned", "to": "+1"},
        {"level": "restricted", "forbids": ["breathing"]},
        {"level": "restricted", "code": "many"},
    ],
)
def test_an_order_that_makes_no_sense_is_refused_with_what_would(sandbox: Sandbox, order: Json) -> None:
    answer = httpx.post(f"{sandbox.url}/control/bans", json=order)
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert sandbox.get("/control/bans")["items"] == []


# --- text messages and accounts -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "code"), [("recipient", "30004"), ("rate_limited", "30001"), ("restricted", "30007"), ("banned", "21606")]
)
def test_text_messages_fail_with_the_code_of_the_ban(
    parent: Account, receiver: Receiver, level: str, code: str
) -> None:
    person = {"person": "samir"} if level == "recipient" else {}
    made = ban(parent.sandbox, "sms", level, to=SMS.number, **person)
    assert end_of(parent, receiver, SMS.number, SAMIR) == code
    listed = {each["sid"] for each in parent.get("/IncomingPhoneNumbers.json")["incoming_phone_numbers"]}
    assert (SMS.sid in listed) == (level != "banned")
    lift(parent.sandbox, made)
    assert end_of(parent, receiver, SMS.number, SAMIR) == ""


def test_a_suspended_account_and_a_revoked_token_refuse_every_call(parent: Account) -> None:
    child = parent.sub_account()
    number = child.bought()["phone_number"]
    made = ban(parent.sandbox, "whatsapp", "account", to=child.sid)
    again = {"channel": "sms", "level": "account", "to": child.sid}
    assert httpx.post(f"{parent.sandbox.url}/control/bans", json=again).status_code == 422
    assert error_of(child.send(number, SAMIR)) == (403, 20005)
    assert parent.get(f"{child.path}.json")["status"] == "suspended"
    lift(parent.sandbox, made)
    rotated = ban(parent.sandbox, "sms", "credentials", reach="provider_account", to=child.sid)
    assert error_of(child.send(number, SAMIR)) == (401, 20003)
    assert Account(parent.sandbox, child.sid, rotated["token"]).send(number, SAMIR).status_code == 201
    lift(parent.sandbox, rotated)
    assert child.send(number, SAMIR).status_code == 201
    assert child.token not in str(parent.sandbox.get("/control/bans"))


# --- Telegram -------------------------------------------------------------------------------------------


def said(sandbox: Sandbox, token: str = BOT.token) -> tuple[int, str]:
    answer = bot_call(sandbox, "sendMessage", token, chat_id=710000001, text="hello").json()
    return answer.get("error_code", 0), answer.get("description", "")


@pytest.mark.parametrize(
    ("level", "refusal", "me"),
    [
        ("recipient", (403, "Forbidden: bot was blocked by the user"), 200),
        ("rate_limited", (429, "Too Many Requests: retry after 7200"), 200),
        ("restricted", (400, "Bad Request: FROZEN_METHOD_INVALID"), 200),
        ("banned", (401, "Unauthorized"), 401),
        ("credentials", (401, "Unauthorized"), 401),
    ],
)
def test_a_bot_feels_its_ban(
    sandbox: Sandbox, receiver: Receiver, level: str, refusal: tuple[int, str], me: int
) -> None:
    connect_bot(sandbox, receiver)
    sandbox.write("telegram", "tara", "hello")
    person = {"person": "tara"} if level == "recipient" else {}
    made = ban(sandbox, "telegram", level, **person)
    assert said(sandbox) == refusal
    assert bot_call(sandbox, "getMe").status_code == me
    if level == "credentials":
        assert said(sandbox, made["token"]) == (0, "")
    lift(sandbox, made)
    assert said(sandbox) == (0, "")


def test_a_bot_that_is_told_to_wait_is_told_until_when(sandbox: Sandbox) -> None:
    sandbox.write("telegram", "tara", "hello")
    ban(sandbox, "telegram", "rate_limited", seconds=4000)
    answer = bot_call(sandbox, "sendMessage", chat_id=710000001, text="hello").json()
    assert 3990 <= answer["parameters"]["retry_after"] <= 4000


# --- Messenger ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "code", "me"),
    [
        ("recipient", (551, 1545041), 200),
        ("rate_limited", (613, None), 200),
        ("restricted", (10, 1893063), 200),
        ("banned", (368, None), 200),
        ("credentials", (190, 460), 400),
        ("account", (200, None), 403),
    ],
)
def test_a_page_feels_its_ban(
    sandbox: Sandbox, receiver: Receiver, level: str, code: tuple[int, int | None], me: int
) -> None:
    connect_pages(sandbox, receiver)
    graph(sandbox, f"{PAGE.id}/subscribed_apps", {"subscribed_fields": "messages,messaging_policy_enforcement"})
    sandbox.write("facebook", "felix", "hello")
    made = ban(sandbox, "facebook", level, **({"person": "felix"} if level == "recipient" else {}))
    error = send_on_page(sandbox, "answer").json()["error"]
    assert (error["code"], error.get("error_subcode")) == code
    assert graph(sandbox, "me", {}).status_code == me
    lift(sandbox, made)
    assert send_on_page(sandbox, "answer").is_success
    sandbox.idle()
    events = [call.json["entry"][0]["messaging"][0] for call in receiver.of("/facebook") if call.method == "POST"]
    actions = [event["policy_enforcement"]["action"] for event in events if "policy_enforcement" in event]
    assert actions == {"restricted": ["warning", "unblock"], "banned": ["block", "unblock"]}.get(level, [])
