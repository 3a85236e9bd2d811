"""The sandbox's memory on disk: one JSON file, written whole and put in place by a rename."""

import asyncio
import json
from base64 import b64decode, b64encode
from collections import OrderedDict
from dataclasses import fields
from pathlib import Path
from time import perf_counter
from typing import Any

from hub.sandbox.bans.ban import Ban
from hub.sandbox.files import StoredFile
from hub.sandbox.provisioned import Provisioned
from hub.sandbox.threads import Bubble
from hub.sandbox.webhook import Webhook
from hub.sandbox.world import Account, Bot, Page, Settings, World

_SHORTEST_PAUSE = 0.5
_PAUSE_PER_WRITE = 20
"""A large state is written less often: saving may take a twentieth of the time, no more."""
_FINISHED_SAVED = 500
_RECEIVED_SAVED = 5_000
_FILES_SAVED, _FILE_BYTES_SAVED = 200, 64_000


def _packed(stored: StoredFile) -> dict[str, Any]:
    shown = {field.name: getattr(stored, field.name) for field in fields(stored)}
    return shown | {"kept": b64encode(stored.kept).decode()}


def _snapshot(world: World) -> dict[str, Any]:
    return {
        "settings": vars(world.settings),
        "names": world.people.names,
        "numbers_given": world.people.numbers,
        "counters": world.counters,
        "bots": list(world.bots.values()),
        "pages": list(world.pages.values()),
        "accounts": list(world.accounts.values()),
        "numbers": world.numbers,
        "senders": world.senders,
        "messages": list(world.messages.values()),
        "opted_out": world.opted_out,
        "files": [_packed(stored) for stored in world.files.list_small(_FILE_BYTES_SAVED, _FILES_SAVED)],
        "contents": world.contents,
        "provisioned": world.provisioned,
        "bans": list(world.bans.values()),
        "bubbles": world.threads.everything(),
        "received": list(world.threads.received)[-_RECEIVED_SAVED:],
        "pending": list(world.queue.pending.values()),
        "finished": list(world.queue.finished)[-_FINISHED_SAVED:],
        "tally": world.queue.counters,
    }


def save(world: World, file: Path) -> None:
    """Write the state. A crash at any moment leaves the old file or the new one."""
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(_snapshot(world), default=vars))
    draft.replace(file)


def load(world: World, file: Path) -> None:
    """Bring back a saved state. Raises ValueError when the file is none."""
    if not file.exists():
        return
    try:
        _restore(world, json.loads(file.read_text()))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{file} is no sandbox state; delete it to start afresh") from error


def _restore(world: World, saved: dict[str, Any]) -> None:
    world.settings = Settings(**saved["settings"])
    world.people.names, world.people.numbers = saved["names"], saved["numbers_given"]
    world.counters = saved["counters"]
    world.bots = {item["token"]: Bot(**item) for item in saved["bots"]}
    world.pages = {item["id"]: Page(**item) for item in saved["pages"]}
    world.accounts = {item["sid"]: Account(**item) for item in saved["accounts"]}
    world.numbers, world.senders = saved["numbers"], saved["senders"]
    world.messages = OrderedDict((item["sid"], item) for item in saved["messages"])
    world.opted_out, world.contents = saved["opted_out"], saved.get("contents", {})
    if "provisioned" in saved:
        world.provisioned = Provisioned.restored(saved["provisioned"])
    world.bans = {item["id"]: Ban(**item) for item in saved.get("bans", ())}
    for item in saved.get("files", ()):
        world.files.put_back(StoredFile(**{**item, "kept": b64decode(item["kept"])}))
    for item in saved["bubbles"]:
        world.threads.add(Bubble(**item))
    world.threads.received.clear()
    world.threads.received.extend(Bubble(**item) for item in saved["received"])
    world.queue.pending.update({item["id"]: Webhook(**item) for item in saved["pending"]})
    world.queue.finished.extend(Webhook(**item) for item in saved["finished"])
    world.queue.counters.update(saved["tally"])


async def keep_saving(world: World, file: Path) -> None:
    """Save whenever something changed, until cancelled."""
    pause, seen = _SHORTEST_PAUSE, (-1, -1)
    while True:
        await asyncio.sleep(pause)
        now = (world.changes, world.threads.version)
        if now == seen:
            continue
        seen = now
        begun = perf_counter()
        save(world, file)
        pause = max(_SHORTEST_PAUSE, _PAUSE_PER_WRITE * (perf_counter() - begun))
