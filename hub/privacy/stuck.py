"""Cases that do not move on: after five rounds they end and say so, instead of being tried for ever."""

from typing import Any

from hub.db import person as persons
from hub.db import privacy as queries
from hub.db.privacy import CaseState, CaseView
from hub.wiring import Services

MOST_ROUNDS = 5


def note(services: Services, organization_id: str, case: CaseView, why: str) -> bool:
    """Note that a round ended before the case did; True when the case ended for it.

    A round that wrote down what it did is progress and counts for nothing. Nor does it count when only the files of the
    database are left to be cleared: a long reader holds them, and ends.
    """
    with services.db.transaction(organization_id) as tx:
        now = queries.lock(tx, case.id)
        if now.state is not CaseState.RECEIVED:
            return True
        if persons.find(tx, now.contact_id) is None or _progress(now) != _progress(case):
            return False
        rounds = int((now.result or {}).get("rounds", 0)) + 1
        values: dict[str, Any] = {"result": {**(now.result or {}), "rounds": rounds}, "error": why}
        if rounds >= MOST_ROUNDS:
            values |= {"state": CaseState.FAILED, "done_at": services.clock()}
        queries.change(tx, case.id, values)
        return rounds >= MOST_ROUNDS


def _progress(case: CaseView) -> Any:
    return (case.result or {}).get("progress")
