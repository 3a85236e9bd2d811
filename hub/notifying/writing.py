"""Writing a mail out of what is true at the moment it is sent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from hub.access.wishes import read_wishes
from hub.db import absences, messages, notifications, organizations, threads, users
from hub.db.notifications import Notification
from hub.db.organizations import OrganizationView
from hub.db.session import Tx
from hub.notifying.links import unsubscribe_link
from hub.notifying.mailboxes import mail_kind
from hub.notifying.planning import due_answers
from hub.notifying.wording import Letter, Said, answer_letter, transcript_letter, untaken_letter, waiting_letter
from hub.types import (
    ChannelKind,
    ConversationView,
    Direction,
    FailureKind,
    MessageStatus,
    MessageView,
    OutboundMessage,
    Person,
    Sender,
    SendFailure,
    Trigger,
    WaitingFor,
    What,
)
from hub.wiring import Services

_REFERENCES = 20
_MOST_IN_TRANSCRIPT = 2_000
# SENDING: an earlier try of this mail was refused for a while
_WAITING = (MessageStatus.QUEUED, MessageStatus.SENDING)
_MAIL_OFF = SendFailure(FailureKind.SENDER, "mail is off; whoever runs the hub has to switch it on, then send it again")
_RESTRICTED = SendFailure(FailureKind.CONTENT, "nothing may be written to this person now: they are restricted")
_NOT_WANTED = SendFailure(FailureKind.CONTENT, "the mail was not wanted any more")
_SPOKEN = (Direction.INBOUND, Direction.OUTBOUND)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail ready to go; `told_until` is the newest message it tells of."""

    message: OutboundMessage
    sender: Sender
    told_until: str


@dataclass(frozen=True, slots=True)
class _Content:
    recipient: Person
    letter: Letter
    told_until: str
    author: str = ""
    topic: str | None = None
    automatic: bool = True
    unsubscribe: str = ""


def write_mail(services: Services, tx: Tx, taken: Notification) -> Mail | None:
    """Return the mail; None when nobody wants it any more: it was read, answered, closed, opted out of."""
    kind = mail_kind(services)
    if taken.letter is not None:
        return _letter(tx, taken, kind, *taken.letter) if kind else None
    view = threads.find(tx, "", taken.conversation_id)
    if kind is None or view is None:
        return None
    organization = organizations.get_own(tx)
    content = _write(services, tx, taken, view, organization, kind)
    if content is None:
        return None
    message = OutboundMessage(
        delivery_id=taken.id,
        conversation_id=taken.conversation_id,
        recipient=content.recipient,
        text=content.letter.text,
        topic=content.topic or content.letter.subject,
        thread_external_ids=tuple(messages.list_external_ids(tx, taken.conversation_id, _REFERENCES)),
        author_name=content.author or organization.name,
        automatic=content.automatic,
        answerable=taken.user_id is None,
        unsubscribe=content.unsubscribe,
    )
    sender = Sender("", tx.organization_id, view.channel.id, kind, "", organization.name)
    return Mail(message, sender, content.told_until)


def _letter(tx: Tx, taken: Notification, kind: ChannelKind, subject: str, text: str) -> Mail | None:
    """What was written when it happened goes as it is, to whoever is still here."""
    user = users.find_user(tx, taken.user_id or "")
    if user is None or user.disabled_at:
        return None
    message = OutboundMessage(
        delivery_id=taken.id,
        conversation_id="",
        recipient=Person(user.email, name=user.name),
        text=text,
        topic=subject,
        author_name=organizations.get_own(tx).name,
        automatic=True,
        answerable=False,
    )
    return Mail(message, Sender("", tx.organization_id, "", kind, "", message.author_name), "")


def _write(
    services: Services,
    tx: Tx,
    taken: Notification,
    view: ConversationView,
    organization: OrganizationView,
    kind: ChannelKind,
) -> _Content | None:
    match taken.what:
        case What.ANSWER if taken.trigger == Trigger.BY_MAIL:
            return _by_mail(tx, taken, view, organization)
        case What.ANSWER:
            return _answer(services, tx, taken, view, organization, kind)
        case What.WAITING:
            return _waiting(services, tx, taken, view, waiting_letter)
        case What.UNTAKEN:
            return _waiting(services, tx, taken, view, untaken_letter) if view.assignee is None else None
        case _:
            return _transcript(tx, taken, view, organization)


