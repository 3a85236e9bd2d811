"""The sandbox as a process, its page and its promises."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from hub.sandbox.http_client import WebhookClient
from tests.sandbox.world import Receiver, Sandbox, connect_bot, free_port, start, texts, until


def test_the_page_shows_five_phones_and_its_stream_is_live(sandbox: Sandbox) -> None:
    page = httpx.get(sandbox.url + "/")
    assert page.text.count('class="phone ') == 5
    assert "http://" not in page.text.replace(sandbox.url, "").replace("http://127.0.0.1", "")
    sandbox.write("sms", "samir", "on the stream")
    with httpx.stream("GET", sandbox.url + "/events") as stream:
        first = next(line for line in stream.iter_lines() if line.startswith("data: "))
    assert json.loads(first[6:])["phones"]["sms"]["bubbles"][0]["text"] == "on the stream"


def test_hundreds_of_webhooks_a_second_keep_the_order_of_each_chat(sandbox: Sandbox, receiver: Receiver) -> None:
    connect_bot(sandbox, receiver)
    people, each = 20, 20
    messages = [
        {"channel": "telegram", "person": f"person {n % people}", "text": f"{n:04d}"} for n in range(people * each)
    ]
    sandbox.post("/control/customer/send_many", messages)
    assert sandbox.idle()["acknowledged"] == people * each
    by_chat: dict[int, list[str]] = {}
    for call in receiver.of("/telegram"):
        by_chat.setdefault(call.json["message"]["chat"]["id"], []).append(call.json["message"]["text"])
    assert len(by_chat) == people
    assert all(found == sorted(found) and len(found) == each for found in by_chat.values())


def test_a_restart_finds_phones_webhooks_and_pending_deliveries_again(tmp_path: Path, receiver: Receiver) -> None:
    state = tmp_path / "sandbox.json"
    receiver.status = lambda _call: 503
    first = start("--speed", "50", "--state", str(state))
    connect_bot(first, receiver)
    first.write("telegram", "tara", "survives")
    until(lambda: receiver.calls)
    begun = time.monotonic()
    first.process.send_signal(signal.SIGTERM)
    first.process.wait(5)
    assert time.monotonic() - begun < 2
    receiver.status = lambda _call: 200
    before = len(receiver.calls)
    second = start("--speed", "50", "--state", str(state))
    until(lambda: second.counters()["acknowledged"] == 1)
    assert texts(receiver.calls[before:]) == ["survives"]
    second.process.kill()
    second.process.wait(5)


def test_a_state_file_that_is_none_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    state = tmp_path / "broken.json"
    state.write_text("{")
    ports = ["--port", str(free_port()), "--smtp-port", str(free_port())]
    command = [sys.executable, "-m", "hub.sandbox", *ports, "--state", str(state)]
    ended = subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert ended.stderr.decode().strip() == f"{state} is no sandbox state; delete it to start afresh"


def test_a_taken_port_stops_the_start_with_one_sentence(sandbox: Sandbox) -> None:
    port = sandbox.url.rpartition(":")[2]
    command = [sys.executable, "-m", "hub.sandbox", "--port", port]
    ended = subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert ended.stderr.decode().strip().endswith("choose another port with --port")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_the_sandbox_dies_with_its_parent() -> None:
    code = (
        "import subprocess, sys, time\n"
        "command = [sys.executable, '-m', 'hub.sandbox', '--port', sys.argv[1], '--smtp-port', sys.argv[2]]\n"
        "child = subprocess.Popen(command)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    port = free_port()
    parent = subprocess.Popen([sys.executable, "-c", code, str(port), str(free_port())], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())

    def listening() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    until(listening, 40)
    parent.kill()
    parent.wait(5)
    parent.stdout.close()
    until(lambda: not listening())
    assert child != os.getpid()


def test_the_webhook_client_reads_chunked_answers() -> None:
    async def talk() -> int:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        client = WebhookClient()
        port = server.sockets[0].getsockname()[1]
        reply = await client.post(f"http://127.0.0.1:{port}/x", {}, b"", 5.0)
        client.close()
        server.close()
        await server.wait_closed()
        return reply.status

    assert asyncio.run(talk()) == 201


def test_the_sandbox_imports_nothing_of_the_hub() -> None:
    root = Path(__file__).parents[2] / "hub" / "sandbox"
    lines = [line for file in root.rglob("*.py") for line in file.read_text().splitlines()]
    imports = [line for line in lines if line.startswith(("from hub", "import hub"))]
    assert imports
    assert all(line.startswith("from hub.sandbox") for line in imports)
