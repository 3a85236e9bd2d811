"""SMTP: one mail, one attempt; the backup relay only when certainly nothing left for the first."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from aiosmtplib import SMTP, SMTPException

from hub.channels.egress import Egress, EgressRefused
from hub.channels.email.errors import NeedsTls, RelayFailed, Stage
from hub.channels.email.relay import Relay, Tls
from hub.channels.email.render import Rendered

# two relays up to the envelope, one content and one farewell stay within the setting send_timeout
BEFORE_CONTENT_SECONDS: Final = 4.0
CONTENT_SECONDS: Final = 6.5
_QUIT_SECONDS: Final = 0.5
_FAILURES_TO_REST: Final = 3
_REST_SECONDS: Final = 60.0
_START_TLS: Final = {Tls.OFF: False, Tls.AUTO: None, Tls.STARTTLS: True, Tls.IMPLICIT: False}
_FAILURES = (SMTPException, OSError, TimeoutError, ValueError, NeedsTls, EgressRefused)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds an attempt may take up to the content, and for the content."""

    before_content: float = BEFORE_CONTENT_SECONDS
    content: float = CONTENT_SECONDS


class _Attempt:
    """A connection to one relay and how far it has come."""

    def __init__(self, relay: Relay, egress: Egress, ehlo_name: str, timeout: float) -> None:
        self.stage = Stage.CONNECT
        self._relay = relay
        self._egress = egress
        self.client = SMTP(
            hostname=relay.host,
            port=relay.port,
            local_hostname=ehlo_name,
            timeout=timeout,
            use_tls=relay.tls is Tls.IMPLICIT,
            start_tls=_START_TLS[relay.tls],
        )

    async def open(self) -> None:
        """Connect, secure, sign in. Raises EgressRefused before it connects."""
        self._egress.permit(self._relay.host, self._relay.port)
        await self.client.connect()
        self.stage = Stage.AUTH
        if not self._relay.password:
            return
        if self.client.get_transport_info("sslcontext") is None and not self._relay.is_loopback:
            raise NeedsTls
        await self.client.login(self._relay.user, self._relay.password)

    async def address(self, envelope_sender: str, recipient: str) -> None:
        """Name sender and recipient."""
        self.stage = Stage.ENVELOPE
        await self.client.ehlo()
        await self.client.mail(envelope_sender)
        await self.client.rcpt(recipient)

    async def hand_over(self, data: bytes) -> str:
        """Send the content and return the relay's words; from here on silence proves nothing."""
        self.stage = Stage.CONTENT
        return (await self.client.data(data)).message


class Breaker:
    """Which relays to go round for now: one that failed several times running, until it has had a rest (facts 4.3).

    Kept for a process: each worker finds out by itself, and nothing has to be put back by hand.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures: dict[str, int] = {}
        self._rests_until: dict[str, float] = {}

    def order(self, relays: Sequence[Relay]) -> list[Relay]:
        """Return the relays in their order, those at rest last: they are tried rather than nothing."""
        return sorted(relays, key=lambda relay: self._rests_until.get(relay.setting, 0.0) > self._now())

    def note_success(self, relay: Relay) -> None:
        self._failures.pop(relay.setting, None)
        self._rests_until.pop(relay.setting, None)

    def note_failure(self, relay: Relay) -> None:
        """Count a failure of the relay itself; after a rest a single one sends it to rest again."""
        failures = self._failures[relay.setting] = self._failures.get(relay.setting, 0) + 1
        if failures >= _FAILURES_TO_REST:
            self._rests_until[relay.setting] = self._now() + _REST_SECONDS


class Relays:
    """The configured relays in order: primary, backup. One whose provider is not activated is left out (F10)."""

    def __init__(self, relays: tuple[Relay, ...], egress: Egress, ehlo_name: str, limits: Limits | None = None) -> None:
        self._relays = relays
        self._egress = egress
        self._ehlo_name = ehlo_name or "localhost"
        self._limits = limits or Limits()
        self.breaker = Breaker()

    async def send(self, mail: Rendered, envelope_sender: str) -> str:
        """Hand the mail over once and return the relay's words. Raises RelayFailed."""
        failures: list[RelayFailed] = []
        for relay in self.breaker.order(self._allowed()):
            try:
                answer = await self._send(relay, mail, envelope_sender)
            except RelayFailed as failure:
                if not failure.another_may_try:
                    raise
                self.breaker.note_failure(relay)
                failures.append(failure)
            else:
                self.breaker.note_success(relay)
                return answer
        raise failures[0]

    @property
    def count(self) -> int:
        """How many relays may be used."""
        return len(self._allowed())

    async def probe(self) -> list[RelayFailed]:
        """Connect and sign in to every relay; return what failed."""
        found = await asyncio.gather(*(self._probe(relay) for relay in self._allowed()))
        return [failure for failure in found if failure]

    def _allowed(self) -> tuple[Relay, ...]:
        return tuple(relay for relay in self._relays if self._egress.allows(relay.host, relay.port))

    async def _send(self, relay: Relay, mail: Rendered, envelope_sender: str) -> str:
        async with self._attempt(relay) as attempt:
            async with asyncio.timeout(self._limits.before_content):
                await attempt.open()
                await attempt.address(envelope_sender, mail.recipient)
            async with asyncio.timeout(self._limits.content):
                answer = await attempt.hand_over(mail.data)
            await _leave(attempt.client)
        return answer

    async def _probe(self, relay: Relay) -> RelayFailed | None:
        try:
            async with self._attempt(relay) as attempt, asyncio.timeout(self._limits.before_content):
                await attempt.open()
                await attempt.client.noop()
                await _leave(attempt.client)
        except RelayFailed as failure:
            return failure
        return None

    @asynccontextmanager
    async def _attempt(self, relay: Relay) -> AsyncIterator[_Attempt]:
        attempt = _Attempt(relay, self._egress, self._ehlo_name, self._limits.before_content + self._limits.content)
        try:
            yield attempt
        except _FAILURES as error:
            raise RelayFailed(attempt.stage, relay.setting, error) from error
        finally:
            attempt.client.close()


async def _leave(client: SMTP) -> None:
    # the relay has answered for the mail: a failing farewell changes nothing
    with suppress(SMTPException, OSError, TimeoutError):
        await client.quit(timeout=_QUIT_SECONDS)
