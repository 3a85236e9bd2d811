"""The limits that the policy of numbers goes by, read from limits.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from typing import Any, Final

from hub.types.numbers import Purpose, Quality


@dataclass(frozen=True, slots=True)
class Limits:
    """Times and numbers as limits.toml explains them. `share`: which part of a cap is left at a quality."""

    quarantine: timedelta
    order_settles: timedelta
    senders_unverified: int
    senders_verified: int
    senders_raised: int
    most_registrations: int
    registrations_within: timedelta
    invitations_rest_on: tuple[Purpose, ...]
    pause: timedelta
    waited_for: timedelta
    window_margin: timedelta
    share: Mapping[Quality, float]
    goes_out: timedelta
    code_lives: timedelta
    attempts_within: timedelta
    wrong_per_person: int
    wrong_per_channel: int
    recipients_per_day: int
    unasked_per_day: int


def read(text: str) -> Limits:
    """Return the limits of a text in TOML. Raises KeyError or ValueError for one that is incomplete or wrong."""
    data: dict[str, Any] = tomllib.loads(text)
    numbers, registration, invitations = data["numbers"], data["registration"], data["invitations"]
    pacing, codes, caps = data["pacing"], data["codes"], data["caps"]
    return Limits(
        quarantine=timedelta(days=numbers["quarantine_days"]),
        order_settles=timedelta(minutes=numbers["order_settles_minutes"]),
        senders_unverified=registration["senders_unverified"],
        senders_verified=registration["senders_verified"],
        senders_raised=registration["senders_raised"],
        most_registrations=registration["most_registrations"],
        registrations_within=timedelta(hours=registration["registrations_hours"]),
        invitations_rest_on=tuple(map(Purpose, invitations["consent"])),
        pause=timedelta(hours=invitations["pause_hours"]),
        waited_for=timedelta(days=invitations["waited_for_days"]),
        window_margin=timedelta(minutes=invitations["window_margin_minutes"]),
        share={each: float(pacing["share"][each]) for each in Quality},
        goes_out=timedelta(hours=data["held"]["goes_out_hours"]),
        code_lives=timedelta(days=codes["days"]),
        attempts_within=timedelta(hours=codes["attempts_hours"]),
        wrong_per_person=codes["wrong_per_person"],
        wrong_per_channel=codes["wrong_per_channel"],
        recipients_per_day=caps["recipients"],
        unasked_per_day=caps["unasked"],
    )


LIMITS: Final = read(files("hub.numbers.policy").joinpath("limits.toml").read_text(encoding="utf-8"))
