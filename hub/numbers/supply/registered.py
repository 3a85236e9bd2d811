"""A number as a sender of a messenger, as platform admins see it on its way there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.access.permissions import require_platform
from hub.db import registrations
from hub.db.registrations import RegistrationRecord
from hub.db.session import PlatformWork
from hub.types import Actor
from hub.types.numbers import Quality, RegistrationState
from hub.wiring import Services

_S = RegistrationState
NEXT: Final[Mapping[RegistrationState, str]] = {
    _S.DRAFT: "the hub asks the supplier to register it",
    _S.SUBMITTED: "the messenger sends a one-time code to the number",
    _S.CODE_NEEDED: "the one-time code: the hub reads it from a text message; from a call, somebody types it in",
    _S.VERIFYING: "the messenger checks the code",
    _S.IN_REVIEW: "the supplier looks at it, which may take days",
    _S.ONLINE: "",
    _S.UPDATING: "the messenger looks at its new profile",
    _S.OFFLINE: "the messenger switches it on again, or it is registered again",
    _S.FAILED: "somebody registers it again",
    _S.REMOVED: "",
}
"""What a registration waits for."""


@dataclass(frozen=True, slots=True)
class RegistrationView:
    """A registration.

    name_review   how the messenger's review of the display name stands (`hub.numbers.policy.obstacles.Review`)
    waits_for     what has to happen next, in our words; "": nothing
    problems      what is wrong, in our words
    daily_limit   people it may write to unasked within 24 hours; None: nothing is known, or there is no limit
    """

    id: str
    kind: str
    organization_id: str
    display_name: str
    name_review: str
    code_way: str
    state: RegistrationState
    waits_for: str
    problems: tuple[str, ...]
    quality: Quality
    daily_limit: int | None
    submitted_at: datetime | None
    checked_at: datetime | None


def list_of_numbers(
    services: Services, actor: Actor, number_ids: Sequence[str]
) -> Mapping[str, Sequence[RegistrationView]]:
    """Return number → its registrations that are not given up; no entry for a number without any. Platform admins."""
    require_platform(actor)
    found: dict[str, list[RegistrationView]] = {}
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        for each in registrations.list_of_numbers(tx, number_ids):
            found.setdefault(each.number_id, []).append(show(each))
    return found


def show(record: RegistrationRecord) -> RegistrationView:
    """Return a registration without the supplier's ids and without its code."""
    return RegistrationView(
        id=record.id,
        kind=record.kind,
        organization_id=record.organization_id,
        display_name=record.display_name,
        name_review=record.name_review,
        code_way=record.code_way,
        state=record.state,
        waits_for=NEXT[record.state],
        problems=record.problems,
        quality=record.quality,
        daily_limit=record.daily_limit,
        submitted_at=record.submitted_at,
        checked_at=record.checked_at,
    )
