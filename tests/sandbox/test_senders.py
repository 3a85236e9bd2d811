"""The sandbox as Twilio and Meta: how a number gets onto WhatsApp."""

import re
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from twilio.request_validator import RequestValidator

from hub.sandbox import seeds
from tests.sandbox.twilio import SENDERS, Account, code_of, error_of
from tests.sandbox.world import SMS, WHATSAPP, Json, Receiver, Sandbox, start, until

CONTENT = "/v1/Content"


@pytest.fixture
def parent(sandbox: Sandbox) -> Account:
    return Account(sandbox)


def bakery(parent: Account, number: str, **more: object) -> Json:
    """Sign a business up, and return what came of it."""
    body = {"number": number, "name": "Bakery", "business_name": "Bakery", **more}
    return parent.sandbox.post("/control/embedded_signup", body)


def berlin(parent: Account, **fields: str) -> str:
    """Buy a landline number, which receives calls only."""
    papers = parent.get("/v2/RegulatoryCompliance/Bundles", NumberType="local")["results"][0]["sid"]
    address = parent.get("/Addresses.json")["addresses"][0]["sid"]
    number = str(parent.search("DE", "Local")[0]["phone_number"])
    assert parent.buy(number, BundleSid=papers, AddressSid=address, **fields).status_code == 201
    return number


# --- the way to ONLINE ----------------------------------------------------------------------------------


def test_a_sender_goes_through_every_state_once_its_code_is_handed_in() -> None:
    slow = start("--speed", "4")
    parent = Account(slow)
    made = parent.register(SMS.number)
    assert (made.status_code, made.json()["status"]) == (202, "CREATING")
    sid, seen = made.json()["sid"], ["CREATING"]

    def goes_on() -> bool:
        status = parent.sender(sid)["status"]
        if status != seen[-1]:
            seen.append(status)
        if status == "PENDING_VERIFICATION":
            seen.append(parent.verify(sid, code_of(slow, SMS.number)).json()["status"])
        return bool(status == "ONLINE")

    until(goes_on)
    slow.process.kill()
    slow.process.wait(5)
    assert seen == ["CREATING", "PENDING_VERIFICATION", "VERIFYING", "TWILIO_REVIEW", "ONLINE"]


def test_the_code_comes_by_sms_to_the_numbers_webhook(parent: Account, receiver: Receiver) -> None:
    number = parent.bought(SmsUrl=f"{receiver.url}/sms")["phone_number"]
    sid = parent.register(number).json()["sid"]
    call = until(lambda: receiver.of("/sms"))[0]
    assert call.form["To"] == number
    code = "".join(re.findall(r"\d", call.form["Body"]))
    assert parent.verify(sid, code).json()["configuration"]["verification_code"] is None
    parent.becomes(sid, "ONLINE")
    assert parent.send(f"whatsapp:{number}", "whatsapp:+4915254599371").status_code == 201


def test_a_called_number_records_the_code_and_gets_it_in_writing(parent: Account, receiver: Receiver) -> None:
    record = f'<Response><Record transcribe="true" transcribeCallback="{receiver.url}/said?n=1"/></Response>'
    receiver.body = lambda call: record.encode() if call.path == "/voice" else b""
    number = berlin(parent, VoiceUrl=f"{receiver.url}/voice")
    sid = parent.register(number, verification_method="voice").json()["sid"]
    said = until(lambda: receiver.of("/said"))[0]
    rung = receiver.of("/voice")[0]
    assert (rung.form["Direction"], rung.form["CallStatus"], rung.form["To"]) == ("inbound", "ringing", number)
    assert all(
        RequestValidator(parent.token).validate(receiver.url + call.path, call.form, call.headers["x-twilio-signature"])  # type: ignore[no-untyped-call]
        for call in (rung, said)
    )
    assert said.form["CallSid"] == rung.form["CallSid"]
    code = "".join(re.findall(r"\d", said.form["TranscriptionText"]))[:6]
    assert parent.verify(sid, code).status_code == 202
    parent.becomes(sid, "ONLINE")


