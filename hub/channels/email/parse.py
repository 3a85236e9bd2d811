"""What a journal row of a mail means. Pure; linear in the mail's size; never raises for a mail's content."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.channels.email import mailgun
from hub.channels.email.automatic import Bounce, automatic_reason, find_bounce
from hub.channels.email.content import Content, read_content, shown
from hub.channels.email.envelope import Envelope, Form, unwrap
from hub.channels.email.forms import read_form
from hub.channels.email.guard import Excess, OverCaps
from hub.channels.email.headers import (
    Headers,
    mailbox,
    message_ids,
    own_message_id,
    parameterised,
    sent_at,
    subject,
)
from hub.channels.email.mime import read_mail, top_headers
from hub.channels.email.render import OwnMail
from hub.channels.email.reply_address import ReplyAddresses
from hub.channels.email.split import DESTINATIONS
from hub.types import (
    FailureKind,
    InboundEvent,
    JournalEvent,
    MessageReceived,
    MessageStatus,
    NothingToDo,
    Part,
    Person,
    Reach,
    Receipt,
    Sender,
    SendFailure,
    Unsupported,
)

_OLDEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail, read. `excess` says why its body, or a part of a header, was left unread."""

    headers: Headers
    content: Content = field(default_factory=Content)
    bounce: Bounce | None = None
    excess: Excess | None = None


class MailReader:
    """Reads journal rows for one platform: its own addresses and Message-IDs are known."""

    def __init__(self, own: OwnMail, addresses: ReplyAddresses) -> None:
        self._own = own
        self._addresses = addresses

    def events(self, event: JournalEvent, sender: Sender) -> list[InboundEvent]:
        """Return what the row means: exactly one event. Raises ValueError when the row is no mail at all."""
        envelope, data = unwrap(event.body)
        if envelope.form is Form.MAILGUN_EVENT:
            return [mailgun.event_meaning(mailgun.event_data(mailgun.read_event(data)))]
        mail = _read(envelope, data)
        if mail.bounce:
            return [self._bounced(mail.bounce)]
        if reason := self._not_a_person(mail.headers, envelope, sender):
            return [NothingToDo(reason)]
        return [self._message(mail, envelope, event)]

    def _not_a_person(self, headers: Headers, envelope: Envelope, sender: Sender) -> str | None:
        author = mailbox(headers.first("from"))[1]
        if self._own.delivery_of(own_message_id(headers)) or author in {self._own.address, sender.address.lower()}:
            return "our own mail came back"
        if self._addresses.conversation([author]):
            return "our own mail came back: it is from a reply address"
        return automatic_reason(headers, envelope.sender)

    def _bounced(self, bounce: Bounce) -> InboundEvent:
        for message_id in bounce.message_ids:
            delivery_id = self._own.delivery_of(message_id)
            if delivery_id and bounce.permanent:
                failure = _bounce_failure(bounce)
                return Receipt(
                    MessageStatus.FAILED,
                    external_id=self._own.message_id(delivery_id),
                    delivery_id=delivery_id,
                    failure=failure,
                )
            if delivery_id:
                return NothingToDo("a mail of ours is delayed; its server goes on trying")
        return NothingToDo("a delivery report about a mail that is not ours")

    def _message(self, mail: Mail, envelope: Envelope, event: JournalEvent) -> MessageReceived:
        headers = mail.headers
        answered = message_ids(headers.all("in-reply-to"))
        thread = [*answered[1:], *reversed(message_ids(headers.all("references")))]
        return MessageReceived(
            external_id=event.key,
            author=_author(headers, envelope, event.key),
            parts=_parts(mail),
            position=_position(headers, event.received_at),
            reply_to_external_id=answered[0] if answered else None,
            thread_external_ids=tuple(dict.fromkeys(thread)),
            conversation_id=self._addresses.conversation([envelope.recipient, *headers.all(*DESTINATIONS)]),
            topic=subject(headers) or None,
        )


def _read(envelope: Envelope, data: bytes) -> Mail:
    if envelope.form is Form.MAILGUN_FIELDS:
        form = read_form(data, envelope.content_type)
        headers = mailgun.form_headers(form)
        return Mail(headers, mailgun.form_content(form), excess=_cut(headers))
    try:
        entity = read_mail(data)
    except OverCaps as error:
        return Mail(top_headers(data), excess=error.excess)
    return Mail(entity.headers, read_content(entity), find_bounce(entity), _cut(entity.headers))


def _cut(headers: Headers) -> Excess | None:
    return Excess.HEADER if headers.cut_short else None


def _parts(mail: Mail) -> tuple[Part, ...]:
    parts = shown(mail.content)
    if mail.excess is Excess.HEADER:
        return (*parts, Unsupported("over_caps", f"This mail is not shown whole: {mail.excess.value}"))
    if mail.excess:
        return (Unsupported("over_caps", f"This mail is not shown: {mail.excess.value}"),)
    return parts or (Unsupported("empty_mail", "The mail is empty"),)


def _author(headers: Headers, envelope: Envelope, key: str) -> Person:
    name, address = mailbox(headers.first("from"))
    if not address:
        address = mailbox(envelope.sender or "")[1] or _nobody(key)
    return Person(address, name=name, verified=_vouched(headers, envelope, address))


def _nobody(key: str) -> str:
    # one address for each such mail: strangers without address must not share a conversation
    return f"unknown-{hashlib.sha256(key.encode()).hexdigest()[:12]}@invalid"


def _vouched(headers: Headers, envelope: Envelope, address: str) -> bool:
    """Mailgun checked a DKIM signature of the very domain the mail says it is from (facts 1.6).

    A second verdict or From header is one that the author brought along.
    """
    if envelope.form is Form.MIME or len(headers.all("from")) != 1:
        return False
    verdicts = [value.strip().lower() for value in headers.all("x-mailgun-dkim-check-result")]
    domain = address.rpartition("@")[2]
    signers = [parameterised("dkim;" + value).parameters.get("d", "") for value in headers.all("dkim-signature")]
    return verdicts == ["pass"] and bool(signers) and all(_aligned(domain, signer.lower()) for signer in signers)


def _aligned(domain: str, signer: str) -> bool:
    return "." in signer and (domain == signer or domain.endswith("." + signer))


def _position(headers: Headers, received_at: datetime) -> datetime | None:
    found = sent_at(headers)
    return None if found is None else min(max(found, received_at - _OLDEST), received_at)


def _bounce_failure(bounce: Bounce) -> SendFailure:
    return SendFailure(
        FailureKind.RECIPIENT,
        "The mail came back: the address does not exist or refuses our mails",
        code=bounce.code,
        reach=Reach.RECIPIENT,
    )
