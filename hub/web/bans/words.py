"""What the states and choices of a ban are called on its pages."""

from collections.abc import Mapping
from typing import Final

from hub.numbers.cases.views import Decider
from hub.numbers.policy.ways import Why
from hub.types import Level, Reach
from hub.types.bans import Act, AppealState, BanState, RemedyKind, RemedyState
from hub.types.numbers import Mender, OfferKind, Readiness, RecipientState, Takes
from hub.web.language import marked

STATES: Final[Mapping[str, tuple[str, str]]] = {
    BanState.SUSPECTED: (marked("Suspected"), "pending"),
    BanState.CONFIRMED: (marked("Confirmed"), "off"),
    BanState.INFORMED: (marked("Told"), "off"),
    BanState.REMEDY: (marked("Being mended"), "pending"),
    BanState.OFFERED: (marked("A replacement is offered"), "pending"),
    BanState.ACCEPTED: (marked("Accepted"), "new"),
    BanState.DECLINED: (marked("Declined"), ""),
    BanState.EXPIRED: (marked("The offer has run out"), "pending"),
    BanState.REPLACING: (marked("Being replaced"), "pending"),
    BanState.RECRUITING: (marked("Winning people back"), "new"),
    BanState.CLOSED: (marked("Closed"), ""),
    BanState.REINSTATED: (marked("Given back"), "new"),
}
"""Each state's name and the tone of its chip."""

STEPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (marked("step|Suspected"), (BanState.SUSPECTED,)),
    (marked("step|Confirmed"), (BanState.CONFIRMED, BanState.INFORMED)),
    (marked("step|Remedies"), (BanState.REMEDY,)),
    (marked("step|Offer"), (BanState.OFFERED, BanState.EXPIRED, BanState.DECLINED)),
    (marked("step|Replacement"), (BanState.ACCEPTED, BanState.REPLACING)),
    (marked("step|Winning back"), (BanState.RECRUITING,)),
    (marked("step|Over"), (BanState.CLOSED, BanState.REINSTATED)),
)
"""The way of a case, as the line above it shows it."""

HAPPENED: Final[Mapping[str, str]] = {
    Level.NONE: marked("Something spoke against {address}; there is nothing in it."),
    Level.RECIPIENT: marked("Single people cannot be reached from {address}."),
    Level.RATE_LIMITED: marked("{channel} lets {address} send more slowly."),
    Level.RESTRICTED: marked("{channel} has restricted {address}."),
    Level.BANNED: marked("{channel} has banned {address}."),
    Level.ACCOUNT: marked("The account that {address} hangs on has been locked."),
    Level.CREDENTIALS: marked("{channel} no longer takes the access of {address}."),
}
REACHES: Final[Mapping[str, str]] = {
    Reach.RECIPIENT: marked("Only single people are concerned."),
    Reach.SENDER: marked("Only this sender is concerned."),
    Reach.BUSINESS_ACCOUNT: marked(
        "Your whole business account is concerned: another number in it would be banned too."
    ),
    Reach.PORTFOLIO: marked("Your whole business portfolio is concerned: another number in it would be banned too."),
    Reach.PROVIDER_ACCOUNT: marked("The account at the provider is concerned, which the platform has to settle."),
    Reach.APP: marked("The platform's own app is concerned; the platform has to settle that."),
}
REACHES_OF_CUSTOMER: Final[Mapping[str, str]] = {
    **REACHES,
    Reach.BUSINESS_ACCOUNT: marked(
        "The customer's whole business account is concerned: another number in it would be banned too."
    ),
    Reach.PORTFOLIO: marked(
        "The customer's whole business portfolio is concerned: another number in it would be banned too."
    ),
    Reach.PROVIDER_ACCOUNT: marked("The account at the provider is concerned: you have to settle that."),
    Reach.APP: marked("The app of the platform is concerned: you have to settle that."),
}
"""The same for whoever runs the hub."""
SUSPECTED: Final = marked("Something speaks against {address}. The hub is looking at it.")

HELD_ALL: Final = marked("Nothing goes out over it; what was queued waits and is not lost.")
HELD: Final[Mapping[str, str]] = {
    Act.UNASKED: marked("Messages that nobody asked for are held; answers go out."),
    Act.REPLIES: HELD_ALL,
    Act.ADDING_SENDERS: marked("No further sender can be added to the business account."),
}
HELD_NOTHING: Final = marked("Nothing is held.")
HELD_UNTIL: Final = marked("The provider ends it {time}.")

