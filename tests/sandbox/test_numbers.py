"""The sandbox as Twilio: accounts, numbers for sale, and what a buyer has to show."""

import httpx
import pytest
from twilio.request_validator import RequestValidator

from hub.sandbox import seeds
from tests.sandbox.twilio import Account, error_of
from tests.sandbox.world import SMS, WHATSAPP, Json, Receiver, Sandbox, start, until

NUMBERS = "/IncomingPhoneNumbers"


@pytest.fixture
def parent(sandbox: Sandbox) -> Account:
    return Account(sandbox)


def bundle(account: Account, country: str = "DE", kind: str = "mobile") -> Json:
    query = {"IsoCountry": country, "NumberType": kind, "Status": "twilio-approved"}
    found: Json = account.get("/v2/RegulatoryCompliance/Bundles", **query)["results"][0]
    return found


def german(account: Account) -> str:
    return str(account.search("DE", "Mobile", Contains="+49171")[0]["phone_number"])


# --- accounts -------------------------------------------------------------------------------------------


def test_a_sub_account_has_its_own_token_and_the_parent_lists_it(parent: Account) -> None:
    child = parent.sub_account("Bakery")
    assert child.token != parent.token
    listed = parent.get("/2010-04-01/Accounts.json", FriendlyName="Bakery")["accounts"]
    assert [(each["sid"], each["owner_account_sid"]) for each in listed] == [(child.sid, parent.sid)]
    assert child.call("POST", "/2010-04-01/Accounts.json", data={"FriendlyName": "Nested"}).status_code == 403


def test_a_webhook_is_signed_with_the_token_of_the_sub_account(parent: Account, receiver: Receiver) -> None:
    child = parent.sub_account()
    number = child.bought(SmsUrl=f"{receiver.url}/sms")["phone_number"]
    parent.sandbox.write("sms", "samir", "hello", to=number)
    call = until(lambda: receiver.of("/sms"))[0]
    assert call.form["AccountSid"] == child.sid
    by_child, by_parent = (
        RequestValidator(token).validate(f"{receiver.url}/sms", call.form, call.headers["x-twilio-signature"])  # type: ignore[no-untyped-call]
        for token in (child.token, parent.token)
    )
    assert (by_child, by_parent) == (True, False)


def test_a_suspended_account_can_only_be_looked_at(parent: Account, receiver: Receiver) -> None:
    child = parent.sub_account()
    number = child.bought(SmsUrl=f"{receiver.url}/sms")["phone_number"]
    assert parent.call("POST", f"{child.path}.json", data={"Status": "suspended"}).json()["status"] == "suspended"
    assert error_of(child.send(number, "+12025550199")) == (403, 20005)
    assert child.get(".json")["status"] == "suspended"
    assert child.call("POST", ".json", data={"Status": "active"}).status_code == 403
    parent.sandbox.write("sms", "samir", "nobody hears this", to=number)
    assert parent.sandbox.idle()["created"] == 0
    parent.call("POST", f"{child.path}.json", data={"Status": "active"})
    assert child.send(number, "+12025550199").status_code == 201
    assert [each["direction"] for each in child.get("/Messages.json")["messages"]] == ["outbound-api"]


def test_a_closed_account_is_gone_with_its_numbers(parent: Account) -> None:
    child = parent.sub_account()
    number = child.bought()["phone_number"]
    parent.call("POST", f"{child.path}.json", data={"Status": "closed"})
    assert error_of(child.call("GET", ".json")) == (401, 20003)
    assert parent.get(f"{child.path}.json")["status"] == "closed"
    assert error_of(parent.call("POST", f"{child.path}.json", data={"Status": "active"})) == (400, 20005)
    assert error_of(parent.buy(number)) == (400, 21422)


# --- searching ------------------------------------------------------------------------------------------


def test_the_search_goes_by_country_kind_capability_and_pattern(parent: Account) -> None:
    countries = {
        each["country_code"]: each["subresource_uris"]
        for each in parent.get("/AvailablePhoneNumbers.json")["countries"]
    }
    assert set(countries["DE"]) == {"local", "mobile"}
    with_sms = parent.search("DE", "Mobile", SmsEnabled="true", PageSize="5")
    assert len(with_sms) == 5
    assert all(each["capabilities"]["SMS"] and each["iso_country"] == "DE" for each in with_sms)
    assert not any(each["capabilities"]["SMS"] for each in parent.search("DE", "Local"))
    assert [each["phone_number"] for each in parent.search("GB", "Mobile", Contains="9003*9$")][:2] == [
        "+447700900309",
        "+447700900319",
    ]
    assert {each["region"] for each in parent.search("US", "Local", AreaCode="512")} == {"TX"}
    assert parent.search("DE", "Local", ExcludeLocalAddressRequired="true") == []


