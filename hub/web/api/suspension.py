"""Suspending an organization, a channel or a message, and lifting it. Platform scope only."""

from collections.abc import Callable
from datetime import datetime

from pydantic import Field

from hub import suspension
from hub.access.permissions import Permission
from hub.db.suspension import SuspensionView
from hub.suspension import Suspendable
from hub.web.api.frame import Body, Call, Endpoint, Shown


class Suspension(Shown):
    id: str
    organization_id: str
    suspended_at: datetime | None = Field(description="null when it is not suspended")
    suspended_reason: str | None


class Why(Body):
    reason: str = Field(
        min_length=1, max_length=500, description="Shown to those it concerns and kept in the audit log"
    )


Handler = Callable[[Call[Why, None]], SuspensionView]


def _suspend(what: Suspendable) -> Handler:
    return lambda call: suspension.suspend(call.services, call.actor, what, call.path["id"], call.body.reason)


def _resume(what: Suspendable) -> Handler:
    return lambda call: suspension.resume(call.services, call.actor, what, call.path["id"], call.body.reason)


def _both(what: Suspendable, a: str) -> tuple[Endpoint, Endpoint]:
    path = f"/platform/{what.name}s/{{id}}"
    return (
        Endpoint("POST", f"{path}/suspend", f"Suspend {a} {what.name}", _suspend(what), Suspension, body=Why,
                 permission=Permission.PLATFORM),
        Endpoint("POST", f"{path}/resume", f"Lift the suspension of {a} {what.name}", _resume(what), Suspension,
                 body=Why, permission=Permission.PLATFORM),
    )  # fmt: skip


ENDPOINTS = (
    *_both(suspension.ORGANIZATION, "an"),
    *_both(suspension.CHANNEL, "a"),
    *_both(suspension.MESSAGE, "a"),
)
