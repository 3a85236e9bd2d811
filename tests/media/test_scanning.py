"""Looking for malware: a real server that speaks clamd's protocol, well and badly."""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from hub.errors import Misconfigured
from hub.media.scanning import Clamd, Clean, Infected, NotScanned, Undecided, Verdict, scanner_of
from hub.settings import load
from tests.fixtures.email.smtp_wire import free_port

MALWARE = b"malware-for-tests"
Answer = Callable[[socket.socket], None]


def read_exactly(connection: socket.socket, count: int) -> bytes:
    read = b""
    while len(read) < count:
        piece = connection.recv(count - len(read))
        if not piece:
            raise EOFError
        read += piece
    return read


def receive(connection: socket.socket, at_most: int = 1 << 30) -> bytes:
    """Read a file as clamd does. Raises OverflowError where clamd would stop, EOFError when it is cut off."""
    assert read_exactly(connection, 10) == b"zINSTREAM\0"
    body = b""
    while length := struct.unpack("!L", read_exactly(connection, 4))[0]:
        body += read_exactly(connection, length)
        if len(body) > at_most:
            raise OverflowError
    return body


def scan(connection: socket.socket) -> None:
    found = MALWARE in receive(connection)
    connection.sendall(b"stream: Win.Test.EICAR_HDB-1 FOUND\0" if found else b"stream: OK\0")


def refuse_long(connection: socket.socket) -> None:
    with pytest.raises(OverflowError):
        receive(connection, at_most=100_000)
    connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")


def answering(reply: bytes) -> Answer:
    def answer(connection: socket.socket) -> None:
        receive(connection)
        connection.sendall(reply)

    return answer


def cut(connection: socket.socket) -> None:
    read_exactly(connection, 20)


def stay_silent(connection: socket.socket) -> None:
    receive(connection)
    connection.recv(1)


@contextmanager
def clamd(answer: Answer, folder: Path | None = None) -> Iterator[str]:
    """Serve one connection; yield the URL of the setting."""
    listener = socket.socket(socket.AF_UNIX if folder else socket.AF_INET)
    listener.bind(str(folder / "clamd.ctl") if folder else ("127.0.0.1", 0))
    listener.listen()
    faults: list[BaseException] = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                answer(connection)
            except (AssertionError, OSError, EOFError) as fault:
                faults.append(fault)

    thread = Thread(target=serve)
    thread.start()
    yield f"unix://{folder}/clamd.ctl" if folder else f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    thread.join(10)
    listener.close()
    assert faults == []


def verdict(answer: Answer, body: bytes, seconds: float = 30.0) -> Verdict:
    with clamd(answer) as url:
        return Clamd(url, seconds).scan(body)


# over three chunks, so that one hides nothing from the next
LONG = b"x" * 150_000


@pytest.mark.parametrize("body", [b"", b"hello", LONG], ids=["empty", "short", "long"])
def test_a_clean_file_is_clean(body: bytes) -> None:
    assert verdict(scan, body) == Clean()


def test_malware_is_named_wherever_it_lies() -> None:
    assert verdict(scan, LONG + MALWARE) == Infected("Win.Test.EICAR_HDB-1")
    body = b"x" * (64 * 1024 - 5) + MALWARE
    assert verdict(scan, body) == Infected("Win.Test.EICAR_HDB-1")


def test_a_unix_socket_serves_as_well(tmp_path: Path) -> None:
    with clamd(scan, tmp_path) as url:
        assert Clamd(url).scan(MALWARE) == Infected("Win.Test.EICAR_HDB-1")


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"stream: OK",
        b"OK\0",
        b"\0",
        b"stream: OK FOUND ERROR\0",
        b"UNKNOWN COMMAND\0",
        b"\xff\xfe\x00",
        b"x" * 10_000,
        b"HTTP/1.1 200 OK\r\n\r\nstream: OK",
    ],
)
def test_what_is_no_verdict_is_never_taken_for_clean(reply: bytes) -> None:
    assert isinstance(verdict(answering(reply), b"hello"), Undecided)


def test_a_name_that_clamd_gives_is_fit_to_show() -> None:
    assert verdict(answering(b"stream: <b>Bad\x1b[31m\nName</b> FOUND\0"), b"x") == Undecided(
        "clamd gave no verdict: look into its log"
    )
    assert verdict(answering(b"stream: <b>Bad\x1b[31m FOUND\0"), b"x") == Infected("_b_Bad_31m")


def test_a_file_that_is_too_long_for_clamd_waits_and_says_what_to_do() -> None:
    found = verdict(refuse_long, b"x" * 4_000_000)
    assert isinstance(found, Undecided)


def test_the_size_limit_is_named_with_clamds_own_setting() -> None:
    found = verdict(answering(b"INSTREAM size limit exceeded. ERROR\0"), b"x")
    assert found == Undecided("the file is longer than clamd takes: raise StreamMaxLength in clamd.conf")


def test_a_connection_that_breaks_gives_no_verdict() -> None:
    assert isinstance(verdict(cut, LONG * 20), Undecided)


def test_a_scanner_that_says_nothing_is_not_waited_for_for_ever() -> None:
    assert isinstance(verdict(stay_silent, b"hello", seconds=0.2), Undecided)


def test_a_scanner_that_is_not_there_gives_no_verdict(tmp_path: Path) -> None:
    for url in (f"tcp://127.0.0.1:{free_port()}", f"unix://{tmp_path}/nobody.ctl"):
        found = Clamd(url).scan(b"hello")
        assert isinstance(found, Undecided)
        assert "HUB_CLAMD_URL" in found.reason


def test_without_a_setting_nothing_is_scanned_and_with_one_everything_is(tmp_path: Path) -> None:
    def hub(**given: str) -> Verdict:
        return scanner_of(load(_env_file=None, data_dir=tmp_path, secret_key="k" * 32, **given)).scan(MALWARE)

    assert hub() == NotScanned()
    with clamd(scan) as url:
        assert hub(clamd_url=url) == Infected("Win.Test.EICAR_HDB-1")


@pytest.mark.parametrize(
    "url", ["127.0.0.1:3310", "tcp://127.0.0.1", "tcp://:3310", "unix://clamd.ctl", "tcp://h:99999", "tcp://h:1/x"]
)
def test_an_address_that_is_none_stops_the_start(url: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="HUB_CLAMD_URL must look like"):
        load(_env_file=None, data_dir=tmp_path, secret_key="k" * 32, clamd_url=url)
