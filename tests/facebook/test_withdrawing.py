"""De-authorisation and data deletion: what Meta posts about people who used the sign-in, and what becomes of it."""

import base64
import hashlib
import hmac
import json
from typing import Any

import anyio
import httpx
import pytest
from sqlalchemy import select

from hub.audit import PLATFORM
from hub.db import quarantine
from hub.db.session import PlatformWork
from hub.db.tables.core import DELETION_REQUEST, QUARANTINE, SENDER
from hub.numbers import health
from hub.numbers.detecting import LOOK_JOB
from hub.provisioning import channels
from hub.provisioning.channels import NewChannel
from hub.provisioning.views import ChannelView
from hub.sandbox import seeds
from hub.sandbox.messenger.sign_in import USER_ID
from hub.types import HealthState
from hub.web.app import create_app
from hub.wiring import Services
from tests.api.conftest import client
from tests.audit.scene import Scene
from tests.line import webhooks
from tests.provisioning.conftest import Sandbox
from tests.world import Organization

PAGE, OTHER = seeds.PAGES[0], seeds.PAGES[1]
ORIGIN = "https://hub.example.com"


def signed(user_id: Any = USER_ID, secret: str = seeds.APP_SECRET, **changes: Any) -> str:
    """A signed request of our own making, by the rules of Meta's page and not by the hub's code."""
    content = {"algorithm": "HMAC-SHA256", "issued_at": 1_795_173_600, "user_id": user_id, **changes}
    payload = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    digest = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()
    return f"{base64.urlsafe_b64encode(digest).decode().rstrip('=')}.{payload}"


def post(services: Services, path: str, signed_request: str) -> httpx.Response:
    async def call() -> httpx.Response:
        async with webhooks(services) as meta:
            return await meta.post(f"/webhooks/facebook/{path}", data={"signed_request": signed_request})

    return anyio.run(call)


def show(services: Services, path: str) -> httpx.Response:
    async def call() -> httpx.Response:
        async with client(create_app(services)) as http:
            return await http.get(ORIGIN + path)

    return anyio.run(call)


def page(services: Services, org: Organization, seed: seeds.PageSeed = PAGE) -> ChannelView:
    credentials = {"page_id": seed.id, "page_access_token": seed.token}
    return channels.create_channel(services, org.actor, NewChannel("facebook", seed.name, credentials, org.group_id))


def test_who_takes_access_back_stops_their_pages_and_says_how_to_mend_it(
    services: Services, org: Organization, sandbox: Sandbox
) -> None:
    made = page(services, org)
    assert post(services, "deauthorize", signed()).status_code == 200
    found = channels.get_channel(services, org.actor, made.id)
    assert found.sender is not None
    assert found.sender.hold == "credentials"
    assert found.health.state is HealthState.BROKEN
    assert "connect the channel again" in found.health.problems[0]
    assert channels.check_channel(services, org.actor, made.id).sender.hold is None  # type: ignore[union-attr]


def test_who_takes_access_back_has_their_pages_looked_at_at_once(
    services: Services, org: Organization, sandbox: Sandbox
) -> None:
    made = page(services, org)
    assert made.sender is not None
    health.look(services, made.sender.id)
    services.queue.redis.flushdb()
    assert post(services, "deauthorize", signed()).status_code == 200
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        [sender] = tx.all(select(SENDER.c.look_at).where(SENDER.c.channel_id == made.id))
    assert sender.look_at <= services.clock()
    assert services.queue.redis.exists(f"wake:{LOOK_JOB}:{made.sender.id}")


def test_pages_of_others_go_on(services: Services, org: Organization, sandbox: Sandbox) -> None:
    made = page(services, org)
    assert post(services, "deauthorize", signed("30010000000000999")).status_code == 200
    assert channels.get_channel(services, org.actor, made.id).sender.hold is None  # type: ignore[union-attr]


def test_a_deletion_is_stored_before_it_is_confirmed_and_its_page_says_what_became_of_it(
    services: Services, org: Organization, sandbox: Sandbox
) -> None:
    made = page(services, org)
    answer = post(services, "data-deletion", signed())
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert told["url"] == f"{ORIGIN}/data-deletion/{told['confirmation_code']}"
    shown = show(services, f"/data-deletion/{told['confirmation_code']}")
    assert shown.status_code == 200
    assert "Done." in shown.text
    assert USER_ID not in shown.text
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        [row] = tx.all(select(DELETION_REQUEST))
        [sender] = tx.all(select(SENDER.c.credentials).where(SENDER.c.channel_id == made.id))
    assert (row.id, row.state, USER_ID in str(row)) == (told["confirmation_code"], "done", False)
    kept = services.vault.of(org.id).open_values(bytes(sender.credentials), "senders.credentials")
    assert "connected_by" not in kept


def test_a_deletion_of_somebody_unknown_is_honest_about_it(
    services: Services, org: Organization, sandbox: Sandbox
) -> None:
    code = post(services, "data-deletion", signed("77")).json()["confirmation_code"]
    shown = show(services, f"/data-deletion/{code}").text
    assert "Nothing is kept" in shown
    assert "Ask the company itself" in shown


def test_a_request_that_comes_again_has_the_same_code_and_one_row(scene: Scene) -> None:
    services = scene.services
    again = signed("77")
    before = len(scene.entries(PLATFORM))
    codes = {post(services, "data-deletion", again).json()["confirmation_code"] for _ in range(3)}
    assert len(codes) == 1
    assert codes != {post(services, "data-deletion", signed("78")).json()["confirmation_code"]}
    entries = scene.entries(PLATFORM)[before:]
    assert [each.action for each in entries] == ["deletion.requested"] * 2
    assert "77" not in str([each.content for each in entries])


@pytest.mark.parametrize(
    "forged",
    [
        signed(secret="another secret"),
        signed(algorithm="none"),
        signed(algorithm=""),
        signed()[:-3],
        "." + signed().partition(".")[2],
        signed().partition(".")[0] + ".",
        "",
        "ü.ü",
        "..",
    ],
)
@pytest.mark.parametrize("path", ["deauthorize", "data-deletion"])
def test_what_the_app_secret_did_not_sign_changes_nothing_and_is_kept(
    services: Services, org: Organization, sandbox: Sandbox, forged: str, path: str
) -> None:
    made = page(services, org)
    assert post(services, path, forged).status_code == 403
    assert channels.get_channel(services, org.actor, made.id).sender.hold is None  # type: ignore[union-attr]
    with services.db.platform_reading(PlatformWork.JOURNAL) as tx:
        assert [row.genuine for row in tx.all(select(QUARANTINE.c.genuine))] == [False]
        assert tx.all(select(DELETION_REQUEST)) == []


def test_a_genuine_request_that_names_nobody_is_kept_as_unreadable(services: Services, sandbox: Sandbox) -> None:
    assert post(services, "deauthorize", signed(None)).status_code == 200
    with services.db.platform_reading(PlatformWork.JOURNAL) as tx:
        [row] = tx.all(select(QUARANTINE.c.genuine, QUARANTINE.c.state))
    assert (row.genuine, row.state) == (True, quarantine.UNREADABLE)


def test_a_code_that_nobody_has_leads_to_nothing(services: Services) -> None:
    assert show(services, "/data-deletion/AAAABBBBCCCCDDDDEEEE").status_code == 404
    assert show(services, "/data-deletion/" + "x" * 400).status_code == 404
