"""What people do to a ban on its page: each takes the visit and the case's id; why one was refused the page shows."""

from collections.abc import Callable, Mapping
from typing import Final

from hub.errors import Invalid
from hub.numbers.cases import commands
from hub.numbers.cases.commands import Acceptance, By
from hub.numbers.policy.happenings import AppealDecided, RemedyEnded
from hub.numbers.recruiting import claims, held, resume_invitations, stop_invitations
from hub.types.bans import AppealState, Kept, RemedyKind
from hub.web.language import marked
from hub.web.visits import Visit

Act = Callable[[Visit, str], object]

_CHOOSE = "choose one of what the page offers"
_YES = "yes"

SAVED: Final[Mapping[str, str]] = {
    "begun": marked("It is noted that this is being tried."),
    "ended": marked("It is noted what came of it; the hub looks at the sender again."),
    "appeal": marked("It is noted what became of the appeal."),
    "wanted": marked("The hub looks for a replacement."),
    "accepted": marked("The offer is accepted; the new sender is being made."),
    "declined": marked("The offer is declined."),
    "brought": marked("The new sender takes over."),
    "kept": marked("It is chosen which sender stays."),
    "stopped": marked("No invitation goes out until you let them go on."),
    "resumed": marked("Invitations go out again."),
    "order": marked("The order is saved."),
    "discarded": marked("What still waited is discarded."),
    "closed": marked("The case is closed."),
    "confirmed": marked("It is them: the conversation goes on in its old thread."),
    "denied": marked("It is somebody else: their conversation stays by itself."),
    "undone": marked("The confirmation is undone."),
}


def begin_remedy(visit: Visit, case_id: str) -> object:
    return commands.begin_remedy(visit.services, _by(visit, case_id), case_id, _remedy(visit))


def end_remedy(visit: Visit, case_id: str) -> object:
    """Note what came of a remedy; the button that was pressed says whether it helped."""
    ended = RemedyEnded(_remedy(visit), visit.one("helped") == _YES, visit.one("result"))
    return commands.end_remedy(visit.services, _by(visit, case_id), case_id, ended)


def appeal(visit: Visit, case_id: str) -> object:
    """File an appeal, or waive it with a reason."""
    if _appeal(visit.one("appeal")) is AppealState.FILED:
        return commands.file_appeal(visit.services, _by(visit, case_id), case_id)
    return commands.waive_appeal(visit.services, _by(visit, case_id), case_id, visit.one("reason"))


def decide_appeal(visit: Visit, case_id: str) -> object:
    decided = AppealDecided(visit.one("granted") == _YES, visit.one("words"))
    return commands.decide_appeal(visit.services, _by(visit, case_id), case_id, decided)


def want_offer(visit: Visit, case_id: str) -> object:
    return commands.want_offer(visit.services, _by(visit, case_id), case_id, visit.one("kind") or None)


def want_instead(visit: Visit, case_id: str) -> object:
    """Decline the offer that was read, and ask for something else that could take its place."""
    kind = visit.one("kind")
    if not kind:
        raise Invalid(_CHOOSE)
    commands.decline(visit.services, visit.actor, case_id, "", visit.one("offer_id") or None)
    return commands.want_offer(visit.services, visit.actor, case_id, kind)


def discard_rest(visit: Visit, case_id: str) -> object:
    """Let nothing that still waits on the old sender ever be sent."""
    return held.discard_rest(visit.services, visit.actor, case_id)


def accept(visit: Visit, case_id: str) -> object:
    """Accept the very offer that was read, with the cause, and the appeal filed or waived."""
    said = visit.one("appeal")
    given = Acceptance(
        cause=visit.one("cause"),
        appeal=_appeal(said) if said else None,
        reason=visit.one("reason"),
        offer_id=visit.one("offer_id") or None,
    )
    return commands.accept(visit.services, visit.actor, case_id, given)


def decline(visit: Visit, case_id: str) -> object:
    return commands.decline(visit.services, visit.actor, case_id, visit.one("reason"), visit.one("offer_id") or None)


def keep(visit: Visit, case_id: str) -> object:
    if visit.one("kept") not in list(Kept):
        raise Invalid(_CHOOSE)
    return commands.keep_sender(visit.services, visit.actor, case_id, Kept(visit.one("kept")))


def stop(visit: Visit, case_id: str) -> object:
    return stop_invitations(visit.services, visit.actor, case_id)


def resume(visit: Visit, case_id: str) -> object:
    return resume_invitations(visit.services, visit.actor, case_id)


def order(visit: Visit, case_id: str) -> object:
    """Keep the order of ways as the page has it, one of them moved up or down."""
    wanted = moved(visit.many("ways"), visit.one("kind"), visit.one("to"))
    return commands.order_ways(visit.services, visit.actor, case_id, wanted)


def confirm(visit: Visit, case_id: str) -> object:
    return claims.confirm(visit.services, visit.actor, case_id, visit.path("recipient_id"))


def deny(visit: Visit, case_id: str) -> object:
    return claims.deny(visit.services, visit.actor, case_id, visit.path("recipient_id"))


def undo(visit: Visit, case_id: str) -> object:
    return claims.undo(visit.services, visit.actor, case_id, visit.path("recipient_id"))


def close(visit: Visit, case_id: str) -> object:
    return commands.close(visit.services, _by(visit, case_id), case_id, visit.one("reason"))


def moved(ways: list[str], kind: str, to: str) -> list[str]:
    """Return the ways with one of them a place earlier (`up`) or later (`down`). Raises Invalid."""
    if kind not in ways or to not in ("up", "down"):
        raise Invalid(_CHOOSE)
    place = ways.index(kind)
    other = place - 1 if to == "up" else place + 1
    if not 0 <= other < len(ways):
        return ways
    found = list(ways)
    found[place], found[other] = found[other], found[place]
    return found


def _by(visit: Visit, case_id: str) -> By:
    """Below /platform somebody acts for a customer, else in their own organization."""
    if visit.request.url.path.startswith("/platform/"):
        return commands.for_customer(visit.services, visit.actor, case_id)
    return visit.actor


def _remedy(visit: Visit) -> RemedyKind:
    try:
        return RemedyKind(visit.path("kind"))
    except ValueError:
        raise Invalid(_CHOOSE) from None


def _appeal(said: str) -> AppealState:
    if said not in (AppealState.FILED, AppealState.WAIVED):
        raise Invalid("say whether the appeal is filed or waived")
    return AppealState(said)
