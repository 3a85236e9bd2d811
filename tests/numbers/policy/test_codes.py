"""Codes: read from whatever people write around them, worth nothing elsewhere, and guessed by nobody."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import log2
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.numbers.policy import codes
from hub.numbers.policy.codes import CodeState, WrongCodes, digest_of, find_code, is_code, issue, judge, may_try, shown
from hub.numbers.policy.limits import LIMITS

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = b"k" * 32
CODE = "K7F392QD"


# --- reading --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Hallo! Code K7F3-92QD",
        "k7f3-92qd",
        "k7f392qd",
        "K7F3 92QD",
        "K7F3 \N{EN DASH} 92QD, danke!",
        "K7F3_92QD",
        "K 7 F 3 9 2 Q D",
        "K7-F3-92-QD",
        "(K7F3-92QD).",
        "*K7F3-92QD* 😀",
        "Hi, this is Jo. My code:\nK7F3-92QD\nI changed my phone",
        "/start K7F392QD",
        "https://wa.me/4930123456?text=Hallo%21%20Code%20K7F3-92QD",
        "https://t.me/some_bot?start=K7F3-92QD",
        "".join(chr(ord(each) + 0xFEE0) for each in "K7F3-92QD"),  # full width
        "Order 4711-BCDF, and the code is K7F3-92QD? No: code K7F3-92QD",
        "My number is +49 30 1234567, code K7F3-92QD, thanks",
        "Mein Code ist k7f392qd",
        "Hello, it is me again: K7F3-92QD",
    ],
)
def test_a_code_is_read_from(text: str) -> None:
    assert find_code(text) == CODE


@pytest.mark.parametrize("text", ["O1L2-3BOI", "o112 3b0l", "0112-3B01", "OIL23BOL"])
def test_who_takes_0_for_o_and_1_for_i_or_l_is_understood(text: str) -> None:
    assert find_code(text) == "01123B01"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello, where is my order?",
        "Position Kontoinfo blooming SCHWITZT kill bill",
        "+49 30 12345678 and 12345678",
        "24.12.2026 18:30",
        "K7F3-92Q",
        "K7F3-92QDX",
        "K7F3 ..... 92QD",
        "U7F3-92QD",
        "Where is my order BX234567?",
        "My car is the HH-BK 1234",
        "Please send me invoice B2B 12345 again",
        "In size 42XL, 3PCS please",
    ],
)
def test_no_code_is_read_from(text: str) -> None:
    assert find_code(text) is None


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), before=st.text(max_size=20), after=st.text(max_size=20))
def test_every_code_is_found_however_it_is_written(seed: int, before: str, after: str) -> None:
    draw = Random(seed)  # noqa: S311 - texts, no secrets
    code = codes.new_code(draw.randrange)
    mistaken = code.replace("0", draw.choice("0Oo")).replace("1", draw.choice("1IiLl"))
    written = draw.choice([mistaken, mistaken.lower(), shown(mistaken), " ".join(mistaken), shown(mistaken).lower()])
    assert find_code(f"{before}. Code: {written} .... {after}") == code


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=200))
def test_what_is_read_is_always_a_code(text: str) -> None:
    found = find_code(text)
    assert found is None or is_code(found)


# --- signing --------------------------------------------------------------------------------------------


def test_a_code_is_good_once_and_until_it_expires() -> None:
    issued = issue(KEY, "case", "anna", CODE, NOW)
    assert judge(issued, CODE, KEY, NOW) is CodeState.GOOD
    assert judge(issued, CODE, KEY, NOW + LIMITS.code_lives - timedelta(seconds=1)) is CodeState.GOOD
    assert judge(issued, CODE, KEY, NOW + LIMITS.code_lives) is CodeState.EXPIRED
    assert judge(replace(issued, used_at=NOW), CODE, KEY, NOW) is CodeState.USED


def test_a_code_is_worth_nothing_for_another_person_ban_or_key() -> None:
    issued = issue(KEY, "case", "anna", CODE, NOW)
    for other in (
        replace(issued, recipient_id="ben"),
        replace(issued, case_id="other"),
        replace(issued, case_id="casea", recipient_id="nna"),
        replace(issued, signature=""),
        replace(issued, signature=issued.digest),
    ):
        assert judge(other, CODE, KEY, NOW) is CodeState.FORGED
    assert judge(issued, CODE, b"x" * 32, NOW) is CodeState.FORGED
    assert judge(issued, "K7F392QF", KEY, NOW) is CodeState.FORGED


def test_a_forged_row_does_not_even_say_that_it_expired() -> None:
    forged = replace(issue(KEY, "case", "anna", CODE, NOW), recipient_id="ben", used_at=NOW)
    assert judge(forged, CODE, KEY, NOW + timedelta(days=99)) is CodeState.FORGED


def test_what_is_kept_shows_neither_the_code_nor_its_signature() -> None:
    issued = issue(KEY, "case", "anna", CODE, NOW)
    assert issued.digest == digest_of(KEY, "case", CODE) != digest_of(KEY, "other", CODE)
    assert CODE not in repr(issued)
    assert issued.signature not in repr(issued)


def test_an_empty_key_signs_nothing() -> None:
    with pytest.raises(ValueError, match="empty"):
        issue(b"", "case", "anna", CODE, NOW)
    with pytest.raises(ValueError, match="empty"):
        judge(issue(KEY, "case", "anna", CODE, NOW), CODE, b"", NOW)


def test_signatures_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[bytes, bytes]] = []

    def compare(left: bytes, right: bytes) -> bool:
        asked.append((left, right))
        return left == right

    monkeypatch.setattr(codes.hmac, "compare_digest", compare)
    assert judge(issue(KEY, "case", "anna", CODE, NOW), CODE, KEY, NOW) is CodeState.GOOD
    assert len(asked) == 1


# --- guessing -------------------------------------------------------------------------------------------


def test_there_are_as_many_codes_as_the_alphabet_and_the_two_rules_make() -> None:
    assert log2(codes.COUNT) > 39
    drawn = [codes.new_code(secrets.randbelow) for _ in range(2_000)]
    assert len(set(drawn)) == len(drawn)
    assert set("".join(drawn)) == set(codes.ALPHABET)
    assert all(is_code(each) for each in drawn)


def test_the_count_is_that_of_the_draws_that_are_codes() -> None:
    draw = Random(1)  # noqa: S311 - an estimate
    good = sum(is_code("".join(draw.choices(codes.ALPHABET, k=codes.LENGTH))) for _ in range(20_000))
    assert abs(good / 20_000 - codes.COUNT / len(codes.ALPHABET) ** codes.LENGTH) < 0.01


def test_a_month_of_all_the_tries_that_are_allowed_guesses_nothing() -> None:
    days = LIMITS.code_lives / LIMITS.attempts_within
    tries = LIMITS.wrong_per_channel * days
    assert tries * 100_000 / codes.COUNT <= 0.001
    assert tries * 2_000 / codes.COUNT <= 0.00002
    assert LIMITS.wrong_per_person * days * 100_000 / codes.COUNT < 0.0001


def test_after_five_wrong_codes_of_one_person_or_two_hundred_of_all_only_first_tries_are_looked_up() -> None:
    assert may_try(WrongCodes(4, 199))
    assert not may_try(WrongCodes(5, 5))
    assert not may_try(WrongCodes(1, 200))
    assert may_try(WrongCodes(0, 200))


def test_guessing_as_fast_as_one_can_ends_at_the_allowed_tries() -> None:
    """Two thousand open codes, and for a month strangers who guess without end: beyond the limit once each."""
    draw = Random(7)  # noqa: S311 - an attack, no secrets
    open_codes = {codes.new_code(draw.randrange) for _ in range(2_000)}
    for strangers, allowed in ((1, 5), (30, 150), (100, 200), (500, 500)):
        for _ in range(30):
            wrong = dict.fromkeys(range(strangers), 0)
            for guess in range(min(6 * strangers, 600)):
                person = guess % strangers
                if may_try(WrongCodes(wrong[person], sum(wrong.values()))):
                    assert codes.new_code(draw.randrange) not in open_codes
                    wrong[person] += 1
            assert sum(wrong.values()) == allowed