def test_a_call_can_be_forwarded_to_a_person_who_hears_the_code(parent: Account, receiver: Receiver) -> None:
    receiver.body = lambda _call: b"<Response><Dial><Number>+493055501000</Number></Dial></Response>"
    number = berlin(parent, VoiceUrl=f"{receiver.url}/voice")
    sid = parent.register(number, verification_method="voice").json()["sid"]
    calls = until(lambda: [each for each in parent.sandbox.get("/control/numbers")["calls"] if each["forwarded_to"]])
    assert calls[0]["forwarded_to"] == "+493055501000"
    heard = "".join(re.findall(r"\d", calls[0]["words"]))[:6]
    parent.verify(sid, heard)
    parent.becomes(sid, "ONLINE")


def test_a_number_without_sms_gets_no_code_by_sms(parent: Account, receiver: Receiver) -> None:
    number = berlin(parent, SmsUrl=f"{receiver.url}/sms")
    sid = parent.register(number).json()["sid"]
    parent.becomes(sid, "PENDING_VERIFICATION")
    assert parent.sandbox.idle()["created"] == 0
    assert parent.sandbox.get("/control/numbers")["calls"] == []


def test_a_wrong_code_is_refused_and_too_many_end_it(parent: Account) -> None:
    number = parent.bought()["phone_number"]
    sid = parent.register(number).json()["sid"]
    parent.becomes(sid, "PENDING_VERIFICATION")
    code = code_of(parent.sandbox, number)
    wrong = "000000" if code != "000000" else "111111"
    assert [error_of(parent.verify(sid, wrong)) for _ in range(5)] == [(400, 63113)] * 5
    assert error_of(parent.verify(sid, code)) == (400, 63114)
    assert parent.sender(sid)["status"] == "PENDING_VERIFICATION"


# --- what is refused ------------------------------------------------------------------------------------


def test_a_portfolio_has_room_for_two_twenty_or_fifty_senders(parent: Account) -> None:
    child = parent.sub_account()
    numbers = [child.bought()["phone_number"] for _ in range(3)]
    signed = bakery(parent, numbers[0], account=child.sid)
    child.becomes(signed["sender_sid"], "ONLINE")
    child.online(numbers[1])
    assert error_of(child.register(numbers[2])) == (400, 63111)
    allowed = {"portfolio": signed["portfolio_id"], "senders_allowed": 20}
    parent.sandbox.post("/control/portfolios", allowed)
    child.online(numbers[2])
    assert len(child.get(SENDERS, Channel="whatsapp")["senders"]) == 3


def test_a_number_is_registered_ten_times_in_72_hours(parent: Account) -> None:
    for _ in range(10):
        sid = parent.register(SMS.number).json()["sid"]
        assert parent.call("DELETE", f"{SENDERS}/{sid}").status_code == 204
    assert error_of(parent.register(SMS.number)) == (400, 20249)


def test_wrong_orders_are_refused(parent: Account) -> None:
    assert error_of(parent.call("POST", SENDERS, json={"sender_id": "+49"})) == (400, 63100)
    assert error_of(parent.register(SMS.number, name="")) == (400, 63100)
    assert error_of(parent.register(WHATSAPP.number)) == (409, 63110)
    assert error_of(parent.register(SMS.number, waba_id="1")) == (400, 63101)
    assert error_of(parent.call("GET", SENDERS)) == (400, 20001)
    child = parent.sub_account()
    assert error_of(child.register(child.bought()["phone_number"])) == (400, 63101)
    assert child.call("GET", f"{SENDERS}/{WHATSAPP.sender_sid}").status_code == 404


# --- names, profiles, lists -----------------------------------------------------------------------------


