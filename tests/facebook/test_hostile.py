"""What no Meta sends, made from what it does: reading it never raises."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.channels.facebook.adapter import FacebookAdapter
from hub.types import JournalEvent
from tests.conformance.expected import parsed
from tests.conformance.hostile import mutations
from tests.conformance.kit import RECEIVED_AT
from tests.fixtures.facebook.kit import KIT

ADAPTER = FacebookAdapter(KIT.context())
NAMES = (
    "message", "message_edit", "reaction", "postback", "messaging_feedback", "referral", "optin", "delivery", "read",
    "policy_enforcement", "field", "sender", "recipient", "timestamp", "mid", "text", "attachments", "type", "payload",
    "url", "coordinates", "lat", "long", "elements", "sticker_id", "is_echo", "is_deleted", "app_id", "metadata",
    "watermark", "mids", "emoji", "action", "ref", "source", "quick_reply", "reply_to", "id", "title",
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("name", KIT.inbound_names())
def test_a_changed_payload_is_read_or_listed_as_unreadable(name: str) -> None:
    for body in mutations(f"facebook read {name}", KIT.request(name).body):
        for raw in ADAPTER.split(KIT.make(body)):
            ADAPTER.show_raw(JournalEvent(raw.key, {}, raw.body, RECEIVED_AT))
            if raw.unreadable is None:
                assert parsed(ADAPTER, KIT, raw, {})


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5))
def test_any_item_of_a_page_is_read(item: dict[str, object]) -> None:
    body = json.dumps({"object": "page", "entry": [{"id": KIT.sender.address, "messaging": [item]}]}).encode()
    for raw in ADAPTER.split(KIT.make(body)):
        if raw.unreadable is None:
            assert parsed(ADAPTER, KIT, raw, {})
