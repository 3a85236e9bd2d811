"""What a journal row of a mail means. Pure; linear in the mail's size; never raises for a mail's content."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from hub.channels.email import mailgun
from hub.channels.email.automatic import automatic_reason, from_a_server
from hub.channels.email.content import Content, read_content
from hub.channels.email.envelope import Envelope, Form, unwrap
from hub.channels.email.forms import BadForm, read_form
from hub.channels.email.guard import Excess, OverCaps
from hub.channels.email.headers import Headers, mailbox, own_message_id, sent_at, subject
from hub.channels.email.mime import read_mail, top_headers
from hub.channels.email.posted import form_content, form_headers
from hub.channels.email.reading import shown
from hub.channels.email.render import OwnMail
from hub.channels.email.reply_address import ReplyAddresses
from hub.channels.email.reports import Report, find_report
from hub.channels.email.returned import meaning_of
from hub.channels.email.ses import event_meaning
from hub.channels.email.threads import Thread, Threads
from hub.channels.email.trust import Trust
from hub.channels.email.wishes import wish_of
from hub.types import (
    InboundEvent,
    JournalEvent,
    MessageReceived,
    NothingToDo,
    Part,
    Person,
    ReachabilityChanged,
    Sender,
    Unsupported,
)

NEW_CONVERSATIONS: Final = "new_conversations"
"""The channel setting that says whether a mail which answers nothing opens a conversation: "yes" (default) or "no"."""
_OLDEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail, read. `excess` says why its body, or a part of a header, was left unread."""

    headers: Headers
    content: Content = field(default_factory=Content)
    report: Report | None = None
    excess: Excess | None = None


class MailReader:
    """Reads journal rows for one platform: its own addresses and Message-IDs are known."""

    def __init__(self, own: OwnMail, addresses: ReplyAddresses, authserv_id: str = "") -> None:
        self._own = own
        self._addresses = addresses
        self._threads = Threads(own, addresses)
        self._trust = Trust(authserv_id)

    def events(self, event: JournalEvent, sender: Sender) -> list[InboundEvent]:
        """Return what the row means: one event, or a message and the wish it holds.

        Raises ValueError when the row is no mail at all.
        """
        envelope, data = unwrap(event.body)
        if envelope.form is Form.MAILGUN_EVENT:
            return [mailgun.event_meaning(mailgun.event_data(mailgun.read_event(data)))]
        if envelope.form is Form.SES_EVENT:
            return event_meaning(json.loads(data))
        mail = _read(envelope, data)
        if reason := self._not_theirs(mail.headers, sender):
            return [NothingToDo(reason)]
        if mail.report:
            return [meaning_of(mail.report, self._own)]
        if reason := automatic_reason(mail.headers, envelope.sender):
            return [NothingToDo(reason)]
        return self._said(mail, envelope, event, sender)

    def _not_theirs(self, headers: Headers, sender: Sender) -> str | None:
        """Say why a mail is one of ours that came back: answering it would never end."""
        author = mailbox(headers.first("from"))[1]
        if self._own.delivery_of(own_message_id(headers)) or author in {self._own.address, sender.address.lower()}:
            return "our own mail came back"
        if self._addresses.conversation(headers.all("from", "sender")):
            return "our own mail came back: it is from a reply address"
        return None

    def _said(self, mail: Mail, envelope: Envelope, event: JournalEvent, sender: Sender) -> list[InboundEvent]:
        thread = self._threads.of(mail.headers, envelope)
        if not thread.is_answer and sender.settings.get(NEW_CONVERSATIONS) == "no":
            return [NothingToDo("a mail that answers nothing; this channel's settings let no mail open a conversation")]
        message = self._message(mail, envelope, event, thread)
        wish = wish_of(message, mail.content)
        return [message, wish] if wish and _counts(wish, thread) else [message]

    def _message(self, mail: Mail, envelope: Envelope, event: JournalEvent, thread: Thread) -> MessageReceived:
        return MessageReceived(
            external_id=event.key,
            author=self._author(mail.headers, envelope, event.key),
            parts=_parts(mail),
            position=_position(mail.headers, event.received_at),
            reply_to_external_id=thread.answered,
            thread_external_ids=thread.earlier,
            conversation_id=thread.conversation_id,
            topic=subject(mail.headers) or None,
        )

    def _author(self, headers: Headers, envelope: Envelope, key: str) -> Person:
        name, address = mailbox(headers.first("from"))
        address = address or mailbox(envelope.sender or "")[1] or _nobody(key)
        return Person(address, name=name, verified=self._trust.vouches(headers, envelope, address))


def _counts(wish: ReachabilityChanged, thread: Thread) -> bool:
    """Somebody must vouch for whose wish it is. To want no more mails, holding a signed address of ours is enough."""
    return wish.person.verified or (thread.invited and not wish.reachable)


def content_of(envelope: Envelope, data: bytes) -> Content:
    """Return texts and files of a mail alone. Raises OverCaps; for a form that is none BadForm."""
    if envelope.form is Form.MAILGUN_FIELDS:
        return form_content(read_form(data, envelope.content_type))
    return read_content(read_mail(data))


def _read(envelope: Envelope, data: bytes) -> Mail:
    if envelope.form is Form.MAILGUN_FIELDS:
        return _posted(data, envelope.content_type)
    try:
        entity = read_mail(data)
    except OverCaps as error:
        return Mail(top_headers(data), excess=error.excess)
    report = find_report(entity, from_server=from_a_server(entity.headers, envelope.sender))
    return Mail(entity.headers, Content() if report else read_content(entity), report, _cut(entity.headers))


def _posted(data: bytes, content_type: str) -> Mail:
    try:
        form = read_form(data, content_type)
    except BadForm as error:
        raise ValueError("the journal row holds no form") from error
    headers = form_headers(form)
    return Mail(headers, form_content(form), excess=_cut(headers))


def _cut(headers: Headers) -> Excess | None:
    return Excess.HEADER if headers.cut_short else None


def _parts(mail: Mail) -> tuple[Part, ...]:
    parts = shown(mail.content, subject(mail.headers))
    if mail.excess is Excess.HEADER:
        return (*parts, Unsupported("over_caps", f"This mail is not shown whole: {mail.excess.value}"))
    if mail.excess:
        return (Unsupported("over_caps", f"This mail is not shown: {mail.excess.value}"),)
    return parts or (Unsupported("empty_mail", "The mail is empty"),)


def _nobody(key: str) -> str:
    # one address for each such mail: strangers without address must not share a conversation
    return f"unknown-{hashlib.sha256(key.encode()).hexdigest()[:12]}@invalid"


def _position(headers: Headers, received_at: datetime) -> datetime | None:
    found = sent_at(headers)
    return None if found is None else min(max(found, received_at - _OLDEST), received_at)
