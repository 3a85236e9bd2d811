"""Security headers on every answer, counters for /metrics, and the last net for errors nobody expected."""

import time
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.web.problems import of_crash

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}


class SecurityHeaders:
    """Adds what an answer does not set itself; HSTS when the hub is reached by https."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self.app = app
        headers = {**_HEADERS, **(_HTTPS if https else {})}
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message["headers"]
                named = {name for name, _ in own}
                message["headers"] = [*own, *(each for each in self.headers if each[0] not in named)]
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class Counted:
    """Counts requests and their seconds by area, method and status."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self.app = app
        labels = ("area", "method")
        self.requests = Counter("hub_http_requests", "Requests answered", (*labels, "status"), registry=registry)
        self.seconds = Histogram("hub_http_seconds", "Seconds until the answer began", labels, registry=registry)
        # `labels` finds its child under a lock by strings made anew; areas, methods and statuses are few
        self.children = cache(self._children)

    def _children(self, area: str, method: str, status: int) -> tuple[Counter, Histogram]:
        return self.requests.labels(area, method, status), self.seconds.labels(area, method)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        area, method = _area(scope["path"]), scope["method"]
        began = time.perf_counter()

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                requests, seconds = self.children(area, method, message["status"])
                requests.inc()
                seconds.observe(time.perf_counter() - began)
            await send(message)

        await self.app(scope, receive, send_counted)


class CrashNet:
    """Turns an unexpected error into a logged 500 with a trace id; the process goes on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_watched)
        except Exception as error:
            if scope["type"] != "http" or started:
                raise
            await of_crash(Request(scope), error)(scope, receive, send)


_AREAS = frozenset({"api", "webhooks", "static", "inbox", "admin", "platform", "login", "healthz", "readyz", "metrics"})


def _area(path: str) -> str:
    # a fixed set, or every scanned address would become a time series
    first = path.split("/")[1] if "/" in path else ""
    return first if first in _AREAS else "other"
