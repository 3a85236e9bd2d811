"""Business hours: a table of moments, and when a group opens next."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.routing.policy.holidays import holidays_of, is_place
from hub.routing.policy.hours import is_open, next_opening, zone_of
from hub.types import Hours, Interval
from tests.routing.policy.spoken_hours import interval_of, week_of

TABLE = tomllib.loads(Path(__file__).with_name("hours.toml").read_text("utf-8"))


def hours_of(name: str) -> Hours:
    said = TABLE[name]
    extra = {date.fromisoformat(day): tuple(map(interval_of, spans)) for day, spans in said.get("extra", {}).items()}
    closed = tuple(date.fromisoformat(day) for day in said.get("closed", ()))
    return Hours(said["zone"], week_of(said["week"]), said.get("holidays", ""), closed, extra)


def cases() -> Iterator[tuple[str, str, str, str]]:
    for name, said in TABLE.items():
        yield from ((name, moment, state, why) for moment, state, why in said["cases"])


CASES = list(cases())


def test_the_table_holds_at_least_sixty_cases() -> None:
    assert len(CASES) >= 60
    assert len({(name, moment) for name, moment, _, _ in CASES}) == len(CASES)


@pytest.mark.parametrize(("name", "moment", "state", "why"), CASES)
def test_a_moment_is_open_or_closed(name: str, moment: str, state: str, why: str) -> None:
    assert is_open(hours_of(name), datetime.fromisoformat(moment)) is (state == "open"), why


OPENINGS = [
    ("office", "2026-03-02T10:00:00+01:00", "2026-03-02T10:00:00+01:00"),  # open now
    ("office", "2026-03-02T12:10:00+01:00", "2026-03-02T13:00:00+01:00"),  # after the break
    ("office", "2026-03-06T17:30:00+01:00", "2026-03-09T09:00:00+01:00"),  # after the week-end
    ("office", "2026-03-27T18:00:00+01:00", "2026-03-30T09:00:00+02:00"),  # after the clock was put on
    ("office", "2026-10-23T18:00:00+02:00", "2026-10-26T09:00:00+01:00"),  # after it was put back
    ("night", "2026-03-06T12:00:00+01:00", "2026-03-06T22:00:00+01:00"),
    ("early", "2026-03-29T00:00:00+01:00", "2026-03-29T04:00:00+02:00"),  # the hour that is left out never opens
    ("early", "2026-10-25T00:00:00+02:00", "2026-10-25T02:00:00+02:00"),  # the first of the two
    ("half_hours", "2026-10-25T02:40:00+02:00", "2026-10-25T02:00:00+01:00"),  # the clock is put back into it
    ("half_hours", "2026-03-29T03:10:00+02:00", "2026-04-05T01:30:00+02:00"),
    ("berlin", "2026-04-02T17:00:00+02:00", "2026-04-04T20:00:00+02:00"),  # over Good Friday
    ("berlin", "2026-12-23T17:00:00+01:00", "2026-12-28T09:00:00+01:00"),  # over a closed day and holidays
    ("south", "2026-09-27T03:00:00+10:30", "2026-10-04T01:30:00+10:30"),
]


@pytest.mark.parametrize(("name", "at", "opens"), OPENINGS)
def test_a_closed_group_opens_next(name: str, at: str, opens: str) -> None:
    assert next_opening(hours_of(name), datetime.fromisoformat(at)) == datetime.fromisoformat(opens)


def test_a_span_whose_beginning_the_clock_skips_opens_where_the_clock_goes_on() -> None:
    hours = Hours("Europe/Berlin", week_of(["sun 02:30-05:00"]))
    at = datetime.fromisoformat("2026-03-29T00:00:00+01:00")
    assert next_opening(hours, at) == datetime.fromisoformat("2026-03-29T03:00:00+02:00")


def test_hours_that_never_open_open_never() -> None:
    assert next_opening(Hours("UTC", ((),) * 7), datetime(2026, 3, 1, tzinfo=UTC)) is None
    once = Hours("UTC", ((),) * 7, extra={date(2027, 1, 31): (Interval(600, 660),)})
    assert next_opening(once, datetime(2026, 3, 1, tzinfo=UTC)) == datetime(2027, 1, 31, 10, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Europe/Bonn", "Europe", "../etc/passwd", ""])
def test_in_a_zone_that_is_no_more_it_is_always_open(zone: str) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    hours = Hours(zone, ((),) * 7)
    assert (is_open(hours, at), next_opening(hours, at), zone_of(zone)) == (True, at, None)


def test_a_place_that_is_no_more_has_no_holidays() -> None:
    german_unity = datetime(2026, 10, 3, 12, tzinfo=UTC)
    always = ((Interval(0, 1440),),) * 7
    assert not is_open(Hours("UTC", always, "DE"), german_unity)
    assert is_open(Hours("UTC", always, "DE-XX"), german_unity)
    assert holidays_of("XX", 2026) == frozenset()


def test_places_are_countries_and_their_parts() -> None:
    assert [is_place(each) for each in ("DE", "DE-BE", "GB-SCT", "US-CA")] == [True] * 4
    assert [is_place(each) for each in ("", "DE-", "DE-XX", "XX", "de", "Germany")] == [False] * 6
    assert date(2026, 10, 3) in holidays_of("DE", 2026)


SPANS = st.tuples(st.integers(0, 1439), st.integers(0, 1440)).map(lambda pair: Interval(*pair))
WEEKS = st.lists(st.lists(SPANS, max_size=2).map(tuple), min_size=7, max_size=7).map(tuple)


@settings(max_examples=60, deadline=None)
@given(
    week=WEEKS,
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    day=st.sampled_from(
        [date(2026, 3, 28), date(2026, 10, 24), date(2026, 3, 7), date(2026, 10, 31), date(2026, 4, 4)]
    ),
    minute=st.integers(0, 1439),
)
def test_the_next_opening_is_the_first_minute_that_is_open(week: object, zone: str, day: date, minute: int) -> None:
    hours = Hours(zone, week)  # type: ignore[arg-type]
    at = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC) + timedelta(minutes=minute)
    minutes = (at + timedelta(minutes=each) for each in range(2 * 1440))
    first = next((each for each in minutes if is_open(hours, each)), None)
    opens = next_opening(hours, at)
    assert opens == first if first else opens is None or opens >= at + timedelta(days=2)