@pytest.mark.parametrize(
    ("path", "query", "error"),
    [
        ("/AvailablePhoneNumbers/XX/Local.json", {}, (404, 20404)),
        ("/AvailablePhoneNumbers/XX.json", {}, (404, 20404)),
        ("/AvailablePhoneNumbers/US/Mobile.json", {}, (404, 20404)),
        ("/AvailablePhoneNumbers/US/Local.json", {"Contains": "5"}, (400, 21454)),
    ],
)
def test_a_search_for_what_is_not_is_refused(
    parent: Account, path: str, query: dict[str, str], error: tuple[int, int]
) -> None:
    assert error_of(parent.call("GET", path, params=query)) == error


# --- buying ---------------------------------------------------------------------------------------------


def test_a_bought_number_keeps_its_name_and_is_sold_once(parent: Account) -> None:
    made = parent.bought(FriendlyName="hub 01ABC")
    assert (made["friendly_name"], made["account_sid"], made["status"]) == ("hub 01ABC", parent.sid, "in-use")
    listed = parent.get(f"{NUMBERS}.json", FriendlyName="hub 01ABC")["incoming_phone_numbers"]
    assert [each["sid"] for each in listed] == [made["sid"]]
    assert made["phone_number"] not in {each["phone_number"] for each in parent.search()}
    assert error_of(parent.buy(made["phone_number"])) == (400, 21422)
    assert error_of(parent.buy("nonsense")) == (400, 21421)
    by_area = parent.call("POST", f"{NUMBERS}.json", data={"AreaCode": "617"}).json()
    assert by_area["phone_number"].startswith("+1617")


def test_a_number_is_sold_only_to_whoever_has_the_papers(parent: Account) -> None:
    mobile = german(parent)
    assert error_of(parent.buy(mobile)) == (400, 21649)
    other = bundle(parent, "GB")["sid"]
    assert error_of(parent.buy(mobile, BundleSid=other)) == (400, 21649)
    assert parent.buy(mobile, BundleSid=bundle(parent)["sid"]).status_code == 201
    berlin = str(parent.search("DE", "Local")[0]["phone_number"])
    landline = bundle(parent, kind="local")["sid"]
    assert error_of(parent.buy(berlin, BundleSid=landline)) == (400, 21631)
    place = {
        "CustomerName": "A",
        "Street": "B",
        "City": "Paris",
        "Region": "C",
        "PostalCode": "75001",
        "IsoCountry": "FR",
    }
    abroad = parent.call("POST", "/Addresses.json", data=place).json()["sid"]
    assert error_of(parent.buy(berlin, BundleSid=landline, AddressSid=abroad)) == (400, 21613)
    at_home = parent.get("/Addresses.json", IsoCountry="DE")["addresses"][0]["sid"]
    assert parent.buy(berlin, BundleSid=landline, AddressSid=at_home).status_code == 201


def test_a_bundle_is_reviewed_and_can_be_cloned_to_a_sub_account(parent: Account) -> None:
    child, path = parent.sub_account(), "/v2/RegulatoryCompliance/Bundles"
    regulation = child.get("/v2/RegulatoryCompliance/Regulations", IsoCountry="DE", NumberType="mobile")["results"][0]
    fields = {"FriendlyName": "Bakery", "Email": "a@b.example", "RegulationSid": regulation["sid"]}
    made = child.call("POST", path, data=fields)
    assert (made.status_code, made.json()["status"]) == (201, "draft")
    one = f"{path}/{made.json()['sid']}"
    assert child.call("POST", one, data={"Status": "pending-review"}).json()["status"] == "pending-review"
    until(lambda: child.get(one)["status"] == "twilio-approved")
    mobile = german(child)
    assert error_of(child.buy(mobile, BundleSid=bundle(parent)["sid"])) == (400, 21649)
    clone = parent.call("POST", f"{path}/{bundle(parent)['sid']}/Clones", data={"TargetAccountSid": child.sid}).json()
    assert child.buy(mobile, BundleSid=clone["bundle_sid"]).status_code == 201
    parent.sandbox.post("/control/bundles", {"sid": clone["bundle_sid"], "status": "twilio-rejected"})
    assert error_of(child.buy(german(child), BundleSid=clone["bundle_sid"])) == (400, 21649)


