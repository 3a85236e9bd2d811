"""A hub whose providers are the sandbox, served on loopback."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from hub.sandbox import app, seeds
from hub.sandbox.threads import Bubble
from hub.sandbox.world import Place
from hub.sandbox.world import World as Providers
from hub.settings import Settings
from hub.types import Actor, Role
from hub.wiring import Services, build
from tests.world import Organization, World

URLS = (
    "telegram_api_url",
    "facebook_graph_url",
    "twilio_api_url",
    "twilio_messaging_url",
    "twilio_numbers_url",
    "twilio_content_url",
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Sandbox:
    """The providers: their address, and what they know."""

    url: str
    smtp_port: int
    providers: Providers

    def fault(self, provider: str, times: int = 50) -> None:
        """Let a provider's API answer 500."""
        order = {"provider": provider, "op": "any", "fault": "500", "times": times}
        answer = httpx.post(f"{self.url}/control/faults", json=order)
        assert answer.status_code == 200, answer.text

    def newest_mail(self) -> Bubble:
        """The mail that the relay took last."""
        return next(bubble for bubble in reversed(self.providers.threads.received) if bubble.channel == "email")

    def mend(self) -> None:
        httpx.delete(f"{self.url}/control/faults").raise_for_status()


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[Sandbox]:
    place = Place(port=free_port(), smtp_port=free_port())
    providers = Providers(place)
    config = uvicorn.Config(
        app.build(providers, None, lambda: False), host=place.host, port=place.port, log_level="warning", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 15
    while not server.started:
        assert time.monotonic() < deadline, "the sandbox did not start"
        time.sleep(0.01)
    yield Sandbox(f"http://{place.host}:{place.port}", place.smtp_port, providers)
    server.should_exit = True
    thread.join(15)


@pytest.fixture
def sandbox(sandbox_server: Sandbox) -> Sandbox:
    """The providers, fresh."""
    httpx.post(f"{sandbox_server.url}/control/reset").raise_for_status()
    return sandbox_server


@pytest.fixture
def services(settings: Settings, sandbox: Sandbox) -> Iterator[Services]:
    """A hub, on each of both databases, whose providers are the sandbox."""
    changed = settings.model_copy(
        update={
            **dict.fromkeys(URLS, sandbox.url),
            "facebook_app_id": seeds.APP_ID,
            "facebook_sign_up_config": "4711",
            "facebook_app_secret": SecretStr(seeds.APP_SECRET),
            "facebook_verify_token": SecretStr(seeds.APP_VERIFY_TOKEN),
            "twilio_account_sid": seeds.ACCOUNT_SID,
            "twilio_auth_token": SecretStr(seeds.ACCOUNT_TOKEN),
            "mailgun_signing_key": SecretStr(seeds.MAILGUN_SIGNING_KEY),
            "mail_reply_domain": seeds.MAIL_REPLY_DOMAIN,
            "mail_from": seeds.MAILBOX,
            "mail_primary_url": SecretStr(f"smtp://127.0.0.1:{sandbox.smtp_port}?tls=off"),
        }
    )
    built = build(changed)
    built.queue.redis.flushdb()
    yield built
    built.db.dispose()
    built.queue.close()


@pytest.fixture
def rival(world: World) -> Organization:
    """Another organization of the same hub."""
    return world.organization("Rival")


@pytest.fixture
def platform(org: Organization) -> Actor:
    """A platform admin."""
    return Actor(org.id, org.actor.user_id, "Petra Platform", Role.OWNER, platform_admin=True)
