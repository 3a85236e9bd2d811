"""Letting in what came genuinely for a number before every process knew whose it is."""

from datetime import datetime

from hub.db import quarantine
from hub.db.session import PlatformWork
from hub.errors import HubError
from hub.inbound import journal
from hub.log import get_logger
from hub.wiring import Services

log = get_logger(__name__)


def release_held(services: Services, address: str, since: datetime) -> None:
    """Let in what came for an address since a moment. What cannot be released stays where an admin finds it."""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        held = quarantine.list_genuine_since(tx, since)
    for request in held:
        if address in request.addresses:
            _release(services, request.id)


def _release(services: Services, request_id: str) -> None:
    try:
        journal.release(services, request_id, by=None)
    except HubError as error:
        log.warning("quarantine.not_released", request_id=request_id, reason=error.detail)
