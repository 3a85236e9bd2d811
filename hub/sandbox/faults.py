"""Faults on order: each is used up `times` times by the calls or webhooks it is meant for."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

CHANNELS = ("telegram", "facebook", "whatsapp", "sms", "email")
ALIASES = {
    "meta": ("facebook",),
    "twilio": ("whatsapp", "sms", "twilio"),
    "mailgun": ("email",),
    "mail": ("email",),
    "smtp": ("email",),
    "any": (*CHANNELS, "twilio"),
}
"""Provider words of the control API. `twilio` as a channel stands for its calls that name neither WhatsApp nor SMS."""

OPS = ("send", "webhook", "purchase", "registration", "template", "any")
ANSWER_FAULTS = ("429", "500", "timeout", "close", "slow", "lost_answer")
RECEIPT_FAULTS = ("duplicate", "reorder", "late_receipt", "early_receipt", "drop_receipt")
WEBHOOK_FAULTS = ("429", "500", "timeout", "close", "duplicate")
KINDS = (*ANSWER_FAULTS, *RECEIPT_FAULTS)
SILENCE_SECONDS = 30.0


@dataclass
class Fault:
    """`op` any: sends, other calls and webhooks alike. `delay`: seconds that a slow answer takes."""

    provider: str
    op: str
    fault: str
    times: int = 1
    retry_after: int = 2
    delay: float = 0.15

    def meant_for(self, channel: str, op: str, kinds: tuple[str, ...]) -> bool:
        channels = ALIASES.get(self.provider, (self.provider,))
        return channel in channels and self.op in {op, "any"} and self.fault in kinds


@dataclass
class Faults:
    """The faults still to happen, oldest first."""

    waiting: list[Fault] = field(default_factory=list)

    def take(self, channel: str, op: str, kinds: tuple[str, ...]) -> Fault | None:
        """Use up and return the first fault meant for this; None when there is none."""
        found = next((f for f in self.waiting if f.meant_for(channel, op, kinds)), None)
        if found is None:
            return None
        found.times -= 1
        if found.times <= 0:
            self.waiting.remove(found)
        return found


class HangUp(Response):
    """Closes the connection without an answer. Only uvicorn's own `receive` knows the transport."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, send
        cycle = getattr(receive, "__self__", None)
        transport = getattr(cycle, "transport", None)
        if transport is not None:
            transport.abort()
        # lets uvicorn notice before it would answer 500 for us
        await asyncio.sleep(0.01)


async def answer(
    fault: Fault | None, refuse: Callable[[Fault], Response], process: Callable[[], Awaitable[Response]]
) -> Response:
    """Answer as the fault wants: 429, 500 and close do nothing, timeout and lost_answer do the work and say nothing."""
    match fault.fault if fault else None:
        case "429" | "500":
            assert fault is not None  # noqa: S101 - narrows for the type checker
            return refuse(fault)
        case "close":
            return HangUp()
        case "timeout":
            await process()
            await asyncio.sleep(SILENCE_SECONDS)
            return HangUp()
        case "lost_answer":
            await process()
            return HangUp()
        case "slow":
            assert fault is not None  # noqa: S101 - narrows for the type checker
            await asyncio.sleep(fault.delay)
            return await process()
        case _:
            return await process()