@pytest.mark.parametrize("fault", ["timeout", "lost_answer"])
def test_a_purchase_may_be_done_although_nobody_hears_of_it(parent: Account, fault: str) -> None:
    phone = str(parent.search()[0]["phone_number"])
    parent.sandbox.fault("twilio", "purchase", fault)
    with pytest.raises(httpx.TransportError):
        parent.call("POST", f"{NUMBERS}.json", data={"PhoneNumber": phone, "FriendlyName": "hub 7"}, timeout=1.0)
    found = parent.get(f"{NUMBERS}.json", FriendlyName="hub 7")["incoming_phone_numbers"]
    assert [each["phone_number"] for each in found] == [phone]
    assert error_of(parent.buy(phone)) == (400, 21422)


def test_a_fault_of_purchases_leaves_other_calls_alone(parent: Account) -> None:
    parent.sandbox.fault("twilio", "purchase", "close")
    phone = str(parent.search()[0]["phone_number"])
    with pytest.raises(httpx.TransportError):
        parent.buy(phone)
    assert parent.buy(phone).status_code == 201


# --- afterwards -----------------------------------------------------------------------------------------


def test_webhooks_keep_their_fragment_and_a_number_moves_with_its_papers(parent: Account, receiver: Receiver) -> None:
    number = parent.bought()
    url = f"{receiver.url}/sms#rc=2&rp=5xx"
    one = f"{NUMBERS}/{number['sid']}.json"
    assert parent.call("POST", one, data={"SmsUrl": url, "VoiceUrl": url}).json()["sms_url"] == url
    receiver.status = lambda _call: 500
    parent.sandbox.write("sms", "samir", "thrice", to=number["phone_number"])
    assert parent.sandbox.idle()["abandoned"] == 1
    assert len(receiver.of("/sms")) == 3
    child = parent.sub_account()
    assert parent.call("POST", one, data={"AccountSid": child.sid}).json()["account_sid"] == child.sid
    assert [each["sms_url"] for each in child.get(f"{NUMBERS}.json")["incoming_phone_numbers"]] == [url]
    mobile = parent.buy(german(parent), BundleSid=bundle(parent)["sid"]).json()["sid"]
    moved = parent.call("POST", f"{NUMBERS}/{mobile}.json", data={"AccountSid": child.sid})
    assert error_of(moved) == (400, 21649)


def test_a_released_number_is_gone_for_good(parent: Account) -> None:
    number = parent.bought()
    assert parent.call("DELETE", f"{NUMBERS}/{number['sid']}.json").status_code == 204
    assert parent.call("GET", f"{NUMBERS}/{number['sid']}.json").status_code == 404
    assert error_of(parent.buy(number["phone_number"])) == (400, 21422)
    assert error_of(parent.send(number["phone_number"], "+12025550199")) == (400, 21606)


def test_a_landline_number_sends_no_text_message(parent: Account) -> None:
    address = parent.get("/Addresses.json")["addresses"][0]["sid"]
    berlin = str(parent.search("DE", "Local")[0]["phone_number"])
    assert parent.buy(berlin, BundleSid=bundle(parent, kind="local")["sid"], AddressSid=address).status_code == 201
    assert error_of(parent.send(berlin, "+12025550199")) == (400, 21606)


def test_what_was_bought_and_banned_survives_a_restart(tmp_path: object) -> None:
    state = f"{tmp_path}/state.json"
    first = start("--state", state)
    child = Account(first).sub_account()
    number = child.bought(FriendlyName="kept")
    ban = first.post("/control/bans", {"channel": "sms", "level": "restricted", "to": number["phone_number"]})
    first.process.terminate()
    first.process.wait(5)
    second = start("--state", state)
    after = Account(second, child.sid, child.token)
    assert [each["sid"] for each in after.get(f"{NUMBERS}.json", FriendlyName="kept")["incoming_phone_numbers"]] == [
        number["sid"]
    ]
    assert [(each["id"], each["in_force"]) for each in second.get("/control/bans")["items"]] == [(ban["id"], True)]
    assert [each["status"] for each in Account(second).get("/v2/RegulatoryCompliance/Bundles")["results"]] == [
        "twilio-approved"
    ] * 3
    second.process.kill()
    second.process.wait(5)


def test_the_seeded_numbers_are_as_before(parent: Account) -> None:
    found = {each["phone_number"]: each for each in parent.get(f"{NUMBERS}.json")["incoming_phone_numbers"]}
    assert {WHATSAPP.number, SMS.number} < set(found)
    assert found[SMS.number]["friendly_name"] == SMS.name
    assert found[SMS.number]["account_sid"] == seeds.ACCOUNT_SID
