"""Ordinary traffic opens no case, and the same month with a ban in it does."""

from datetime import datetime, timedelta

import pytest

from hub.types import Level
from hub.types.bans import Signal, SignalSource
from tests.numbers.policy.ordinary import DAYS, MONTHS, Month, month
from tests.numbers.policy.simulated import START, Watched

_END = START + timedelta(days=DAYS)


def _watch(thirty_days: Month) -> Watched:
    return Watched(thirty_days.answer, frozenset({thirty_days.everyday.healthy}), volumes=list(thirty_days.volumes))


@pytest.mark.parametrize("kind", MONTHS)
def test_thirty_days_with_outages_storms_and_rotated_tokens_open_no_case(kind: str) -> None:
    thirty_days = month(MONTHS[kind], 1)
    sender = _watch(thirty_days)
    sender.run(thirty_days.signals, _END, changed=[end for _, end in thirty_days.refused])
    assert len(sender.judgements) > 100
    assert [(at, each.level, each.evidence[0].code) for at, each in sender.cases] == []


@pytest.mark.parametrize("kind", MONTHS)
def test_credentials_that_nobody_mends_do_open_a_case(kind: str) -> None:
    thirty_days = month(MONTHS[kind], 3)
    revoked_at = START + timedelta(days=2)
    broken = Month(thirty_days.everyday, (), (), (), ((revoked_at, _END),), 3)
    sender = _watch(broken)
    sender.run((), revoked_at + timedelta(hours=1))
    at, judgement = sender.cases[0]
    assert judgement.level is Level.CREDENTIALS
    assert timedelta(minutes=10) <= at - revoked_at <= timedelta(minutes=21)


def test_a_ban_in_an_ordinary_month_opens_a_case_at_its_first_signal() -> None:
    thirty_days = month(MONTHS["whatsapp"], 4)
    banned_at = START + timedelta(days=3)
    down = thirty_days.down

    def answer(at: datetime) -> Signal:
        if at < banned_at or any(start <= at < end for start, end in down):
            return thirty_days.answer(at)
        return Signal("twilio", SignalSource.PROBE, "sender/OFFLINE", at, "banned by provider")

    sender = _watch(thirty_days)
    sender.answer = answer
    told = Signal("twilio", SignalSource.SEND, "63112", banned_at, recipient="anna")
    before = [each for each in thirty_days.signals if each.at < banned_at]
    sender.run([*before, told], banned_at + timedelta(hours=6), changed=[end for _, end in thirty_days.refused])
    assert sender.cases[0][0] == banned_at
    assert sender.cases[0][1].level is Level.BANNED
