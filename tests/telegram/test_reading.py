"""What updates say, where a table of payload files does not show it."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.channels.telegram.marks import marks
from hub.errors import Invalid
from hub.types import Chore, InboundEvent, JournalEvent, Mark, MarkKind, MessageReceived, NothingToDo, Sender, Text
from tests.conformance.hostile import _VALUES, _paths, _replaced
from tests.conformance.kit import RECEIVED_AT
from tests.fixtures.telegram.kit import KIT

SILENT = replace(KIT.sender, settings={"leave_groups": False})
BODIES = {name: json.loads(KIT.request(name).body) for name in KIT.inbound_names() if name != "truncated"}


def read(update: Any, sender: Sender = KIT.sender) -> list[InboundEvent]:
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    return KIT.build().parse(JournalEvent("1", {}, body, RECEIVED_AT), sender)


@pytest.mark.parametrize("name", ["group_text", "added_to_a_group", "added_to_a_channel", "channel_post"])
def test_a_bot_that_may_stay_in_groups_is_silent_there(name: str) -> None:
    assert all(isinstance(event, Chore) for event in read(BODIES[name]))
    [event] = read(BODIES[name], SILENT)
    assert isinstance(event, NothingToDo)


@given(st.text(max_size=30), st.integers(0, 30), st.integers(1, 30))
def test_a_mark_covers_the_same_text_in_utf16_and_in_characters(text: str, start: int, length: int) -> None:
    text = text.encode("utf-8", "ignore").decode()
    start, end = min(start, len(text)), min(start + length, len(text))
    units = [len(text[:at].encode("utf-16-le")) // 2 for at in (start, end)]
    entity = {"type": "bold", "offset": units[0], "length": units[1] - units[0]}
    expected = (Mark(MarkKind.BOLD, start, end),) if start < end else ()
    assert marks(text, [entity]) == expected


@pytest.mark.parametrize(
    ("entity", "url"),
    [
        ({"type": "text_link", "url": "HTTPS://a.example"}, "HTTPS://a.example"),
        ({"type": "text_link", "url": "javascript:alert(1)"}, None),
        ({"type": "text_link", "url": "tg://user?id=1"}, None),
        ({"type": "url"}, "https://a.example/b?c=d:e"),
    ],
)
def test_only_web_addresses_become_links(entity: dict[str, Any], url: str | None) -> None:
    text = "a.example/b?c=d:e"
    found = marks(text, [{**entity, "offset": 0, "length": len(text)}])
    assert [mark.url for mark in found] == ([url] if url else [])


@settings(max_examples=1500, derandomize=True, deadline=None, database=None)
@given(st.sampled_from(sorted(BODIES)), st.data())
def test_updates_with_three_wrong_fields_raise_nothing_but_invalid(name: str, data: st.DataObject) -> None:
    update = BODIES[name]
    for _ in range(3):
        path = data.draw(st.sampled_from(list(_paths(update))))
        update = _replaced(update, path, data.draw(st.sampled_from(_VALUES)))
    try:
        events = read(update)
    except Invalid:
        return
    assert events
    for event in events:
        if isinstance(event, MessageReceived):
            assert event.parts
            assert event.external_id.isascii()


@pytest.mark.parametrize("body", [b"", b"7", b"[]", b"[" * 100_000, b'{"message":7}', b'{"message":{}}'])
def test_bytes_that_are_no_update_are_invalid_and_not_repeated(body: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read(body)
    assert len(refused.value.detail) < 120


def test_a_long_text_is_read_in_no_time_and_whole() -> None:
    update = json.loads(json.dumps(BODIES["text"]))
    update["message"]["text"] = "🌿" * 4096
    update["message"]["entities"] = [{"type": "bold", "offset": 0, "length": 8192}]
    [event] = read(update)
    assert isinstance(event, MessageReceived)
    assert event.parts == (Text("🌿" * 4096, (Mark(MarkKind.BOLD, 0, 4096),)),)


def test_show_raw_is_readable_json_without_file_ids_and_connections() -> None:
    adapter = KIT.build()
    for name in ("album_video", "business_message_with_photo", "callback_query"):
        shown = adapter.show_raw(JournalEvent("1", {}, KIT.request(name).body, RECEIVED_AT))
        assert "AAxkBAAIB" not in shown
        assert "ctZGKuAbcdEFGH" not in shown
        assert "Sørensen" in shown
        assert json.loads(shown)["update_id"]


def test_show_raw_of_broken_bytes_is_the_text_they_may_be() -> None:
    shown = KIT.build().show_raw(JournalEvent("1", {}, b'{"a":"\x00\xff', RECEIVED_AT))
    assert shown.startswith('{"a":"')
    assert "\x00" not in shown
