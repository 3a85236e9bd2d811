"""Who a request is for and which secrets it may carry: looked up in the database, remembered for seconds.

Secrets cached by web processes live at most 5 seconds and are read anew before anything is refused (house decision 13).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from hub.channels.doors import Known, OfAccount, OfChannel, OfIntakeToken, SecretQuery
from hub.crypto import DataKey
from hub.db import named_senders, pool, senders
from hub.db.pool import PoolNumber
from hub.db.senders import SealedSecrets, SenderRef
from hub.db.session import Tx
from hub.errors import Unreadable
from hub.numbers.policy.life import Inbound
from hub.types import RawEvent, Secret, WebhookSecret
from hub.wiring import Services

TTL = 5.0
_MAX_ENTRIES = 10_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Target:
    """Whose an event is: a sender's, a pool number's, or (both None) nobody's that we know.

    key    the data key of the sender's organization
    rests  the number in quarantine that it came to, which counts it; nobody may read what has no sender then, but a
           one-time code that the platform waits for
    """

    sender: SenderRef | None = None
    pool: PoolNumber | None = None
    key: DataKey | None = None
    rests: PoolNumber | None = None


class Directory:
    """Reads the sender directory through a cache of at most 5 seconds. One a process."""

    def __init__(self, services: Services, now: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._now = now
        self._kept: dict[object, tuple[float, object]] = {}

    def cached_secrets(self, query: SecretQuery) -> Sequence[WebhookSecret] | None:
        """Return what is remembered for a query, None when it has to be looked up."""
        if isinstance(query, Known):
            return query.secrets
        found = self._remembered(query)
        return found if isinstance(found, tuple) else None

    def secrets(self, query: SecretQuery) -> Sequence[WebhookSecret] | None:
        """Look up the secrets a query names; None when what it names does not exist. Reads the database."""
        if isinstance(query, Known):
            return query.secrets
        with self._services.db.intake_reading() as tx:
            sealed = _read_secrets(tx, query)
        if sealed is None:
            return None
        found = tuple(secret for each in sealed for secret in self._opened(each))
        self._remember(query, found)
        return found

    def _opened(self, found: SealedSecrets | WebhookSecret) -> Sequence[WebhookSecret]:
        return found.open(self._services.vault) if isinstance(found, SealedSecrets) else [found]

    def organization_of(self, query: SecretQuery) -> str | None:
        """Return whose channel a refused request named, so that its people see it in their count."""
        if not isinstance(query, OfChannel):
            return None
        with self._services.db.intake_reading() as tx:
            return senders.organization_of_channel(tx, query.channel_id)

    def cached_target(self, event: RawEvent, proven: WebhookSecret) -> Target | None:
        """Return a sender's target when it and its key are remembered, None when one has to be looked up."""
        sender = self._remembered_sender(event, proven)
        key = self._services.vault.remembered(sender.organization_id) if sender else None
        return Target(sender, key=key) if key else None

    def targets(self, event: RawEvent, proven: WebhookSecret) -> Sequence[Target]:
        """Say whose an event is: several senders' of a business account, nobody's of a message that is not ours."""
        if event.business_account is None and event.message_id is None:
            return [self.target(event, proven)]
        with self._services.db.intake_reading() as tx:
            found = _find_named(tx, event, proven)
        unknown = [] if event.message_id else [Target()]
        return [self._with_key(each) for each in found if _proves(proven, each.id, each.account_id)] or unknown

    def target(self, event: RawEvent, proven: WebhookSecret) -> Target:
        """Say whose an event is. A secret of one provider account proves nothing about another's senders."""
        sender = self._remembered_sender(event, proven)
        if sender is None:
            with self._services.db.intake_reading() as tx:
                found = _find_target(tx, event, proven, self._services.clock())
            if found.sender is None:
                return found
            sender = found.sender
            if found.rests is not None:
                return self._with_key(sender, found.rests)
            self._remember(_place(event, proven), sender)
        return self._with_key(sender)

    def _with_key(self, sender: SenderRef, rests: PoolNumber | None = None) -> Target:
        try:
            return Target(sender, key=self._services.vault.of(sender.organization_id), rests=rests)
        except Unreadable:
            # its organization's key was destroyed: what still comes for it is nobody's
            return Target(rests=rests)

    def _remembered_sender(self, event: RawEvent, proven: WebhookSecret) -> SenderRef | None:
        found = self._remembered(_place(event, proven))
        return found if isinstance(found, SenderRef) else None

    def _remembered(self, key: object) -> object:
        kept = self._kept.get(key)
        return kept[1] if kept and self._now() - kept[0] < TTL else None

    def _remember(self, key: object, value: object) -> None:
        if len(self._kept) >= _MAX_ENTRIES:
            self._kept.clear()
        self._kept[key] = (self._now(), value)


