"""What a user says of themselves and what routing asks of them: names, languages, skills."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from hub.errors import Invalid
from hub.types.languages import ISO_639_1

LONGEST_NAME = 100
MOST_LANGUAGES = 20
MOST_SKILLS = 50
LONGEST_SKILL = 40
_SEPARATORS = frozenset(",;=")
"""What keeps the needs of a conversation apart where they are written as one text."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What changes of a profile; None leaves it, an empty value takes it away.

    alias      what end users see; none: the organization's name
    languages  spoken, by ISO 639-1
    time_zone  IANA name; none: the organization's
    skills     words that rules can ask for
    """

    first_name: str | None = None
    surname: str | None = None
    alias: str | None = None
    languages: Sequence[str] | None = None
    time_zone: str | None = None
    skills: Sequence[str] | None = None


UNCHANGED = Profile()


def values_of(profile: Profile) -> dict[str, Any]:
    """Return the columns that change, in the form they are stored in. Raises Invalid, naming the value."""
    names = {"first_name": profile.first_name, "surname": profile.surname, "alias": profile.alias}
    values: dict[str, Any] = {field: _name(field, given) for field, given in names.items() if given is not None}
    if profile.languages is not None:
        values["languages"] = list(clean_languages(profile.languages))
    if profile.time_zone is not None:
        values["time_zone"] = clean_time_zone(profile.time_zone) if profile.time_zone else ""
    if profile.skills is not None:
        values["skills"] = list(clean_skills(profile.skills))
    return values


def clean_languages(codes: Sequence[str]) -> tuple[str, ...]:
    """Return the codes in lower case, each once. Raises Invalid for what is no code of ISO 639-1, or too many."""
    found = _each_once(code.strip().lower() for code in codes)
    if unknown := [code for code in found if code not in ISO_639_1]:
        raise Invalid(f"languages must be two-letter codes of ISO 639-1 such as en or de; not {', '.join(unknown)}")
    if len(found) > MOST_LANGUAGES:
        raise Invalid(f"at most {MOST_LANGUAGES} languages can be named")
    return found


def clean_skills(words: Sequence[str]) -> tuple[str, ...]:
    """Return skills in lower case, without surplus spaces, each once. Raises Invalid for unusable or too many ones."""
    found = _each_once(" ".join(word.split()).lower() for word in words)
    for skill in found:
        if not 1 <= len(skill) <= LONGEST_SKILL or _SEPARATORS & set(skill) or not skill.isprintable():
            raise Invalid(f"a skill needs 1 to {LONGEST_SKILL} characters, without comma, semicolon and equals sign")
    if len(found) > MOST_SKILLS:
        raise Invalid(f"at most {MOST_SKILLS} skills can be named")
    return found


def clean_time_zone(name: str) -> str:
    """Return an IANA name. Raises Invalid for an unknown one."""
    if name not in available_timezones():
        raise Invalid("time_zone must be an IANA name such as Europe/Berlin")
    return name


def _name(field: str, given: str) -> str:
    cleaned = " ".join(given.split())
    if len(cleaned) > LONGEST_NAME or not cleaned.isprintable():
        raise Invalid(f"{field} has at most {LONGEST_NAME} characters, all of them printable")
    return cleaned


def _each_once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