def test_a_declined_display_name_stops_a_sender_and_a_new_name(parent: Account) -> None:
    number = parent.bought()["phone_number"]
    sid = parent.register(number, name="WhatsApp Bakery").json()["sid"]
    parent.becomes(sid, "PENDING_VERIFICATION")
    parent.verify(sid, code_of(parent.sandbox, number))
    assert [each["code"] for each in parent.becomes(sid, "OFFLINE")["offline_reasons"]] == ["63124"]
    path = f"{SENDERS}/{WHATSAPP.sender_sid}"
    parent.sandbox.post("/control/display_names", {"name": "Best Prices"})
    assert error_of(parent.call("POST", path, json={"profile": {"name": "Best Prices"}})) == (400, 63124)
    both = parent.call("POST", path, json={"profile": {"name": "Best Prices", "about": "Bread"}}).json()
    assert (both["display_name_status"], both["profile"]["about"]) == ("error", "Bread")
    changed = parent.call("POST", path, json={"profile": {"name": "Good Bread"}}).json()
    assert (changed["display_name_status"], changed["status"]) == ("updating", "ONLINE:UPDATING")
    done = until(lambda: (shown := parent.get(path))["pending_display_name_status"] == "COMPLETED" and shown)
    assert (done["profile"]["name"], done["status"]) == ("Good Bread", "ONLINE")


def test_webhooks_and_profile_are_merged_and_senders_come_in_pages(parent: Account) -> None:
    path = f"{SENDERS}/{WHATSAPP.sender_sid}"
    changed = {"webhook": {"callback_url": "https://a.example#rc=5&rp=all"}, "profile": {"vertical": "Restaurant"}}
    shown = parent.call("POST", path, json=changed).json()
    assert (shown["webhook"]["callback_url"], shown["webhook"]["callback_method"]) == (
        "https://a.example#rc=5&rp=all",
        "POST",
    )
    assert (shown["profile"]["vertical"], shown["profile"]["name"]) == ("Restaurant", WHATSAPP.name)
    assert shown["properties"] == {"quality_rating": "HIGH", "messaging_limit": "10K Customers/24hr"}
    first = parent.get(SENDERS, Channel="whatsapp", PageSize="1")
    second = httpx.get(first["meta"]["next_page_url"], auth=(parent.sid, parent.token)).json()
    assert [len(page[page["meta"]["key"]]) for page in (first, second)] == [1, 1]
    assert second["meta"]["next_page_url"] is None


# --- signing up -----------------------------------------------------------------------------------------


def dialog(sandbox: Sandbox, **more: str) -> httpx.Response:
    fixed = {"client_id": seeds.APP_ID, "config_id": "1", "redirect_uri": "https://hub.example/back", "state": "s"}
    return httpx.get(f"{sandbox.url}/v26.0/dialog/oauth", params=fixed | more)


def test_the_embedded_sign_up_proves_a_number_and_yields_business_account_and_portfolio(
    parent: Account, receiver: Receiver
) -> None:
    child = parent.sub_account()
    number = child.bought(SmsUrl=f"{receiver.url}/sms")["phone_number"]
    assert 'name="business_name"' in dialog(parent.sandbox).text
    filled = {"number": number, "name": "Bakery", "business_name": "Bakery Ltd", "verified": "yes"}
    asked = dialog(parent.sandbox, answer="next", **filled).text
    sign_up = re.search(r'name="sign_up" value="([^"]+)"', asked)
    assert sign_up
    code = "".join(re.findall(r"\d", until(lambda: receiver.of("/sms"))[0].form["Body"]))
    again = dialog(parent.sandbox, answer="finish", sign_up=sign_up[1], code="1")
    assert "this code is wrong" in again.text
    back = dialog(parent.sandbox, answer="finish", sign_up=sign_up[1], code=code)
    found = dict(parse_qsl(urlsplit(back.headers["location"]).query))
    assert set(found) == {"code", "state", "waba_id", "business_id", "phone_number_id"}
    sid = child.register(number, waba_id=found["waba_id"]).json()["sid"]
    assert child.becomes(sid, "ONLINE")["configuration"]["waba_id"] == found["waba_id"]
    portfolios = {each["id"]: each for each in parent.sandbox.get("/control/numbers")["portfolios"]}
    assert portfolios[found["business_id"]]["senders_allowed"] == 20
    other = child.bought()["phone_number"]
    assert error_of(parent.register(other, waba_id=found["waba_id"])) == (400, 63101)


