"""Where a number of the pool stands, and what may become of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.errors import Conflict
from hub.types import ChannelKind
from hub.types.numbers import NumberState as S

_GONE: Final = "the provider does not have it any more"

MOVES: Final[Mapping[S, Mapping[S, str]]] = {
    S.ORDERED: {
        S.OWNED: "the provider sold it",
        S.QUARANTINED: "the provider sold it again, and it carried conversations lately",
        S.FAILED: "the provider did not sell it",
    },
    S.OWNED: {S.LENT: "an organization gets it", S.RETURNING: "it is not needed any more", S.LOST: _GONE},
    S.LENT: {
        S.QUARANTINED: "it is taken back and carried conversations",
        S.OWNED: "it is taken back and carried none",
        S.LOST: _GONE,
    },
    S.QUARANTINED: {
        S.LENT: "the organization that had it gets it again",
        S.OWNED: "nobody wrote to it for the whole quarantine",
        S.RETURNING: "it is not needed any more",
        S.LOST: _GONE,
    },
    S.RETURNING: {
        S.RETURNED: "the provider took it back",
        S.OWNED: "it stays, and carried no conversations",
        S.QUARANTINED: "it stays, and carried conversations",
    },
    S.LOST: {
        S.OWNED: "the provider has it again, and it carried no conversations",
        S.QUARANTINED: "the provider has it again, and it carried conversations",
        S.RETURNED: "it is given up",
    },
    S.FAILED: {
        S.ORDERED: "it is ordered anew",
        S.OWNED: "the provider had sold it after all",
        S.QUARANTINED: "the provider had sold it after all, and it carried conversations lately",
    },
    S.RETURNED: {S.ORDERED: "it is ordered anew"},
}
"""What may become of a number, with the reason each move is made for."""


@dataclass(frozen=True, slots=True)
class NumberLife:
    """Where a number stands.

    organization_id  who has it; None unless it is lent
    carries          the channel kinds it is lent as
    former_id        whose conversations it carried, from the moment it is taken back until its quarantine is over
    talked           conversations ran over it since it was free
    quiet_since      since when nobody has written to it in quarantine
    banned           kinds whose messenger has banned it
    """

    state: S = S.ORDERED
    organization_id: str | None = None
    carries: frozenset[ChannelKind] = frozenset()
    former_id: str | None = None
    talked: bool = False
    quiet_since: datetime | None = None
    banned: frozenset[ChannelKind] = frozenset()


def move(state: S, to: S) -> S:
    """Return the state a number goes to. Raises Conflict for a move that is not in the table."""
    if to not in MOVES[state]:
        raise Conflict(f"a number that is {state} cannot become {to}; look at where it stands now")
    return to


def free(number: NumberLife) -> NumberLife:
    """Return the number as nobody has it. Raises Conflict."""
    state = move(number.state, S.OWNED)
    return NumberLife(state=state, banned=number.banned)


def quarantined(number: NumberLife, former_id: str | None, now: datetime) -> NumberLife:
    """Return the number as it rests after an organization's use. Raises Conflict."""
    state = move(number.state, S.QUARANTINED)
    return NumberLife(state=state, former_id=former_id, talked=True, quiet_since=now, banned=number.banned)
