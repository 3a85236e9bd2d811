"""Writing calls down, in the transaction of what they tell of: both are there, or neither."""

import json
from typing import Final

from hub import audit
from hub.access.permissions import Permission, require
from hub.audit import Change
from hub.db import outgoing_calls
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.outgoing_calls import WAITING, CallView, NewCall
from hub.db.paging import page_by_id
from hub.db.session import Tx
from hub.errors import Conflict
from hub.ids import new_id
from hub.types import Actor, JsonObject, Page
from hub.wiring import Services

CALL_JOB: Final = "workers.calling.run"
QUEUE: Final = "calling"
EVERYTHING: Final = "all"
TEST: Final = "test"
_FORMAT: Final = 1


def tell(services: Services, tx: Tx, kind: str, about: str, data: JsonObject) -> str | None:
    """Have the organization's own server told of something; return the call's id.

    None when there is no webhook, the organization is suspended, or it is told of `about` already.
    """
    if outgoing_calls.find_webhook(tx) is None:
        return None
    call_id, now = new_id(), services.clock()
    body = {
        "version": _FORMAT,
        "id": call_id,
        "kind": kind,
        "organization_id": tx.organization_id,
        "created_at": now.isoformat(),
        "data": data,
    }
    if not outgoing_calls.add(tx, NewCall(call_id, about, kind, json.dumps(body, ensure_ascii=False), now)):
        return None
    tx.after_commit(lambda: services.queue.wake(QUEUE, CALL_JOB, EVERYTHING))
    return call_id


def send_test(services: Services, actor: Actor, once: Once = EVERY_TIME) -> CallView:
    """Have the organization's own server called with nothing to tell. Raises Conflict when there is no webhook."""
    require(actor, Permission.MANAGE_ORGANIZATION)
    with services.db.transaction(actor.organization_id) as tx:
        call_id = tell(services, tx, TEST, new_id(), {"by": actor.name})
        if call_id is None:
            raise Conflict("there is no webhook to call; enter the address of your server first")
        audit.record(services, tx, actor, Change("webhook.tested", "organization", actor.organization_id))
        now = services.clock()
        return once.keep(tx, CallView(call_id, TEST, WAITING, 0, "", now, now, None))


def list_calls(services: Services, actor: Actor, limit: int = 50, cursor: str | None = None) -> Page[CallView]:
    """Return the organization's calls, newest first, with what came of them."""
    require(actor, Permission.MANAGE_ORGANIZATION)
    with services.db.reading(actor.organization_id) as tx:
        return page_by_id(outgoing_calls.list_newest(tx, limit + 1, cursor), limit)
