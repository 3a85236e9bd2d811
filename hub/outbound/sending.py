"""Sending once: whatever comes out of it is an outcome."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from hub.db import attachments
from hub.db.attachments import StoredFile
from hub.errors import HubError, NotFound
from hub.failpoints import reach
from hub.filing.links import make_link
from hub.filing.reading import open_file
from hub.log import get_logger
from hub.outbound.marking import Outgoing
from hub.outbound.recording import Outcome
from hub.types import FailureKind, Media, OutboundFile, OutboundMessage, Sender, SendFailure, Sent
from hub.wiring import Services

# a process that was stopped meanwhile: the sweep and a person may have gone on without it
_TOO_LATE = SendFailure(FailureKind.TRY_LATER, "the hub was interrupted before it could send")
_TOO_SLOW = SendFailure(FailureKind.UNCERTAIN, "the provider did not answer in time; it may have been sent")
_FILE_GONE = SendFailure(FailureKind.CONTENT, "a file of this message is no longer there; attach it again")
_FILE_AWAY = SendFailure(FailureKind.TRY_LATER, "a file of this message cannot be read now")

log = get_logger(__name__)


async def send(services: Services, sender: Sender, outgoing: Outgoing) -> Outcome:
    """Try once, with no transaction open. Never raises an Exception: a send ends in exactly one outcome."""
    if outgoing.refused is not None:
        return Outcome(outgoing, outgoing.refused)
    message = outgoing.message
    if any(isinstance(part, Media) for part in message.parts):
        loaded = await asyncio.to_thread(_load_files, services, sender, message)
        if isinstance(loaded, SendFailure):
            return Outcome(outgoing, loaded)
        message = replace(message, files=loaded)
    return Outcome(outgoing, await _try(services, sender, outgoing, message))


async def _try(services: Services, sender: Sender, outgoing: Outgoing, message: OutboundMessage) -> Sent | SendFailure:
    adapter, seconds = services.adapters[sender.kind], services.settings.send_timeout
    if services.clock() + timedelta(seconds=seconds) > outgoing.lease_until:
        return _TOO_LATE
    reach("delivery.before_send")
    try:
        async with asyncio.timeout(seconds) as limit:
            sent = await adapter.send(message, sender)
    except Exception as error:  # noqa: BLE001 - the boundary of a send: the adapter says what the error means
        failure = _TOO_SLOW if limit.expired() else adapter.classify(error)
        log.warning("delivery.failed", delivery_id=outgoing.delivery.id, kind=failure.kind, code=failure.code)
        return failure
    reach("delivery.after_send")
    return sent


def _load_files(
    services: Services, sender: Sender, message: OutboundMessage
) -> Mapping[str, OutboundFile] | SendFailure:
    """Read and unseal the files of a message."""
    wanted = [part.source for part in message.parts if isinstance(part, Media)]
    try:
        with services.db.reading(sender.organization_id) as tx:
            found = {file.view.id: file for file in attachments.list_files(tx, wanted)}
        return {source: _load(services, sender, found.get(source)) for source in wanted}
    except NotFound:
        return _FILE_GONE
    except HubError as error:
        log.warning("delivery.file_unreadable", delivery_id=message.delivery_id, error=type(error).__name__)
        return _FILE_AWAY


def _load(services: Services, sender: Sender, found: StoredFile | None) -> OutboundFile:
    if found is None:
        raise NotFound("there is no such file")
    file = open_file(services, sender.organization_id, found)
    by_link = services.adapters[sender.kind].capabilities.media_by_link
    link = make_link(services, file.view.id) if by_link else ""
    return OutboundFile(file.view.name, file.view.content_type, file.body, link)
