"""Opening what is sealed about a person, to give it to them or to look for them in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.channels.base import Adapter
from hub.crypto import DataKey
from hub.db import attachments, journal, person_events, quarantine, senders
from hub.db.person_events import HeldRow, RawRow
from hub.db.session import PlatformWork
from hub.types import ChannelKind, JournalEvent, Sender
from hub.wiring import Services


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens with the key of one organization, and what is in quarantine with the platform's. Raises Unreadable.

    senders, adapters    the organization's senders and all channel kinds: what it takes to understand what was opened
    """

    organization_id: str
    key: DataKey
    platform: DataKey
    senders: Mapping[str, Sender] = field(repr=False)
    adapters: Mapping[ChannelKind, Adapter] = field(repr=False)

    def event_body(self, row: RawRow) -> bytes:
        """Return the bytes of a journal row, none when they are gone."""
        return b"" if row.body is None else self.key.open(row.body, journal.SEALED)

    def shown(self, row: RawRow) -> bytes:
        """Return what a journal row says, without the platform's ids, credentials and links."""
        event = JournalEvent(row.key, row.headers, self.event_body(row), row.received_at)
        return self.adapters[self.senders[row.sender_id].kind].show_raw(event).encode()

    def attachment_body(self, sealed: bytes) -> bytes:
        return self.key.open(sealed, attachments.SEALED)

    def held(self, row: HeldRow) -> tuple[dict[str, Any], bytes]:
        """Return what a request in quarantine said about itself, and its body."""
        return quarantine.open_request(self.platform, row.request)


def opener_of(services: Services, organization_id: str) -> Opener:
    """Return the opener of an organization. Raises Unreadable when its key was destroyed. Call it in no transaction."""
    with services.db.platform_reading(PlatformWork.LINE) as tx:
        found = [senders.find(tx, each) for each in person_events.sender_ids(tx, organization_id)]
    # without their credentials: understanding what they received takes none
    own = {each.sender.id: each.sender for each in found if each}
    return Opener(
        organization_id, services.vault.of(organization_id), services.vault.platform(), own, services.adapters
    )
