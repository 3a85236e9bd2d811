"""The one-time code that proves a number: found in what came to it, or typed in by an admin."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from hub.db import number_texts, pool, registrations
from hub.db.registrations import RegistrationRecord
from hub.db.session import PlatformWork
from hub.types import ChannelKind
from hub.types.numbers import RegistrationState
from hub.wiring import Services

WRONG: Final = "the code was wrong or too late; hand in the newest one"
AWAITED_IN: Final = frozenset({RegistrationState.SUBMITTED, RegistrationState.CODE_NEEDED})
"""Where a registration stands while its code may be typed: whoever is called may be faster than our look at it."""
_CODE: Final = re.compile(r"(?<!\d)\d(?:[\s.,-]{0,3}\d){5}(?!-?\d)")
"""Six figures as they are written (123-456) or as a voice is written down (1 2 3. 4 5 6)."""
_MOST_READ: Final = 3
"""Codes that the hub reads by itself: anybody can write such a text, and the messenger counts wrong codes (5)."""


@dataclass(frozen=True, slots=True)
class FoundCode:
    """A code, and when it came; None for one that was typed in."""

    code: str = field(repr=False)
    at: datetime | None


def read_code(text: str, label: str) -> str | None:
    """Return the code in a text that names the messenger (`label`): other texts hold other numbers."""
    if label.lower() not in text.lower():
        return None
    return clean_code(text)


def clean_code(text: str) -> str | None:
    """Return the six figures in what somebody typed or wrote."""
    found = _CODE.search(text)
    return re.sub(r"\D", "", found.group()) if found else None


def find_code(services: Services, registration: RegistrationRecord) -> FoundCode | None:
    """Return the code that was typed, else the oldest one in what came that was not handed in; None: there is none."""
    if registration.code is not None:
        opened = services.vault.platform().open(registration.code, registrations.SEALED)
        return FoundCode(opened.decode(), None)
    if registration.codes_from is None or registration.codes_read >= _MOST_READ:
        return None
    label = services.adapters[ChannelKind(registration.kind)].label
    came = (_in_pool(services, registration), _on_channels(services, registration, label))
    first = min((each for texts in came if (each := _first(texts, label))), default=None)
    return FoundCode(first[1], first[0]) if first else None


def counted(stands: RegistrationRecord, found: FoundCode) -> dict[str, Any]:
    """Return what is kept of a code that is handed in: one that was read is not read again, and counts."""
    return {} if found.at is None else {"codes_from": found.at, "codes_read": stands.codes_read + 1}


def _first(texts: Iterable[tuple[str, datetime]], label: str) -> tuple[datetime, str] | None:
    return next(((at, code) for text, at in texts if (code := read_code(text, label))), None)


def _in_pool(services: Services, registration: RegistrationRecord) -> Iterator[tuple[str, datetime]]:
    """What came to the number since its code was asked for while it was lent to nobody, oldest first."""
    since, key = registration.codes_from, services.vault.platform()
    while since is not None:
        with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
            posted = number_texts.list_in_pool(tx, registration.number_id, since)
        for each in posted:
            body = key.open(each.body, pool.SEALED)
            # each supplier reads what is its own
            for supplier in services.suppliers.values():
                yield supplier.read_text(body), each.at
        since = posted[-1].at if posted else None


def _on_channels(services: Services, registration: RegistrationRecord, label: str) -> Iterator[tuple[str, datetime]]:
    """What people wrote of the messenger to the number's channels since its code was asked for, oldest first."""
    since = registration.codes_from or registration.created_at
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        written = number_texts.list_on_channels(tx, registration.number_id, since, label)
    for message in written:
        yield message.text, message.at
