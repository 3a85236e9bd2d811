"""Labelled sequences of signals over all kinds: what the hub makes of them. How they are written: sequences.toml."""

from collections import Counter

import pytest

from hub.numbers.policy.judging import judge
from tests.numbers.policy.labelled import Sequence, read_sequences

_SEQUENCES = read_sequences()
_ANYTHING = "-"
_SOFT_RIGHT = 0.95


def _found(sequence: Sequence) -> tuple[str, str, str, str]:
    judgement = judge(sequence.history, sequence.standing, sequence.now)
    remedy = judgement.remedies[0].value if judgement.remedies else "none"
    return judgement.confidence.value, judgement.level.value, judgement.reach.value, remedy


def _is_right(sequence: Sequence) -> bool:
    pairs = zip(sequence.expected, _found(sequence), strict=True)
    return all(expected in (_ANYTHING, found) for expected, found in pairs)


@pytest.mark.parametrize("sequence", [each for each in _SEQUENCES if each.hard], ids=lambda each: each.name)
def test_hard_signals_are_always_read_right(sequence: Sequence) -> None:
    assert _is_right(sequence), (sequence.expected, _found(sequence))


def test_soft_signals_are_read_right_nearly_always() -> None:
    soft = [each for each in _SEQUENCES if not each.hard]
    wrong = [(each.name, each.expected, _found(each)) for each in soft if not _is_right(each)]
    assert len(wrong) <= (1 - _SOFT_RIGHT) * len(soft), wrong


@pytest.mark.parametrize("sequence", [each for each in _SEQUENCES if each.forbids is not None], ids=lambda e: e.name)
def test_a_judgement_forbids_what_its_level_and_the_provider_say(sequence: Sequence) -> None:
    assert judge(sequence.history, sequence.standing, sequence.now).forbids == sequence.forbids


def test_the_sequences_are_many_and_of_every_kind() -> None:
    kinds = Counter(each.kind for each in _SEQUENCES)
    assert len(_SEQUENCES) >= 80
    assert set(kinds) == {"whatsapp", "sms", "telegram", "facebook", "email"}
    assert min(kinds.values()) >= 10
    assert len({each.name for each in _SEQUENCES}) == len(_SEQUENCES)
    assert sum(each.hard for each in _SEQUENCES) >= 40
