"""What became of a send that nobody answered, told from Twilio's list of messages."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import respx

from hub.types import (
    Button,
    Buttons,
    Found,
    LookUp,
    Media,
    MediaKind,
    MessageStatus,
    NotKnown,
    NotSent,
    OutboundFile,
    OutboundMessage,
    Part,
    Person,
    Template,
    Uncertain,
)
from tests.conformance.kit import Kit
from tests.fixtures.twilio import NUMBER
from tests.twilio.account import API, SMS, WHATSAPP

TRIED_AT = datetime(2026, 11, 20, 12, 0, 0, 500_000, tzinfo=UTC)
THEM = "+4915254599371"


def sent(sid: str, seconds: float, body: str = "Hallo", **changes: Any) -> dict[str, Any]:
    """A message that Twilio lists, made so long after the send was tried."""
    created = TRIED_AT + timedelta(seconds=seconds)
    message = {"sid": sid, "direction": "outbound-api", "body": body, "num_media": "0", "status": "delivered"}
    return message | {"date_created": created.strftime("%a, %d %b %Y %H:%M:%S +0000")} | changes


def look_up(
    twilio: respx.MockRouter, *messages: dict[str, Any], kit: Kit = SMS, known: tuple[str, ...] = (), **said: Any
) -> LookUp:
    page = {"messages": list(messages), "next_page_uri": None}
    twilio.get(f"{API}/Messages.json").respond(json=page)
    message = OutboundMessage("D1", "V1", Person(THEM), **{"text": "Hallo", **said})
    return asyncio.run(kit.build().look_up(Uncertain(message, TRIED_AT, frozenset(known)), kit.sender))


def test_the_list_between_the_two_numbers_is_asked_for(twilio: respx.MockRouter) -> None:
    look_up(twilio, kit=WHATSAPP)
    asked = twilio.calls.last.request.url.params
    assert (asked["To"], asked["From"]) == (f"whatsapp:{THEM}", f"whatsapp:{NUMBER}")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("queued", MessageStatus.SENT),
        ("delivered", MessageStatus.DELIVERED),
        ("read", MessageStatus.READ),
        ("undelivered", MessageStatus.FAILED),
    ],
)
def test_a_message_of_the_same_words_and_time_is_found_with_its_status(
    word: str, status: MessageStatus, twilio: respx.MockRouter
) -> None:
    assert look_up(twilio, sent("SM1", 1, status=word)) == Found("SM1", status)


@pytest.mark.parametrize("seconds", [-5, 0, 120])
def test_clocks_may_differ_a_little(seconds: float, twilio: respx.MockRouter) -> None:
    assert look_up(twilio, sent("SM1", seconds)) == Found("SM1", MessageStatus.DELIVERED)


def test_twilio_may_trim_a_text_and_change_its_line_ends(twilio: respx.MockRouter) -> None:
    assert isinstance(look_up(twilio, sent("SM1", 1, "eins\r\nzwei"), text="eins\nzwei  "), Found)


def test_a_list_without_it_says_that_it_was_not_sent(twilio: respx.MockRouter) -> None:
    assert look_up(twilio) == NotSent()
    assert look_up(twilio, sent("SM1", -1200), sent("SM2", -700)) == NotSent()
    assert look_up(twilio, sent("SM1", 1, direction="inbound")) == NotSent()


@pytest.mark.parametrize("seconds", [-500, -30, 200])
def test_an_unexplained_message_of_another_time_leaves_it_open(seconds: float, twilio: respx.MockRouter) -> None:
    """It may be ours under a clock that is far off: sending again could say it twice."""
    assert look_up(twilio, sent("SM1", seconds)) == NotKnown()


def test_the_message_of_another_uncertain_send_leaves_it_open_until_that_is_looked_up(
    twilio: respx.MockRouter,
) -> None:
    other = sent("SM9", 3, "Etwas anderes")
    assert look_up(twilio, other) == NotKnown()
    assert look_up(twilio, other, known=("SM9",)) == NotSent()


def test_of_two_equal_texts_each_is_claimed_once(twilio: respx.MockRouter) -> None:
    listed = [sent("SM2", 2), sent("SM1", 1)]
    assert look_up(twilio, *listed) == Found("SM1", MessageStatus.DELIVERED)
    assert look_up(twilio, *listed, known=("SM1",)) == Found("SM2", MessageStatus.DELIVERED)
    assert look_up(twilio, *listed, known=("SM1", "SM2")) == NotSent()


def test_an_equal_text_that_is_known_already_is_not_taken_for_this_one(twilio: respx.MockRouter) -> None:
    assert look_up(twilio, sent("SM1", 1), known=("SM1",)) == NotSent()


def test_a_list_cut_before_the_send_proves_nothing(twilio: respx.MockRouter) -> None:
    many = [sent(f"SM{n}", 300, direction="inbound") for n in range(200)]
    assert look_up(twilio, *many) == NotKnown()


def test_files_count(twilio: respx.MockRouter) -> None:
    files = {"A1": OutboundFile("a.jpg", "image/jpeg", b"", "https://hub.example.org/media/t")}
    parts: tuple[Part, ...] = (Media(MediaKind.IMAGE, "A1", content_type="image/jpeg"),)
    bare, whole = sent("SM1", 1, ""), sent("SM2", 2, "", num_media="1")
    assert look_up(twilio, bare, whole, kit=WHATSAPP, text="", parts=parts, files=files) == Found(
        "SM2", MessageStatus.DELIVERED
    )


def test_choices_are_looked_for_as_they_went_out(twilio: respx.MockRouter) -> None:
    parts = (Buttons((Button("Ja"), Button("Nein"))),)
    found = look_up(twilio, sent("SM1", 1, "Passt es?\n\n1. Ja\n2. Nein"), text="Passt es?", parts=parts)
    assert isinstance(found, Found)


def test_a_template_is_looked_for_by_what_it_says(twilio: respx.MockRouter) -> None:
    parts = (Template("HX1", "lieferung", "de", (("1", "Mara"),)),)
    listed = [sent("SM2", 2, "Hallo Mara, sie ist da."), sent("SM1", 1, "Etwas anderes")]
    found = look_up(twilio, *listed, kit=WHATSAPP, text="Hallo Mara, sie ist da.", parts=parts)
    assert found == Found("SM2", MessageStatus.DELIVERED)
