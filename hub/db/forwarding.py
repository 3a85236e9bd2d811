"""Where a call goes that brings a one-time code."""

from sqlalchemy import select

from hub.db.session import Tx
from hub.db.tables.core import NUMBER, REGISTRATION
from hub.types.numbers import RegistrationState

_WAITING = (
    RegistrationState.DRAFT,
    RegistrationState.SUBMITTED,
    RegistrationState.CODE_NEEDED,
    RegistrationState.VERIFYING,
)
"""A code may be spoken before the answer to the registration has come."""


def find_forwarding(tx: Tx, account_id: str, number: str) -> str:
    """Return to which number calls of a provider account's number go on; "" unless a registration of it waits."""
    found = tx.scalar(
        select(NUMBER.c.forward_to)
        .join(REGISTRATION, REGISTRATION.c.number_id == NUMBER.c.id)
        .where(
            NUMBER.c.provider_account_id == account_id,
            NUMBER.c.number == number,
            REGISTRATION.c.state.in_(_WAITING),
            REGISTRATION.c.removed_at.is_(None),
        )
    )
    return found or ""
