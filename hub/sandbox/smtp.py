"""The mail relay: a real SMTP server that takes the hub's mail and shows it on the phone. Any log-in is right."""

import asyncio
import json
import logging
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from hub.sandbox.faults import ANSWER_FAULTS, SILENCE_SECONDS
from hub.sandbox.mail import event
from hub.sandbox.receipts import Step, follow
from hub.sandbox.seeds import derive
from hub.sandbox.threads import new_bubble
from hub.sandbox.world import World

_LARGEST_MAIL = 40 << 20
_ACCEPTED = "250 2.0.0 Ok: queued"
_REFUSALS = {"429": "451 4.7.1 Too many messages, slow down", "500": "451 4.3.0 Temporary server error"}


class _Relay:
    """aiosmtpd calls these by name."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take one mail, or misbehave."""
        fault = self._world.faults.take("email", "send", ANSWER_FAULTS)
        kind = fault.fault if fault else ""
        if kind in _REFUSALS:
            return _REFUSALS[kind]
        if kind != "close":
            await self._take(_bytes(envelope.content), envelope.rcpt_tos)
        if kind in {"close", "timeout"}:
            await asyncio.sleep(SILENCE_SECONDS if kind == "timeout" else 0)
            _abort(server.transport)
        return _ACCEPTED

    async def _take(self, raw: bytes, recipients: list[str]) -> None:
        mail = message_from_bytes(raw, policy=default)
        for recipient in recipients:
            await self._show(mail, recipient.lower())

    async def _show(self, mail: EmailMessage, address: str) -> None:
        world = self._world
        number = derive(f"received mail {world.next_id('received mail')}", 16)
        endpoint = _address(mail, "From")
        bubble = new_bubble("email", address, endpoint, "hub", _text(mail), number)
        bubble.extra = {
            "subject": str(mail.get("Subject", "")),
            "message_id": str(mail.get("Message-ID", "")).strip("<> "),
            "references": str(mail.get("References", "")),
            "reply_to": _address(mail, "Reply-To") or endpoint,
            "variables": _variables(mail),
        }
        bubble.parts = [_file(world, part) for part in mail.iter_attachments()]
        bubble.delivery_id = str(json.loads(bubble.extra["variables"]).get("delivery_id", ""))
        world.threads.add(bubble)
        told = (
            Step(0.1, "", event(world, bubble, "accepted")),
            Step(0.2, "delivered", event(world, bubble, "delivered")),
        )
        await follow(world, "email", number, told)


def _bytes(content: bytes | str | None) -> bytes:
    return content if isinstance(content, bytes) else (content or "").encode()


def _abort(transport: asyncio.BaseTransport | None) -> None:
    if isinstance(transport, asyncio.Transport):
        transport.abort()


def _address(mail: EmailMessage, header: str) -> str:
    addresses = getattr(mail.get(header), "addresses", ())
    return addresses[0].addr_spec if addresses else ""


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain", "html"))
    return str(part.get_content()).replace("\r\n", "\n").strip() if part else ""


def _file(world: World, part: Message) -> dict[str, Any]:
    """Keep an attachment for the phone and return it as a bubble shows it."""
    body, content_type = part.get_payload(decode=True), part.get_content_type()
    kind = "image" if content_type.startswith("image/") else "file"
    kept = world.files.keep(
        kind, part.get_filename() or "attachment", content_type, body if isinstance(body, bytes) else b""
    )
    return kept.as_part()


def _variables(mail: EmailMessage) -> str:
    """Return the relay variables of a mail as JSON: an object, whatever was sent."""
    try:
        found = json.loads(str(mail.get("X-Mailgun-Variables", "{}")))
    except ValueError:
        found = {}
    return json.dumps(found if isinstance(found, dict) else {})


def _sign_in(*_arguments: Any) -> AuthResult:
    return AuthResult(success=True)


async def serve(world: World) -> asyncio.Server:
    """Start the SMTP server. Raises OSError when the port is taken."""

    def protocol() -> SMTP:
        return SMTP(
            _Relay(world),
            data_size_limit=_LARGEST_MAIL,
            enable_SMTPUTF8=True,
            hostname="sandbox",
            ident="Sandbox relay",
            authenticator=_sign_in,
            auth_require_tls=False,
            loop=asyncio.get_running_loop(),
        )

    # aiosmtpd warns of its own old property at every log-in
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    return await asyncio.get_running_loop().create_server(protocol, world.place.host, world.place.smtp_port)
