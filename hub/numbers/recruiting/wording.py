"""What people read: invitations, the text a link begins with, and what the customer publishes (texts.toml)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from hub.db.people_of_sender import SenderPlace
from hub.numbers.policy.codes import shown
from hub.types import ChannelKind, SenderProfile
from hub.wiring import Services

LANGUAGES: Final = ("en", "de")
"""In which it can be said. The first is spoken to everybody whose language is none of them."""
_TEXTS: Final[Mapping[str, Mapping[str, str]]] = tomllib.loads(
    Path(__file__).with_name("texts.toml").read_text(encoding="utf-8")
)


@dataclass(frozen=True, slots=True)
class NewPlace:
    """Where people are to write: the new sender, whose it is, and the name of its messenger."""

    organization: str
    sender: SenderPlace
    label: str


@dataclass(frozen=True, slots=True)
class Written:
    """A text and its subject, for channels that have one."""

    subject: str
    text: str


def place_of(services: Services, organization: str, sender: SenderPlace) -> NewPlace:
    """Return where people are to write."""
    return NewPlace(organization, sender, services.adapters[sender.kind].label)


def spoken(language: str) -> str:
    """Return in which language somebody is written to; `language`: theirs (ISO 639-1), "" when it is not known."""
    return language if language in LANGUAGES else LANGUAGES[0]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is invited: the kind of the channel they read it on, their language, their code and until when it is good."""

    kind: ChannelKind
    language: str
    code: str
    until: datetime


def invitation(services: Services, place: NewPlace, reader: Reader) -> Written:
    """Return what one person reads who is invited: who writes, where to go, and how to get no more of it."""
    texts, code, until = _TEXTS[spoken(reader.language)], reader.code, reader.until
    values = {**_values(place), "code": shown(code), "until": until.strftime(texts["date"])}
    begun = texts["greeting"].format(**values)
    link = services.adapters[place.sender.kind].deep_link(_profile(place), begun, shown(code))
    word = services.adapters[reader.kind].opt_out_word
    end = texts["no_more" if word else "block"].format(word=word)
    text = texts["invitation"].strip().format(**values, link=link)
    return Written(texts["subject"].format(**values), f"{text}\n{end}")


def public_link(services: Services, place: NewPlace, language: str) -> str:
    """Return the link that anybody may follow: there is no code in it."""
    begun = _TEXTS[spoken(language)]["opening"].format(**_values(place))
    return services.adapters[place.sender.kind].deep_link(_profile(place), begun)


def snippet(services: Services, place: NewPlace, language: str) -> str:
    """Return what the customer may put on their pages."""
    link = public_link(services, place, language)
    return _TEXTS[spoken(language)]["snippet"].format(**_values(place), link=link)


def address_of(sender: SenderPlace) -> str:
    """Return what people call a sender: a name that is an address itself, else the address."""
    return sender.name if sender.name.startswith("@") else sender.address


def _values(place: NewPlace) -> dict[str, str]:
    return {"organization": place.organization, "channel": place.label, "address": address_of(place.sender)}


def _profile(place: NewPlace) -> SenderProfile:
    return SenderProfile(place.sender.address, place.sender.name)
