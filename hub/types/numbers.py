"""Numbers of the pool, what stands in the way of using one, and the people who are won back on another one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hub.types.people import ChannelKind


class NumberState(StrEnum):
    """Where a number of the pool stands.

    ORDERED      the provider is being asked to sell it; the row is there before it is asked
    OWNED        ours and free
    LENT         one organization has it
    QUARANTINED  it carried an organization's conversations, and people may still write to it
    RETURNING    the provider is being asked to take it back
    RETURNED, FAILED   given back; the order came to nothing. Either may be ordered anew
    LOST         the provider does not have it any more
    """

    ORDERED = "ordered"
    OWNED = "owned"
    LENT = "lent"
    QUARANTINED = "quarantined"
    RETURNING = "returning"
    RETURNED = "returned"
    FAILED = "failed"
    LOST = "lost"


class RegistrationState(StrEnum):
    """How far a number is on its way to being a sender of a messenger."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CODE_NEEDED = "code_needed"
    VERIFYING = "verifying"
    IN_REVIEW = "in_review"
    ONLINE = "online"
    UPDATING = "updating"
    OFFLINE = "offline"
    FAILED = "failed"
    REMOVED = "removed"


class RecipientState(StrEnum):
    """How far a person of a banned sender is on their way to the new one.

    CLAIMED      somebody whom we do not know used their code; an operator has to confirm
    OPTED_OUT    they do not want to be written to: never invited
    UNREACHABLE  every address we have of them is dead
    ERASED       nothing of them is kept
    """

    TO_RECRUIT = "to_recruit"
    INVITED = "invited"
    CLAIMED = "claimed"
    VERIFIED = "verified"
    OPTED_OUT = "opted_out"
    UNREACHABLE = "unreachable"
    ERASED = "erased"


class Purpose(StrEnum):
    """What somebody agreed to be written to for."""

    SERVICE = "service"
    INVITATION = "invitation"
    MARKETING = "marketing"


class Quality(StrEnum):
    """What a messenger thinks of how a sender's messages are received."""

    UNKNOWN = "unknown"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class OfferKind(StrEnum):
    """What is put to a customer in place of a banned sender.

    ANOTHER_NUMBER  a sender of the same kind, on another number, in the customer's own business account
    ANOTHER_KIND    a channel of another kind
    OWN_SENDER      a new bot, page or address of the customer's own, which they connect by a form
    """

    ANOTHER_NUMBER = "another_number"
    ANOTHER_KIND = "another_kind"
    OWN_SENDER = "own_sender"


class Readiness(StrEnum):
    """How soon an offer can be kept.

    READY             at once
    REGISTRABLE       within hours: a spare number has to be registered with the messenger
    BUYABLE           within hours: a number can be bought, as its country's documents are approved
    DOCUMENTS_NEEDED  within days: documents or the customer's account have to be approved first
    NONE              it cannot be kept as things are
    """

    READY = "ready"
    REGISTRABLE = "registrable"
    BUYABLE = "buyable"
    DOCUMENTS_NEEDED = "documents_needed"
    NONE = "none"


class Mender(StrEnum):
    """Who can clear an obstacle."""

    PLATFORM = "platform"
    CUSTOMER = "customer"
    PROVIDER = "provider"
    NOBODY = "nobody"


class Takes(StrEnum):
    """How long it takes to clear an obstacle, as far as anybody can say. FOR_EVER: it cannot be cleared."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    FOR_EVER = "for_ever"


class Stage(StrEnum):
    """What cannot be done yet: nothing may be bought for it, the number not registered, or nobody invited."""

    BUY = "buy"
    REGISTER = "register"
    INVITE = "invite"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way of a sender. `text`: cause and mend in our words; `until`: when it passes by itself."""

    code: str
    text: str
    mender: Mender
    takes: Takes
    stops: Stage
    until: datetime | None = None


class WayState(StrEnum):
    """Whether an address can be written to. HELD: the channel it belongs to sends nothing at present."""

    WORKS = "works"
    HELD = "held"
    UNREACHABLE = "unreachable"
    OPTED_OUT = "opted_out"


@dataclass(frozen=True, slots=True)
class Way:
    """One lawful way to a person: an identity of theirs on a channel of the organization, of a kind that may invite.

    identity_id    whom, which is also what consents are given for
    channel_id     by which channel
    reply_window   how long after their last message we may write; None: always
    writes_first   they must have written to us once
    last_heard_at  when they last wrote there
    """

    identity_id: str
    channel_id: str
    kind: ChannelKind
    state: WayState = WayState.WORKS
    reply_window: timedelta | None = None
    writes_first: bool = False
    last_heard_at: datetime | None = None
