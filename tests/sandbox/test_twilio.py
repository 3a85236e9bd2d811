"""The sandbox as Twilio."""

from typing import Any

import httpx
import pytest
from twilio.request_validator import RequestValidator

from hub.sandbox import seeds
from tests.sandbox.world import SMS, WHATSAPP, Received, Receiver, Sandbox, until


def twilio(sandbox: Sandbox, method: str, path: str, **options: Any) -> httpx.Response:
    auth = options.pop("auth", (seeds.ACCOUNT_SID, seeds.ACCOUNT_TOKEN))
    return httpx.request(method, sandbox.url + path, auth=auth, **options)


ACCOUNT = f"/2010-04-01/Accounts/{seeds.ACCOUNT_SID}"


def connect_numbers(sandbox: Sandbox, receiver: Receiver, fragment: str = "") -> None:
    url = f"{receiver.url}/sms?tenant=1{fragment}"
    updated = twilio(sandbox, "POST", f"{ACCOUNT}/IncomingPhoneNumbers/{SMS.sid}.json", data={"SmsUrl": url})
    assert updated.json()["sms_url"] == url
    webhook = {"callback_url": f"{receiver.url}/whatsapp", "callback_method": "POST"}
    answer = twilio(sandbox, "POST", f"/v2/Channels/Senders/{WHATSAPP.sender_sid}", json={"webhook": webhook})
    assert (answer.status_code, answer.json()["status"]) == (202, "ONLINE")


def signed(call: Received, url: str) -> bool:
    # the check of Twilio's own library, not the hub's
    validator = RequestValidator(seeds.ACCOUNT_TOKEN)  # type: ignore[no-untyped-call]
    return bool(validator.validate(url, call.form, call.headers["x-twilio-signature"]))  # type: ignore[no-untyped-call]


