"""What would become of a message, without anything happening: the same decision, from the same setup."""

from dataclasses import dataclass, replace
from datetime import datetime

from hub.access.moments import require_moment
from hub.access.permissions import Permission, allows, require
from hub.conversations import life
from hub.conversations.changes import Changes
from hub.conversations.standing import require_shown
from hub.db import conversations, people, routing_facts, routing_setup
from hub.db.conversations import ConversationRecord
from hub.db.routing_facts import ChannelFacts
from hub.db.session import Tx
from hub.errors import Invalid, NotFound
from hub.routing.assignment.arriving import ask, heard_of, needs_owner
from hub.routing.assignment.questions import Heard, load_known, question_of
from hub.routing.assignment.router import Router
from hub.routing.assignment.standing import standing_in
from hub.routing.policy.choosing import BEST
from hub.routing.policy.deciding import decide, put_aside, stay, wait_for_choice
from hub.routing.policy.model import Decision
from hub.types import Actor, Presence
from hub.wiring import Services

_UNKNOWN = "there is no such contact"
_RESTRICTED = "this contact is restricted: nothing of them is shown until the restriction is lifted"


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A message that nobody wrote, or a conversation that is there.

    channel_id, channel_kind  where it comes: the channel, or the first one of a kind
    text, payload, topic      what it says, presses, is about
    contact_id                from whom; None: somebody new
    at                        when; None: now
    conversation_id           instead of where and from whom: this conversation, as it waits, or (where nobody waits in
                              it, or `text` or `payload` are given) as if its customer wrote now
    most                      how many candidates are listed
    """

    channel_id: str | None = None
    channel_kind: str | None = None
    text: str = ""
    payload: str = ""
    topic: str | None = None
    contact_id: str | None = None
    at: datetime | None = None
    conversation_id: str | None = None
    most: int = BEST


def explain(services: Services, actor: Actor, asked: Hypothesis) -> Decision:
    """Decide as routing would, with everybody as busy as they are now. Nothing is stored.

    Raises Forbidden, Invalid when it is not said where the message comes or `at` is beyond 1970 to 2199, NotFound for
    what is not there or not to be shown.
    """
    require(actor, Permission.READ_TEAM)
    _require_readable(actor, asked)
    now = services.clock()
    changes = Changes()
    with services.db.reading(actor.organization_id) as tx:
        if asked.conversation_id is not None:
            require_shown(tx, actor, asked.conversation_id)
            record = _found(tx, asked.conversation_id, asked, asked.at or now, changes)
        else:
            if asked.contact_id is not None:
                _require_contact(tx, actor, asked.contact_id)
            record = _begun(tx, asked, asked.at or now, changes)
        owners = [record.assignee_id] if record.assignee_id else []
        setup = routing_setup.load_setup(tx, now, None, [record.id], owners)
        router = Router(setup, asked.at or now, standing_in(tx, now, [record.id]))
        return _decision(tx, record, asked, router, changes)


def _require_readable(actor: Actor, asked: Hypothesis) -> None:
    """A decision tells of the contact and the conversation it is about, so it is for those who may read them."""
    if asked.contact_id is not None:
        require(actor, Permission.READ_CONTACTS)
    if asked.conversation_id is not None:
        require(actor, Permission.READ_CONVERSATIONS)
    if asked.at is not None:
        require_moment(asked.at)


def _require_contact(tx: Tx, actor: Actor, contact_id: str) -> None:
    """Raise NotFound unless the contact may be shown, saying why where the actor may know it (F20)."""
    if contact_id not in routing_facts.load_contacts(tx, [contact_id]):
        raise NotFound(_UNKNOWN)
    if people.restricted_among(tx, [contact_id]):
        raise NotFound(_RESTRICTED if allows(actor, Permission.HANDLE_PRIVACY) else _UNKNOWN)


def _decision(tx: Tx, record: ConversationRecord, asked: Hypothesis, router: Router, changes: Changes) -> Decision:
    known = load_known(tx, [record], router.setup.rules)
    heard = Heard(asked.text, asked.payload) if _is_said(asked) else heard_of(tx, record, changes)
    online = {key for key, each in router.setup.operators.items() if each.presence is Presence.ONLINE}
    if not needs_owner(record, changes, online, router.setup.groups, router.now):
        return stay(router.setup, question_of(record, known, heard))
    if record.snoozed_until is not None and record.snoozed_until > router.now:
        return put_aside(question_of(record, known, heard), record.snoozed_until)
    question = ask(record, known, heard, changes, router)
    if question is None:
        return wait_for_choice(question_of(record, known, heard))
    answered, _ = router.decide(question.record, question.question)
    return decide(router.setup, answered, router.now, asked.most)


def _is_said(asked: Hypothesis) -> bool:
    return bool(asked.text or asked.payload)


def _found(tx: Tx, conversation_id: str, asked: Hypothesis, now: datetime, changes: Changes) -> ConversationRecord:
    """Return a conversation as it waits; where nobody does, or something is said, as if its customer wrote now."""
    record = conversations.find(tx, conversation_id)
    if record is None:
        raise NotFound("there is no such conversation")
    changes.know([record])
    waits = record.assignee_id is None and record.waiting_since is not None and not life.is_closed(record)
    if _is_said(asked) or not waits:
        record = life.receive(record, life.Inbound(asked.text, now, asked.topic))
        changes.heard[record.id] = []
    changes.put(record)
    return record


def _begun(tx: Tx, asked: Hypothesis, now: datetime, changes: Changes) -> ConversationRecord:
    """Return the conversation that would begin with a message."""
    channel = _channel(tx, asked)
    place = life.Place(channel.id, asked.contact_id or "", "")
    record = life.receive(life.begin(place, now, now), life.Inbound(asked.text, now, asked.topic))
    if asked.contact_id is not None:
        last = routing_facts.last_operator_of(tx, asked.contact_id, channel.id)
        record = replace(record, last_assignee_id=last)
    changes.begin(record)
    changes.heard[record.id] = []
    return record


def _channel(tx: Tx, asked: Hypothesis) -> ChannelFacts:
    if asked.channel_id is None and asked.channel_kind is None:
        raise Invalid("say where the message comes: channel_id or channel_kind")
    channel = routing_facts.find_channel(tx, asked.channel_id, asked.channel_kind)
    if channel is None:
        raise NotFound("there is no such channel")
    return channel
