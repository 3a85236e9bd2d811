"""Calls to the platform's numbers: the only one anybody waits for is a messenger's, which speaks a one-time code."""

from hub.channels.notices import CallCame
from hub.db import forwarding
from hub.db.session import PlatformWork
from hub.log import get_logger
from hub.types import WebhookSecret
from hub.wiring import Services

log = get_logger(__name__)


def forward(services: Services, call: CallCame, proven: WebhookSecret) -> str:
    """Return the number that a call goes on to, "" when it is refused: nobody registers the number called.

    proven  the account that the call is signed by: it says nothing of another one's numbers. Raises Unavailable
    """
    if proven.account_id is None or not call.number.isprintable():
        return ""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        found = forwarding.find_forwarding(tx, proven.account_id, call.number)
    log.info("call.answered", account_id=proven.account_id, forwarded=bool(found))
    return found
