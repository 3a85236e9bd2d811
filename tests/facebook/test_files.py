"""Files that came on Messenger, and events as "show raw" shows them."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx

from hub.channels.facebook.adapter import FacebookAdapter
from hub.channels.fetching import FetchFailed, FetchRefused, Gone, TooLarge
from hub.types import JournalEvent
from tests.conformance.kit import RECEIVED_AT
from tests.fixtures.facebook.kit import KIT

FILE = "https://scontent.xx.fbcdn.net/v/tap.jpg?oh=03"
EVENT = JournalEvent("m:1", {}, b"{}", RECEIVED_AT)


@pytest.fixture
def api() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


@pytest.fixture
def adapter() -> FacebookAdapter:
    return FacebookAdapter(KIT.context())


def test_a_file_is_fetched_without_any_credential(api: respx.MockRouter, adapter: FacebookAdapter) -> None:
    headers = {"content-type": "image/jpeg; x=y"}
    route = api.get(FILE).mock(return_value=httpx.Response(200, content=b"bytes", headers=headers))
    found = asyncio.run(adapter.download(FILE, EVENT, KIT.sender, 5))
    assert (found.body, found.content_type) == (b"bytes", "image/jpeg")
    assert "authorization" not in route.calls.last.request.headers


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"return_value": httpx.Response(200, content=b"longer")}, TooLarge),
        ({"return_value": httpx.Response(403)}, Gone),
        ({"return_value": httpx.Response(404)}, Gone),
        ({"return_value": httpx.Response(503)}, FetchFailed),
        ({"side_effect": httpx.ReadTimeout("slow")}, FetchFailed),
    ],
)
def test_a_file_that_cannot_be_had_says_how(
    api: respx.MockRouter, adapter: FacebookAdapter, answer: dict[str, Any], error: type[Exception]
) -> None:
    api.get(FILE).mock(**answer)
    with pytest.raises(error) as caught:
        asyncio.run(adapter.download(FILE, EVENT, KIT.sender, 5))
    assert "fbcdn" not in str(caught.value)


@pytest.mark.parametrize(
    "link", ["https://intranet.example/x", "http://169.254.169.254/meta", "https://fbcdn.net.evil/x"]
)
def test_a_file_elsewhere_is_refused_before_any_connection(adapter: FacebookAdapter, link: str) -> None:
    with pytest.raises(FetchRefused):
        asyncio.run(adapter.download(link, EVENT, KIT.sender, 5))


def test_show_raw_hides_links_apps_and_codes(adapter: FacebookAdapter) -> None:
    for name, hidden in (
        ("image_with_text", "fbcdn"),
        ("echo_of_ours", "880000000000001"),
        ("account_linked", "SECRET-CODE"),
        ("notifications_stopped", "5023017600000001"),
        ("thread_passed", "263902037430900"),
    ):
        [event] = adapter.split(KIT.signed(name))
        body = event.body
        assert hidden in body.decode()
        shown = adapter.show_raw(JournalEvent(event.key, {}, body, RECEIVED_AT))
        assert hidden not in shown
        assert "***" in shown
        assert "envelope" not in shown
    assert "Der Hahn tropft" in adapter.show_raw(
        JournalEvent("k", {}, adapter.split(KIT.signed("image_with_text"))[0].body, RECEIVED_AT)
    )
    assert adapter.show_raw(JournalEvent("k", {}, b"\xff", RECEIVED_AT)) == "1 bytes that are no JSON"
