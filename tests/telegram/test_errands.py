"""What the hub does at Telegram besides sending: react, edit, take back, show typing, answer a press, leave a group."""

import asyncio
from typing import Any

import pytest
import respx
from telegram.error import BadRequest, Forbidden

from hub.channels.base import Adapter
from hub.errors import UnsupportedContent
from hub.types import Chore, DeleteSent, EditSent, Errand, MarkSeen, Person, React, ShowTyping
from tests.fixtures.telegram.kit import KIT
from tests.telegram.bot_api import ROOT, decoded, ok, refused

MILA = Person("410000017")
BUSINESS = Person("410000017", scope="ctZ_1-0")
OWN, OF_BUSINESS = "410000017:330", "business.ctZ_1-0:410000017:21"
MESSAGE = {"message_id": 330, "chat": {"id": 410000017, "type": "private"}, "date": 1795176000}
NO_TEXT = "Bad Request: there is no text in the message to edit"
SAME = "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"


def do(adapter: Adapter, errand: Errand) -> None:
    assert asyncio.run(adapter.run_errand(errand, KIT.sender)) == ()


@pytest.mark.parametrize(
    ("errand", "method", "fields"),
    [
        (
            React(MILA, OWN, "👍"),
            "setMessageReaction",
            {"chat_id": "410000017", "message_id": "330", "reaction": [{"type": "emoji", "emoji": "👍"}]},
        ),
        (
            React(MILA, OWN, ""),
            "setMessageReaction",
            {"chat_id": "410000017", "message_id": "330", "reaction": []},
        ),
        (
            DeleteSent(MILA, (OWN, "410000017:331")),
            "deleteMessages",
            {"chat_id": "410000017", "message_ids": [330, 331]},
        ),
        (
            DeleteSent(BUSINESS, (OF_BUSINESS,)),
            "deleteBusinessMessages",
            {"business_connection_id": "ctZ_1-0", "message_ids": [21]},
        ),
        (ShowTyping(MILA), "sendChatAction", {"chat_id": "410000017", "action": "typing"}),
        (
            ShowTyping(BUSINESS),
            "sendChatAction",
            {"chat_id": "410000017", "action": "typing", "business_connection_id": "ctZ_1-0"},
        ),
        (
            MarkSeen(BUSINESS, OF_BUSINESS),
            "readBusinessMessage",
            {"business_connection_id": "ctZ_1-0", "chat_id": "410000017", "message_id": "21"},
        ),
        (
            Chore("answer_press", {"id": "1760936665541234567"}),
            "answerCallbackQuery",
            {"callback_query_id": "1760936665541234567"},
        ),
    ],
)
def test_an_errand_is_one_call(
    api: respx.MockRouter, adapter: Adapter, errand: Errand, method: str, fields: dict[str, Any]
) -> None:
    route = api.post(f"{ROOT}/{method}").mock(return_value=ok(True))
    do(adapter, errand)
    assert route.call_count == len(api.calls) == 1
    assert decoded(route.calls.last.request) == fields


def test_an_edit_replaces_the_text_and_under_a_file_the_caption(api: respx.MockRouter, adapter: Adapter) -> None:
    text = api.post(f"{ROOT}/editMessageText").mock(return_value=refused(400, NO_TEXT))
    caption = api.post(f"{ROOT}/editMessageCaption").mock(return_value=ok(MESSAGE))
    do(adapter, EditSent(MILA, OWN, "From June"))
    assert decoded(text.calls.last.request) == {"chat_id": "410000017", "message_id": "330", "text": "From June"}
    assert decoded(caption.calls.last.request) == {"chat_id": "410000017", "message_id": "330", "caption": "From June"}


@pytest.mark.parametrize(
    ("errand", "method", "said"),
    [
        (EditSent(MILA, OWN, "same"), "editMessageText", SAME),
        (DeleteSent(BUSINESS, (OF_BUSINESS,)), "deleteBusinessMessages", "Bad Request: message to delete not found"),
        (
            Chore("answer_press", {"id": "1"}),
            "answerCallbackQuery",
            "Bad Request: query is too old and response timeout expired or query ID is invalid",
        ),
    ],
)
def test_an_errand_that_was_done_before_is_done(
    api: respx.MockRouter, adapter: Adapter, errand: Errand, method: str, said: str
) -> None:
    asked = api.post(f"{ROOT}/{method}").mock(return_value=refused(400, said))
    do(adapter, errand)
    assert asked.call_count == 1


