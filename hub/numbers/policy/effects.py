"""What has to be done because something happened to a ban case. The use case does it, in the order given."""

from dataclasses import dataclass, field
from datetime import datetime

from hub.types import ChannelKind
from hub.types.bans import Act, Offer


@dataclass(frozen=True, slots=True)
class Hold:
    """Hold exactly these acts of the sender from now on, in place of what was held before."""

    acts: frozenset[Act]
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reopen:
    """Hold nothing of the old sender any more: what waited goes out, as far as it still may."""


@dataclass(frozen=True, slots=True)
class Look:
    """Look at the sender at once."""


@dataclass(frozen=True, slots=True)
class TellAdmins:
    """Tell the organization's admins by every way they have; `about` is the happening's name."""

    about: str


@dataclass(frozen=True, slots=True)
class TellPlatform:
    """Tell the platform's admins; `about` is the happening's name."""

    about: str


@dataclass(frozen=True, slots=True)
class ProposeRemedies:
    """Put the remedies of the case before the customer."""


@dataclass(frozen=True, slots=True)
class MakeOffer:
    """Find what can be offered, reserve it, and offer it: by a channel of this kind, or what can be had soonest."""

    channel_kind: ChannelKind | None = None


@dataclass(frozen=True, slots=True)
class ReleaseOffer:
    """Give back what was reserved for an offer."""

    offer_id: str


@dataclass(frozen=True, slots=True)
class Replace:
    """Make the accepted sender and put it in the old one's place. Safe to repeat."""

    offer: Offer = field(repr=False)


@dataclass(frozen=True, slots=True)
class StopReplacing:
    """Ask the provider for nothing more; undo what is not done."""


@dataclass(frozen=True, slots=True)
class BuildLedger:
    """Write down every person of the old sender."""


@dataclass(frozen=True, slots=True)
class Invite:
    """Invitations may go out."""


@dataclass(frozen=True, slots=True)
class StopInvitations:
    """No invitation goes out until they are begun again."""


@dataclass(frozen=True, slots=True)
class AskWhichStays:
    """Put to the customer which sender stays."""


@dataclass(frozen=True, slots=True)
class PutBack:
    """The old sender becomes the channel's current one again; the new one goes the way of a number given back."""


Effect = (
    Hold
    | Reopen
    | Look
    | TellAdmins
    | TellPlatform
    | ProposeRemedies
    | MakeOffer
    | ReleaseOffer
    | Replace
    | StopReplacing
    | BuildLedger
    | Invite
    | StopInvitations
    | AskWhichStays
    | PutBack
)
