"""Fetching a provider's file: never too much, never for too long, and with credentials for nobody else."""

import asyncio
import gzip
import time
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from hub.channels.egress import Egress
from hub.channels.fetching import Fetched, FetchFailed, FetchRefused, Gone, TooLarge, fetch
from hub.channels.http import HttpFactory
from hub.file_names import MAX_NAME, plain_name
from hub.settings import load
from tests.media import file_host
from tests.media.file_host import Host, endless, says

AUTH = ("AC0", "token-for-tests")
HEADERS = {"X-Api-Key": "key-for-tests"}


@pytest.fixture
def host() -> Iterator[Host]:
    with file_host.serve() as served:
        yield served


@pytest.fixture
def other() -> Iterator[Host]:
    with file_host.serve() as served:
        yield served


def get(host: Host, path: str = "/file", other: Host | None = None, limit: int = 1000, seconds: float = 20) -> Fetched:
    """Fetch with credentials; the hub's settings allow `host`, and `other` when it is given."""
    more = {"facebook_graph_url": other.root} if other else {}
    settings = load(_env_file=None, secret_key="k" * 32, telegram_api_url=host.root, **more)
    http = HttpFactory(Egress(settings, frozenset))
    return asyncio.run(fetch(http, host.root + path, limit=limit, seconds=seconds, auth=AUTH, headers=HEADERS))


# --- what comes back ------------------------------------------------------------------------------------


def test_a_file_comes_with_its_type_and_its_name(host: Host) -> None:
    disposition = "attachment; filename=\"ignored.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt"
    host.plays["/file"] = says(200, b"hello", Content_Type="Text/Plain; charset=x", Content_Disposition=disposition)
    assert get(host) == Fetched(b"hello", "text/plain", "Grüße.txt")
    assert "hello" not in repr(get(host))


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ("inline; filename=bill.pdf", "bill.pdf"),
        ('attachment; filename="C:\\\\x\\\\bill.pdf"', "bill.pdf"),
        ("attachment; filename*=utf-8''%E2%80%AEgpj.exe", "gpj.exe"),
        ("attachment; filename*=utf-8''a%0D%0AX: y", "a X_ y"),
        ("attachment; filename*0*=UTF-8''Gr%C3%BC; filename*1*=%C3%9Fe.txt", "Grüße.txt"),
        ("attachment; filename*=no-such-charset''%FF", ""),
        (f"attachment; filename*{'9' * 5_000}*=x", ""),
        ("attachment; filename*=utf-8''x; filename*0*=utf-8''y", ""),
        ("attachment; filename*=idna''%ff", ""),
        ("attachment", ""),
        ("", ""),
        ('attachment; filename="' + "x" * 3_000 + '.pdf"', "x" * (MAX_NAME - 4) + ".pdf"),
    ],
)
def test_a_name_is_only_as_good_as_what_is_left_of_it(host: Host, disposition: str, name: str) -> None:
    host.plays["/file"] = says(200, b"x", Content_Disposition=disposition)
    found = get(host).name
    assert found == name or (not name and found == plain_name(found))


def test_the_address_gives_no_name_because_ids_lie_in_it(host: Host) -> None:
    host.plays["/Accounts/AC0/Media/ME1.jpg"] = says(200, b"x")
    assert get(host, "/Accounts/AC0/Media/ME1.jpg") == Fetched(b"x", "", "")


@pytest.mark.parametrize(
    ("encoding", "encoded"),
    [("gzip", gzip.compress(b"hello" * 100, mtime=0)), ("deflate", zlib.compress(b"hello" * 100))],
)
def test_an_encoding_that_was_not_asked_for_is_read_all_the_same(host: Host, encoding: str, encoded: bytes) -> None:
    host.plays["/file"] = says(200, encoded, Content_Encoding=encoding)
    assert get(host).body == b"hello" * 100
    assert host.headers[0]["accept-encoding"] == "identity"


# --- what is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, Gone),
        (410, Gone),
        (401, FetchRefused),
        (403, FetchRefused),
        (400, FetchFailed),
        (429, FetchFailed),
        (500, FetchFailed),
        (204, FetchFailed),
        (206, FetchFailed),
        (304, FetchFailed),
    ],
)
def test_every_answer_but_the_file_has_its_error(host: Host, status: int, error: type[Exception]) -> None:
    host.plays["/file"] = says(status)
    with pytest.raises(error) as raised:
        get(host)
    assert type(raised.value) is error


def test_a_file_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(host: Host) -> None:
    host.plays["/file"] = says(200, b"x" * 1000)
    assert len(get(host).body) == 1000
    for headers in ({}, {"Content_Length": "1001"}):
        host.plays["/file"] = says(200, b"x" * 1001, **headers)
        with pytest.raises(TooLarge) as raised:
            get(host)
        assert raised.value.extra == {"limit": 1000}


def test_a_length_over_the_limit_is_believed_before_a_byte_is_read(host: Host) -> None:
    host.plays["/file"] = endless(host, b"", 0.05, Content_Length="1001")
    with pytest.raises(TooLarge):
        get(host)


