"""Codes that prove nothing by themselves, and that nobody guesses.

A code says whom an unknown identity claims to be; an operator has to confirm that. Eight characters of thirty, of
which at least one is a digit from 2 to 9 and one a letter, are 39 bits: 600,000,000,000 codes. Of the tries of
strangers that name a code, a channel counts 200 a day and one person 5; the rest is not looked up. A month of tries
against a hundred thousand open codes hits one with a chance of 1 in 1,000, and against two thousand of 1 in 50,000.
Beyond the 200 somebody's first try counts still, so that nobody's tries take the true code of another away; whoever
wants more of those needs a fresh address for each.

Order numbers and number plates look like codes. What is read as one is named as such, or written as people are shown
it, or is all that the message says.

The vowels and L are left out, so that no code is a word; who reads one as O or I means 0 or 1. As every code has a
digit that no letter is mistaken for, no word of eight letters is read as one.
"""

import hmac
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import unquote

from hub.numbers.policy.limits import LIMITS

ALPHABET: Final = "0123456789BCDFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 8
_HALF: Final = LENGTH // 2
_CLEAR: Final = frozenset("23456789")
_SIGNS: Final = frozenset(ALPHABET)
_LETTERS: Final = _SIGNS - frozenset("0123456789")
_MEANT: Final = str.maketrans("OIL", "011")
_WORD: Final = re.compile(r"[^\W_]+")
_DASH: Final = re.compile(r"[-_\u2010-\u2015]")
_GAP: Final = 3
"""Signs between two parts of a code: a dash with spaces around it."""
_READ: Final = 4_000
"""How far a text is read: a code stands at the beginning of a message."""
_NAMES: Final = frozenset({"CODE", "START", "TEXT"})
"""What stands before a code: the word itself, a bot's command and its link, a link's ready-made text."""
_NAMED_WITHIN: Final = 2
"""Words between which and a code nothing else is expected: "code is", "Code lautet"."""


def _count() -> int:
    """All, less those without a clear digit, less those without a letter, plus those without either."""
    every, letters, unclear = len(ALPHABET), len(_LETTERS), len(ALPHABET) - len(_CLEAR)
    return every**LENGTH - unclear**LENGTH - (every - letters) ** LENGTH + (unclear - letters) ** LENGTH


COUNT: Final = _count()
"""How many codes there are."""


# --- making and reading ---------------------------------------------------------------------------------


def new_code(below: Callable[[int], int]) -> str:
    """Return a fresh code. `below(n)` is a secure random number from 0 to n - 1 (`secrets.randbelow`)."""
    while True:
        code = _written(below(len(ALPHABET) ** LENGTH))
        if is_code(code):
            return code


def _written(number: int) -> str:
    """One draw makes all the characters: a ledger of a hundred thousand people is made within seconds."""
    signs = []
    for _ in range(LENGTH):
        number, sign = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[sign])
    return "".join(signs)


def is_code(text: str) -> bool:
    """Whether a text is a code as `new_code` makes them."""
    found = set(text)
    return len(text) == LENGTH and found <= _SIGNS and not (found.isdisjoint(_CLEAR) or found.isdisjoint(_LETTERS))


def shown(code: str) -> str:
    """Return a code as people see it: XXXX-XXXX."""
    return f"{code[:_HALF]}-{code[_HALF:]}"


def find_code(text: str) -> str | None:
    """Return the code that a text names, as `new_code` made it; None when it names none.

    Case, spaces, dashes and other signs do not matter behind the word "code", nor where the code is the whole text, nor
    a whole link with the code in it; elsewhere it is read in the shape that people are shown. Of several the one behind
    the word "code" is meant, then one in that shape.
    """
    plain = unicodedata.normalize("NFKC", unquote(text[:_READ])).upper()
    _, code = min(_candidates(plain), key=lambda each: each[0], default=(None, None))
    return code


def _candidates(plain: str) -> Iterator[tuple[tuple[bool, bool, int], str]]:
    """Every code that neighbouring words make together, with its rank: the lower the more probable."""
    words = list(_WORD.finditer(plain))
    for first in range(len(words)):
        named = any(word[0] in _NAMES for word in words[max(0, first - _NAMED_WITHIN) : first])
        for some, read in _joined(words[first : first + LENGTH]):
            shaped = _is_shaped(plain, some)
            if is_code(read) and (named or shaped or len(some) == len(words)):
                yield (not named, not shaped, first), read


def _joined(words: Sequence[re.Match[str]]) -> Iterator[tuple[Sequence[re.Match[str]], str]]:
    """The first word, the first two, … as one, as long as that is no longer than a code and they stand together."""
    read, end = "", words[0].start()
    for count, word in enumerate(words, 1):
        read += word[0].translate(_MEANT)
        if len(read) > LENGTH or word.start() - end > _GAP:
            return
        end = word.end()
        yield words[:count], read


def _is_shaped(plain: str, words: Sequence[re.Match[str]]) -> bool:
    """Whether words are two halves with a dash between them."""
    if len(words) != 2 or len(words[0][0]) != _HALF:
        return False
    return bool(_DASH.search(plain[words[0].end() : words[1].start()]))


# --- signing --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """What is kept of a code. It is looked up by `digest`; `signature` ties it to one person of one ban."""

    case_id: str
    recipient_id: str
    digest: str = field(repr=False)
    signature: str = field(repr=False)
    expires_at: datetime
    used_at: datetime | None = None


class CodeState(StrEnum):
    """What an issued code is worth. FORGED: the row does not carry our signature for this person and code."""

    GOOD = "good"
    USED = "used"
    EXPIRED = "expired"
    FORGED = "forged"


def issue(key: bytes, case_id: str, recipient_id: str, code: str, now: datetime) -> IssuedCode:
    """Sign a code for one person of one ban. Raises ValueError for an empty key."""
    signature = _mac(key, "for", case_id, recipient_id, code)
    return IssuedCode(case_id, recipient_id, digest_of(key, case_id, code), signature, now + LIMITS.code_lives)


def digest_of(key: bytes, case_id: str, code: str) -> str:
    """Return what an issued code is looked up by. Raises ValueError for an empty key."""
    return _mac(key, "find", case_id, code)


def judge(issued: IssuedCode, code: str, key: bytes, now: datetime) -> CodeState:
    """Say what a code is worth that somebody wrote. Raises ValueError for an empty key."""
    signature = _mac(key, "for", issued.case_id, issued.recipient_id, code)
    if not hmac.compare_digest(signature.encode(), issued.signature.encode()):
        return CodeState.FORGED
    if issued.used_at is not None:
        return CodeState.USED
    return CodeState.GOOD if now < issued.expires_at else CodeState.EXPIRED


def _mac(key: bytes, *fields: str) -> str:
    """Each field goes in with its length, so that no two lists of fields are signed as one."""
    if not key:
        raise ValueError("codes are signed with a key; it is empty")
    said = b"".join(len(each).to_bytes(4, "big") + each for each in (field.encode() for field in fields))
    return hmac.digest(key, said, "sha256").hex()


# --- guessing -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WrongCodes:
    """Codes that named nobody in the last 24 hours: from one person, and on the channel from everybody."""

    by_person: int = 0
    on_channel: int = 0


def may_try(wrong: WrongCodes) -> bool:
    """Whether a code is looked up. A message whose code is not is a message like any other."""
    if wrong.by_person == 0:
        return True
    return wrong.by_person < LIMITS.wrong_per_person and wrong.on_channel < LIMITS.wrong_per_channel