def _read_secrets(tx: Tx, query: SecretQuery) -> Sequence[SealedSecrets | WebhookSecret] | None:
    match query:
        case OfChannel(channel_id):
            return senders.secrets_of_channel(tx, channel_id)
        case OfAccount(external_id):
            # strangers choose this text, and no database can be asked for a NUL or half a surrogate pair
            return senders.secrets_of_account(tx, external_id) if external_id.isprintable() else []
        case OfIntakeToken(token_hash):
            sender_id = senders.secret_of_intake_token(tx, token_hash)
            return [WebhookSecret(Secret(token_hash), sender_id=sender_id)] if sender_id else []
        case Known(secrets):
            return secrets


def _place(event: RawEvent, proven: WebhookSecret) -> tuple[object, ...]:
    named = event.address, event.conversation_id, event.business_account, event.message_id
    return event.kind, named, proven.sender_id, proven.account_id


def _find_target(tx: Tx, event: RawEvent, proven: WebhookSecret, now: datetime) -> Target:
    sender = _find_sender(tx, event, proven)
    if sender is not None and _proves(proven, sender.id, sender.account_id):
        return Target(sender=sender)
    if proven.sender_id is not None:
        # a reply address of somebody else's conversation names nothing here: it stays with whose secret it came under
        return Target(sender=senders.find_by_id(tx, proven.sender_id))
    number = pool.find(tx, event.address, now) if event.address and sender is None else None
    return _of_number(tx, event, number) if number and _proves(proven, None, number.account_id) else Target()


def _of_number(tx: Tx, event: RawEvent, number: PoolNumber) -> Target:
    """A number that carries no channel of this kind: what comes is its holder's, in quarantine the one's before.

    What a messenger brings to a kind that was taken back joins the channel that it was.
    """
    match number.whose():
        case Inbound.HOLDER:
            past = senders.find_former(tx, event.kind, number.id, number.holder_id or "")
            return Target(sender=past) if past else Target(pool=number)
        case Inbound.FORMER:
            former = senders.find_former(tx, event.kind, number.id, number.former_id or "")
            return Target(sender=former, rests=number)
        case Inbound.NOBODY:
            return Target(rests=number)
        case _:
            return Target(pool=number, rests=number if number.former_id else None)


def _find_sender(tx: Tx, event: RawEvent, proven: WebhookSecret) -> SenderRef | None:
    if event.conversation_id is not None:
        return senders.find_by_conversation(tx, event.conversation_id)
    if event.address is not None:
        return senders.find_by_address(tx, event.kind, event.address)
    return senders.find_by_id(tx, proven.sender_id) if proven.sender_id else None


def _find_named(tx: Tx, event: RawEvent, proven: WebhookSecret) -> Sequence[SenderRef]:
    if event.business_account is not None:
        return named_senders.list_of_business_account(tx, event.kind, event.business_account)
    if event.message_id is None or proven.account_id is None:
        return []
    found = named_senders.find_by_message(tx, proven.account_id, event.message_id)
    return [found] if found else []


def _proves(proven: WebhookSecret, sender_id: str | None, account_id: str | None) -> bool:
    if proven.account_id is not None:
        return proven.account_id == account_id
    return proven.sender_id in (None, sender_id)
