"""What platform admins enter about numbers, read once and for all."""

from collections.abc import Sequence
from typing import Final

import phonenumbers

from hub.channels.numbers import NumberKind
from hub.errors import Invalid
from hub.wiring import Services

_MOST_COST: Final = 10_000_000


def e164(text: str) -> str:
    """Return a number as E.164. Raises Invalid."""
    try:
        parsed = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        raise Invalid("number must be in international form with its country code, such as +4930123456") from None
    if not phonenumbers.is_possible_number(parsed):
        raise Invalid("number has too many or too few digits for its country; check it")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def costs_checked(cost: int | None, currency: str) -> tuple[int | None, str]:
    """Return a monthly cost with its currency, three letters. Raises Invalid."""
    word = currency.strip().upper()
    if cost is None:
        return None, ""
    if not 0 <= cost <= _MOST_COST or len(word) != 3 or not (word.isascii() and word.isalpha()):
        raise Invalid("monthly_cost is in hundredths of a currency, which is three letters, such as EUR")
    return cost, word


def check_capabilities(services: Services, named: Sequence[str]) -> tuple[str, ...]:
    """Return channel kinds, each once. Raises Invalid for one that does not live on numbers."""
    wanted = tuple(dict.fromkeys(named))
    if set(wanted) - set(_offered(services)):
        raise _unknown(services)
    return wanted


def some_capabilities(services: Services, named: Sequence[str]) -> tuple[str, ...]:
    """Return at least one channel kind, each once. Raises Invalid."""
    wanted = check_capabilities(services, named)
    if not wanted:
        raise _unknown(services)
    return wanted


def _offered(services: Services) -> list[str]:
    return [str(kind) for kind, adapter in services.adapters.items() if adapter.provider]


def _unknown(services: Services) -> Invalid:
    return Invalid(f"capabilities must be some of {', '.join(_offered(services))}")


def kind_named(name: str) -> NumberKind:
    """Return a kind of number by its name. Raises Invalid."""
    try:
        return NumberKind(name)
    except ValueError:
        raise Invalid(f"kind must be one of {', '.join(NumberKind)}") from None


def country_named(named: str) -> str:
    country = named.strip().upper()
    if len(country) != 2 or not (country.isascii() and country.isalpha()):
        raise Invalid("country must be two letters, such as DE")
    return country