@pytest.mark.parametrize(
    ("errand", "method"),
    [
        (React(MILA, OWN, "👍"), "setMessageReaction"),
        (EditSent(MILA, OWN, "late"), "editMessageText"),
        (DeleteSent(MILA, (OWN,)), "deleteMessages"),
    ],
)
def test_any_other_refusal_is_told(api: respx.MockRouter, adapter: Adapter, errand: Errand, method: str) -> None:
    api.post(f"{ROOT}/{method}").mock(return_value=refused(400, "Bad Request: MESSAGE_ID_INVALID"))
    with pytest.raises(BadRequest):
        do(adapter, errand)


@pytest.mark.parametrize(
    "errand",
    [
        React(MILA, OWN, "🌿"),
        React(MILA, "callback:1760936665541234567", "👍"),
        React(BUSINESS, OF_BUSINESS, "👍"),
        EditSent(MILA, OWN, " "),
        EditSent(MILA, OWN, "x" * 4097),
        EditSent(MILA, "callback:1", "x"),
        MarkSeen(MILA, OWN),
        ShowTyping(Person("mila@example.org")),
        Chore("make_coffee", {}),
    ],
)
def test_what_telegram_cannot_do_is_refused_before_any_call(
    api: respx.MockRouter, adapter: Adapter, errand: Errand
) -> None:
    with pytest.raises(UnsupportedContent):
        do(adapter, errand)
    assert not api.calls


def leaving(chat_id: int = -4900000002, **data: object) -> Chore:
    return Chore("leave_group", {"chat_id": chat_id, **data})


@pytest.mark.parametrize(("language", "words"), [("en", "private chats only"), ("de", "nur in privaten Chats")])
def test_the_bot_says_in_the_groups_language_why_it_leaves(
    api: respx.MockRouter, adapter: Adapter, language: str, words: str
) -> None:
    said = api.post(f"{ROOT}/sendMessage").mock(return_value=ok(MESSAGE))
    left = api.post(f"{ROOT}/leaveChat").mock(return_value=ok(True))
    do(adapter, leaving(say=language))
    text = decoded(said.calls.last.request)["text"]
    assert words in text
    assert "https://t.me/lindenhof_support_bot" in text
    assert decoded(left.calls.last.request) == {"chat_id": "-4900000002"}


def test_the_bot_leaves_a_channel_without_a_word(api: respx.MockRouter, adapter: Adapter) -> None:
    left = api.post(f"{ROOT}/leaveChat").mock(return_value=ok(True))
    do(adapter, leaving())
    assert left.call_count == len(api.calls) == 1


def test_the_bot_leaves_a_group_in_which_it_may_not_write(api: respx.MockRouter, adapter: Adapter) -> None:
    api.post(f"{ROOT}/sendMessage").mock(return_value=refused(400, "Bad Request: CHAT_WRITE_FORBIDDEN"))
    left = api.post(f"{ROOT}/leaveChat").mock(return_value=ok(True))
    do(adapter, leaving(say="en"))
    assert left.called


@pytest.mark.parametrize(
    "answer",
    [
        refused(403, "Forbidden: bot is not a member of the supergroup chat"),
        refused(400, "Bad Request: chat not found"),
    ],
)
def test_leaving_a_group_twice_is_no_failure(api: respx.MockRouter, adapter: Adapter, answer: Any) -> None:
    left = api.post(f"{ROOT}/leaveChat").mock(return_value=answer)
    do(adapter, leaving())
    assert left.call_count == 1


def test_a_reaction_to_somebody_who_blocked_the_bot_is_told(api: respx.MockRouter, adapter: Adapter) -> None:
    api.post(f"{ROOT}/setMessageReaction").mock(return_value=refused(403, "Forbidden: bot was blocked by the user"))
    with pytest.raises(Forbidden):
        do(adapter, React(MILA, OWN, "👍"))
