"""How a thread and its times are laid out: pure functions over values."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from starlette.requests import Request

from hub.types import AuthorView, MessageView
from hub.web.inbox.lines import first_unread, lines_of
from hub.web.rendering import Times, initials, times_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TIMES = Times(ZoneInfo("Europe/Berlin"), NOW)


def entry(name: str, minutes_ago: float, direction: str = "inbound", author: str = "lena") -> MessageView:
    position = NOW - timedelta(minutes=minutes_ago)
    return MessageView(
        id=name,
        conversation_id="c",
        channel_id="ch",
        direction=direction,
        author=AuthorView("contact", author, author),
        text=name,
        parts=(),
        status="received",
        error=None,
        external_id=None,
        reply_to=None,
        position=position,
        sequence=0,
        sent_at=position,
        created_at=position,
    )


@pytest.mark.parametrize(
    ("back", "shown"),
    [
        (timedelta(seconds=-5), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=3, seconds=40), "3 min"),
        (timedelta(hours=5), "5 h"),
        (timedelta(hours=14), "Yesterday"),
        (timedelta(days=9), "12 Nov"),
        (timedelta(days=400), "17 Oct 2025"),
    ],
)
def test_a_distance_in_time_is_short(back: timedelta, shown: str) -> None:
    assert TIMES.ago(NOW - back) == shown


def test_a_day_begins_at_the_readers_midnight() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert TIMES.day(late) == "Today"
    assert Times(UTC, NOW).day(late) == "Yesterday"
    assert TIMES.day(NOW - timedelta(days=3)) == "Wednesday, 18 Nov"


@pytest.mark.parametrize("zone", ["", "Nowhere/Never", "../../etc/passwd", "/etc", "Europe"])
def test_an_unknown_time_zone_is_utc(zone: str) -> None:
    request = Request({"type": "http", "headers": [(b"cookie", f"hub_zone={zone}".encode())]})
    assert times_of(request, NOW).clock(NOW) == "12:00"


def test_entries_of_one_voice_within_five_minutes_follow_each_other() -> None:
    lines = lines_of(
        [entry("a", 20), entry("b", 18), entry("c", 10), entry("d", 9, "outbound", "anna"), entry("e", 8)], None, TIMES
    )
    assert [line.follows for line in lines] == [False, True, False, False, False]
    assert [line.day for line in lines] == ["Today", None, None, None, None]


def test_the_unread_divider_stands_before_the_first_unread_and_names_its_author_again() -> None:
    messages = [entry("a", 4), entry("note", 3, "note", "anna"), entry("b", 2), entry("c", 1)]
    divider = first_unread(messages, 1)
    assert divider == "c"
    lines = lines_of(messages, divider, TIMES)
    assert [line.unread_from_here for line in lines] == [False, False, False, True]
    assert lines[3].follows is False


def test_without_unread_messages_there_is_no_divider() -> None:
    assert first_unread([entry("a", 1)], 0) is None
    assert first_unread([], 3) is None
    assert first_unread([entry("a", 1)], 9) == "a"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Lena Fischer", "LF"), ("Cher", "C"), ("Anna Maria Brandt", "AB"), ("+49 151 1", "#"), ("", "#")],
)
def test_an_avatar_has_the_first_letters_of_the_first_and_last_name(name: str, letters: str) -> None:
    assert initials(name) == letters
