"""A stage with Messenger and mail: Carla writes on Messenger, and has a mailbox that was vouched for."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from hub.access.organizations import OrganizationChanges, change_organization
from hub.contacts import merge
from hub.db.tables.core import IDENTITY, SENDER
from hub.notifying import links, planning, sending
from hub.settings import Settings
from hub.types import (
    ConversationView,
    FailureKind,
    MessageReceived,
    MessageView,
    OutboundMessage,
    Person,
    SendFailure,
    Text,
    Trigger,
)
from hub.wiring import Services, build
from tests.outbound.stage import ScriptedProvider, Stage, set_stage
from tests.world import Channel

MAILBOX = "carla@mail.example"


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    built = build(settings.model_copy(update={"mail_primary_url": SecretStr("smtp://127.0.0.1:9?tls=off")}))
    built.queue.redis.flushdb()
    yield built
    built.db.dispose()
    built.queue.close()


@dataclass
class Told:
    """The stage, and what its mail relay was given."""

    stage: Stage
    page: Channel
    mailbox: Channel
    conversation: ConversationView

    @property
    def relay(self) -> ScriptedProvider:
        return self.stage.provider("email")

    @property
    def mails(self) -> list[OutboundMessage]:
        return self.relay.sent

    @property
    def mailbox_identity(self) -> str:
        """Carla's mailbox."""
        with self.stage.services.db.reading(self.stage.org.id) as tx:
            return str(tx.scalar(select(IDENTITY.c.id).where(IDENTITY.c.address == MAILBOX)))

    def unsubscribe(self) -> None:
        """Carla follows the link of the newest mail."""
        links.unsubscribe(self.stage.services, self.mails[-1].unsubscribe.rpartition("/")[2])

    def wish(self, **wishes: object) -> None:
        change_organization(self.stage.services, self.stage.org.actor, OrganizationChanges(notifying=wishes))

    def run(self) -> None:
        """What the job does, now and after the time that answers are gathered for."""
        planning.plan(self.stage.services)
        self.stage.clock.forward(minutes=1)
        sending.send_due(self.stage.services)

    def bring_about(self, trigger: Trigger) -> None:
        """An operator answers, and the answer does not get through for this reason."""
        script = self.stage.provider("facebook").answers
        match trigger:
            case Trigger.UNREACHABLE:
                script.append(SendFailure(FailureKind.RECIPIENT, "the person blocked the page"))
            case Trigger.WINDOW_CLOSED:
                script.append(SendFailure(FailureKind.WINDOW, "the reply window is closed"))
            case Trigger.SENDER_HELD:
                with self.stage.services.db.transaction(self.stage.org.id) as tx:
                    tx.execute(update(SENDER).where(SENDER.c.id == self.page.sender_id).values(hold="banned"))
            case _:
                pass
        self.answer()
        self.stage.clock.forward(minutes=30 if trigger is Trigger.UNREAD else 0)

    def answer(self, text: str = "It is on its way") -> MessageView:
        self.stage.clock.forward(seconds=5)
        made = self.stage.answer(self.conversation, text)
        self.stage.deliver(self.page)
        return self.stage.look(made)


@pytest.fixture
def told(services: Services) -> Told:
    stage = set_stage(services)
    page = stage.channel("facebook", "110000000000001")
    mailbox = stage.channel("email", "support@shop.example")
    conversation = stage.open_conversation(page)
    stage.hear(mailbox, MessageReceived("m1", Person(MAILBOX, name="Carla"), (Text("Hello"),)))
    by_mail = next(each for each in stage.conversations() if each.channel.kind == "email")
    merge(services, stage.org.actor, conversation.contact.id, by_mail.contact.id)
    made = Told(stage, page, mailbox, conversation)
    made.wish(people=True, unread_minutes=30)
    return made
