"""How far the people of a ban are, as bar, plot and table; who is left, and why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from hub.db import recipient_history, recipients
from hub.db.recipient_history import WayHistory
from hub.numbers.cases.views import BanView
from hub.types import ChannelKind
from hub.types.bans import BanState
from hub.types.numbers import RecipientState
from hub.web.bans.curves import ASIDE, WINNABLE, counted, standing, verified_by
from hub.web.bans.plot import Curve, bar, plot
from hub.web.bans.views import ways_of
from hub.web.bans.words import LEFT, PEOPLE
from hub.web.language import marked
from hub.web.visits import Visit

_MOMENTS: Final = 16
_TONES: Final = 5
"""How many colours there are for ways (numbers.css)."""
_BEGINS: Final = "Replaced"
_LINES: Final = (
    RecipientState.TO_RECRUIT,
    RecipientState.INVITED,
    RecipientState.CLAIMED,
    RecipientState.UNREACHABLE,
)
"""Beside those who were verified, who have a line for each way."""
_SELDOM: Final = (RecipientState.CLAIMED, RecipientState.UNREACHABLE)
"""Whose line is left out while nobody is on it."""
_BY_WAY: Final = marked("Verified after {kind}")
_BY_THEMSELVES: Final = marked("Verified by themselves")


def progress_context(visit: Visit, view: BanView) -> dict[str, Any]:
    """Return what `bans/_progress.html` needs; `progress` is None before there is a ledger.

    Every figure comes from one count in one transaction: while people write, bar and plot say the same.
    """
    if not view.progress.total:
        return {"progress": None}
    moments = _moments(view, visit.services.clock())
    with visit.services.db.reading(view.organization_id) as tx:
        history = recipient_history.list_history(tx, view.id, moments)
        left = recipients.count_left(tx, view.id)
    now = counted(history)
    counts = [(str(state), now[state]) for state in WINNABLE]
    return {
        "progress": {
            "total": sum(count for _, count in counts),
            "verified": now[RecipientState.VERIFIED],
            "counts": [(state, PEOPLE[RecipientState(state)], count) for state, count in counts],
            "aside": [(PEOPLE[state], now[state]) for state in ASIDE if now[state]],
            "bar": bar(counts),
        },
        "drawn": plot(moments, _curves(visit, history)),
        "left": [(LEFT[why], count) for why, count in left.items() if count],
        "inviting": view.inviting,
        "may_invite": view.state is BanState.RECRUITING,
        "way_order": ways_of(visit, view.invitation_order),
    }


def _moments(view: BanView, now: datetime) -> list[datetime]:
    """From the moment when the new sender was there until it was over, or now."""
    begins = next((each.at for each in view.timeline if each.happening == _BEGINS), view.opened_at)
    ends = view.over_at or now
    return [begins + (ends - begins) * (number / (_MOMENTS - 1)) for number in range(_MOMENTS)]


def _curves(visit: Visit, history: Sequence[WayHistory]) -> list[Curve]:
    found = []
    for state in _LINES:
        values = standing(history, state, _MOMENTS)
        if any(values) or state not in _SELDOM:
            found.append(Curve(visit.language.text(PEOPLE[state]), str(state), values))
    verified = verified_by(history, _MOMENTS)
    return found + [_verified(visit, way, values, place) for place, (way, values) in enumerate(verified)]


def _verified(visit: Visit, way: ChannelKind | None, values: list[int], place: int) -> Curve:
    if way is None:
        return Curve(visit.language.text(_BY_THEMSELVES), "verified", values)
    label = visit.language.text(_label(visit, way))
    return Curve(visit.language.text(_BY_WAY, {"kind": label}), f"way-{place % _TONES}", values)


def _label(visit: Visit, kind: ChannelKind) -> str:
    adapter = visit.services.adapters.get(kind)
    return adapter.label if adapter else str(kind)
