"""A Twilio that answers every call of openapi.toml with something plausible, and keeps what it was asked."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import respx

from tests.fixtures.twilio import ACCOUNT_SID, NUMBER
from tests.twilio.openapi import endpoint_of, problems

CHANNELS = Path(__file__).parent.parent.parent / "hub" / "channels"
Json = dict[str, Any]
Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def sid(sort: str, number: int = 1) -> str:
    return f"{sort}{number:032x}"


API = "https://api.twilio.com/2010-04-01/Accounts"
NUMBERS = "https://api.twilio.com/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers"
AVAILABLE = "https://api.twilio.com/2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers/{CountryCode}/{Kind}.json"
ADDRESSES = "https://api.twilio.com/2010-04-01/Accounts/{AccountSid}/Addresses.json"
MESSAGES = "https://api.twilio.com/2010-04-01/Accounts/{AccountSid}/Messages"
BUNDLES = "https://numbers.twilio.com/v2/RegulatoryCompliance/Bundles"
REGULATIONS = "https://numbers.twilio.com/v2/RegulatoryCompliance/Regulations"
SENDERS = "https://messaging.twilio.com/v2/Channels/Senders"
CONTENT = "https://content.twilio.com/v1/Content"


def an_owned(**changes: Any) -> Json:
    """An owned number."""
    number = {"sid": sid("PN"), "account_sid": ACCOUNT_SID, "phone_number": NUMBER, "friendly_name": "hub N1"}
    return number | {"sms_url": "", "capabilities": {"sms": True, "mms": False, "voice": True}} | changes


def a_sender(**changes: Any) -> Json:
    """A WhatsApp sender."""
    sender: Json = {
        "sid": sid("XE"),
        "status": "ONLINE",
        "sender_id": f"whatsapp:{NUMBER}",
        "profile": {"name": "Lampen"},
    }
    sender |= {"configuration": {"waba_id": "1234567"}, "webhook": {}, "offline_reasons": None}
    return sender | {"properties": {"quality_rating": "HIGH", "messaging_limit": "10K Customers/24hr"}} | changes


def an_account(**changes: Any) -> Json:
    """A sub-account."""
    account = {"sid": sid("AC", 2), "auth_token": "token-of-the-child", "friendly_name": "hub P2", "status": "active"}
    return account | {"owner_account_sid": ACCOUNT_SID} | changes


def a_list(key: str, *items: Json) -> Json:
    """A page, in the shapes of the old and the newer interfaces at once."""
    return {key: list(items), "next_page_uri": None, "meta": {"key": key, "page": 0, "next_page_url": None}}


def listed(key: str, *items: Json) -> httpx.Response:
    """The answer to a list."""
    return httpx.Response(200, json=a_list(key, *items))


_MESSAGE = {"sid": sid("MM"), "account_sid": ACCOUNT_SID, "from": "+4915254599371", "to": NUMBER, "body": "um elf"}
_MESSAGE |= {"direction": "inbound", "num_media": "1", "date_created": "Fri, 20 Nov 2026 11:00:00 +0000"}
_FOR_SALE: Json = {"phone_number": "+4917139200000", "iso_country": "DE", "address_requirements": "none"}
_FOR_SALE |= {"locality": None, "region": None, "capabilities": {"SMS": True, "MMS": False, "voice": True}}
_BUNDLE = {"sid": sid("BU"), "friendly_name": "DE mobile", "status": "twilio-approved", "valid_until": None}

_ADDRESS = {"sid": sid("AD"), "iso_country": "DE", "city": "Berlin", "customer_name": "Lampen", "region": "BE"}
_ADDRESS |= {"street": "Hauptstr. 1", "postal_code": "10115"}
_CONTENT = {"sid": sid("HX"), "friendly_name": "lieferung", "language": "de", "variables": {"1": "Wanda"}}

ANSWERS: dict[str, tuple[int, Json]] = {
    f"GET {API}.json": (200, a_list("accounts", an_account())),
    f"POST {API}.json": (201, an_account()),
    f"GET {API}/{{Sid}}.json": (200, an_account()),
    f"GET {ADDRESSES}": (200, a_list("addresses", _ADDRESS)),
    f"POST {ADDRESSES}": (201, _ADDRESS | {"sid": sid("AD", 2)}),
    f"GET {AVAILABLE}": (200, a_list("available_phone_numbers", _FOR_SALE)),
    f"GET {NUMBERS}.json": (200, a_list("incoming_phone_numbers", an_owned())),
    f"POST {NUMBERS}.json": (201, an_owned()),
    f"POST {NUMBERS}/{{Sid}}.json": (200, an_owned()),
    f"DELETE {NUMBERS}/{{Sid}}.json": (204, {}),
    f"GET {MESSAGES}.json": (200, a_list("messages", _MESSAGE)),
    f"POST {MESSAGES}.json": (201, {"sid": sid("SM"), "status": "queued"}),
    f"GET {MESSAGES}/{{MessageSid}}/Media.json": (200, a_list("media_list", {"sid": sid("ME")})),
    f"GET {MESSAGES}/{{MessageSid}}/Media/{{Sid}}": (200, {}),
    f"GET {BUNDLES}": (200, a_list("results", _BUNDLE)),
    f"GET {REGULATIONS}": (200, a_list("results", {"sid": sid("RN")})),
    f"POST {BUNDLES}/{{BundleSid}}/Clones": (201, {"bundle_sid": sid("BU", 2)}),
    f"GET {SENDERS}": (200, a_list("senders", a_sender())),
    f"POST {SENDERS}": (202, a_sender(status="CREATING")),
    f"GET {SENDERS}/{{Sid}}": (200, a_sender()),
    f"POST {SENDERS}/{{Sid}}": (202, a_sender(status="VERIFYING")),
    f"DELETE {SENDERS}/{{Sid}}": (204, {}),
    "GET https://content.twilio.com/v1/ContentAndApprovals": (200, a_list("contents")),
    f"GET {CONTENT}/{{Sid}}": (200, {**_CONTENT, "types": {"twilio/text": {"body": "Guten Tag {{1}}"}}}),
    f"POST {CONTENT}": (201, {**_CONTENT, "sid": sid("HX", 2)}),
    f"GET {CONTENT}/{{Sid}}/ApprovalRequests": (200, {"sid": sid("HX"), "whatsapp": {"status": "unsubmitted"}}),
    f"POST {CONTENT}/{{ContentSid}}/ApprovalRequests/whatsapp": (201, {"status": "received"}),
}


@dataclass
class Twilio:
    """`callers`: file and function in hub/channels that each request came through."""

    requests: list[httpx.Request] = field(default_factory=list)
    callers: set[tuple[str, str]] = field(default_factory=set)
    _planned: dict[str, list[Answer]] = field(default_factory=dict)

    def plan(self, call: str, *answers: Answer) -> None:
        """Answer the next such calls with these, the last one for ever."""
        assert call in ANSWERS, call
        self._planned[call] = list(answers)

    def of(self, call: str) -> list[httpx.Request]:
        """Return the requests of a call so far."""
        found = [(request, endpoint_of(request)) for request in self.requests]
        return [request for request, endpoint in found if endpoint and endpoint.call == call]

    def reply(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        self.requests.append(request)
        frames = traceback.extract_stack()
        self.callers |= {(frame.filename, frame.name) for frame in frames if str(CHANNELS) in frame.filename}
        endpoint = endpoint_of(request)
        call = endpoint.call if endpoint else ""
        planned = self._planned.get(call)
        if not planned:
            status, body = ANSWERS.get(call, (404, {"code": 20404}))
            return httpx.Response(status, json=body) if status != 204 else httpx.Response(204)
        answer = planned.pop(0) if len(planned) > 1 else planned[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else httpx.Response(answer.status_code, content=answer.content,
                                                                       headers=answer.headers)  # fmt: skip


@contextmanager
def a_twilio() -> Iterator[Twilio]:
    """Stand in for Twilio; whatever is asked of it must be as described."""
    found = Twilio()
    with respx.mock(assert_all_called=False) as router:
        router.route().mock(side_effect=found.reply)
        yield found
        assert [problem for request in found.requests for problem in problems(request)] == []


def refusing(code: int, status: int = 400, **headers: str) -> httpx.Response:
    """Return an error as Twilio words it: with ids, which must not get through."""
    message = f"Twilio's own words about {ACCOUNT_SID} and {sid('PN')}"
    return httpx.Response(status, json={"code": code, "message": message, "status": status}, headers=headers)
