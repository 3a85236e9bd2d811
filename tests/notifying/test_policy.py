"""When a person who is away is told by mail: every trigger, and everything that is none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.access.wishes import Wishes, changed_wishes, read_wishes
from hub.errors import Invalid
from hub.notifying.policy import HORIZON, Answer, Standing, trigger_of
from hub.types import FailureKind, MessageStatus, Trigger

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WISHES = Wishes(people=True, unread_minutes=60)
FINE = Standing(hold=None, has_sender=True, unreachable=False, tells_reading=True)


def answer(status: MessageStatus, minutes: int = 10, error: str | None = None) -> Answer:
    return Answer("M", "text", status, error, NOW - timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("given", "standing", "trigger"),
    [
        (answer(MessageStatus.FAILED, error=FailureKind.WINDOW), FINE, Trigger.WINDOW_CLOSED),
        (answer(MessageStatus.FAILED, error=FailureKind.RECIPIENT), FINE, Trigger.UNREACHABLE),
        (answer(MessageStatus.QUEUED), replace(FINE, hold="banned"), Trigger.SENDER_HELD),
        (answer(MessageStatus.QUEUED), replace(FINE, hold="credentials"), Trigger.SENDER_HELD),
        (answer(MessageStatus.QUEUED), replace(FINE, has_sender=False), Trigger.SENDER_HELD),
        (answer(MessageStatus.SENT, 60), FINE, Trigger.UNREAD),
        (answer(MessageStatus.DELIVERED, 61), FINE, Trigger.UNREAD),
        # and these are no reason
        (answer(MessageStatus.FAILED, error=FailureKind.CONTENT), FINE, None),
        (answer(MessageStatus.QUEUED), FINE, None),
        (answer(MessageStatus.QUEUED), replace(FINE, hold="rate"), None),
        (answer(MessageStatus.SENT, 59), FINE, None),
        (answer(MessageStatus.SENT, 600), replace(FINE, tells_reading=False), None),
        (answer(MessageStatus.UNCERTAIN, 600), FINE, None),
        (answer(MessageStatus.DELIVERED, int(HORIZON.total_seconds() // 60) + 1), FINE, None),
    ],
)
def test_an_answer_is_told_by_mail_for_a_reason_only(
    given: Answer, standing: Standing, trigger: Trigger | None
) -> None:
    assert trigger_of(given, standing, WISHES, NOW) is trigger


def test_wishes_are_checked_and_what_is_not_said_keeps_its_value() -> None:
    wishes = changed_wishes({"people": True}, {"unread_minutes": 15})
    assert wishes == Wishes(people=True, unread_minutes=15)
    assert read_wishes({}) == Wishes()
    for wrong in ({"unread_minutes": 1}, {"waiting_minutes": 0}, {"unread_minutes": 100_000}):
        with pytest.raises(Invalid, match=next(iter(wrong))):
            changed_wishes({}, wrong)
