"""A ban for the pages: brought along by the use cases' own doors, with people in its ledger."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import select, update

from hub.db import ban_cases, recipients, senders
from hub.db.people_of_sender import PersonOfSender
from hub.db.recipients import Beginning
from hub.db.tables.core import CHANNEL, CONVERSATION, RECIPIENT
from hub.ids import new_id
from hub.numbers.cases import happen, judged
from hub.numbers.policy import happenings as h
from hub.numbers.policy.obstacles import OBSTACLES
from hub.numbers.recruiting import stop_invitations
from hub.types import ChannelKind, Level, Machine, Reach
from hub.types.bans import Act, Confidence, Judgement, Offer, Possibility, RemedyKind, Signal, SignalSource
from hub.types.numbers import OfferKind, Readiness, RecipientState
from hub.wiring import Services
from tests.browser.stage import ago
from tests.world import Channel, Organization, World

HUB = Machine("system")
NEW_NUMBER = "+493090182044"
REASON = "WhatsApp has banned this sender"


@dataclass(frozen=True)
class Judged:
    """What the judgement of a sender needs of it."""

    id: str
    channel_id: str


class Place(Protocol):
    """Where a ban is: a hub, and an organization of it."""

    @property
    def services(self) -> Services: ...
    @property
    def org(self) -> Organization: ...


class Ban:
    """One case of a channel."""

    def __init__(
        self, stage: Place, channel: Channel, level: Level = Level.BANNED, reach: Reach = Reach.SENDER
    ) -> None:
        self.stage, self.channel, self.reach = stage, channel, reach
        self.services = stage.services
        self.began = ago(self.services, hours=30)
        self.id = self._opened(level)

    @property
    def channel_name(self) -> str:
        with self.services.db.reading(self.stage.org.id) as tx:
            return str(tx.scalar(select(CHANNEL.c.name).where(CHANNEL.c.id == self.channel.id)))

    def _opened(self, level: Level) -> str:
        signals = (
            Signal("twilio", SignalSource.SEND, "63112", self.began),
            Signal("twilio", SignalSource.POLL, "sender/OFFLINE", self.began + timedelta(seconds=20)),
        )
        acts = frozenset({Act.UNASKED, Act.REPLIES} if level is Level.BANNED else {Act.UNASKED})
        kinds = (RemedyKind.REGISTER_AGAIN, RemedyKind.APPEAL, RemedyKind.REPLACE)
        found = Judgement(
            level,
            self.reach,
            Confidence.CONFIRMED,
            acts,
            self.began,
            REASON,
            remedies=kinds,
            evidence=signals,
        )
        with self.services.db.transaction(self.stage.org.id) as tx:
            assert senders.lock(tx, self.channel.sender_id) is not None
            case_id = judged(self.services, tx, Judged(self.channel.sender_id, self.channel.id), found, self.began)
        assert case_id is not None
        return case_id

    def happens(self, *happenings: h.Happening, at: datetime | None = None) -> None:
        """Let things happen, one after another."""
        for happening in happenings:
            with self.services.db.transaction(self.stage.org.id) as tx:
                happen(self.services, tx, self.id, happening, HUB, at or self.services.clock())

    def informed(self) -> None:
        self.happens(h.Informed(), h.Proposed(), at=self.began + timedelta(minutes=1))

    def offered(self, found: Possibility | None = None) -> str:
        """Offer another number, or something else; return the offer's id."""
        takes = (OBSTACLES["name_in_review"],)
        number = Possibility(
            OfferKind.ANOTHER_NUMBER, ChannelKind("whatsapp"), Readiness.REGISTRABLE, "+49 30 901820 44", takes
        )
        offer = Offer(new_id(), found or number, self.services.clock() + timedelta(days=14))
        self.informed()
        self.happens(h.OfferMade(offer), at=self.began + timedelta(minutes=2))
        return offer.id

    def accepted(self, found: Possibility | None = None) -> None:
        offer_id = self.offered(found)
        self.happens(h.CauseRecorded("Too many reminders in one day"), h.AppealFiled(), h.Accepted(offer_id))

    def recruiting(self) -> None:
        """Accept the offer and put the new sender in its place."""
        self.accepted()
        self.happens(h.ReplacingBegun(), h.Replaced(), at=ago(self.services, hours=20))
        new = self._new_sender()
        with self.services.db.transaction(self.stage.org.id) as tx:
            record = ban_cases.lock(tx, self.id)
            ban_cases.save(tx, replace(record, inviting=True, new_sender_id=new))

    def stopped(self) -> None:
        """Stop the invitations."""
        self.recruiting()
        stop_invitations(self.services, self.stage.org.actor, self.id)

    def _new_sender(self) -> str:
        """Put another sender of the same kind in the old one's place; the old one is past from then on."""
        is_number = self.channel.address.startswith("+")
        address = NEW_NUMBER if is_number else new_id()
        kind = next(kind for kind, each in self.stage.org.channels.items() if each.id == self.channel.id)
        return World(self.services).sender(self.stage.org, self.channel.id, kind, address).sender_id

    def identity(self, talk: str) -> str:
        """Return who writes in a conversation."""
        with self.services.db.reading(self.stage.org.id) as tx:
            return str(tx.scalar(select(CONVERSATION.c.identity_id).where(CONVERSATION.c.id == talk)))

    def person(self, talk: str, contact_id: str, state: RecipientState, **columns: object) -> str:
        """Put whoever writes in a conversation into the ledger, where they stand there; return the id of their line."""
        with self.services.db.transaction(self.stage.org.id) as tx:
            found = tx.first(select(CONVERSATION.c.identity_id).where(CONVERSATION.c.id == talk))
            assert found is not None
            person = PersonOfSender(found.identity_id, contact_id, talk, opted_out=False, wrote=False, talked=True)
            recipients.insert(tx, self.id, [person], Beginning(state))
            mine = RECIPIENT.c.case_id == self.id, RECIPIENT.c.identity_id == found.identity_id
            if columns:
                tx.execute(update(RECIPIENT).where(*mine).values(**columns))
            return str(tx.scalar(select(RECIPIENT.c.id).where(*mine)))
