"""An organization's own numbers as its people see them: whole, or only their last digits where that is wished."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.db import ban_wishes
from hub.db.session import Tx
from hub.numbers.policy.masking import masked


@dataclass(frozen=True, slots=True)
class Mask:
    """Hides numbers wherever they are said. `numbers`: in E.164; none where nothing is to be hidden."""

    numbers: tuple[str, ...] = ()

    def text(self, said: str) -> str:
        """Return a text in which only the last digits of the numbers can be read."""
        for each in self.numbers:
            said = said.replace(each, masked(each))
        return said

    def value(self, kept: Any) -> Any:
        """Return JSON whose texts say no number whole; its keys stay."""
        match kept:
            case str():
                return self.text(kept)
            case Mapping():
                return {name: self.value(each) for name, each in kept.items()}
            case list() | tuple():
                return [self.value(each) for each in kept]
            case _:
                return kept


def mask_of(tx: Tx) -> Mask:
    """Return what hides the numbers of the transaction's organization, as it wishes now."""
    return Mask(ban_wishes.list_masked(tx))
