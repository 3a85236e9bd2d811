"""The retry rules, the long ones without waiting."""

import pytest

from hub.sandbox.schedules import Outcome, Problem, State, Tried, decide


@pytest.mark.parametrize(
    ("rule", "url", "attempts", "age", "outcome", "state"),
    [
        ("telegram", "", 500, 86_000.0, Outcome(503), State.PENDING),
        ("telegram", "", 500, 86_401.0, Outcome(503), State.ABANDONED),
        ("meta", "", 40, 35 * 3600.0, Outcome(500), State.PENDING),
        ("meta", "", 40, 37 * 3600.0, Outcome(500), State.ABANDONED),
        ("twilio", "http://h/x", 1, 0.0, Outcome(problem=Problem.CONNECT), State.PENDING),
        ("twilio", "http://h/x", 2, 0.0, Outcome(problem=Problem.CONNECT), State.ABANDONED),
        ("twilio", "http://h/x", 1, 0.0, Outcome(problem=Problem.READ), State.ABANDONED),
        ("twilio", "http://h/x#rc=5&rp=all", 5, 0.0, Outcome(404), State.PENDING),
        ("twilio", "http://h/x#rc=5&rp=all&tt=5000", 5, 0.0, Outcome(404), State.REFUSED),
        ("mailgun-route", "", 6, 0.0, Outcome(500), State.PENDING),
        ("mailgun-route", "", 7, 0.0, Outcome(500), State.ABANDONED),
        ("mailgun-event", "", 1, 0.0, Outcome(406), State.REFUSED),
        ("mail-server", "", 1, 0.0, Outcome(403), State.REFUSED),
        ("mail-server", "", 1, 0.0, Outcome(503), State.PENDING),
        ("telegram", "", 1, 0.0, Outcome(204), State.ACKNOWLEDGED),
    ],
)
def test_each_platform_gives_up_when_its_rule_says(
    rule: str, url: str, attempts: int, age: float, outcome: Outcome, state: State
) -> None:
    assert decide(rule, Tried(url, attempts, age, outcome)).state == state


def test_telegram_honours_retry_after_up_to_an_hour() -> None:
    delays = [decide("telegram", Tried("", 3, 1.0, Outcome(429, retry_after=s))).delay for s in (7.0, 9000.0)]
    assert delays == [7.0, 3600.0]
