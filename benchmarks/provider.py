"""A provider that does nothing but take its time: Telegram's and Twilio's answers to a send, HUB_DELAY seconds later.

It writes its answers by hand, so that its own work takes little of the machine that it shares with the worker.
"""

import asyncio
import itertools
import json
import os

_IDS = itertools.count(1)
_HEAD = "HTTP/1.1 {} OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"


def _answer(path: str) -> tuple[int, dict[str, object]]:
    number = next(_IDS)
    if path == "/healthz":
        return 200, {}
    if path.startswith("/bot"):
        chat = {"id": 1, "type": "private"}
        return 200, {"ok": True, "result": {"message_id": number, "date": 1_700_000_000, "chat": chat, "text": "."}}
    return 201, {"sid": f"SM{number:032x}", "status": "queued", "error_code": None, "num_segments": "1"}


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    delay = float(os.environ["HUB_DELAY"])
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path = head.split(" ", 2)[1]
            length = next((line for line in head.split("\r\n") if line.lower().startswith("content-length:")), ":0")
            await reader.readexactly(int(length.split(":")[1]))
            if path != "/healthz":
                await asyncio.sleep(delay)
            status, body = _answer(path)
            raw = json.dumps(body)
            writer.write((_HEAD.format(status, len(raw)) + raw).encode())
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    """Serve on HUB_PORT until told to stop."""
    server = await asyncio.start_server(_serve, "127.0.0.1", int(os.environ["HUB_PORT"]))
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
