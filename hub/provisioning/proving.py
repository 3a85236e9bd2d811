"""Proving that a channel's address is its organization's: a code goes there, and has to come back.

Until then mail from it is received, and answered from the platform's own address: nobody can write in another's name.
"""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub import audit
from hub.access.permissions import Permission, require
from hub.crypto import DataKey, same
from hub.db import channels, proofs
from hub.db.channels import ChannelRecord, SenderRecord
from hub.db.proofs import Proof
from hub.db.session import Tx
from hub.errors import Conflict, HubError, Invalid, TooMany, Unavailable
from hub.ids import new_id
from hub.log import get_logger
from hub.provisioning.views import ChannelView, show
from hub.types import Actor, OutboundMessage, Person, Sender
from hub.wiring import Services

VALID_FOR: Final = timedelta(minutes=30)
MOST_ATTEMPTS: Final = 5
MOST_OF_CHANNEL: Final = 5
"""Codes a day: with the attempts at each they bound how often one can be guessed, and how much mail a stranger gets."""
MOST_OF_ORGANIZATION: Final = 20
_A_DAY: Final = timedelta(days=1)
_NEXT_AFTER: Final = timedelta(minutes=1)
_DIGITS: Final = 8
_SENT: Final = "channel.code_sent"
_SUBJECT: Final = "{code} is your code / ist Ihr Code"
_TEXT: Final = (
    "The code for “{channel}” is {code}. Enter it where you connected this address; it is valid for 30 minutes.\n\n"
    "Der Code für „{channel}“ ist {code}. Geben Sie ihn dort ein, wo Sie diese Adresse verbunden haben; "
    "er gilt 30 Minuten.\n\n"
    "If you did not ask for it, ignore this mail. / Wenn Sie ihn nicht angefordert haben, ignorieren Sie diese Mail."
)

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CodeSent:
    """Where a code went, and until when it counts."""

    sent_to: str
    expires_at: datetime


def send_code(services: Services, actor: Actor, channel_id: str) -> CodeSent:
    """Send a new code to a channel's address; an earlier one counts no more.

    Raises NotFound, Invalid where nothing has to be proven, TooMany within a minute of the last code and after five
    a day for the channel or 20 for the organization, Unavailable when the code could not be sent.
    """
    require(actor, Permission.MANAGE_CHANNELS)
    code, now = "".join(secrets.choice("0123456789") for _ in range(_DIGITS)), services.clock()
    expires_at = now + VALID_FOR
    key = services.vault.of(actor.organization_id)
    with services.db.transaction(actor.organization_id) as tx:
        channel, sender, proof = _to_prove(services, tx, channel_id)
        _check_pace(proof, now)
        proofs.begin(tx, sender.id, _hash(key, sender.id, code), expires_at)
        audit.record(services, tx, actor, audit.Change(_SENT, "channel", channel_id))
        tx.before_commit(lambda: _check_day(tx, channel_id, now))
    _send(services, actor, channel, sender, code)
    return CodeSent(sender.address, expires_at)


def confirm_code(services: Services, actor: Actor, channel_id: str, code: str) -> ChannelView:
    """Take the code that came back; from here on the channel sends under its own address.

    Raises NotFound, Conflict when no code is out or it has expired, TooMany after five wrong ones, Invalid for a wrong
    one.
    """
    require(actor, Permission.MANAGE_CHANNELS)
    now, key = services.clock(), services.vault.of(actor.organization_id)
    with services.db.transaction(actor.organization_id) as tx:
        channel, sender, proof = _to_prove(services, tx, channel_id)
        if proof.code_hash is None or proof.expires_at is None or proof.expires_at <= now:
            raise Conflict("no code is out for this channel, or it has expired; have a new one sent")
        if not proofs.take_attempt(tx, sender.id, MOST_ATTEMPTS):
            raise TooMany("the code was entered wrongly too often; have a new one sent", retry_after=60.0)
        right = same(_hash(key, sender.id, code.strip()), proof.code_hash)
        if right:
            proofs.end(tx, sender.id, now)
        what = "channel.address_proven" if right else "channel.code_wrong"
        audit.record(services, tx, actor, audit.Change(what, "channel", channel_id, after={"address": sender.address}))
        view = show(services, channels.get(tx, channel.id))
    if not right:
        raise Invalid("this is not the code that was sent; look at the newest mail")
    return view


def _to_prove(services: Services, tx: Tx, channel_id: str) -> tuple[ChannelRecord, SenderRecord, Proof]:
    channel = channels.get(tx, channel_id)
    if not services.adapters[channel.kind].proves_address:
        raise Invalid("channels of this kind need no code: the provider knows whose they are")
    proof = proofs.find(tx, channel.sender.id) if channel.sender else None
    if channel.sender is None or proof is None:
        raise Conflict("the channel has no address; connect it first")
    return channel, channel.sender, proof


def _check_pace(proof: Proof, now: datetime) -> None:
    if proof.expires_at is None or proof.code_hash is None:
        return
    wait = proof.expires_at - VALID_FOR + _NEXT_AFTER - now
    if wait > timedelta(0):
        raise TooMany("a code was sent a moment ago; look into the mailbox", retry_after=wait.total_seconds())


def _check_day(tx: Tx, channel_id: str, now: datetime) -> None:
    """Run after this code's own audit entry: it counts, and holds the chain, so two at once come in turn."""
    since = now - _A_DAY
    if proofs.count_sent(tx, _SENT, since, channel_id) > MOST_OF_CHANNEL:
        raise TooMany(f"{MOST_OF_CHANNEL} codes a day go to an address; go on tomorrow", _A_DAY.total_seconds())
    if proofs.count_sent(tx, _SENT, since) > MOST_OF_ORGANIZATION:
        raise TooMany(
            f"an organization has {MOST_OF_ORGANIZATION} codes a day sent; go on tomorrow", _A_DAY.total_seconds()
        )


def _send(services: Services, actor: Actor, channel: ChannelRecord, record: SenderRecord, code: str) -> None:
    # not `proven`: it goes out under the platform's own address, which is what makes it a proof
    sender = Sender(record.id, actor.organization_id, channel.id, channel.kind, record.address, channel.name)
    message = OutboundMessage(
        delivery_id=new_id(),
        conversation_id="",
        recipient=Person(record.address),
        text=_TEXT.format(code=code, channel=channel.name),
        topic=_SUBJECT.format(code=code),
        author_name=channel.name,
        automatic=True,
        answerable=False,
    )
    try:
        asyncio.run(services.adapters[channel.kind].send(message, sender))
    except HubError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the provider's client raises means that no code arrived
        failure = services.adapters[channel.kind].classify(error)
        log.warning("proof.code_not_sent", channel_id=channel.id, kind=failure.kind, code=failure.code)
        raise Unavailable(f"the code could not be sent: {failure.detail}") from None


def _hash(key: DataKey, sender_id: str, code: str) -> str:
    return key.fingerprint(hashlib.sha256(f"{sender_id}:{code}".encode()).digest()).hex()