def test_twilio_signs_the_configured_url_without_its_fragment(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_numbers(sandbox, receiver, "#rc=5&rp=all")
    sid = sandbox.write("sms", "samir", " Grüße ", to=SMS.number)
    call = until(lambda: receiver.of("/sms"))[0]
    assert call.path == "/sms?tenant=1"
    assert signed(call, f"{receiver.url}/sms?tenant=1")
    assert (call.form["MessageSid"], call.form["Body"], call.form["From"]) == (sid, " Grüße ", "+12025550199")


def test_a_whatsapp_message_names_the_person_and_the_channel(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_numbers(sandbox, receiver)
    sandbox.write("whatsapp", "wanda", "hello", to=WHATSAPP.number)
    call = until(lambda: receiver.of("/whatsapp"))[0]
    assert signed(call, f"{receiver.url}/whatsapp")
    assert call.form["From"] == "whatsapp:+4915254599371"
    assert (call.form["ProfileName"], call.form["WaId"]) == ("Wanda Okafor", "4915254599371")


def test_twilio_never_repeats_after_a_5xx_but_keeps_the_message_listed(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_numbers(sandbox, receiver)
    receiver.status = lambda _call: 500
    sid = sandbox.write("sms", "samir", "lost?", to=SMS.number)
    assert sandbox.idle()["abandoned"] == 1
    assert len(receiver.of("/sms")) == 1
    query = {"To": SMS.number, "DateSent>": "2020-01-01T00:00:00Z", "PageSize": "10"}
    listed = twilio(sandbox, "GET", f"{ACCOUNT}/Messages.json", params=query).json()
    assert [message["sid"] for message in listed["messages"]] == [sid]
    assert listed["next_page_uri"] is None


def test_a_fragment_asks_twilio_for_more_retries(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_numbers(sandbox, receiver, "#rc=2&rp=5xx")
    receiver.status = lambda _call: 500
    sandbox.write("sms", "samir", "again", to=SMS.number)
    assert sandbox.idle()["abandoned"] == 1
    calls = receiver.of("/sms")
    assert len(calls) == 3
    assert "i-twilio-idempotency-token" not in calls[0].headers
    assert calls[1].headers["i-twilio-idempotency-token"] == calls[2].headers["i-twilio-idempotency-token"]


def test_a_send_on_whatsapp_is_listed_and_followed_by_signed_callbacks(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_numbers(sandbox, receiver)
    sandbox.write("whatsapp", "wanda", "hello", to=WHATSAPP.number)
    fields = {"From": f"whatsapp:{WHATSAPP.number}", "To": "whatsapp:+4915254599371", "Body": "answer"}
    fields["StatusCallback"] = f"{receiver.url}/status?delivery=D1"
    sent = twilio(sandbox, "POST", f"{ACCOUNT}/Messages.json", data=fields)
    assert (sent.status_code, sent.json()["status"]) == (201, "queued")
    sandbox.idle()
    assert [call.form["MessageStatus"] for call in receiver.of("/status")] == ["sent", "delivered", "read"]
    assert all(signed(call, fields["StatusCallback"]) for call in receiver.of("/status"))
    (bubble,) = sandbox.outbox("whatsapp", "wanda")
    assert (bubble["delivery_id"], bubble["status"], bubble["id"]) == ("D1", "read", sent.json()["sid"])
    first = twilio(sandbox, "GET", f"{ACCOUNT}/Messages.json", params={"PageSize": 1}).json()
    second = twilio(sandbox, "GET", first["next_page_uri"]).json()
    assert [page["messages"][0]["direction"] for page in (first, second)] == ["outbound-api", "inbound"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"From": "+12025550177", "To": "+12025550199", "Body": "x"}, 21606),
        ({"From": f"whatsapp:{SMS.number}", "To": "whatsapp:+12025550199", "Body": "x"}, 63007),
        ({"From": SMS.number, "To": "nonsense", "Body": "x"}, 21211),
        ({"From": SMS.number, "To": "+12025550199", "Body": ""}, 21619),
        ({"From": SMS.number, "To": "+12025550199", "Body": "x" * 1601}, 21617),
    ],
)
def test_twilio_refuses_with_its_codes(sandbox: Sandbox, fields: dict[str, str], code: int) -> None:
    answer = twilio(sandbox, "POST", f"{ACCOUNT}/Messages.json", data=fields)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_customer_who_texts_stop_gets_nothing_more(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_numbers(sandbox, receiver)
    sandbox.write("sms", "samir", "STOP", to=SMS.number)
    assert until(lambda: receiver.of("/sms"))[0].form["OptOutType"] == "STOP"
    fields = {"From": SMS.number, "To": "+12025550199", "Body": "offer"}
    assert twilio(sandbox, "POST", f"{ACCOUNT}/Messages.json", data=fields).json()["code"] == 21610


def test_whatsapp_outside_the_window_fails_by_a_status_callback(sandbox: Sandbox, receiver: Receiver) -> None:
    fields = {"From": f"whatsapp:{WHATSAPP.number}", "To": "whatsapp:+4915254599371", "Body": "cold call"}
    fields["StatusCallback"] = f"{receiver.url}/status"
    assert twilio(sandbox, "POST", f"{ACCOUNT}/Messages.json", data=fields).status_code == 201
    call = until(lambda: receiver.of("/status"))[0]
    assert (call.form["MessageStatus"], call.form["ErrorCode"]) == ("failed", "63016")


def test_wrong_credentials_are_refused_and_sub_accounts_see_their_own(sandbox: Sandbox) -> None:
    assert twilio(sandbox, "GET", f"{ACCOUNT}.json", auth=(seeds.ACCOUNT_SID, "wrong")).json()["code"] == 20003
    made = twilio(sandbox, "POST", "/2010-04-01/Accounts.json", data={"FriendlyName": "Bakery"}).json()
    own = (made["sid"], made["auth_token"])
    numbers = twilio(sandbox, "GET", f"/2010-04-01/Accounts/{made['sid']}/IncomingPhoneNumbers.json", auth=own)
    assert numbers.json()["incoming_phone_numbers"] == []
    assert twilio(sandbox, "GET", f"{ACCOUNT}.json", auth=own).status_code == 404
