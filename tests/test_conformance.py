"""Every adapter against every fixture of its kind. How a kind brings its fixtures: tests/conformance/README.md."""

import logging
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import log
from hub.channels.doors import Known, OfAccount, OfChannel, OfIntakeToken
from hub.channels.registry import build_adapters
from hub.errors import UnsupportedContent
from hub.types import (
    FailureKind,
    Forged,
    JournalEvent,
    MessageReceived,
    NothingToDo,
    Secret,
    SendFailure,
    Verified,
    WebhookSecret,
)
from tests.conformance.cases import (
    FAILURES,
    INBOUND,
    KITS,
    OUTBOUND,
    assert_ids_storable,
    assert_storable,
    assert_survives,
    credentials_of,
    each,
    each_kind,
    events_of,
    first_message,
    outbound_message,
    send,
    some_message,
    told,
    values_of,
)
from tests.conformance.expected import heard, parsed, written
from tests.conformance.hostile import FIXED, flipped, mutations
from tests.conformance.kit import RECEIVED_AT, Kit

UNCHANGING = settings(max_examples=150, derandomize=True, deadline=None, database=None)

# --- the kinds ------------------------------------------------------------------------------------------


def test_every_kind_of_the_registry_brings_its_fixtures() -> None:
    adapters = build_adapters(KITS[0].context())
    assert {kit.kind: type(kit.build()) for kit in KITS} == {kind: type(one) for kind, one in adapters.items()}


@each_kind
def test_a_kind_brings_enough_fixtures_of_every_sort(kit: Kit) -> None:
    assert len(kit.inbound_names()) >= 8
    assert kit.outbound_names()
    assert set(kit.failure_cases) <= set(kit.failures())
    answered = {path.name.removesuffix(".expected.json") for path in kit.folder.glob("inbound/*.expected.json")}
    assert answered == set(kit.inbound_names())


@each_kind
def test_an_adapter_with_its_settings_misses_none_and_states_its_facts(kit: Kit) -> None:
    adapter = kit.build()
    assert adapter.kind == kit.kind
    assert adapter.label
    assert adapter.missing_settings() == ()
    assert adapter.capabilities.text_limit > 0
    assert (adapter.capabilities.reply_window is not None) == bool(adapter.capabilities.lawful_after_window)


# --- what comes in --------------------------------------------------------------------------------------


@each(INBOUND)
def test_split_and_parse_say_what_the_fixture_expects(kit: Kit, name: str) -> None:
    assert heard(kit.build(), kit, name) == kit.expected(name)


@each(INBOUND)
def test_ids_are_unique_and_can_be_stored(kit: Kit, name: str) -> None:
    raws = kit.build().split(kit.signed(name))
    assert raws
    assert len({(raw.address, raw.key) for raw in raws}) == len(raws)
    for raw in raws:
        assert_storable(raw)
    ids = [event.external_id for event in events_of(kit, name) if isinstance(event, MessageReceived)]
    assert all(ids)
    assert len(set(ids)) == len(ids)


@each(INBOUND)
def test_times_are_aware_utc(kit: Kit, name: str) -> None:
    times = [value for event in events_of(kit, name) for value in values_of(event) if isinstance(value, datetime)]
    assert [time for time in times if str(time.tzinfo) != "UTC"] == []


@each([(kit, name) for kit, name in INBOUND if name.startswith("echo_")])
def test_an_own_echo_is_no_inbound_message(kit: Kit, name: str) -> None:
    events = events_of(kit, name)
    assert events
    assert not any(isinstance(event, MessageReceived) for event in events)


@each(INBOUND)
def test_every_event_says_something_or_why_not(kit: Kit, name: str) -> None:
    request = kit.signed(name)
    for raw in kit.build().split(request):
        events = [] if raw.unreadable else parsed(kit.build(), kit, raw, request.headers)
        assert events or raw.unreadable
        assert all(event.reason for event in events if isinstance(event, NothingToDo))
        assert all(event.parts for event in events if isinstance(event, MessageReceived))


@each_kind
def test_an_old_and_a_new_sender_each_read_their_own_message_of_the_same_id(kit: Kit) -> None:
    """Ids are unique per sender only, so an adapter keeps nothing and forgets no message for being known elsewhere."""
    adapter, raw = kit.build(), first_message(kit)
    event = JournalEvent(raw.key, dict(kit.headers), raw.body, RECEIVED_AT)
    new = replace(kit.sender, id="SENDER2", channel_id="CHANNEL2")
    assert adapter.parse(event, kit.sender) == adapter.parse(event, new)
    assert any(isinstance(found, MessageReceived) for found in adapter.parse(event, new))


# --- who may come in ------------------------------------------------------------------------------------


@each(INBOUND)
def test_a_genuine_request_is_verified_by_the_secret_that_signed_it(kit: Kit, name: str) -> None:
    candidates = (*kit.foreign_secrets, *kit.secrets)
    adapter, request = kit.build(), kit.signed(name)
    assert isinstance(adapter.secret_query(request), OfChannel | OfAccount | OfIntakeToken | Known)
    assert adapter.verify(request, candidates) == Verified(kit.secrets[0])


