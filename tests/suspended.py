"""A hub with somebody who may suspend: scripted providers, an API over them, a platform admin elsewhere."""

from dataclasses import dataclass
from typing import Any

import anyio
import httpx
from sqlalchemy import insert

from hub.access.permissions import ALL_SCOPES
from hub.db.audit import Wanted, list_page
from hub.db.session import PlatformWork
from hub.db.tables.core import ATTACHMENT, USER
from hub.ids import new_id
from hub.inbound import drain as intake_drain
from hub.types import Actor, ConversationView, MessageView
from hub.web.app import create_app
from hub.wiring import Services
from tests.api.conftest import Api, client
from tests.outbound.stage import Stage, set_stage
from tests.world import Channel


@dataclass
class Hub:
    """The stage, its API, and the platform's token."""

    stage: Stage
    api: Api
    bot: Channel
    platform: str
    owner: str

    @property
    def services(self) -> Services:
        return self.stage.services

    def act(self, verb: str, things: str, subject_id: str, reason: str = "spam") -> httpx.Response:
        """Suspend or resume over the platform's API."""
        path = f"/platform/{things}/{subject_id}/{verb}"
        answer = self.api.call("POST", path, self.platform, json={"reason": reason})
        assert answer.status_code == 200, answer.text
        return answer

    def get(self, path: str) -> httpx.Response:
        return self.api.call("GET", path, self.owner)

    def post(self, path: str, **json: Any) -> httpx.Response:
        return self.api.call("POST", path, self.owner, json=json)

    def visit(self, path: str, cookie: str) -> httpx.Response:
        """A page, as a browser with this session gets it."""

        async def request() -> httpx.Response:
            async with client(self.api.app) as http:
                return await http.get("https://hub.example.com" + path, headers={"cookie": f"hub_session={cookie}"})

        return anyio.run(request)

    def listed(self) -> list[str]:
        """Ids of the conversations the organization sees."""
        answer = self.get("/conversations")
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    def texts(self, conversation: ConversationView) -> list[str]:
        items = self.get(f"/conversations/{conversation.id}/messages").json()["items"]
        return [each["text"] for each in items if each["direction"] in ("inbound", "outbound")]

    def waiting(self, queue: str) -> int:
        """How many jobs a queue holds."""
        return int(self.services.queue.redis.llen(f"rq:queue:{queue}"))

    def forget_jobs(self) -> None:
        self.services.queue.redis.flushdb()

    def drain(self) -> None:
        intake_drain.drain(self.services, self.bot.sender_id)

    def attach(self, message: MessageView) -> str:
        """Put a file on a message; return its id."""
        attachment_id = new_id()
        row = {
            "id": attachment_id,
            "organization_id": self.stage.org.id,
            "name": "cat.png",
            "content_type": "image/png",
            "size": 3,
            "sha256": "",
            "created_at": self.stage.clock(),
            "message_id": message.id,
            "body": self.services.vault.of(self.stage.org.id).seal(b"cat", "attachments.body"),
        }
        with self.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            tx.execute(insert(ATTACHMENT).values(row))
        return attachment_id

    def audited(self, chain: str | None = None) -> list[tuple[str, str, Any]]:
        """(action, actor, content) of a chain's entries, oldest first; by default the organization's."""
        with self.services.db.platform_reading(PlatformWork.AUDIT) as tx:
            page = list_page(tx, chain or self.stage.org.id, Wanted(), 200, None)
        return [(each.action, each.actor_type, each.content) for each in reversed(page.items)]


def set_hub(services: Services) -> Hub:
    stage = set_stage(services)
    bot = stage.channel()
    api = Api(stage.services, create_app(stage.services), stage.world, stage.org)
    return Hub(stage, api, bot, _platform_token(stage, api), api.token(stage.org.actor))


def _platform_token(stage: Stage, api: Api) -> str:
    admin: Actor = stage.world.organization("The platform").actor
    with stage.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(USER.update().where(USER.c.id == admin.user_id).values(platform_admin=True))
    return api.token(admin, ALL_SCOPES)
