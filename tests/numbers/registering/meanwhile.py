"""A supplier at which something else happens while a call of the hub's is under way."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from hub.wiring import Services


@dataclass
class Meanwhile:
    """The supplier, with `happens` once at the first call of `verb`: before it is answered, after it was done.

    late   it happens before it is done: the call takes long to reach the supplier
    asked  all verbs that it was asked for
    """

    supplier: Any
    verb: str
    happens: Callable[[], object]
    late: bool = False
    asked: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.supplier, name)
        self.asked.append(name)
        return self._with(found) if name == self.verb and self.asked.count(name) == 1 else found

    def _with(self, ask: Any) -> Any:
        async def asked(*said: Any) -> Any:
            if self.late:
                await asyncio.to_thread(self.happens)
                return await ask(*said)
            try:
                return await ask(*said)
            finally:
                # in a thread of its own, as it asks the supplier, too
                await asyncio.to_thread(self.happens)

        return asked


def while_asked(services: Services, verb: str, happens: Callable[[], object], *, late: bool = False) -> Services:
    """Return the hub whose supplier lets that happen while it is asked."""
    staged: Any = {"twilio": Meanwhile(services.suppliers["twilio"], verb, happens, late)}
    return replace(services, suppliers=staged)
