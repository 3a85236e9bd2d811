"""Events written down as data, to compare with `<name>.expected.json`; run it to print what an adapter says."""

import json
import sys
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from hub.channels.base import Adapter
from hub.types import ChannelKind, InboundEvent, JournalEvent, RawEvent
from tests.conformance.kit import RECEIVED_AT, Kit, load


def written(value: object) -> Any:
    """Return a value of `hub.types` as plain data: `type` first, fields at their default left out."""
    if is_dataclass(value) and not isinstance(value, type):
        shown = {f.name: getattr(value, f.name) for f in fields(value) if not _at_default(value, f)}
        return {"type": type(value).__name__} | {name: written(item) for name, item in shown.items()}
    if isinstance(value, tuple | list):
        return [written(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _at_default(value: object, field: Field[Any]) -> bool:
    return field.default is not MISSING and bool(getattr(value, field.name) == field.default)


def heard(adapter: Adapter, kit: Kit, name: str) -> list[dict[str, Any]]:
    """Return what split and parse say of an inbound fixture, as `<name>.expected.json` has it."""
    request = kit.signed(name)
    return [_heard(adapter, kit, raw, dict(request.headers)) for raw in adapter.split(request)]


_NAMES = ("address", "conversation_id", "business_account", "message_id", "unreadable")


def _heard(adapter: Adapter, kit: Kit, raw: RawEvent, headers: dict[str, str]) -> dict[str, Any]:
    shown: dict[str, Any] = {"key": raw.key}
    optional = {name: getattr(raw, name) for name in _NAMES}
    shown |= {name: value for name, value in optional.items() if value is not None}
    if raw.kind != kit.kind:
        shown["kind"] = raw.kind
    if raw.unreadable is None:
        shown["events"] = [written(event) for event in parsed(adapter, kit, raw, headers)]
    return shown


def parsed(adapter: Adapter, kit: Kit, raw: RawEvent, headers: Mapping[str, str]) -> list[InboundEvent]:
    """Parse one event as core would: for the sender that the event names, by that sender's kind."""
    sender = replace(kit.sender, address=raw.address or kit.sender.address)
    if raw.kind != kit.kind:
        adapter = load(raw.kind).build()
    return adapter.parse(JournalEvent(raw.key, headers, raw.body, RECEIVED_AT), sender)


def _main(kind: str, names: list[str]) -> None:
    kit = load(ChannelKind(kind))
    adapter = kit.build()
    for name in names or kit.inbound_names():
        text = json.dumps(heard(adapter, kit, name), indent=2, ensure_ascii=False)
        sys.stdout.write(f"# {name}\n{text}\n")


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2:])