@each([(kit, name) for kit, name in INBOUND if kit.covers_body])
def test_a_changed_body_is_refused(kit: Kit, name: str) -> None:
    request = kit.signed(name)
    for at in {0, len(request.body) // 2, len(request.body) - 1}:
        changed = replace(request, body=flipped(request.body, at))
        assert isinstance(kit.build().verify(changed, kit.secrets), Forged)


@each(INBOUND)
def test_a_forged_or_missing_signature_is_refused(kit: Kit, name: str) -> None:
    adapter, request = kit.build(), kit.signed(name)
    unsigned = kit.unsign(request)
    for forged in (kit.tamper(request), unsigned, kit.sign(unsigned, kit.foreign_secrets[0])):
        verdict = adapter.verify(forged, kit.secrets)
        assert isinstance(verdict, Forged)
        assert verdict.reason
    assert isinstance(adapter.verify(request, kit.foreign_secrets), Forged)
    assert isinstance(adapter.verify(request, ()), Forged)


@each(INBOUND)
def test_an_empty_secret_verifies_nothing(kit: Kit, name: str) -> None:
    empty = WebhookSecret(Secret(""))
    for request in (kit.unsign(kit.signed(name)), kit.sign(kit.request(name), empty)):
        assert isinstance(kit.build().verify(request, (empty,)), Forged)


# --- what no provider sends -----------------------------------------------------------------------------


@each_kind
def test_bodies_of_the_wrong_kind_are_kept_and_never_raise(kit: Kit) -> None:
    adapter = kit.build()
    for body in FIXED:
        assert_survives(adapter, kit, body)


@each(INBOUND)
def test_hostile_mutations_of_a_fixture_never_raise(kit: Kit, name: str) -> None:
    adapter = kit.build()
    for body in mutations(f"{kit.kind}/{name}", kit.request(name).body):
        assert_survives(adapter, kit, body)
        assert_ids_storable(adapter, kit, body)


@each_kind
def test_arbitrary_bytes_never_raise(kit: Kit) -> None:
    adapter = kit.build()

    @UNCHANGING
    @given(st.binary(max_size=300))
    def check(body: bytes) -> None:
        assert_survives(adapter, kit, body)

    check()


# --- what goes out --------------------------------------------------------------------------------------


@each(OUTBOUND)
def test_a_send_makes_the_expected_request_and_learns_the_id(kit: Kit, name: str) -> None:
    fixture = kit.outbound(name)
    with kit.wire(fixture["answer"]) as wire:
        sent = send(kit.build(), kit, outbound_message(kit, name))
    assert {"status": "sent", **written(sent)} == {"type": "Sent", "status": "sent", **fixture["sent"]}
    [call] = wire.calls
    expected = fixture["request"]
    headers = expected.get("headers", {})
    assert {field: call.get("headers", {}).get(field) for field in headers} == headers
    assert {**call, "headers": None} == {**expected, "headers": None}


@each_kind
def test_what_the_channel_cannot_say_is_refused_before_any_call(kit: Kit) -> None:
    adapter = kit.build()
    with kit.wire(kit.outbound(kit.outbound_names()[0])["answer"]) as wire:
        for text in ("x" * (adapter.capabilities.text_limit + 1), ""):
            with pytest.raises(UnsupportedContent) as refused:
                send(adapter, kit, some_message(kit, text))
            assert adapter.classify(refused.value).kind is FailureKind.CONTENT
    assert wire.calls == []


@each(FAILURES)
def test_a_failed_send_is_tried_once_and_classified_without_a_secret(
    kit: Kit, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    adapter, case = kit.build(), kit.failures()[name]
    for quiet in log._QUIET:
        # what hub.log silences at every level; configuring it here would outlive the test
        caplog.set_level(logging.WARNING, logger=quiet)
    with caplog.at_level(logging.DEBUG), kit.wire(case["answer"]) as wire, pytest.raises(Exception) as failed:
        send(adapter, kit, some_message(kit))
    failure = adapter.classify(failed.value)
    assert len(wire.calls) == 1
    assert {field: getattr(failure, field) for field in case["failure"]} == case["failure"]
    assert failure.detail
    shown = f"{told(failed.value)} {failure!r} {caplog.text} {adapter!r} {kit.sender!r} {kit.secrets!r}"
    assert [value for value in credentials_of(kit) if value in shown] == []


@each_kind
def test_a_connection_that_never_was_is_tried_later_and_an_answer_that_never_came_is_uncertain(kit: Kit) -> None:
    failures = kit.failures()
    assert failures["connect_error"]["failure"]["kind"] == FailureKind.TRY_LATER
    assert failures["read_timeout"]["failure"]["kind"] == FailureKind.UNCERTAIN
    assert isinstance(kit.build().classify(RuntimeError("a surprise")), SendFailure)
    assert kit.build().classify(RuntimeError("a surprise")).kind is FailureKind.UNCERTAIN
