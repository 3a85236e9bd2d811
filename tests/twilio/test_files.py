"""Files of inbound messages: fetched as their account, from the configured root, and nowhere else."""

import asyncio
from dataclasses import replace
from urllib.parse import urlencode

import httpx
import pytest
import respx

from hub.channels.fetching import Fetched, FetchRefused, Gone, TooLarge
from hub.types import JournalEvent, Media, MessageReceived, ProviderAccount, Sender
from tests.conformance.kit import RECEIVED_AT
from tests.fixtures.twilio import ACCOUNT, ACCOUNT_SID, NUMBER, TOKEN
from tests.twilio.account import WHATSAPP

PLACE = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM1/Media/ME1"
URL = f"https://api.twilio.com{PLACE}"
STORE = "https://mms.twiliocdn.com/AC1/ME1?Expires=1"
EVENT = JournalEvent("MM1", {}, b"", RECEIVED_AT)


def download(source: str = PLACE, limit: int = 1000, sender: Sender = WHATSAPP.sender) -> Fetched:
    return asyncio.run(WHATSAPP.build().download(source, EVENT, sender, limit))


def test_a_file_is_fetched_behind_its_redirect_which_gets_no_credentials(twilio: respx.MockRouter) -> None:
    first = twilio.get(URL).respond(307, headers={"location": STORE})
    store = twilio.get(STORE).respond(200, content=b"\xff\xd8bytes", headers={"content-type": "image/jpeg"})
    assert download() == Fetched(b"\xff\xd8bytes", "image/jpeg")
    assert httpx.BasicAuth(ACCOUNT_SID, str(TOKEN))._auth_header == first.calls.last.request.headers["authorization"]
    assert "authorization" not in store.calls.last.request.headers


def test_a_file_over_the_limit_and_one_that_is_gone_are_told_apart(twilio: respx.MockRouter) -> None:
    twilio.get(URL).respond(200, content=b"x" * 1001)
    with pytest.raises(TooLarge):
        download()
    twilio.get(URL).respond(404)
    with pytest.raises(Gone):
        download()


@pytest.mark.parametrize(
    "source",
    [
        "",
        "https://evil.example.org/2010-04-01/Accounts/AC1/x",
        f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM1/Media/../../../Messages.json",
        f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM1/Media/ME1?x=@evil.example.org",
        "/2010-04-01/Accounts/AC00000000000000000000000000000002/Messages/MM1/Media/ME1",
    ],
)
def test_nothing_but_media_of_the_senders_own_account_is_asked_for(source: str, twilio: respx.MockRouter) -> None:
    with pytest.raises(FetchRefused):
        download(source)
    assert not twilio.calls


def test_the_host_of_a_webhook_is_never_asked(twilio: respx.MockRouter) -> None:
    fields = {"MessageSid": "MM1", "From": "whatsapp:+4915254599371", "To": f"whatsapp:{NUMBER}", "NumMedia": "1"}
    fields |= {"MediaUrl0": f"https://evil.example.org{PLACE}", "MediaContentType0": "image/jpeg"}
    event = JournalEvent("MM1", {}, urlencode(fields).encode(), RECEIVED_AT)
    (message,) = WHATSAPP.build().parse(event, WHATSAPP.sender)
    assert isinstance(message, MessageReceived)
    (file,) = message.parts
    assert isinstance(file, Media)
    twilio.get(URL).respond(200, content=b"bytes")
    assert download(file.source).body == b"bytes"
    assert [call.request.url.host for call in twilio.calls] == ["api.twilio.com"]


def test_a_number_of_a_sub_account_fetches_as_the_sub_account(twilio: respx.MockRouter) -> None:
    account = ProviderAccount("P2", "AC00000000000000000000000000000002", ACCOUNT.credentials)
    place = PLACE.replace(ACCOUNT_SID, account.external_id)
    asked = twilio.get(f"https://api.twilio.com{place}").respond(200, content=b"bytes")
    assert download(place, sender=replace(WHATSAPP.sender, account=account)).body == b"bytes"
    header = httpx.BasicAuth(account.external_id, str(TOKEN))._auth_header
    assert asked.calls.last.request.headers["authorization"] == header
