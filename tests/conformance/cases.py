"""The kits, fixtures and small steps that the conformance tests are made of."""

import asyncio
import contextlib
import traceback
from dataclasses import fields, replace
from typing import Any, cast

import pytest

import hub.types
from hub.channels.base import Adapter
from hub.types import (
    Button,
    Buttons,
    InboundEvent,
    Media,
    MediaKind,
    MessageReceived,
    OutboundFile,
    OutboundMessage,
    Part,
    Person,
    RawEvent,
    Sent,
)
from tests.conformance.expected import parsed
from tests.conformance.kit import FIXTURES, Kit, load

KITS = [load(path.parent.name) for path in sorted(FIXTURES.glob("*/kit.py"))]
INBOUND = [(kit, name) for kit in KITS for name in kit.inbound_names()]
OUTBOUND = [(kit, name) for kit in KITS for name in kit.outbound_names()]
FAILURES = [(kit, name) for kit in KITS for name in kit.failures()]
LONGEST_KEY = 512

each_kind = pytest.mark.parametrize("kit", KITS, ids=[kit.kind for kit in KITS])


def each(pairs: list[tuple[Kit, str]]) -> pytest.MarkDecorator:
    """Run a test once for each (kit, fixture name)."""
    return pytest.mark.parametrize(("kit", "name"), pairs, ids=[f"{kit.kind}-{name}" for kit, name in pairs])


def events_of(kit: Kit, name: str) -> list[InboundEvent]:
    """Return everything that parse says of an inbound fixture."""
    adapter, request = kit.build(), kit.signed(name)
    readable = [raw for raw in adapter.split(request) if raw.unreadable is None]
    return [event for raw in readable for event in parsed(adapter, kit, raw, request.headers)]


def first_message(kit: Kit) -> RawEvent:
    """Return the first event of the kind's fixtures that holds one message of a person."""
    for name in kit.inbound_names():
        for raw in kit.build().split(kit.signed(name)):
            if raw.unreadable is None and any(isinstance(e, MessageReceived) for e in events_of(kit, name)):
                return raw
    raise AssertionError(f"no inbound fixture of {kit.kind} holds a message")


def values_of(event: InboundEvent) -> list[object]:
    """Return the values of an event's fields."""
    return [getattr(event, field.name) for field in fields(event)]


def outbound_message(kit: Kit, name: str) -> OutboundMessage:
    """Return the message of a send fixture."""
    data = kit.outbound(name)["message"]
    lists = {field: tuple(value) for field, value in data.items() if isinstance(value, list)}
    parts = tuple(_part(part) for part in data.get("parts", ()))
    files = {
        key: OutboundFile(**{**file, "body": file["body"].encode()}) for key, file in data.get("files", {}).items()
    }
    return OutboundMessage(
        **{**data, **lists, "recipient": Person(**data["recipient"]), "parts": parts, "files": files}
    )


def _part(data: dict[str, Any]) -> Part:
    """Return a part written as `{"type": class name, field: value}`, its enums and tuples as such."""
    given = {name: _tupled(value) for name, value in data.items() if name != "type"}
    match data["type"]:
        case "Media":
            return Media(**{**given, "kind": MediaKind(given["kind"])})
        case "Buttons":
            return Buttons(tuple(Button(**option) for option in given["options"]))
        case other:
            return cast(Part, getattr(hub.types, other)(**given))


def _tupled(value: Any) -> Any:
    return tuple(map(_tupled, value)) if isinstance(value, list) else value


def some_message(kit: Kit, text: str = "Room 12 is free.") -> OutboundMessage:
    """Return a sendable message with another text."""
    plain = next(name for name in kit.outbound_names() if not kit.outbound(name)["message"].get("parts"))
    return replace(outbound_message(kit, plain), text=text)


def send(adapter: Adapter, kit: Kit, message: OutboundMessage) -> Sent:
    """Send as a job would: one event loop a call."""
    return asyncio.run(adapter.send(message, kit.sender))


def credentials_of(kit: Kit) -> set[str]:
    """Return every value that must never be shown."""
    shown = {field.name for field in kit.build().credential_fields if not field.secret} | {"delivery"}
    own = {str(value) for name, value in kit.sender.credentials.items() if name not in shown}
    account = kit.sender.account
    of_account = {str(value) for value in account.credentials.values()} if account else set()
    return {value for value in own | of_account | {str(secret.value) for secret in kit.secrets} if value}


def told(error: BaseException) -> str:
    """Return all that a log or a crash report would show of an exception, and of its causes."""
    return f"{error} {error!r} {''.join(traceback.format_exception(error))}"


def assert_storable(raw: RawEvent) -> None:
    """A key must fit a column of both databases: no NUL, no lone surrogate, not endless."""
    for value in (raw.key, raw.address or "x", raw.conversation_id or "x"):
        assert 0 < len(value) <= LONGEST_KEY
        assert "\x00" not in value
        value.encode()


def assert_ids_storable(adapter: Adapter, kit: Kit, body: bytes) -> None:
    """What parse understands of hostile bytes has ids that can be stored; when it raises, the event is failed."""
    request = kit.make(body)
    for raw in adapter.split(request):
        events: list[InboundEvent] = []
        with contextlib.suppress(Exception):
            events = [] if raw.unreadable else parsed(adapter, kit, raw, request.headers)
        for event in events:
            if isinstance(event, MessageReceived):
                assert event.external_id
                assert "\x00" not in event.external_id + event.author.address
                (event.external_id + event.author.address).encode()


def assert_survives(adapter: Adapter, kit: Kit, body: bytes) -> None:
    """The verbs that see unproven bytes never raise, and what they return can be stored."""
    request = kit.make(body)
    adapter.secret_query(request)
    adapter.verify(request, kit.secrets)
    adapter.answer_challenge(request, kit.secrets)
    for raw in adapter.split(request):
        assert_storable(raw)