def test_a_file_without_end_is_cut_off_at_the_limit(host: Host) -> None:
    host.plays["/file"] = endless(host, b"x" * 1024)
    with pytest.raises(TooLarge):
        get(host, limit=100_000)
    assert host.sent < 20_000_000


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_not_unpacked(host: Host, encoding: str) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31 if encoding == "gzip" else 15)
    bomb = packer.compress(bytes(200_000_000)) + packer.flush()
    host.plays["/file"] = says(200, bomb, Content_Encoding=encoding, Content_Length=str(len(bomb)))
    tracemalloc.start()
    with pytest.raises(TooLarge):
        get(host, limit=1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(bomb) < 1_000_000
    assert peak < 20_000_000


def test_encoded_bytes_that_unpack_to_nothing_have_an_end_too(host: Host) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    nothing = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    host.plays["/file"] = says(200, nothing + b"\0\0\0\xff\xff" * 1_000, Content_Encoding="gzip")
    with pytest.raises(TooLarge):
        get(host)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "x"])
def test_an_encoding_that_is_not_known_is_not_guessed_at(host: Host, encoding: str) -> None:
    host.plays["/file"] = says(200, b"x", Content_Encoding=encoding)
    with pytest.raises(FetchFailed):
        get(host)


def test_a_slow_drip_is_given_up_in_time(host: Host) -> None:
    host.plays["/file"] = endless(host, b"x", 0.05)
    began = time.monotonic()
    with pytest.raises(FetchFailed, match="took too long"):
        get(host, seconds=0.3)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "play",
    [
        says(200, b"x" * 10, Content_Length="100"),
        says(200, b"5\r\nhello\r\n", Transfer_Encoding="chunked"),
        says(200, gzip.compress(b"hello" * 50)[:-9], Content_Encoding="gzip"),
        says(200, b"no gzip at all", Content_Encoding="gzip"),
        lambda _handler: None,
    ],
    ids=["length", "chunks", "gzip", "not gzip", "silence"],
)
def test_a_file_that_ends_too_early_is_no_file(host: Host, play: file_host.Play) -> None:
    host.plays["/file"] = play
    with pytest.raises(FetchFailed):
        get(host)


def test_a_host_that_is_not_there_may_be_tried_again() -> None:
    with file_host.serve() as gone:
        pass
    with pytest.raises(FetchFailed):
        get(gone)


# --- redirects ------------------------------------------------------------------------------------------


def test_credentials_stay_with_the_first_origin(host: Host, other: Host) -> None:
    host.plays["/file"] = says(302, Location=f"{other.root}/cdn")
    other.plays["/cdn"] = says(307, Location=f"{host.root}/back")
    host.plays["/back"] = says(200, b"x")
    assert get(host, other=other).body == b"x"
    assert {"authorization", "x-api-key"} <= set(host.headers[0])
    assert [{"authorization", "x-api-key"} & set(each) for each in (*other.headers, host.headers[1])] == [set(), set()]
    assert "token" not in str(other.headers)


def test_credentials_written_into_a_redirect_are_not_sent(host: Host, other: Host) -> None:
    host.plays["/file"] = says(302, Location=f"http://user:password@127.0.0.1:{other.port}/cdn#fragment")
    other.plays["/cdn"] = says(200, b"x")
    get(host, other=other)
    assert (other.asked, "authorization" in other.headers[0]) == (["/cdn"], False)


def test_a_redirect_within_the_origin_keeps_them(host: Host) -> None:
    host.plays["/file"] = says(301, Location="/moved")
    host.plays["/moved"] = says(200, b"x")
    get(host)
    assert {"authorization", "x-api-key"} <= set(host.headers[1])


def test_three_redirects_are_followed_and_no_fourth(host: Host) -> None:
    for number in range(4):
        host.plays[f"/{number}"] = says(302, Location=f"/{number + 1}")
    host.plays["/4"] = says(200, b"x")
    assert get(host, "/1").body == b"x"
    with pytest.raises(FetchFailed, match="more than 3 times"):
        get(host, "/0")
    assert host.asked.count("/4") == 1


def test_a_redirect_to_a_host_of_no_provider_is_refused_before_it_is_reached(host: Host, other: Host) -> None:
    for target in (
        f"{other.root}/x",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "http://[::1]/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "gopher:",
    ):
        host.plays["/file"] = says(302, Location=target)
        with pytest.raises(FetchRefused):
            get(host)
    assert other.asked == []


@pytest.mark.parametrize("headers", [{}, {"Location": ""}])
def test_a_redirect_to_nowhere_is_a_failure(host: Host, headers: dict[str, str]) -> None:
    host.plays["/file"] = says(302, **headers)
    with pytest.raises(FetchFailed):
        get(host)


@pytest.mark.parametrize(
    "url", ["", "x", "http://", "http://[", "http://a b/", "http://\u0000/", "//x", "http://x:99999/"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    http = HttpFactory(Egress(load(_env_file=None, secret_key="k" * 32), frozenset))
    with pytest.raises(FetchRefused):
        asyncio.run(fetch(http, url, limit=10, seconds=5))


def test_no_error_and_no_log_says_the_address(host: Host) -> None:
    host.plays["/bot-secret/file"] = says(500)
    with capture_logs() as logged, pytest.raises(FetchFailed) as failed:
        get(host, "/bot-secret/file")
    with pytest.raises(FetchRefused) as refused:
        get(Host(port=host.port), "x/bot-secret/file")
    said = f"{failed.value!r} {failed.value.detail} {refused.value.detail} {logged}"
    assert not [each for each in ("bot-secret", "127.0.0.1", AUTH[1]) if each in said]


# --- names ----------------------------------------------------------------------------------------------


@given(st.text(max_size=300))
def test_a_plain_name_has_nothing_that_hides_breaks_or_leads_away(text: str) -> None:
    name = plain_name(text)
    assert len(name) <= MAX_NAME
    assert not set(name) & set('/\\<>:"|?*\r\n\0\u202e\u200b')
    assert plain_name(name) == name