REMEDIES: Final[Mapping[str, tuple[str, str]]] = {
    RemedyKind.MEND_CREDENTIALS: (
        marked("Mend the access"),
        marked("Enter a new token, or connect the sender again, on the page of the channel."),
    ),
    RemedyKind.PAY: (
        marked("Settle what is owed"),
        marked("Pay what is open at the provider, or renew the means of payment there."),
    ),
    RemedyKind.REGISTER_AGAIN: (
        marked("Register it again"),
        marked("The same sender is registered anew; its address stays, and nobody has to be won back."),
    ),
    RemedyKind.WAIT: (
        marked("Wait until it ends"),
        marked("Pause what is restricted, find the cause, and let the restriction run out."),
    ),
    RemedyKind.APPEAL: (
        marked("Appeal"),
        marked("Ask the provider to look at it again, with the evidence kept here."),
    ),
    RemedyKind.REPLACE: (
        marked("Replace the sender"),
        marked("Another sender takes its place; every person has to be won for it again."),
    ),
}
REMEDY_STATES: Final[Mapping[str, tuple[str, str]]] = {
    RemedyState.PROPOSED: (marked("Proposed"), ""),
    RemedyState.UNDER_WAY: (marked("remedy|Under way"), "pending"),
    RemedyState.HELPED: (marked("It helped"), "new"),
    RemedyState.FAILED: (marked("It did not help"), "off"),
    RemedyState.NOT_TAKEN: (marked("remedy|Not taken"), "off"),
}
APPEALS: Final[Mapping[str, tuple[str, str]]] = {
    AppealState.NONE: (marked("No appeal yet"), "pending"),
    AppealState.FILED: (marked("Appeal filed"), "pending"),
    AppealState.WAIVED: (marked("Appeal waived"), ""),
    AppealState.GRANTED: (marked("Appeal granted"), "new"),
    AppealState.REFUSED: (marked("Appeal refused"), "off"),
}
OFFERS: Final[Mapping[str, str]] = {
    OfferKind.ANOTHER_NUMBER: marked("Another number for {channel}"),
    OfferKind.ANOTHER_KIND: marked("Instead: {channel}"),
    OfferKind.OWN_SENDER: marked("A new sender of your own for {channel}"),
}
READINESS: Final[Mapping[str, tuple[str, str]]] = {
    Readiness.READY: (marked("Ready at once"), "new"),
    Readiness.REGISTRABLE: (marked("Ready within hours: it has to be registered"), "new"),
    Readiness.BUYABLE: (marked("Ready within hours: it has to be bought and registered"), "new"),
    Readiness.DOCUMENTS_NEEDED: (marked("Takes days: something has to be approved first"), "pending"),
    Readiness.NONE: (marked("Cannot be had as things are"), "off"),
}
MENDERS: Final[Mapping[str, str]] = {
    Mender.PLATFORM: marked("mender|the platform"),
    Mender.CUSTOMER: marked("mender|you"),
    Mender.PROVIDER: marked("mender|the provider"),
    Mender.NOBODY: marked("mender|nobody"),
}
MENDERS_OF_CUSTOMER: Final[Mapping[str, str]] = {
    **MENDERS,
    Mender.PLATFORM: marked("mender|you"),
    Mender.CUSTOMER: marked("mender|the customer"),
}
"""The same for whoever runs the hub."""
TURNS: Final[Mapping[str, str]] = {
    Decider.HUB: marked("The hub works on it"),
    Decider.CUSTOMER: marked("Your turn"),
    Decider.PLATFORM: marked("The platform's turn"),
    Decider.PROVIDER: marked("The provider's turn"),
    Decider.PEOPLE: marked("The people's turn"),
}
"""Whose turn it is."""
TURNS_OF_CUSTOMER: Final[Mapping[str, str]] = {
    **TURNS,
    Decider.CUSTOMER: marked("The customer's turn"),
    Decider.PLATFORM: marked("Your turn"),
}
"""The same for whoever runs the hub."""
NEXT_OF_CUSTOMER: Final[Mapping[str, str]] = {
    BanState.CONFIRMED: marked("The customer's admins are told"),
    BanState.REMEDY: marked("The customer tries what may help, or asks for a replacement; you may do both for them"),
    BanState.OFFERED: marked("The customer accepts or declines the offer; nothing is replaced without that"),
    BanState.DECLINED: marked("The customer tries what may help, asks for another offer, or closes the case"),
    BanState.EXPIRED: marked("The offer has run out: the customer asks for another one, or closes the case"),
    BanState.REINSTATED: marked("The old sender works again: the customer chooses which sender stays"),
}
"""What happens next, for whoever runs the hub, where the customer is told to do it."""
TO_SETTLE: Final = marked("Settle it with the provider, or appeal with the evidence kept here")
"""The same where it is theirs to do."""
TAKES: Final[Mapping[str, str]] = {
    Takes.MINUTES: marked("takes|minutes"),
    Takes.HOURS: marked("takes|hours"),
    Takes.DAYS: marked("takes|days"),
    Takes.FOR_EVER: marked("takes|cannot be cleared"),
}
PEOPLE: Final[Mapping[str, str]] = {
    RecipientState.VERIFIED: marked("people|Verified"),
    RecipientState.CLAIMED: marked("people|To be confirmed"),
    RecipientState.INVITED: marked("people|Invited"),
    RecipientState.TO_RECRUIT: marked("people|To be won back"),
    RecipientState.UNREACHABLE: marked("people|Cannot be reached"),
    RecipientState.OPTED_OUT: marked("people|Do not want to be written to"),
    RecipientState.ERASED: marked("people|Erased"),
}
"""In the order in which a bar shows them."""
LEFT: Final[Mapping[str, str]] = {
    Why.NO_CONSENT: marked("They have not agreed to be invited."),
    Why.WINDOW_CLOSED: marked("They have to write first, or their last message is too long ago."),
    Why.REFUSED: marked("Nothing may be written to them at present where they could be invited."),
    Why.ALL_TRIED: marked("They were invited by every way there is."),
    Why.OPTED_OUT: marked("They do not want to be written to where they could be."),
    Why.UNREACHABLE: marked("The addresses we have of them are dead."),
    Why.NO_WAY: marked("We know no other address of theirs."),
}
"""Why only what is published can reach somebody."""
