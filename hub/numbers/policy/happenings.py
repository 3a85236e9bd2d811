"""What may happen to a ban case."""

from dataclasses import dataclass

from hub.types import ChannelKind
from hub.types.bans import AcceptedBy, Judgement, Kept, Offer, RemedyKind


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A look confirmed the suspicion."""

    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Changed:
    """The signals amount to something else than before, worse or better, and still to a case."""

    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Dismissed:
    """There was nothing in the suspicion."""

    reason: str


@dataclass(frozen=True, slots=True)
class Informed:
    """The admins of the organization were told."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """The remedies stand before the customer."""


@dataclass(frozen=True, slots=True)
class RemedyBegun:
    kind: RemedyKind


@dataclass(frozen=True, slots=True)
class RemedyEnded:
    """Somebody says what came of a remedy. Whether the sender works again is seen by a look, not by this."""

    kind: RemedyKind
    helped: bool
    result: str = ""


@dataclass(frozen=True, slots=True)
class CauseRecorded:
    cause: str


@dataclass(frozen=True, slots=True)
class AppealFiled:
    """An appeal was filed at the provider."""


@dataclass(frozen=True, slots=True)
class AppealWaived:
    reason: str


@dataclass(frozen=True, slots=True)
class AppealDecided:
    granted: bool
    words: str = ""


@dataclass(frozen=True, slots=True)
class OfferWanted:
    """The customer asks for a replacement. `channel_kind`: by a channel of this kind; None: what can be had soonest."""

    channel_kind: ChannelKind | None = None


@dataclass(frozen=True, slots=True)
class OfferMade:
    offer: Offer


@dataclass(frozen=True, slots=True)
class Accepted:
    """The customer takes this very offer."""

    offer_id: str
    by: AcceptedBy = AcceptedBy.CUSTOMER


@dataclass(frozen=True, slots=True)
class Declined:
    """The customer does not want this offer, or not any more."""

    offer_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """Nobody answered the offer in time."""


@dataclass(frozen=True, slots=True)
class ReplacingBegun:
    """The first thing that costs or changes something was asked of the provider."""


@dataclass(frozen=True, slots=True)
class ReplacingFailed:
    reason: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """The new sender is the channel's current one."""


@dataclass(frozen=True, slots=True)
class EverybodyAsked:
    """Nobody is left to be invited or verified."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Somebody ends the case."""

    reason: str


@dataclass(frozen=True, slots=True)
class Reinstated:
    """The sender works again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Relapsed:
    """The sender is hit again before the customer has chosen which one stays."""

    judgement: Judgement


@dataclass(frozen=True, slots=True)
class SenderKept:
    kept: Kept


FromSignals = Confirmed | Changed | Dismissed | Reinstated | Relapsed
FromMending = (
    Informed | Proposed | RemedyBegun | RemedyEnded | CauseRecorded | AppealFiled | AppealWaived | AppealDecided
)
FromOffer = OfferWanted | OfferMade | Accepted | Declined | DeadlinePassed
FromReplacing = ReplacingBegun | ReplacingFailed | Replaced | EverybodyAsked | Closed | SenderKept
Happening = FromSignals | FromMending | FromOffer | FromReplacing
