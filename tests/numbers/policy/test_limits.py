"""The limits as they are written down, and that what is missing is noticed."""

from datetime import timedelta
from importlib.resources import files

import pytest

from hub.numbers.policy.limits import LIMITS, read
from hub.types.numbers import Quality

TEXT = files("hub.numbers.policy").joinpath("limits.toml").read_text(encoding="utf-8")


def test_what_messengers_and_law_ask_for_is_what_is_written() -> None:
    assert LIMITS.quarantine == timedelta(days=90)
    assert (LIMITS.senders_unverified, LIMITS.senders_verified, LIMITS.senders_raised) == (2, 20, 50)
    assert (LIMITS.most_registrations, LIMITS.registrations_within) == (10, timedelta(hours=72))
    assert LIMITS.share == {Quality.UNKNOWN: 1, Quality.HIGH: 1, Quality.MEDIUM: 0.5, Quality.LOW: 0}


def test_a_limit_that_is_missing_stops_the_start() -> None:
    for line in TEXT.splitlines():
        if "=" in line and not line.startswith("#"):
            with pytest.raises(KeyError):
                read(TEXT.replace(line, ""))
