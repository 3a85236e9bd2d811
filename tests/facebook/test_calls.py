"""What the Messenger adapter does at Meta beside sending: marks, reactions, names, look-ups."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx

from hub.channels.facebook.adapter import FacebookAdapter
from hub.channels.meta.graph import GraphError
from hub.errors import UnsupportedContent
from hub.types import (
    Button,
    Buttons,
    Chore,
    ContactCard,
    DeleteSent,
    EditSent,
    Errand,
    FailureKind,
    Found,
    Location,
    LookUp,
    MarkSeen,
    Media,
    MediaKind,
    NotKnown,
    NotSent,
    OutboundMessage,
    Part,
    Person,
    PersonNamed,
    React,
    Said,
    ShowTyping,
    Uncertain,
)
from tests.fixtures.facebook.kit import KIT

ROOT = "https://graph.facebook.com/v26.0"
PAGE = KIT.sender.address
PSID = "6100000000000017"
PERSON = Person(PSID, scope=PAGE)
TRIED = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)
SHORT = Chore("look_up_name", {"address": PSID, "scope": PAGE})


@pytest.fixture
def api() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


@pytest.fixture
def adapter() -> FacebookAdapter:
    return FacebookAdapter(KIT.context())


def refusal(code: int, subcode: int | None = None, status: int = 400) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "error_subcode": subcode, "message": "told"}})


# --- errands --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("errand", "action"),
    [
        (MarkSeen(PERSON, "m_1"), {"sender_action": "mark_seen"}),
        (ShowTyping(PERSON), {"sender_action": "typing_on"}),
        (
            React(PERSON, "m_1", "❤️"),
            {"sender_action": "react", "payload": {"message_id": "m_1", "reaction": "love"}},
        ),
        (React(PERSON, "m_1", ""), {"sender_action": "unreact", "payload": {"message_id": "m_1"}}),
    ],
)
def test_marks_and_reactions_are_actions_in_the_thread(
    api: respx.MockRouter, adapter: FacebookAdapter, errand: Errand, action: dict[str, Any]
) -> None:
    api.post(f"{ROOT}/me/messages").mock(return_value=httpx.Response(200, json={"recipient_id": PSID}))
    assert list(asyncio.run(adapter.run_errand(errand, KIT.sender))) == []
    body = json.loads(api.calls.last.request.content)
    assert body.pop("appsecret_proof")
    assert body == {"recipient": {"id": PSID}, **action}


@pytest.mark.parametrize(
    "errand", [React(PERSON, "m_1", "🦩"), EditSent(PERSON, "m_1", "new"), DeleteSent(PERSON, ("m_1",))]
)
def test_what_messenger_lets_nobody_do_is_refused_before_any_call(
    api: respx.MockRouter, adapter: FacebookAdapter, errand: Errand
) -> None:
    with pytest.raises(UnsupportedContent):
        asyncio.run(adapter.run_errand(errand, KIT.sender))
    assert not api.calls


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ({"first_name": "Felix", "last_name": "Moreau"}, "Felix Moreau"),
        ({"first_name": " Felix ", "last_name": ""}, "Felix"),
        ({"first_name": 7}, None),
        ({}, None),
    ],
)
def test_a_name_is_looked_up_for_its_page(
    api: respx.MockRouter, adapter: FacebookAdapter, profile: dict[str, Any], name: str | None
) -> None:
    api.get(f"{ROOT}/{PSID}").mock(return_value=httpx.Response(200, json=profile))
    found = list(asyncio.run(adapter.run_errand(SHORT, KIT.sender)))
    assert found == ([PersonNamed(PERSON, name)] if name else [])


def test_a_name_that_meta_does_not_tell_is_no_failure_and_one_it_may_tell_later_is(
    api: respx.MockRouter, adapter: FacebookAdapter
) -> None:
    route = api.get(f"{ROOT}/{PSID}").mock(return_value=refusal(100, 33))
    assert list(asyncio.run(adapter.run_errand(SHORT, KIT.sender))) == []
    route.mock(return_value=refusal(613))
    with pytest.raises(GraphError):
        asyncio.run(adapter.run_errand(SHORT, KIT.sender))


# --- what became of a send ------------------------------------------------------------------------------


def row(text: str, seconds: float, sender: str = PAGE, mid: str = "m_found") -> dict[str, Any]:
    at = (TRIED + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S+0000")
    return {"id": mid, "message": text, "created_time": at, "from": {"id": sender}}


def looked_up(
    api: respx.MockRouter, adapter: FacebookAdapter, rows: Any, text: str = "Yes.", *known: str, parts: Any = ()
) -> LookUp:
    answer = {"data": [{"id": "t_1", "messages": {"data": rows}}]}
    route = api.get(f"{ROOT}/{PAGE}/conversations").mock(return_value=httpx.Response(200, json=answer))
    message = OutboundMessage("D1", "C1", PERSON, text, parts)
    found = asyncio.run(adapter.look_up(Uncertain(message, TRIED, frozenset(known)), KIT.sender))
    assert route.calls.last.request.url.params["user_id"] == PSID
    return found


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("Yes.", 1), row("free?", -60, PSID)], Found("m_found")),
        ([row("free?", 3, PSID), row("Yes.", 1), row("Yes.", -600, mid="m_old")], Found("m_found")),
        # the same words before the attempt are another message
        ([row("Yes.", -600, mid="m_old")], NotSent()),
        ([row("free?", -60, PSID)], NotSent()),
        # the page said something since, in other words: not this
        ([row("No.", 1), row("free?", -60, PSID)], NotSent()),
        ([row("  Yes.\n", 1), row("free?", -60, PSID)], Found("m_found")),
        # these words, but nobody can tell when
        ([row("Yes.", 1) | {"created_time": "today"}, row("free?", -60, PSID)], NotKnown()),
        # answered within seconds: a list that is not full is the whole conversation, a full one may be cut off there
        ([row("free?", -2, PSID)], NotSent()),
        ([row("free?", -2, PSID)] * 25, NotKnown()),
        # the list does not reach back to the attempt
        ([row("free?", 5, PSID)], NotKnown()),
        ([], NotKnown()),
        (None, NotKnown()),
        ([{"id": 7, "created_time": "yesterday", "from": None}, "x"], NotKnown()),
    ],
)
def test_an_uncertain_text_is_found_or_certainly_not_there_or_not_known(
    api: respx.MockRouter, adapter: FacebookAdapter, rows: Any, expected: LookUp
) -> None:
    assert looked_up(api, adapter, rows) == expected


def test_of_two_equal_texts_each_counts_once(api: respx.MockRouter, adapter: FacebookAdapter) -> None:
    rows = [row("Yes.", 4, mid="m_2"), row("Yes.", 1, mid="m_1"), row("free?", -60, PSID)]
    found = [looked_up(api, adapter, rows, "Yes.", *known) for known in ((), ("m_1",), ("m_2",), ("m_1", "m_2"))]
    assert found == [Found("m_1"), Found("m_2"), Found("m_1"), NotSent()]


def test_a_text_with_buttons_may_be_listed_in_other_words(api: respx.MockRouter, adapter: FacebookAdapter) -> None:
    rows = [row("", 1), row("free?", -60, PSID)]
    buttons = (Buttons((Button("yes", "Yes"),)),)
    assert looked_up(api, adapter, rows, parts=buttons) == NotKnown()
    assert looked_up(api, adapter, rows, "Yes.", "m_found", parts=buttons) == NotSent()


def test_of_an_uncertain_file_only_its_absence_can_be_known(api: respx.MockRouter, adapter: FacebookAdapter) -> None:
    assert looked_up(api, adapter, [row("", 1), row("free?", -60, PSID)], text="") == NotKnown()
    assert looked_up(api, adapter, [row("free?", -60, PSID)], text="") == NotSent()


# --- what is said ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [Location(1.0, 2.0), ContactCard("Paula")])
def test_a_place_and_a_card_are_refused_with_the_way_round_them(adapter: FacebookAdapter, part: Part) -> None:
    with pytest.raises(UnsupportedContent, match="into the text"):
        adapter.compose(Said("", (part,)))


def test_a_composed_answer_goes_out_as_text_then_one_message_a_file(adapter: FacebookAdapter) -> None:
    picture = Media(MediaKind.IMAGE, "A1", content_type="image/jpeg", size=9)
    webp = Media(MediaKind.IMAGE, "A2", content_type="image/webp", size=9)
    said = adapter.compose(Said("a" * 2001, (picture, webp)))
    assert [len(each.text) for each in said] == [2000, 1, 0, 0]
    assert [part.kind for each in said for part in each.parts if isinstance(part, Media)] == ["image", "file"]


def test_a_late_answer_that_meta_refuses_never_holds_the_page(api: respx.MockRouter, adapter: FacebookAdapter) -> None:
    api.post(f"{ROOT}/me/messages").mock(return_value=refusal(10, None, 403))
    message = OutboundMessage("D1", "C1", PERSON, "Late.", late=True)
    kinds = []
    for each in (message, replace(message, late=False)):
        with pytest.raises(GraphError) as caught:
            asyncio.run(adapter.send(each, KIT.sender))
        kinds.append(adapter.classify(caught.value).kind)
    assert kinds == [FailureKind.WINDOW, FailureKind.CREDENTIALS]


def test_calls_share_connections_only_while_they_are_kept_open(
    api: respx.MockRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, made = KIT.context(), []
    make = context.http.client
    monkeypatch.setattr(context.http, "client", lambda **options: made.append(1) or make(**options))
    adapter = FacebookAdapter(context)
    api.post(f"{ROOT}/me/messages").mock(return_value=httpx.Response(200, json={"message_id": "m_1"}))

    async def send_three() -> None:
        message = OutboundMessage("D1", "C1", PERSON, "Yes.")
        async with adapter.open():
            await asyncio.gather(adapter.send(message, KIT.sender), adapter.send(message, KIT.sender))
        await adapter.send(message, KIT.sender)

    asyncio.run(send_three())
    assert len(made) == 2
