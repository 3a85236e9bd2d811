"""The platforms' outgoing side: webhooks in lanes, delivered and retried by each platform's rule."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import time

from hub.sandbox.faults import WEBHOOK_FAULTS, Fault, Faults
from hub.sandbox.http_client import ConnectFailed, ReadFailed, WebhookClient
from hub.sandbox.schedules import RULES, Outcome, Problem, State, Tried, decide
from hub.sandbox.webhook import Destination, Webhook

log = logging.getLogger(__name__)
_WORKERS = 48
_FINISHED_KEPT = 20_000
_ATTEMPTS_KEPT = 20
MOST_PENDING = 200_000


class QueueFull(Exception):  # noqa: N818
    """Too many webhooks wait: the sandbox takes no more."""


@dataclass(eq=False)
class _Lane:
    """Webhooks that wait for one another. A lane is served by one worker at a time, and forgotten when empty."""

    name: str
    webhooks: deque[Webhook]


Resolve = Callable[[Webhook], Destination | None]
Listener = Callable[[Webhook], None]


class WebhookQueue:
    """Delivers until a webhook is acknowledged or its rule gives up. Times of rules are divided by `speed`."""

    def __init__(
        self, faults: Faults, speed: float, resolve: Resolve, on_start: Listener, on_attempt: Listener
    ) -> None:
        self._faults, self._speed, self._resolve = faults, speed, resolve
        self._on_start, self._on_attempt = on_start, on_attempt
        self._client = WebhookClient()
        self._ready: asyncio.Queue[_Lane] = asyncio.Queue()
        self._lanes: dict[str, _Lane] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.pending: dict[str, Webhook] = {}
        self.finished: deque[Webhook] = deque(maxlen=_FINISHED_KEPT)
        self.counters: dict[str, int] = {"created": 0, **dict.fromkeys(State, 0)}

    # --- the life of the queue --------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to deliver, with what was pending when the state was saved."""
        self._tasks = [asyncio.create_task(self._work()) for _ in range(_WORKERS)]
        for webhook in self.pending.values():
            self._enter(webhook)

    async def stop(self) -> None:
        """Stop in the middle of whatever happens: what was not acknowledged stays pending."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._client.close()

    def clear(self) -> None:
        """Forget every webhook and start counting anew."""
        self.pending.clear()
        self.finished.clear()
        self._lanes.clear()
        self.counters.update(dict.fromkeys(self.counters, 0))

    # --- putting and taking back ------------------------------------------------------------------------

    def put(self, webhook: Webhook) -> None:
        """Queue a webhook; its lane waits for its due time. Raises QueueFull."""
        if len(self.pending) >= MOST_PENDING:
            raise QueueFull(f"{MOST_PENDING} webhooks wait already; let the hub take some or reset the sandbox")
        self.pending[webhook.id] = webhook
        self.counters["created"] += 1
        self.counters[State.PENDING] += 1
        self._enter(webhook)

    def withdraw(self, target: str) -> list[Webhook]:
        """Take back what waits for a target, as if it had never been queued, oldest first."""
        found = self.waiting_for(target)
        for webhook in found:
            del self.pending[webhook.id]
            # what stood in the lane behind it was withdrawn too: a lane never mixes targets
            self._lanes.pop(webhook.lane, None)
            self.counters["created"] -= 1
            self.counters[State.PENDING] -= 1
        return found

    def waiting_for(self, target: str) -> list[Webhook]:
        """Return what waits for a target, oldest first."""
        return [webhook for webhook in self.pending.values() if webhook.target == target]

    async def first_attempt(self, webhook: Webhook, patience: float = 5.0) -> None:
        """Wait until a webhook was tried once, `patience` seconds at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while not webhook.tries:  # noqa: ASYNC110 - a Webhook is plain data, it carries no event
                    await asyncio.sleep(0.005)

    # --- lanes ------------------------------------------------------------------------------------------

    def _enter(self, webhook: Webhook) -> None:
        lane = self._lanes.get(webhook.lane)
        if lane is not None:
            lane.webhooks.append(webhook)
            return
        self._lanes[webhook.lane] = _Lane(webhook.lane, deque([webhook]))
        self._ready.put_nowait(self._lanes[webhook.lane])

    async def _work(self) -> None:
        while True:
            lane = await self._ready.get()
            try:
                await self._serve(lane)
            except Exception:
                # a worker that died would silently slow down all the others
                log.exception("webhook_worker_failed")

    async def _serve(self, lane: _Lane) -> None:
        """Try the head of a lane once it is due, then let the lane go on."""
        if self._lanes.get(lane.name) is not lane:
            return
        self._perhaps_reorder(lane.webhooks)
        webhook = lane.webhooks[0]
        wait = webhook.due - time()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._ready.put_nowait, lane)
            return
        if self.pending.get(webhook.id) is webhook:
            await self._try(webhook)
        if self._lanes.get(lane.name) is lane:
            self._go_on(lane, webhook)

    def _go_on(self, lane: _Lane, webhook: Webhook) -> None:
        again = self.pending.get(webhook.id) is webhook
        if not (again and RULES[webhook.rule].blocking):
            lane.webhooks.popleft()
        if lane.webhooks:
            self._ready.put_nowait(lane)
        else:
            del self._lanes[lane.name]
        if again and not RULES[webhook.rule].blocking:
            # a retry goes its own way and holds nobody up
            webhook.lane = f"retry:{webhook.id}"
            self._enter(webhook)

    def _perhaps_reorder(self, webhooks: deque[Webhook]) -> None:
        if len(webhooks) > 1 and self._faults.take(webhooks[0].channel, "webhook", ("reorder",)):
            webhooks[0], webhooks[1] = webhooks[1], webhooks[0]

    # --- one attempt ------------------------------------------------------------------------------------

    async def _try(self, webhook: Webhook) -> None:
        """Attempt once, and decide what becomes of the webhook."""
        if not webhook.tries:
            self._on_start(webhook)
        outcome, url = await self._attempt(webhook)
        webhook.tries += 1
        said = str(outcome.status or outcome.problem)
        webhook.attempts = [*webhook.attempts[1 - _ATTEMPTS_KEPT :], [time(), said]]
        if self.pending.get(webhook.id) is not webhook:
            return
        age = (time() - webhook.created) * self._speed
        after = decide(webhook.rule, Tried(url, webhook.tries, age, outcome))
        webhook.due = time() + after.delay / self._speed
        if after.state != State.PENDING:
            self._finish(webhook, after.state)
        self._on_attempt(webhook)

    def _finish(self, webhook: Webhook, state: State) -> None:
        webhook.state = state
        webhook.body = ""
        del self.pending[webhook.id]
        self.counters[State.PENDING] -= 1
        self.counters[state] += 1
        self.finished.append(webhook)

    async def _attempt(self, webhook: Webhook) -> tuple[Outcome, str]:
        destination = self._resolve(webhook)
        if destination is None:
            return Outcome(problem=Problem.CONNECT), ""
        fault = self._faults.take(webhook.channel, "webhook", WEBHOOK_FAULTS)
        outcome = await self._post(webhook, destination, fault)
        if fault and fault.fault == "duplicate" and outcome.acknowledged:
            await self._post(webhook, destination, None)
        return outcome, destination.url

    async def _post(self, webhook: Webhook, destination: Destination, fault: Fault | None) -> Outcome:
        kind = fault.fault if fault else ""
        headers = {"Content-Type": webhook.content_type, **webhook.headers, **destination.headers}
        url, _, _ = destination.url.partition("#")
        body, patience = webhook.body.encode("latin-1"), RULES[webhook.rule].timeout
        try:
            reply = await self._client.post(url, headers, body, patience, hang_up=kind == "close")
        except (ConnectFailed, ValueError):
            # ValueError: an URL that is none
            return Outcome(problem=Problem.CONNECT)
        except ReadFailed:
            return Outcome(problem=Problem.READ)
        return _as_the_fault_wants(kind, Outcome(reply.status, retry_after=_seconds(reply.headers.get("retry-after"))))


def _as_the_fault_wants(kind: str, outcome: Outcome) -> Outcome:
    """A fault of a webhook loses the hub's answer on the way back: the hub did its work, the platform thinks not."""
    match kind:
        case "429" | "500":
            return Outcome(int(kind))
        case "timeout":
            return Outcome(problem=Problem.READ)
        case _:
            return outcome


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isdigit() else None
