"""Files of customers: fetched by an address that holds the bot's token and is told nobody."""

import asyncio
import logging
import traceback

import httpx
import pytest
import respx

from hub import log
from hub.channels.base import Adapter
from hub.channels.fetching import Fetched, FetchError, FetchFailed, FetchRefused, Gone, TooLarge
from hub.types import JournalEvent
from tests.conformance.kit import RECEIVED_AT
from tests.fixtures.telegram.kit import KIT
from tests.telegram.bot_api import FILES, ROOT, TOKEN, ok, refused

EVENT = JournalEvent("81200444", {}, b"{}", RECEIVED_AT)
LIMIT = 1000


def download(adapter: Adapter) -> Fetched:
    return asyncio.run(adapter.download("AgACAgIAAxkBAAIBOm2", EVENT, KIT.sender, LIMIT))


def found(path: str = "photos/file_7.jpg") -> httpx.Response:
    return ok({"file_id": "AgACAgIAAxkBAAIBOm2", "file_unique_id": "AQADu9", "file_path": path})


def test_a_file_is_asked_for_by_its_id_and_fetched(api: respx.MockRouter, adapter: Adapter) -> None:
    asked = api.post(f"{ROOT}/getFile").mock(return_value=found())
    api.get(f"{FILES}/photos/file_7.jpg").mock(
        return_value=httpx.Response(200, content=b"JPEG", headers={"content-type": "application/octet-stream"})
    )
    fetched = download(adapter)
    assert (fetched.body, fetched.content_type) == (b"JPEG", "")
    assert asked.calls.last.request.content == b"file_id=AgACAgIAAxkBAAIBOm2"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(400, "Bad Request: file is too big"), TooLarge),
        (refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable"), FetchFailed),
        (refused(400, "Bad Request: invalid file_id"), Gone),
        (refused(400, "Bad Request: wrong file identifier/HTTP URL specified"), Gone),
        (refused(400, "Bad Request: something else"), FetchRefused),
        (refused(401, "Unauthorized"), FetchRefused),
        (refused(500, "Internal Server Error"), FetchFailed),
        (ok({"file_id": "x", "file_unique_id": "y"}), FetchRefused),
    ],
)
def test_what_telegram_says_of_a_file_is_said_in_the_hubs_words(
    api: respx.MockRouter, adapter: Adapter, answer: httpx.Response, error: type[FetchError]
) -> None:
    api.post(f"{ROOT}/getFile").mock(return_value=answer)
    with pytest.raises(error):
        download(adapter)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(200, content=b"x" * (LIMIT + 1)), TooLarge),
        (httpx.Response(404), Gone),
        (httpx.Response(302, headers={"location": "http://169.254.169.254/"}), FetchRefused),
    ],
)
def test_the_fetch_is_bounded_and_the_token_is_in_no_error_and_no_log(
    api: respx.MockRouter,
    adapter: Adapter,
    answer: httpx.Response,
    error: type[FetchError],
    caplog: pytest.LogCaptureFixture,
) -> None:
    api.post(f"{ROOT}/getFile").mock(return_value=found())
    api.get(f"{FILES}/photos/file_7.jpg").mock(return_value=answer)
    api.get("http://169.254.169.254/").pass_through()
    for quiet in log._QUIET:
        caplog.set_level(logging.WARNING, logger=quiet)
    with caplog.at_level(logging.DEBUG), pytest.raises(error) as failed:
        download(adapter)
    assert TOKEN not in "".join(traceback.format_exception(failed.value)) + caplog.text
