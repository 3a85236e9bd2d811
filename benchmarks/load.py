"""The load client, a process of its own: `python -m benchmarks.load`, orders as JSON on stdin, its report on stdout.

All requests are made before the first is sent. Without a rate every connection sends its next request when it has the
answer to the last; with one, requests begin at fixed times, and their latency counts from when they were due.
"""

import asyncio
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop

from benchmarks.payloads import Targets
from benchmarks.wire import Connection

_ROOT = Path(__file__).parents[1]
_GRACE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Orders:
    """What to send. `first` is the number of the first request; `rate` is requests a second, None: as many as go."""

    port: int
    targets: Targets
    seconds: float
    first: int
    most: int
    warm_up: int = 0
    connections: int = 64
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What came back. `acknowledged` counts every 200, warm-up included; the other figures leave the warm-up out."""

    acknowledged: int
    refused: int
    per_second: float
    p50: float
    p99: float
    worst: float


def run(orders: Orders) -> Report:
    """Run the load in its own process. Raises RuntimeError when an answer was not 200 or the client failed."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=json.dumps(asdict(orders)),
        capture_output=True,
        text=True,
        cwd=_ROOT,
        timeout=orders.seconds + _GRACE_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the load client failed: {done.stderr[-2000:]}")
    report = Report(**json.loads(done.stdout))
    if report.refused:
        raise RuntimeError(f"{report.refused} of the webhooks were not acknowledged")
    return report


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of them lie, 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


class _Client:
    """The whole load: connections, the requests that are left, and how long each took."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._requests: Iterator[bytes] = iter(
            [orders.targets.request(number) for number in range(orders.first, orders.first + orders.most)]
        )
        self._until = float("inf")
        self._due = float("inf")
        self._began = 0.0
        self._open = orders.connections
        self._done = asyncio.Event()
        self.seconds: list[float] = []
        self.refused = 0

    async def run(self) -> Report:
        loop = asyncio.get_running_loop()
        lines = [_Line(self) for _ in range(self._orders.connections)]
        for line in lines:
            await loop.create_connection(line.protocol, "127.0.0.1", self._orders.port)
        self._due = time.perf_counter()
        if not self._orders.warm_up:
            self._begin()
        for line in lines:
            line.next()
        await self._done.wait()
        elapsed = time.perf_counter() - self._began
        for line in lines:
            line.connection.close()
        return self._report(elapsed)

    def _begin(self) -> None:
        self._began = time.perf_counter()
        self._until = self._began + self._orders.seconds

    def take(self) -> tuple[bytes, float] | None:
        """Return the next request and when it is due; None when this connection has nothing more to do."""
        now = time.perf_counter()
        due = now
        if self._orders.rate:
            due, self._due = self._due, self._due + 1 / self._orders.rate
        request = next(self._requests, None) if max(now, due) < self._until else None
        if request is not None:
            return request, due
        self.leave()
        return None

    def leave(self) -> None:
        """One connection less; the last one ends the run."""
        self._open -= 1
        if not self._open:
            self._done.set()

    def note(self, status: bytes, seconds: float) -> None:
        self.seconds.append(seconds)
        self.refused += status != b"200"
        if len(self.seconds) == self._orders.warm_up:
            self._begin()

    def _report(self, elapsed: float) -> Report:
        measured = self.seconds[self._orders.warm_up :]
        return Report(
            acknowledged=len(self.seconds) - self.refused,
            refused=self.refused,
            per_second=len(measured) / elapsed,
            p50=percentile(measured, 0.5),
            p99=percentile(measured, 0.99),
            worst=max(measured, default=0.0),
        )


class _Line:
    """One connection and the request it waits for."""

    def __init__(self, client: _Client) -> None:
        self._client = client
        self._sent = 0.0
        self.connection = Connection(self._answered)

    def protocol(self) -> Connection:
        return self.connection

    def next(self) -> None:
        taken = self._client.take()
        if taken is None:
            return
        request, due = taken
        self._sent = due
        wait = due - time.perf_counter()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self.connection.send, request)
        else:
            self.connection.send(request)

    def _answered(self, status: bytes) -> None:
        self._client.note(status, time.perf_counter() - self._sent)
        # a connection the server closed takes nothing more
        if status:
            self.next()
        else:
            self._client.leave()


async def _serve_orders(orders: Orders) -> Report:
    client = _Client(orders)
    gc.collect()
    gc.disable()
    return await client.run()


def main() -> None:
    given = json.load(sys.stdin)
    orders = Orders(**{**given, "targets": Targets(**given["targets"])})
    report = uvloop.run(asyncio.wait_for(_serve_orders(orders), orders.seconds + _GRACE_SECONDS / 2))
    print(json.dumps(asdict(report)))


if __name__ == "__main__":
    main()
