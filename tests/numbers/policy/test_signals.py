"""The table of signals: complete, sourced, in step with what the adapters say, and nothing that is forgotten."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.channels.twilio.codes import ERRORS, META_ERRORS
from hub.numbers.policy.judging import judge, opens_case
from hub.numbers.policy.offers import suitable
from hub.numbers.policy.remedies import REMEDIES, fitting
from hub.numbers.policy.signals import ROWS, UNKNOWN, matters, meaning
from hub.types import ChannelKind, FailureKind, Level, Reach
from hub.types.bans import Confidence, History, Possibility, RemedyKind, Signal, SignalSource, Standing
from hub.types.numbers import OfferKind, Readiness
from tests.numbers.policy.simulated import kept_with

_NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

# what hinders a sender by our own configuration or papers: no ban, the health page's affair (providers.md C5, class K)
_CONFIGURATION = {
    *(20403, 20404),
    *(21613, 21631, 21649, 21650, 21651),
    *(21701, 21703, 21704, 21705, 21712),
    *(30018, 30024, 30034, 30035),
    *(63008, 63022, 63124),
}


def _signal(code: str, at: datetime = _NOW, source: SignalSource = SignalSource.SEND, family: str = "twilio") -> Signal:
    return Signal(family, source, code, at, recipient="anna")


def test_every_row_names_its_source_and_every_trouble_its_words_topic_and_remedies() -> None:
    for row in ROWS:
        assert row.by, row
        if row.hard or row.weight:
            assert row.words, row
            assert row.topic, row
            assert fitting(row.remedies, row.level, row.reach), row


def test_every_hard_trouble_that_does_not_end_by_itself_can_be_cleared() -> None:
    cleared = {topic for row in ROWS for topic in row.clears}
    asked = {(row.family, row.topic) for row in ROWS if row.hard and not row.ends}
    assert {topic for _, topic in asked} <= cleared


def test_what_an_adapter_calls_trouble_of_the_sender_has_a_row() -> None:
    trouble = [
        code
        for code, said in {**ERRORS, **META_ERRORS}.items()
        if said.kind in (FailureKind.SENDER, FailureKind.CREDENTIALS) and code not in _CONFIGURATION
    ]
    assert [code for code in trouble if meaning(_signal(str(code))) is UNKNOWN] == []


def test_what_an_adapter_calls_banned_is_banned_by_the_table_too() -> None:
    said = {**ERRORS, **META_ERRORS}
    banned = [code for code, each in said.items() if each.level in (Level.BANNED, Level.ACCOUNT)]
    levels = {meaning(_signal(str(code))).level for code in banned}
    assert banned
    assert levels <= {Level.BANNED, Level.ACCOUNT}


def test_an_unknown_code_or_family_means_nothing() -> None:
    assert meaning(_signal("99999")) is UNKNOWN
    assert meaning(_signal("63112", family="pigeon")) is UNKNOWN


def test_of_looks_that_find_the_same_the_first_and_the_last_are_kept() -> None:
    signals: tuple[Signal, ...] = ()
    for place in range(500):
        at = _NOW + place * timedelta(minutes=5)
        signals = kept_with(signals, _signal("sender/OFFLINE", at, SignalSource.POLL))
    assert [each.at for each in signals] == [_NOW, _NOW + 499 * timedelta(minutes=5)]
    judgement = judge(History(signals), Standing(worked_at=_NOW), signals[-1].at)
    assert judgement.confidence is Confidence.CONFIRMED


def test_what_cannot_change_a_judgement_is_not_kept() -> None:
    assert not matters(_signal("63016"))
    assert matters(_signal("63014"))


def test_refused_credentials_become_a_case_only_when_nobody_mends_them() -> None:
    refused = (_signal("401", family="telegram"), _signal("getMe/401", _NOW, SignalSource.PROBE, "telegram"))
    for minutes, opens in ((1, False), (9, False), (10, True)):
        now = _NOW + timedelta(minutes=minutes)
        judgement = judge(History(refused), Standing(worked_at=_NOW), now)
        assert judgement.confidence is Confidence.CONFIRMED
        assert opens_case(judgement, now) is opens


@pytest.mark.parametrize("kind", RemedyKind)
def test_every_remedy_is_described(kind: RemedyKind) -> None:
    assert REMEDIES[kind].words


def test_offers_are_by_reach_and_what_is_most_like_the_old_sender_comes_first() -> None:
    kind = ChannelKind("whatsapp")
    number = Possibility(OfferKind.ANOTHER_NUMBER, kind, Readiness.REGISTRABLE)
    other = Possibility(OfferKind.ANOTHER_KIND, ChannelKind("sms"), Readiness.READY)
    never = replace(number, readiness=Readiness.NONE)
    assert suitable((never, number, other), Level.BANNED, Reach.SENDER) == (number, other, never)
    for reach in (Reach.BUSINESS_ACCOUNT, Reach.PORTFOLIO):
        assert suitable((never, number, other), Level.BANNED, reach) == (other,)
    assert suitable((number, other), Level.ACCOUNT, Reach.PROVIDER_ACCOUNT) == ()
