"""Who a customer is on a channel: a persona, an address of the channel's own form, or a name that gets an address."""

import hashlib
import re
from dataclasses import dataclass, field

from hub.sandbox.seeds import PERSONAS

_FORMS = {
    "telegram": re.compile(r"\d{5,15}"),
    "facebook": re.compile(r"\d{8,20}"),
    "whatsapp": re.compile(r"\+\d{8,15}|[A-Z]{2}\.\d{8,20}"),
    "sms": re.compile(r"\+\d{8,15}"),
    "email": re.compile(r"[^@\s]+@[^@\s]+"),
}
# 555-0100 to 555-0199 is kept free in every North American area code
_AREAS: tuple[int, ...] = (
    201,
    202,
    203,
    205,
    206,
    207,
    208,
    209,
    210,
    212,
    213,
    214,
    215,
    216,
    217,
    218,
    219,
    224,
    225,
    228,
    229,
    231,
)
_AREAS += (234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302, 303, 304, 305, 307)
_NUMBERS_KEPT_FREE = len(_AREAS) * 98
_BY_KEY = {(persona.channel, persona.key): persona for persona in PERSONAS}
_BY_ADDRESS = {(persona.channel, persona.address): persona for persona in PERSONAS}


class UnknownPerson(Exception):  # noqa: N818
    """No address can be made for this person."""


@dataclass
class People:
    """Names of customers, and the telephone numbers handed out to names."""

    names: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)

    def address(self, channel: str, person: str) -> str:
        """Return a person's address. Raises UnknownPerson for a channel that is none, or when numbers run out."""
        persona = _BY_KEY.get((channel, person))
        if persona:
            return persona.address
        form = _FORMS.get(channel)
        if form is None:
            raise UnknownPerson(f"there is no channel {channel!r}; use one of {', '.join(_FORMS)}")
        return person if form.fullmatch(person) else self._made_up(channel, person)

    def _made_up(self, channel: str, person: str) -> str:
        digits = str(int(hashlib.sha256(person.encode()).hexdigest()[:15], 16))
        match channel:
            case "telegram":
                return "8" + digits[:9].rjust(9, "0")
            case "facebook":
                return "249" + digits[:14].rjust(14, "0")
            case "email":
                return re.sub(r"[^A-Za-z0-9.-]+", "-", person).lower() + "@customers.example"
            case _:
                return self._telephone(person)

    def _telephone(self, person: str) -> str:
        known = self.numbers.get(person)
        if known:
            return known
        position = len(self.numbers)
        if position >= _NUMBERS_KEPT_FREE:
            raise UnknownPerson("no free telephone number is left; give the person as +E164")
        # 42, 43 and 99 of an area may be seeds
        area, last = _AREAS[position % len(_AREAS)], position // len(_AREAS)
        free = [n for n in range(100) if n not in {42, 43, 99}]
        if last >= len(free):
            raise UnknownPerson("no free telephone number is left; give the person as +E164")
        self.numbers[person] = f"+1{area}55501{free[last]:02d}"
        return self.numbers[person]

    def remember(self, channel: str, address: str, name: str) -> None:
        """Keep the name a customer goes by."""
        if name and len(self.names) < 100_000:
            self.names[f"{channel}:{address}"] = name

    def name(self, channel: str, address: str) -> str:
        """Return a customer's name, made up from the address when none was given."""
        persona = _BY_ADDRESS.get((channel, address))
        fallback = persona.name if persona else f"Customer {address[-4:]}"
        return self.names.get(f"{channel}:{address}", fallback)
