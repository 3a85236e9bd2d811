"""What operators decide in a thread whose channel got a new sender: claims, and messages that waited on the old one."""

from starlette.responses import Response
from starlette.routing import Route

from hub.access.permissions import Permission
from hub.db import open_claims
from hub.errors import NotFound
from hub.numbers.recruiting import claims, held
from hub.web.inbox.actions import done
from hub.web.visits import Visit, visited
from hub.wiring import Services

_DECISIONS = {"confirm": claims.confirm, "deny": claims.deny, "undo": claims.undo}
_UNDO = "undo"
_ENDS = {"send": held.send_held, "discard": held.discard_held}


def routes(services: Services) -> list[Route]:
    talk = "/inbox/{conversation_id}"
    edit, work = Permission.EDIT_CONTACTS, Permission.WORK_ON_CONVERSATIONS
    return [
        *(
            Route(f"{talk}/claim/{{recipient_id}}/{verb}", visited(services, decide, edit), methods=["POST"])
            for verb in _DECISIONS
        ),
        *(
            Route(f"{talk}/held/{{message_id}}/{verb}", visited(services, end, work), methods=["POST"])
            for verb in _ENDS
        ),
    ]


def decide(visit: Visit) -> Response:
    """Say whether whoever writes here is the person whose code they used, or take that back."""
    conversation_id, recipient_id = visit.path("conversation_id"), visit.path("recipient_id")
    verb = _verb(visit)
    with visit.services.db.reading(visit.actor.organization_id) as tx:
        claim = open_claims.find_open(tx, conversation_id)
        here = open_claims.find_confirmed(tx, conversation_id) if verb == _UNDO else claim and claim.id
        case_id = open_claims.find_case(tx, recipient_id)
    if here != recipient_id or case_id is None:
        raise NotFound("nobody claims anything in this conversation; look at it again")
    _DECISIONS[verb](visit.services, visit.actor, case_id, recipient_id)
    return done(visit, conversation_id)


def end(visit: Visit) -> Response:
    """Send a message that waited on the old sender by the new one, or discard it."""
    conversation_id = visit.path("conversation_id")
    _ENDS[_verb(visit)](visit.services, visit.actor, conversation_id, visit.path("message_id"))
    return done(visit, conversation_id)


def _verb(visit: Visit) -> str:
    return visit.request.url.path.rpartition("/")[2]
