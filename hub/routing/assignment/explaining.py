"""What would become of a message, without anything happening: the same decision, from the same setup."""

from dataclasses import dataclass
from datetime import datetime

from hub.access.permissions import Permission, require
from hub.conversations.standing import require_shown
from hub.db import conversations, routing_facts, routing_setup
from hub.db.routing_facts import ChannelFacts
from hub.db.session import Tx
from hub.errors import Invalid, NotFound
from hub.routing.assignment.questions import UNKNOWN, asks_for_language, load_known, question_of
from hub.routing.language import detect
from hub.routing.policy.deciding import decide
from hub.routing.policy.model import Decision, Question, Setup
from hub.types import Actor
from hub.wiring import Services


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A message that nobody wrote, or a conversation that is there.

    channel_id, channel_kind  where it comes: the channel, or the first one of a kind
    text, payload, topic      what it says, presses, is about
    contact_id                from whom; None: somebody new
    at                        when; None: now
    conversation_id           instead of all but `at`: who would get this conversation
    """

    channel_id: str | None = None
    channel_kind: str | None = None
    text: str = ""
    payload: str = ""
    topic: str | None = None
    contact_id: str | None = None
    at: datetime | None = None
    conversation_id: str | None = None


def explain(services: Services, actor: Actor, asked: Hypothesis) -> Decision:
    """Decide as routing would, with everybody as busy as they are now. Nothing is stored.

    Raises Forbidden, Invalid when it is not said where the message comes, NotFound for what is not there.
    """
    require(actor, Permission.READ_TEAM)
    now = services.clock()
    with services.db.reading(actor.organization_id) as tx:
        if asked.conversation_id is not None:
            require_shown(tx, actor, asked.conversation_id)
            beside = [asked.conversation_id]
        else:
            beside = []
        setup = routing_setup.load_setup(tx, now, None, beside)
        question = (
            _of_conversation(tx, asked.conversation_id) if asked.conversation_id else _of_message(tx, asked, setup)
        )
    return decide(setup, question, asked.at or now)


def _of_conversation(tx: Tx, conversation_id: str) -> Question:
    record = conversations.find(tx, conversation_id)
    if record is None:
        raise NotFound("there is no such conversation")
    return question_of(record, load_known(tx, [record], ()))


def _of_message(tx: Tx, asked: Hypothesis, setup: Setup) -> Question:
    channel = _channel(tx, asked)
    fields, last, returning = _contact(tx, asked.contact_id, channel)
    language = detect(asked.text) if asks_for_language(setup.rules) else UNKNOWN
    return Question(
        channel_id=channel.id,
        channel_name=channel.name,
        channel_kind=channel.kind,
        channel_group_id=channel.group_id,
        fresh=True,
        text=asked.text,
        language=language,
        payload=asked.payload,
        topic=asked.topic,
        returning=returning,
        contact_fields=fields,
        last_operator_id=last,
    )


def _channel(tx: Tx, asked: Hypothesis) -> ChannelFacts:
    if asked.channel_id is None and asked.channel_kind is None:
        raise Invalid("say where the message comes: channel_id or channel_kind")
    channel = routing_facts.find_channel(tx, asked.channel_id, asked.channel_kind)
    if channel is None:
        raise NotFound("there is no such channel")
    return channel


def _contact(tx: Tx, contact_id: str | None, channel: ChannelFacts) -> tuple[dict[str, str], str | None, bool]:
    """Fields, last operator, and whether they wrote before."""
    if contact_id is None:
        return {}, None, False
    found = routing_facts.load_contacts(tx, [contact_id])
    if contact_id not in found:
        raise NotFound("there is no such contact")
    wrote = contact_id in routing_facts.wrote_before(tx, [contact_id], ())
    return found[contact_id], routing_facts.last_operator_of(tx, contact_id, channel.id), wrote
