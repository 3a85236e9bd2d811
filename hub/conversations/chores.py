"""What an adapter asks to be done at its provider: kept with what it came by, and done once that is committed."""

from datetime import datetime, timedelta

from hub.db.errands import NewErrand
from hub.types import Chore, Person

ERRANDS_JOB = "workers.delivery.errands"
LOOK_UP_NAME = "look_up_name"
_WORTH_DOING = timedelta(days=1)


def errand_of(chore: Chore, sender_id: str, identity_id: str | None, now: datetime) -> NewErrand:
    return NewErrand(sender_id, chore, now, now + _WORTH_DOING, identity_id=identity_id)


def look_up_name(person: Person) -> Chore:
    """Ask what a person is called, of whom the provider said an address only."""
    return Chore(LOOK_UP_NAME, {"address": person.address, "scope": person.scope})
