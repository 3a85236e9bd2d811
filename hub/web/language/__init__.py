"""The languages of the pages.

English stands where it is said: in templates, scripts and code. What it is called elsewhere is in
`hub/web/language/<code>/*.toml`, one file for a part of the pages, found by the English text itself:

    "Sign in" = "Anmelden"                                     a text
    "status|Open" = "Offen"                                    one with its context, where one English word means two
    "{n} member" = ["{n} Mitglied", "{n} Mitglieder"]          one and many

`core.toml` has the sentences that the hub's core says in English (errors, activity lines), and the evidence of bans has
its own beside its German mails (`hub.numbers.cases.evidence`); `{name}` in them stands for whatever was put in. A
sentence that is not there stays English. Plain TOML rather than gettext: no compiled files, and scripts are given the
same texts.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from hub.access.languages import LANGUAGES
from hub.numbers.cases.evidence import evidence_in

_HERE = Path(__file__).parent
_SCRIPTS = "scripts"
_CORE = "core"
_DATES = "dates"
_HOLE = re.compile(r"\{(\w+)\}")
_CONTEXT = "|"
_CLAUSES = "; "
"""What decisions join the clauses of their reasons with (hub.routing.policy.wording): each is told by itself."""
_COUNT, _REST = "n", "rest"
"""Holes of `core.toml` with a meaning: a number, and words of the core that are told in their turn (rest, rest2)."""
_NUMBER, _WITHIN_CLAUSE = r"[\d.,]+", f"(?:(?!{_CLAUSES}).)+?"
_QUALITY = re.compile(r"\s*([a-zA-Z]+)[\w-]*\s*(?:;\s*q\s*=\s*([0-9.]+))?\s*")
USUAL = LANGUAGES[0]

Word = str | tuple[str, str]
Values = Mapping[str, object]


def marked(text: str) -> str:
    """Return a text unchanged: it is translated where it is shown, and the catalogue must have it."""
    return text


@dataclass(frozen=True, slots=True)
class Language:
    """One language. `code` is its BCP 47 tag; `words` English → its own; `dates` how it writes time and numbers."""

    code: str
    words: Mapping[str, Word] = field(repr=False)
    scripts: Mapping[str, Word] = field(repr=False)
    dates: Mapping[str, Any] = field(repr=False)

    def text(self, text: str, values: Values | None = None) -> str:
        """Return an English text in this language, `{name}` filled in from `values`."""
        found = self.words.get(text)
        said = found if isinstance(found, str) else _without_context(text)
        return fill(said, values) if values else said

    def count(self, one: str, many: str, number: int, values: Values | None = None) -> str:
        """Return the form for a number, which fills `{n}`."""
        found = self.words.get(one)
        forms = found if isinstance(found, tuple) else (_without_context(one), many)
        return fill(forms[number != 1], {"n": self.number(number), **(values or {})})

    def retell(self, sentence: str) -> str:
        """Return a sentence of the core in this language; unchanged when it is not in the catalogue."""
        return sentence if self.code == USUAL else _retold(self.code, sentence)

    def number(self, value: float, digits: int = 0) -> str:
        """Write a number: 1,234.5 in English, 1.234,5 in German."""
        text = f"{value:,.{digits}f}"
        swap = {",": self.dates["thousands"], ".": self.dates["decimal"]}
        return "".join(swap.get(sign, sign) for sign in text)

    def size(self, octets: int) -> str:
        """Write a size in bytes as people say it: 812 B, 14 kB, 1.8 MB."""
        for unit, bound in (("MB", 1_000_000), ("kB", 1_000)):
            if octets >= bound:
                amount = octets / bound
                return f"{self.number(amount, 1 if amount < 10 else 0)} {unit}"
        return f"{octets} B"


def fill(text: str, values: Values) -> str:
    """Put values into the holes of a text; a hole without a value stays."""
    return _HOLE.sub(lambda hole: str(values.get(hole[1], hole[0])), text)


def language_of(code: str, accepted: str = "") -> Language:
    """Return the language a user chose, else the one their browser prefers (`Accept-Language`), else English."""
    return load(code if code in LANGUAGES else preferred(accepted))


def preferred(accepted: str) -> str:
    """Return the code of ours that an Accept-Language header likes best."""
    wishes = [found for each in accepted.split(",")[:20] if (found := _QUALITY.fullmatch(each))]
    ranked = sorted(wishes, key=lambda wish: -_quality(wish[2]))
    codes = [wish[1].lower() for wish in ranked if _quality(wish[2]) > 0]
    return next((code for code in codes if code in LANGUAGES), USUAL)


@cache
def load(code: str) -> Language:
    """Read a language's files. Its dates are there for every language, its words for all but English."""
    files = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted((_HERE / code).glob("*.toml"))}
    dates = files.pop(_DATES)
    files.pop(_CORE, None)
    words = {text: _word(said) for file in files.values() for text, said in file.items()}
    scripts = {text: _word(said) for text, said in files.get(_SCRIPTS, {}).items()}
    return Language(code, words, scripts, dates)


def _word(said: str | list[str]) -> Word:
    return said if isinstance(said, str) else (said[0], said[1])


def _without_context(text: str) -> str:
    return text.rpartition(_CONTEXT)[2]


def _quality(text: str | None) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


@cache
def _core(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The core's sentences as patterns; the one that says most literally is tried first."""
    path = _HERE / code / f"{_CORE}.toml"
    said = {**tomllib.loads(path.read_text("utf-8")), **evidence_in(code)}
    ordered = sorted(said.items(), key=lambda pair: -len(_HOLE.sub("", pair[0])))
    return tuple((_pattern(text), translated) for text, translated in ordered)


def _pattern(text: str) -> re.Pattern[str]:
    pieces = _HOLE.split(text)
    literal = (re.escape(piece) if index % 2 == 0 else _hole(piece) for index, piece in enumerate(pieces))
    return re.compile("".join(literal), re.DOTALL)


def _hole(name: str) -> str:
    """What stands for something put in: digits for `n`, else anything within one clause."""
    return f"(?P<{name}>{_NUMBER if name == _COUNT else _WITHIN_CLAUSE})"


@lru_cache(maxsize=2048)
def _retold(code: str, sentence: str) -> str:
    for pattern, translated in _core(code):
        if found := pattern.fullmatch(sentence[:2000]):
            put_in = {
                name: _retold(code, text) if name.startswith(_REST) else text
                for name, text in found.groupdict().items()
            }
            return fill(translated, put_in)
    if _CLAUSES not in sentence:
        return sentence
    return _CLAUSES.join(_retold(code, clause) for clause in sentence.split(_CLAUSES))