def test_the_sign_up_says_what_is_wrong_and_can_be_cancelled(parent: Account) -> None:
    filled = {"answer": "next", "number": WHATSAPP.number, "name": "Bakery", "business_name": "Bakery"}
    assert "is on WhatsApp already" in dialog(parent.sandbox, **filled).text
    assert "phone number in the form" in dialog(parent.sandbox, **(filled | {"number": "030"})).text
    assert "access_denied" in dialog(parent.sandbox, answer="cancel").headers["location"]
    popup = dialog(parent.sandbox, **(filled | {"number": "+12025550100", "display": "popup"}))
    sign_up = re.search(r'name="sign_up" value="([^"]+)"', popup.text)
    assert sign_up
    code = code_of(parent.sandbox, "+12025550100")
    done = dialog(parent.sandbox, answer="finish", display="popup", sign_up=sign_up[1], code=code)
    assert '"WA_EMBEDDED_SIGNUP"' in done.text


# --- templates ------------------------------------------------------------------------------------------


def test_a_template_is_approved_for_one_business_account(parent: Account, receiver: Receiver) -> None:
    child = parent.sub_account()
    body = {"language": "en", "types": {"twilio/text": {"body": "Write to {{1}} please."}}, "variables": {"1": "us"}}
    content = child.call("POST", CONTENT, json=body).json()["sid"]
    ask = f"{CONTENT}/{content}/ApprovalRequests/whatsapp"
    wanted = {"name": "moved", "category": "UTILITY"}
    assert error_of(child.call("POST", ask, json=wanted)) == (400, 63101)
    number = child.bought()["phone_number"]
    child.becomes(bakery(parent, number, account=child.sid)["sender_sid"], "ONLINE")
    assert child.call("POST", ask, json=wanted).json()["status"] == "received"

    def status() -> str:
        return str(child.get(f"{CONTENT}/{content}/ApprovalRequests")["whatsapp"]["status"])

    until(lambda: status() == "approved")
    assert child.get("/v1/ContentAndApprovals")["contents"][0]["approval_requests"]["status"] == "approved"
    parent.sandbox.post("/control/templates", {"sid": content, "status": "paused"})
    assert status() == "paused"
    fields = {"From": f"whatsapp:{number}", "To": "whatsapp:+4915254599371", "ContentSid": content}
    child.call("POST", "/Messages.json", data=fields | {"StatusCallback": f"{receiver.url}/status"})
    assert until(lambda: receiver.of("/status"))[0].form["ErrorCode"] == "63041"


def test_an_account_that_changes_its_business_account_submits_its_templates_again(parent: Account) -> None:
    child = parent.sub_account()
    number = child.bought()["phone_number"]
    first = bakery(parent, number, account=child.sid)
    child.becomes(first["sender_sid"], "ONLINE")
    content = child.call("POST", CONTENT, json={"language": "en", "types": {"twilio/text": {"body": "Hi"}}}).json()[
        "sid"
    ]
    path, wanted = f"{CONTENT}/{content}/ApprovalRequests", {"name": "hi", "category": "UTILITY"}
    child.call("POST", f"{path}/whatsapp", json=wanted)
    until(lambda: child.get(path)["whatsapp"]["status"] == "approved")
    other = child.bought()["phone_number"]
    second = bakery(parent, other)["business_id"]
    assert error_of(child.register(other, waba_id=second)) == (400, 63101)
    child.call("DELETE", f"{SENDERS}/{first['sender_sid']}")
    child.online(other, waba_id=second)
    assert child.get(path)["whatsapp"]["status"] == "unsubmitted"
    assert child.call("POST", f"{path}/whatsapp", json=wanted).json()["status"] == "received"
