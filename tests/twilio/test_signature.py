"""X-Twilio-Signature: genuine requests in every form Twilio gives them, and forged ones."""

import hashlib
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from hub.channels.doors import OfAccount
from hub.types import (
    Forged,
    Secret,
    Verified,
    WebhookRequest,
    WebhookSecret,
)
from tests.conformance.kit import PUBLIC_URL
from tests.fixtures.twilio import ACCOUNT_SID, TOKEN, signature_of
from tests.twilio.account import MESSAGES_URL, SMS


def with_signature(request: WebhookRequest, signature: str) -> WebhookRequest:
    return replace(request, headers={**request.headers, "x-twilio-signature": signature})


@pytest.mark.parametrize(
    ("configured", "signed"),
    [
        ("https://hub.example.org", "https://hub.example.org:443"),
        ("https://hub.example.org:443", "https://hub.example.org"),
        ("http://hub.example.org", "http://hub.example.org:80"),
        ("https://hub.example.org:8443", "https://hub.example.org"),
        ("http://[2001:db8::1]:8000", "http://[2001:db8::1]"),
    ],
)
def test_a_signature_over_the_url_with_or_without_port_is_accepted(configured: str, signed: str) -> None:
    path = "/webhooks/twilio/status?delivery=D1"
    request = replace(SMS.make(b"MessageSid=SM1&Body="), public_url=configured + path)
    signature = signature_of(signed + path, request.body, TOKEN)
    assert isinstance(SMS.build().verify(with_signature(request, signature), SMS.secrets), Verified)


def test_the_example_of_twilios_documentation_verifies() -> None:
    """The vector that twilio.com/docs publishes with its description of the signature."""
    number = "%2B14158675309"
    body = f"To=%2B18005551212&From={number}&Digits=1234&Caller={number}&CallSid=CA1234567890ABCDE".encode()
    request = replace(SMS.make(body), public_url="https://mycompany.com/myapp.php?foo=1&bar=2")
    secret = WebhookSecret(Secret("12345"))
    assert SMS.build().verify(with_signature(request, "RSOYDt4T1cUTdK1PDd93/VVr8B8="), [secret]) == Verified(secret)


@given(st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=8)), max_size=8))
def test_any_form_that_twilios_own_library_signs_verifies(fields: list[tuple[str, str]]) -> None:
    by_name = {name: {value for other, value in fields if other == name} for name, _ in fields}
    request = SMS.make(urlencode(fields).encode())
    library = RequestValidator(str(TOKEN))  # type: ignore[no-untyped-call]
    signature = library.compute_signature(request.public_url, ManyValued(by_name))  # type: ignore[no-untyped-call]
    assert isinstance(SMS.build().verify(with_signature(request, signature), SMS.secrets), Verified)


class ManyValued(dict[str, set[str]]):
    """What the library takes for a form with repeated fields."""

    def getall(self, name: str) -> set[str]:
        return self[name]


def test_the_connection_fragment_is_no_part_of_the_signed_url() -> None:
    request = SMS.make(b"MessageSid=SM1")
    signature = signature_of(MESSAGES_URL.partition("#")[0], request.body, TOKEN)
    assert isinstance(SMS.build().verify(with_signature(request, signature), SMS.secrets), Verified)


def test_the_token_that_signed_is_named_among_several() -> None:
    old, new = WebhookSecret(Secret("old-token")), WebhookSecret(Secret("new-token"), account_id="P1")
    request = SMS.sign(SMS.make(b"MessageSid=SM1&Body=+a+"), new)
    assert SMS.build().verify(request, [old, new]) == Verified(new)


def test_repeated_fields_are_signed_once_for_each_distinct_value() -> None:
    request = SMS.make(b"B=2&A=1&B=1&B=2&C=")
    signature = signature_of(request.public_url, b"A=1&B=1&B=2&C=", TOKEN)
    assert isinstance(SMS.build().verify(with_signature(request, signature), SMS.secrets), Verified)


def test_bytes_that_are_no_utf8_are_still_verified() -> None:
    request = SMS.sign(SMS.make(b"MessageSid=SM1&Body=caf%E9"), SMS.secrets[0])
    assert isinstance(SMS.build().verify(request, SMS.secrets), Verified)


def test_a_changed_delivery_in_the_query_is_refused() -> None:
    genuine = SMS.sign(SMS.request("status_sent"), SMS.secrets[0])
    forged = replace(genuine, public_url=genuine.public_url.replace("0001", "0002"))
    assert isinstance(SMS.build().verify(forged, SMS.secrets), Forged)


def a_json_request(body: bytes, covered: bytes) -> WebhookRequest:
    url = f"{PUBLIC_URL}/webhooks/twilio/status?bodySHA256={hashlib.sha256(covered).hexdigest()}"
    request = replace(SMS.make(body), public_url=url, headers={"content-type": "application/json"})
    return with_signature(request, signature_of(url, b"", TOKEN))


def test_a_json_body_is_covered_by_its_hash_in_the_url() -> None:
    body = f'{{"AccountSid":"{ACCOUNT_SID}"}}'.encode()
    request = a_json_request(body, body)
    assert isinstance(SMS.build().verify(request, SMS.secrets), Verified)
    assert SMS.build().secret_query(request) == OfAccount(ACCOUNT_SID)
    assert isinstance(SMS.build().verify(a_json_request(body + b" ", body), SMS.secrets), Forged)


def test_a_form_cannot_hide_behind_a_hash_in_the_url() -> None:
    body = b"MessageSid=SM1&Body=forged"
    genuine = a_json_request(body, body)
    forged = replace(genuine, headers={**genuine.headers, "content-type": "application/x-www-form-urlencoded"})
    assert isinstance(SMS.build().verify(forged, SMS.secrets), Forged)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"&&==&", b"AccountSid", b'{"AccountSid":1}', b"%", b"%zz=%"])
def test_a_body_of_nonsense_names_no_account_and_is_one_unreadable_event(body: bytes) -> None:
    request = SMS.make(body)
    assert SMS.build().secret_query(request) == OfAccount("")
    (event,) = SMS.build().split(request)
    assert event.unreadable and event.body == body and event.key.startswith("sha256:")
