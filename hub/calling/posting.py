"""The job that makes calls: take, post with no transaction open, note what came of it.

A process that dies between post and note leaves the call due again: it comes a second time, with the same id.
Of each organization one call is under way at a time, so that none passes one that was not answered yet, and
organizations do not wait for one another: as soon as one call ends, and every `_GLANCE` besides, those that are due by
then begin.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import httpx

from hub.access.webhooks import open_secret
from hub.calling.policy import next_attempt
from hub.calling.signing import headers_of
from hub.calling.writing import CALL_JOB, EVERYTHING, QUEUE
from hub.channels.egress import EgressRefused
from hub.channels.own_server import client_of
from hub.db import outgoing_calls
from hub.db.outgoing_calls import GIVEN_UP, TAKEN, TakenCall
from hub.db.session import PlatformWork
from hub.errors import Unreadable
from hub.failpoints import reach
from hub.log import get_logger
from hub.types import Secret
from hub.wiring import Services

TIMEOUT: Final = 10.0
"""Seconds a server has for its answer."""
_HELD_FOR: Final = timedelta(seconds=60)
"""How long a call is nobody else's: far longer than one attempt takes."""
_MOST_AT_ONCE: Final = 50
_GLANCE: Final = 0.5
"""Seconds until it is looked again what is due, while a server lets wait for its answer."""
_TURN: Final = 60.0
"""Seconds after which no further call begins in this job; none begins either once the process is to stop."""
_REFUSED: Final = "the address of your server leads to no public host, so it is not called; enter another one"
_SLOW: Final = f"your server did not answer within {TIMEOUT:.0f} seconds"
_AWAY: Final = "your server could not be reached, or its certificate is not valid"
_NO_SECRET: Final = "the secret of the webhook cannot be read any more; enter the address of your server again"  # noqa: S105

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Post:
    """A call on its way. `trouble`: why it cannot even be tried."""

    call: TakenCall
    url: str
    secret: Secret = field(repr=False)
    trouble: str = ""


def run(services: Services, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Make the calls that are due, and those that become due meanwhile; begin none once it is to stop."""
    services.queue.clear(CALL_JOB, EVERYTHING)
    asyncio.run(_run(services, is_stopping))


async def _run(services: Services, is_stopping: Callable[[], bool]) -> None:
    until = time.monotonic() + _TURN
    under_way: set[asyncio.Task[None]] = set()
    while (in_turn := time.monotonic() < until and not is_stopping()) or under_way:
        if in_turn:
            posts = await asyncio.to_thread(_take_due, services, _MOST_AT_ONCE - len(under_way))
            under_way |= {asyncio.create_task(_make(services, each)) for each in posts}
        if not under_way:
            return
        ended, under_way = await asyncio.wait(under_way, timeout=_GLANCE, return_when=asyncio.FIRST_COMPLETED)
        for each in ended:
            each.result()
    services.queue.wake(QUEUE, CALL_JOB, EVERYTHING)


async def _make(services: Services, post: _Post) -> None:
    trouble = await _post(services, post)
    reach("call.after_post")
    await asyncio.to_thread(_note, services, post.call, trouble)


def _take_due(services: Services, most: int) -> list[_Post]:
    """Take calls that are due, one of each organization."""
    if most <= 0:
        return []
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        due = outgoing_calls.list_due(tx, services.clock(), most)
    posts = [post for each in due if (post := _take(services, *each)) is not None]
    if posts:
        reach("call.after_take")
    return posts


def _take(services: Services, organization_id: str, call_id: str) -> _Post | None:
    with services.db.transaction(organization_id) as tx:
        webhook = outgoing_calls.find_webhook(tx)
        now = services.clock()
        call = outgoing_calls.take(tx, call_id, now, now + _HELD_FOR) if webhook else None
    if webhook is None or call is None:
        return None
    try:
        return _Post(call, webhook.url, open_secret(services, organization_id, webhook.secret))
    except Unreadable:
        return _Post(call, webhook.url, Secret(""), _NO_SECRET)


async def _post(services: Services, post: _Post) -> str:
    """Return why a call was not taken, in our words; "" when it was."""
    if post.trouble:
        return post.trouble
    body = post.call.body.encode()
    headers = headers_of(post.secret, services.clock(), post.call.id, body)
    client = client_of(post.url, services.settings.webhook_addresses)
    try:
        # whatever the server says beside the status is not read
        async with (
            asyncio.timeout(TIMEOUT),
            client,
            client.stream("POST", post.url, content=body, headers=headers) as response,
        ):
            return _trouble_of(response)
    except EgressRefused:
        return _REFUSED
    except (TimeoutError, httpx.TimeoutException):
        return _SLOW
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
        return _AWAY


def _trouble_of(response: httpx.Response) -> str:
    if response.is_success:
        return ""
    if response.is_redirect:
        return f"your server answered {response.status_code} and points elsewhere; redirects are not followed"
    return f"your server answered {response.status_code}; a call is taken with any answer from 200 to 299"


def _note(services: Services, call: TakenCall, trouble: str) -> None:
    now = services.clock()
    due_at = next_attempt(call.created_at, call.attempts, now) if trouble else None
    with services.db.transaction(call.organization_id) as tx:
        if due_at is not None:
            outgoing_calls.put_off(tx, call, trouble, due_at)
        else:
            outgoing_calls.end(tx, call, GIVEN_UP if trouble else TAKEN, trouble, now)
    if trouble:
        log.warning("call.not_taken", call_id=call.id, attempts=call.attempts, given_up=due_at is None)
