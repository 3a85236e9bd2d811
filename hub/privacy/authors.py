"""Whose raw bytes are: a request that names a person is not yet theirs. Others write to us too, and quote them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hub.db.person import PersonRecord
from hub.db.person_events import HeldRow, RawRow
from hub.errors import Unreadable
from hub.log import get_logger
from hub.privacy.needles import Needles
from hub.privacy.opening import Opener
from hub.types import (
    ChannelKind,
    Chore,
    EventState,
    InboundEvent,
    JournalEvent,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    NothingToDo,
    Person,
    PersonNamed,
    RawEvent,
    ReachabilityChanged,
    Reacted,
    Receipt,
    Sender,
    SenderReported,
    SentElsewhere,
    WebhookRequest,
)

log = get_logger(__name__)


class Whose(StrEnum):
    """What was found out about raw bytes."""

    THEIRS = "theirs"
    OTHERS = "others"
    """Somebody else's, or nobody's; it may name the person."""
    SHARED = "shared"
    """Theirs and somebody else's in one request."""
    UNCLEAR = "unclear"
    """It holds an address of theirs, and nobody can tell whose it is."""
    CLOSED = "closed"
    """It does not open."""


Persons = set[tuple[str, str]] | None
"""(scope, address) of whom bytes are from or to; None when they could not be understood."""


@dataclass(frozen=True, slots=True)
class Authors:
    """Looks for one person in what the hub keeps raw."""

    opener: Opener
    needles: Needles
    places: frozenset[tuple[str, str]] = field(repr=False)

    def of_event(self, row: RawRow) -> Whose:
        """Say whose a journal row is that was never linked to anybody."""
        try:
            body = self.opener.event_body(row)
        except Unreadable:
            return Whose.CLOSED
        rest = _as_bytes([row.key, dict(row.headers), row.error])
        if not self.needles.are_in(body, rest):
            return Whose.OTHERS
        if row.body is None:
            return Whose.THEIRS
        persons = self._persons(JournalEvent(row.key, row.headers, body, row.received_at), self._sender(row.sender_id))
        if persons is None or (not persons and row.state is EventState.UNREADABLE):
            return Whose.UNCLEAR
        return Whose.THEIRS if not persons or persons & self.places else Whose.OTHERS

    def of_held(self, row: HeldRow, about: dict[str, Any], body: bytes) -> Whose:
        """Say whose a request in quarantine is, all of whose events count."""
        if not self.needles.are_in(body, _as_bytes([row.route, about])):
            return Whose.OTHERS
        found = self._persons_of_held(row, about, body)
        known = set[tuple[str, str]]().union(*(each for each in found if each))
        if known - self.places:
            return Whose.SHARED if known & self.places else Whose.OTHERS
        return Whose.THEIRS if known else Whose.UNCLEAR

    def _persons_of_held(self, row: HeldRow, about: dict[str, Any], body: bytes) -> list[Persons]:
        headers = about.get("headers", {})
        if "sender_id" in about:
            event = JournalEvent("", headers, body, row.received_at)
            return [self._persons(event, self._sender(about["sender_id"]))]
        raws = _split(self.opener, row, about, body)
        events = [(JournalEvent(raw.key, headers, raw.body, row.received_at), raw) for raw in raws]
        return [self._persons(event, self._sender_for(raw)) for event, raw in events]

    def _persons(self, event: JournalEvent, sender: Sender | None) -> Persons:
        if sender is None:
            return None
        try:
            meant = self.opener.adapters[sender.kind].parse(event, sender)
        except Exception as error:  # noqa: BLE001 - whatever bytes do to a parser, they are only looked into
            log.info("privacy.not_understood", error=type(error).__name__)
            return None
        return {(each.scope, each.address) for each in _named(meant) if each.address}

    def _sender(self, sender_id: str) -> Sender | None:
        return self.opener.senders.get(sender_id)

    def _sender_for(self, raw: RawEvent) -> Sender:
        """Return whom an event was for, or a stand-in: what bytes mean hardly depends on it."""
        alike = [each for each in self.opener.senders.values() if each.kind == raw.kind]
        named = [each for each in alike if each.address == raw.address]
        stranger = Sender(
            id="", organization_id="", channel_id="", kind=raw.kind, address=raw.address or "", name="", account=None
        )
        return (named or alike or [stranger])[0]


def authors_of(person: PersonRecord, opener: Opener) -> Authors:
    return Authors(
        opener,
        Needles(each.address for each in person.addresses),
        frozenset((each.scope, each.address) for each in person.addresses),
    )


def _split(opener: Opener, row: HeldRow, about: dict[str, Any], body: bytes) -> Sequence[RawEvent]:
    adapter = opener.adapters.get(ChannelKind(row.kind)) if row.kind else None
    if adapter is None:
        return []
    request = WebhookRequest(
        method=about["method"],
        path=row.route,
        public_url=about["public_url"],
        headers=about["headers"],
        body=body,
        received_at=row.received_at,
        params=about["params"],
        query=about["query"],
    )
    return adapter.split(request)


def _named(events: Iterable[InboundEvent]) -> list[Person]:
    return [person for person in map(_person, events) if person]


def _person(event: InboundEvent) -> Person | None:
    match event:
        case MessageReceived():
            return event.author
        case SentElsewhere():
            return event.recipient
        case MessageEdited() | MessageDeleted() | Reacted() | PersonNamed():
            return event.person
        case Receipt() | ReachabilityChanged():
            return event.person
        case SenderReported() | Chore() | NothingToDo():
            return None


def _as_bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
