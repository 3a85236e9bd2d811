"""How soon a ban is confirmed, on a simulated clock."""

from datetime import datetime, timedelta

import pytest

from hub.numbers.policy.judging import judge
from hub.numbers.policy.signals import SUSPICIOUS
from hub.types.bans import Confidence, History, Signal, SignalSource, Standing
from tests.numbers.policy.simulated import START, Watched

_AFTER_CALLBACK = timedelta(seconds=35)
_BY_POLLING = timedelta(minutes=6)
_AN_HOUR = timedelta(hours=1)

# family, what a look finds while all is well, what it finds afterwards, and what a callback says
_BANS = [
    ("twilio", "sender/ONLINE", ("sender/OFFLINE", "WhatsApp business account is banned"), "63112"),
    ("twilio", "sender/ONLINE", ("sender/OFFLINE", ""), "account_update/DISABLED_UPDATE/DISABLE"),
    ("twilio", "number/owned", ("number/missing", ""), "21606"),
    ("twilio", "account/active", ("account/suspended", ""), "30002"),
    ("telegram", "getMe/ok", ("getMe/401", ""), "401"),
    ("messenger", "page/ok", ("page/restricted", ""), "policy_enforcement/block"),
    ("messenger", "page/ok", ("190", ""), "190"),
    ("mail", "domain/active", ("domain/disabled", ""), "535"),
    ("mail", "login/ok", ("535", ""), "535"),
]
_WORDS_OF_OTHERS = ("535", "domain/active")


def _look(family: str, code: str, at: datetime, text: str = "") -> Signal:
    source = SignalSource.ACCOUNT if code.startswith("account/") else SignalSource.PROBE
    return Signal(family, source, code, at, text)


@pytest.mark.parametrize("offset", [1, 17, 150, 299])
@pytest.mark.parametrize(("family", "well", "ill", "_"), _BANS, ids=str)
def test_polling_alone_confirms_a_ban_within_six_minutes(
    family: str, well: str, ill: tuple[str, str], _: str, offset: int
) -> None:
    banned_at = START + _AN_HOUR + timedelta(seconds=offset)
    sender = Watched(
        lambda at: _look(family, well, at) if at < banned_at else _look(family, ill[0], at, ill[1]), frozenset({well})
    )
    sender.run((), banned_at + _AN_HOUR)
    confirmed_at = sender.confirmed_at()
    assert confirmed_at is not None
    assert banned_at < confirmed_at <= banned_at + _BY_POLLING


@pytest.mark.parametrize("unanswered", [0, 1])
@pytest.mark.parametrize(
    ("family", "well", "ill", "callback"),
    [each for each in _BANS if (each[3], each[1]) != _WORDS_OF_OTHERS],
    ids=str,
)
def test_a_callback_is_confirmed_within_35_seconds_even_when_one_look_gets_no_answer(
    family: str, well: str, ill: tuple[str, str], callback: str, unanswered: int
) -> None:
    banned_at = START + _AN_HOUR + timedelta(seconds=20)
    looks = iter([*["timeout"] * unanswered, *[ill[0]] * 1000])

    def answer(at: datetime) -> Signal:
        if at < banned_at:
            return _look(family, well, at)
        return _look(family, next(looks), at, ill[1])

    sender = Watched(answer, frozenset({well}))
    sender.run([Signal(family, SignalSource.WEBHOOK, callback, banned_at, recipient="anna")], banned_at + _AN_HOUR)
    confirmed_at = sender.confirmed_at()
    assert confirmed_at is not None
    assert banned_at < confirmed_at <= banned_at + _AFTER_CALLBACK


def test_a_suspicion_asks_for_a_look_at_once_and_then_every_half_minute() -> None:
    told = Signal("twilio", SignalSource.SEND, "63112", START, recipient="anna")
    known = Standing(worked_at=START)
    assert judge(History((told,)), known, START).look_at == START
    looked = _look("twilio", "timeout", START + timedelta(seconds=2))
    judgement = judge(History((told, looked)), known, START + timedelta(seconds=3))
    assert judgement.confidence is Confidence.SUSPECTED
    assert judgement.look_at == looked.at + timedelta(seconds=SUSPICIOUS)


def test_a_sender_given_back_is_noticed_by_the_next_poll() -> None:
    banned_at, back_at = START + _AN_HOUR, START + 20 * _AN_HOUR

    def answer(at: datetime) -> Signal:
        return _look("twilio", "sender/OFFLINE" if banned_at <= at < back_at else "sender/ONLINE", at, "banned")

    sender = Watched(answer, frozenset({"sender/ONLINE"}))
    sender.run((), back_at + _AN_HOUR)
    at = next(at for at, each in sender.judgements if at > banned_at and each.confidence is Confidence.NONE)
    assert back_at <= at <= back_at + _BY_POLLING