def _by_mail(tx: Tx, taken: Notification, view: ConversationView, organization: OrganizationView) -> _Content | None:
    """What an operator sends by mail is their own letter, and each goes in a mail of its own."""
    recipient = _reachable(tx, taken)
    found = messages.find(tx, taken.last_message_id)
    if recipient is None or found is None or found.status not in _WAITING:
        return None
    said = [Said(found.text, _files(found.parts))]
    letter = answer_letter(organization.name, view.channel.name, said, by_mail=True)
    author = users.list_aliases(tx, [found.author.id or ""]).get(found.author.id or "", "")
    return _Content(recipient, letter, found.id, author, view.topic, automatic=False)


def _answer(
    services: Services,
    tx: Tx,
    taken: Notification,
    view: ConversationView,
    organization: OrganizationView,
    kind: ChannelKind,
) -> _Content | None:
    away = absences.find_away(tx, kind, view.id)
    recipient = _reachable(tx, taken)
    if away is None or recipient is None or taken.identity_id is None or away.mailbox_id != taken.identity_id:
        return None
    found = due_answers(services, tx, away, read_wishes(organization.notifying))
    if found is None:
        return None
    answers = [messages.find(tx, each.id) for each in found[0]]
    said = [Said(each.text, _files(each.parts)) for each in answers if each]
    letter = answer_letter(organization.name, view.channel.name, said, by_mail=False)
    link = unsubscribe_link(services, tx.organization_id, taken.identity_id)
    return _Content(recipient, letter, found[0][-1].id, unsubscribe=link)


def _waiting(
    services: Services,
    tx: Tx,
    taken: Notification,
    view: ConversationView,
    write: Callable[[str, str, str, int, str], Letter],
) -> _Content | None:
    user = users.find_user(tx, taken.user_id or "")
    waits = view.waiting_for is WaitingFor.US and view.waiting_since is not None and view.status != "closed"
    if user is None or user.disabled_at or not waits or view.waiting_since is None:
        return None
    minutes = (services.clock() - view.waiting_since) // timedelta(minutes=1)
    link = f"{services.settings.base_url}/inbox/{view.id}"
    letter = write(user.language, view.contact.name, view.channel.name, minutes, link)
    return _Content(Person(user.email, name=user.name), letter, taken.last_message_id)


def _transcript(tx: Tx, taken: Notification, view: ConversationView, organization: OrganizationView) -> _Content | None:
    user = users.find_user(tx, taken.user_id) if taken.user_id else None
    recipient = Person(user.email, name=user.name) if user else _reachable(tx, taken)
    if recipient is None:
        return None
    thread = messages.list_thread_end(tx, view.id, _MOST_IN_TRANSCRIPT)
    spoken = [each for each in thread if each.direction in _SPOKEN and not each.suspended]
    if user is None:
        spoken = _by_alias(tx, spoken, organization.name)
    language, zone = (user.language, user.time_zone) if user else ("", "")
    where = view.contact.name, view.channel.name, zone or organization.time_zone
    letter = transcript_letter(language, *where, spoken)
    return _Content(recipient, letter, taken.last_message_id)


def _by_alias(tx: Tx, spoken: Sequence[MessageView], otherwise: str) -> list[MessageView]:
    """Call our people what end users may call them: their alias, else what the organization is called."""
    ours = {each.author.id for each in spoken if each.direction == Direction.OUTBOUND and each.author.id}
    aliases = users.list_aliases(tx, ours)
    return [
        replace(each, author=replace(each.author, name=aliases.get(each.author.id or "", otherwise)))
        if each.direction == Direction.OUTBOUND
        else each
        for each in spoken
    ]


def why_not(services: Services, tx: Tx, taken: Notification) -> SendFailure:
    """Say why nobody wants a mail any more, in words for whoever wrote what it carries."""
    if mail_kind(services) is None:
        return _MAIL_OFF
    found = notifications.person_of(tx, taken.identity_id) if taken.identity_id else None
    if found is None:
        return _RESTRICTED
    return (
        SendFailure(FailureKind.RECIPIENT, f"they cannot be mailed any more: {found[1]}") if found[1] else _NOT_WANTED
    )


def _reachable(tx: Tx, taken: Notification) -> Person | None:
    found = notifications.person_of(tx, taken.identity_id) if taken.identity_id else None
    return found[0] if found and not found[1] else None


def _files(parts: Sequence[Mapping[str, object]]) -> int:
    return sum("attachment_id" in part for part in parts)
