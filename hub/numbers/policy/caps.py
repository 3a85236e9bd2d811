"""What keeps an organization from being taken for a spammer: consents, and caps on messages nobody asked for.

Answers are never capped: whoever writes to an organization gets one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from hub.numbers.policy.limits import LIMITS
from hub.types.numbers import Purpose, Quality

# --- consents -------------------------------------------------------------------------------------------


class Answer(StrEnum):
    """What somebody said about being written to."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Consent:
    """One entry of the consent ledger, which only grows.

    identity_id   whose address may be written to
    source        how we know: a form, a message of theirs, a list that was brought along
    text_version  which text they agreed to
    """

    identity_id: str
    purpose: Purpose
    answer: Answer
    source: str
    at: datetime
    text_version: str = ""


def consent_for(ledger: Iterable[Consent], identity_id: str, purpose: Purpose) -> Consent | None:
    """Return what somebody said last about a purpose. Of two entries of one moment the withdrawal counts."""
    own = (each for each in ledger if each.identity_id == identity_id and each.purpose is purpose)
    return max(own, key=lambda each: (each.at, each.answer is Answer.WITHDRAWN), default=None)


def ground_for(
    ledger: Sequence[Consent], identity_id: str, purposes: Sequence[Purpose] = LIMITS.invitations_rest_on
) -> Consent | None:
    """Return the consent that an invitation to an address may rest on; None: it must not be sent.

    The first of the purposes about which they said anything decides: an invitation that was refused is not sent
    because a service was agreed to.
    """
    for purpose in purposes:
        found = consent_for(ledger, identity_id, purpose)
        if found is not None:
            return found if found.answer is Answer.GIVEN else None
    return None


# --- caps -----------------------------------------------------------------------------------------------


def share_of(cap: int, quality: Quality) -> int:
    """Return what a quality leaves of a cap: half at MEDIUM (but one of one), nothing at LOW."""
    share = LIMITS.share[quality]
    return min(cap, max(1, int(cap * share))) if share > 0 else 0


class Sending(StrEnum):
    """Whether the person it goes to asked for it. ANSWER: to a message of theirs, inside its window."""

    ANSWER = "answer"
    UNASKED = "unasked"


@dataclass(frozen=True, slots=True)
class Caps:
    """What one organization may send in 24 hours without being asked: to how many people, how many messages.

    messenger  to how many people its messenger lets it write, all its senders there together; None: it sets no limit
    """

    recipients: int = LIMITS.recipients_per_day
    unasked: int = LIMITS.unasked_per_day
    messenger: int | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What was sent unasked in the last 24 hours. `known`: the person it is now about is among the recipients.

    there  how many of the recipients on the messenger that it goes out by now
    """

    recipients: int = 0
    unasked: int = 0
    known: bool = False
    there: int = 0


class Refusal(StrEnum):
    """Why a message is held back."""

    QUALITY = "quality"
    MESSENGER = "messenger"
    RECIPIENTS = "recipients"
    UNASKED = "unasked"


REFUSALS: Final = {
    Refusal.QUALITY: "people complain about this sender, so it answers only; wait until its quality has risen",
    Refusal.MESSENGER: "its messenger lets you write to no more people unasked within 24 hours; wait",
    Refusal.RECIPIENTS: "the organization has written to as many people unasked as it may within 24 hours; wait",
    Refusal.UNASKED: "the organization has sent as many messages unasked as it may within 24 hours; wait",
}
"""What each refusal says."""


def refusal(caps: Caps, spent: Spent, sending: Sending, quality: Quality = Quality.UNKNOWN) -> Refusal | None:
    """Return why a message must not go out now; None: it may. `quality`: of the sender it would go out by."""
    if sending is Sending.ANSWER:
        return None
    if LIMITS.share[quality] <= 0:
        return Refusal.QUALITY
    if spent.unasked >= share_of(caps.unasked, quality):
        return Refusal.UNASKED
    if spent.known:
        return None
    if caps.messenger is not None and spent.there >= share_of(caps.messenger, quality):
        return Refusal.MESSENGER
    return Refusal.RECIPIENTS if spent.recipients >= share_of(caps.recipients, quality) else None
