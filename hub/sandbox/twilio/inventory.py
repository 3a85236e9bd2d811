"""Which numbers Twilio has for sale in the sandbox. Nobody owns any of them: they are kept free for films and tests.

Germany's drama numbers, Ofcom's, Arcep's, and 555-01XX in area codes that customers of the sandbox never get.
What a country asks for is data; the German rules follow facts C7, the rest is a guess [K].
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest

COUNTRIES = {"DE": "Germany", "FR": "France", "GB": "United Kingdom", "US": "United States"}
KINDS = ("Local", "Mobile", "TollFree", "National", "Voip", "SharedCost", "MachineToMachine")


@dataclass(frozen=True)
class Range:
    """Numbers of one sort.

    prefix   E.164 up to the running number, which has `width` figures and ends at `last`
    address  none, any, local or foreign: the address that a buyer must have
    bundle   a buyer needs an approved regulatory bundle for country and kind
    """

    country: str
    kind: str
    prefix: str
    width: int
    last: int
    locality: str = ""
    region: str = ""
    sms: bool = True
    voice: bool = True
    address: str = "none"
    bundle: bool = False

    def numbers(self) -> Iterator[str]:
        return (f"{self.prefix}{each:0{self.width}d}" for each in range(self.last + 1))

    def has(self, number: str) -> bool:
        rest = number.removeprefix(self.prefix)
        return number.startswith(self.prefix) and len(rest) == self.width and rest.isdigit() and int(rest) <= self.last

    @property
    def capabilities(self) -> dict[str, bool]:
        return {"voice": self.voice, "SMS": self.sms, "MMS": self.sms and self.country == "US", "fax": False}


def _american(area: int, locality: str, region: str) -> Range:
    return Range("US", "Local", f"+1{area}55501", 2, 99, locality, region)


RANGES = (
    # most German landline numbers, and some mobile ones, receive no SMS: their code comes by a call
    Range("DE", "Mobile", "+4917139200", 2, 99, bundle=True),
    Range("DE", "Mobile", "+4917604069", 3, 99, bundle=True, sms=False),
    Range("DE", "Local", "+493023125", 3, 999, "Berlin", "BE", sms=False, address="local", bundle=True),
    Range("DE", "Local", "+498999998", 3, 999, "Munich", "BY", sms=False, address="local", bundle=True),
    Range("FR", "Mobile", "+336399800", 2, 99, address="any"),
    Range("GB", "Mobile", "+447700900", 3, 399, bundle=True),
    Range("GB", "Local", "+44207946", 4, 999, "London", address="any"),
    _american(415, "San Francisco", "CA"),
    _american(512, "Austin", "TX"),
    _american(617, "Boston", "MA"),
    Range("US", "TollFree", "+180055501", 2, 99),
)


def range_of(number: str) -> Range | None:
    """Return the range that a number is of; None when it is not for sale."""
    return next((each for each in RANGES if each.has(number)), None)


def listed(country: str, kind: str) -> Iterator[tuple[str, Range]]:
    """Yield what there is of a kind, the ranges in turn, so that a short page shows several."""
    ranges = [each for each in RANGES if (each.country, each.kind) == (country, kind)]
    rows = zip_longest(*([(number, each) for number in each.numbers()] for each in ranges))
    return (found for found in chain.from_iterable(rows) if found is not None)


def kinds_of(country: str) -> list[str]:
    return [kind for kind in KINDS if any((each.country, each.kind) == (country, kind) for each in RANGES)]
