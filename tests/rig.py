"""A whole hub as processes, the sandbox beside it, five connected channels: what the kill tests run against."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
from sqlalchemy import Row, Select, Update, update

from hub.db.session import Database, PlatformWork
from hub.db.tables.core import ATTACHMENT, DELIVERY, FILE_REMOVAL
from hub.queue import Queue, find_embedded_queue
from hub.settings import load
from tests.conftest import SECRET_KEY
from workers.schedule import EVERYTHING

ROOT = Path(__file__).parent.parent
HUB = str(Path(sys.executable).parent / "hub")
KINDS = ("telegram", "facebook", "whatsapp", "sms", "email")
APIS = (
    *("TELEGRAM_API", "FACEBOOK_GRAPH", "FACEBOOK_DIALOG"),
    *("TWILIO_API", "TWILIO_MESSAGING", "TWILIO_NUMBERS", "TWILIO_CONTENT"),
)
PASSWORD = "a long password for the rig"
T = TypeVar("T")


def until(what: str, find: Callable[[], T | None], seconds: float = 90.0) -> T:
    """Return the first truthy answer; fail, saying what was waited for, when there is none in time.

    A process that was killed starts anew in the meantime, on machines that do other things as well.
    """
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Rig:
    """One `hub up` with its sandbox. `database_url` "" means SQLite; `settings` go before the rig's own."""

    folder: Path
    database_url: str = ""
    speed: int = 200
    settings: Mapping[str, str] = field(default_factory=dict)
    web_port: int = field(default_factory=free_port)
    sandbox_port: int = field(default_factory=free_port)
    smtp_port: int = field(default_factory=free_port)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    channels: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    name: str = "Rig"
    clients: list[httpx.Client] = field(default_factory=list)

    def start(self) -> "Rig":
        """Start everything, connect the five channels, put an operator online."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ports = ("--port", str(self.sandbox_port), "--smtp-port", str(self.smtp_port))
        self._run("sandbox", sys.executable, "-m", "hub.sandbox", *ports, "--speed", str(self.speed))
        self.sandbox = httpx.Client(base_url=f"http://127.0.0.1:{self.sandbox_port}", timeout=30)
        until("the sandbox", lambda: self._answers(self.sandbox, "/control/seeds"))
        self.seeds = self.sandbox.get("/control/seeds").json()
        token = self._bootstrap()
        self.api = httpx.Client(
            base_url=f"http://127.0.0.1:{self.web_port}", headers={"authorization": f"Bearer {token}"}, timeout=30
        )
        self.start_hub()
        until("the hub", lambda: self._answers(self.api, "/readyz"), 120)
        self._connect()
        return self

    def start_hub(self) -> None:
        self._run("hub", HUB, "up", "--port", str(self.web_port), "--data", str(self.folder / "data"))

    def stop_hub(self) -> None:
        """Stop all processes of the hub; the platforms go on."""
        hub = self.processes.pop()
        hub.terminate()
        hub.wait(20)

    def stop(self) -> None:
        for client in (getattr(self, "api", None), getattr(self, "sandbox", None), *self.clients):
            if client is not None:
                client.close()
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    @property
    def environment(self) -> dict[str, str]:
        root = f"http://127.0.0.1:{self.sandbox_port}"
        seeds = getattr(self, "seeds", None) or {}
        values = {f"HUB_{name}_URL": root for name in APIS} | {
            "HUB_DATABASE_URL": self.database_url,
            "HUB_DATA_DIR": str(self.folder / "data"),
            "HUB_PORT": str(self.web_port),
            "HUB_SECRET_KEY": SECRET_KEY,
            "HUB_LOG_LEVEL": "WARNING",
            "HUB_RECOVER_EVERY": "2",
            "HUB_RECOVER_MIN_AGE": "1",
            "HUB_SEND_TIMEOUT": "3",
            "HUB_SEND_LEASE_GRACE": "1",
            "HUB_FAILPOINT_FILE": str(self.failpoint),
            "HUB_MAIL_PRIMARY_URL": f"smtp://127.0.0.1:{self.smtp_port}?tls=off",
        }
        if seeds:
            values |= {
                "HUB_FACEBOOK_APP_ID": seeds["facebook"]["app_id"],
                "HUB_FACEBOOK_APP_SECRET": seeds["facebook"]["app_secret"],
                "HUB_FACEBOOK_VERIFY_TOKEN": seeds["facebook"]["verify_token"],
                "HUB_TWILIO_ACCOUNT_SID": seeds["twilio"]["account_sid"],
                "HUB_TWILIO_AUTH_TOKEN": seeds["twilio"]["auth_token"],
                "HUB_MAIL_FROM": seeds["email"]["address"],
                "HUB_MAIL_REPLY_DOMAIN": seeds["email"]["reply_domain"],
                "HUB_MAILGUN_SIGNING_KEY": seeds["email"]["mailgun_signing_key"],
            }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
        return kept | values | dict(self.settings)

    @property
    def failpoint(self) -> Path:
        return self.folder / "failpoint"

    def _run(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes.append(
                subprocess.Popen(
                    arguments,
                    cwd=ROOT,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )

    def _answers(self, client: httpx.Client, path: str) -> bool:
        try:
            return client.get(path).status_code == 200
        except httpx.TransportError:
            return False

    def _bootstrap(self) -> str:
        done = subprocess.run(
            [HUB, "bootstrap", "--organization", self.name, "--email", "owner@example.com",
             "--password", PASSWORD, "--json"],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        made = json.loads(done.stdout.strip().splitlines()[-1])
        self.organization_id, self.user_id = made["organization_id"], made["user_id"]
        return str(made["token"])

    def _connect(self) -> None:
        group = self._staff()
        base = f"http://127.0.0.1:{self.web_port}"
        self.sandbox.post(
            "/control/settings", json={"facebook_webhook_url": f"{base}/webhooks/facebook"}
        ).raise_for_status()
        bot, page = self.seeds["telegram"]["bots"][0], self.seeds["facebook"]["pages"][0]
        mailbox = self.seeds["email"]["address"]
        self._channel("telegram", {"bot_token": bot["token"]}, str(bot["id"]), group)
        self._channel("facebook", {"page_id": page["id"], "page_access_token": page["token"]}, page["id"], group)
        self._channel("email", {"address": mailbox}, mailbox, group)
        numbers = self.seeds["twilio"]["numbers"]
        self._number("whatsapp", next(each for each in numbers if each["whatsapp"]), group)
        self._number("sms", next(each for each in numbers if not each["whatsapp"]), group)
        self.sandbox.post(
            "/control/settings",
            json={
                "mail_inbound_url": f"{base}/webhooks/email/mailgun/mime",
                "mail_events_url": f"{base}/webhooks/email/mailgun/events",
            },
        ).raise_for_status()

    def _staff(self) -> str:
        """Make the group that everything goes to, and put its one operator online; return its id."""
        group = str(self.post("/api/v1/groups", {"name": "Support"})["id"])
        self.request("PUT", f"/api/v1/groups/{group}/members", {"user_ids": [self.user_id]})
        self.request("PATCH", f"/api/v1/users/{self.user_id}", {"slots": 1000})
        self.request("PUT", f"/api/v1/users/{self.user_id}/presence", {"state": "online"})
        self.group_id = group
        return group

    def _channel(self, kind: str, credentials: Mapping[str, str], address: str, group: str) -> None:
        made = self.post(
            "/api/v1/channels", {"kind": kind, "name": kind, "credentials": credentials, "group_id": group}
        )
        self.channels[kind], self.addresses[kind] = made["id"], address

    def _number(self, kind: str, number: Mapping[str, Any], group: str) -> None:
        owned = self.post("/api/v1/platform/numbers", {"number": number["number"], "capabilities": [kind]})
        assigned = self.post(
            f"/api/v1/platform/numbers/{owned['id']}/assign",
            {"organization_id": self.organization_id, "kind": kind, "name": kind, "group_id": group},
        )
        self.addresses[kind] = number["number"]
        self.channels[kind] = next(
            each["id"] for each in assigned.get("channels", [assigned.get("channel", assigned)]) if each["kind"] == kind
        )

    def of_customer(self, name: str) -> "Rig":
        """Make another organization, with an operator online; return the same hub as it sees it, without channels."""
        owner = {"owner_email": f"{name}@example.com", "owner_password": PASSWORD}
        made = self.request("POST", "/api/v1/platform/organizations", {"name": name, **owner}, key=f"customer {name}")
        other = copy(self)
        other.name = name
        other.organization_id, other.user_id, other.channels, other.addresses = made["id"], made["owner_id"], {}, {}
        other.api = httpx.Client(
            base_url=self.api.base_url, headers={"authorization": f"Bearer {made['token']}"}, timeout=30
        )
        self.clients.append(other.api)
        other._staff()
        return other

    # --- talking to it ----------------------------------------------------------------------------------

    def request(self, method: str, path: str, body: object = None, key: str = "") -> Any:
        """Call the API and insist: a hub that was just killed is back in a moment. `key` makes a repeat harmless."""
        headers = {"idempotency-key": key} if key else {}

        def attempt() -> httpx.Response | None:
            try:
                answer = self.api.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                return None
            again = answer.status_code in (502, 503) or (key and answer.status_code == 409)
            return None if again else answer

        answer = until(f"{method} {path}", attempt, 60)
        assert answer.status_code < 400, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def get(self, path: str) -> Any:
        return self.request("GET", path)

    def post(self, path: str, body: object = None) -> Any:
        return self.request("POST", path, body)

    def answer(self, conversation_id: str, text: str) -> str:
        """An operator answers; return the message's id. Insisting does not answer twice."""
        path = f"/api/v1/conversations/{conversation_id}/messages"
        return str(self.request("POST", path, {"text": text}, key=f"{conversation_id} {text}")["id"])

    def write_as_customer(self, kind: str, person: str, text: str, *media: Mapping[str, object]) -> None:
        """A customer writes, with files in the words of the sandbox."""
        wrote = {"channel": kind, "person": person, "text": text, "to": self.addresses[kind], "name": person}
        sent = self.sandbox.post("/control/customer/send", json=wrote | ({"media": media} if media else {}))
        assert sent.status_code < 300, sent.text

    def webhook_counts(self) -> dict[str, int]:
        counts: dict[str, int] = self.sandbox.get("/control/webhooks", params={"limit": 1}).json()["counters"]
        return counts

    def outbox(self, kind: str, person: str) -> list[dict[str, Any]]:
        """What a customer has received."""
        found = self.sandbox.get("/control/outbox", params={"channel": kind, "person": person}).json()
        items: list[dict[str, Any]] = found["items"] if isinstance(found, dict) else found
        return items

    def conversation_with(self, kind: str, words: str) -> dict[str, Any] | None:
        """The conversation on a channel in which somebody said `words`."""
        found = self.get(f"/api/v1/conversations?channel={self.channels[kind]}&q={words}")["items"]
        return found[0] if found else None

    def thread(self, conversation_id: str) -> list[dict[str, Any]]:
        """Every entry of a thread, page by page."""
        items: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self.get(f"/api/v1/conversations/{conversation_id}/messages?limit=200{cursor}")
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = f"&cursor={page['next']}"

    def balance(self) -> dict[str, int]:
        counted: dict[str, int] = self.get("/api/v1/intake")
        return counted

    def wait_until_settled(self, seconds: float = 60.0) -> dict[str, int]:
        """Wait until every webhook has an end, nothing is pending, and no answer is on its way."""

        def settled() -> dict[str, int] | None:
            if self.webhook_counts()["pending"]:
                return None
            balance = self.balance()
            return balance if balance["pending"] == 0 else None

        return until("the line to be empty", settled, seconds)

    def wake(self, queue: str, job: str) -> None:
        """Let a job by the clock run now."""
        found = find_embedded_queue(self.folder / "data")
        if found is not None:
            waking = Queue(found.url)
            waking.wake(queue, job, EVERYTHING)
            waking.close()

    def stored_files(self) -> list[Path]:
        """Every file that lies in the hub's storage."""
        folder = self.folder / "data" / "media"
        return [each for each in folder.rglob("*") if each.is_file() and each.parent.name != "drafts"]

    def end_file_leases(self) -> None:
        """What was being fetched when its process died may be fetched again: three minutes later otherwise."""
        files = update(ATTACHMENT).where(ATTACHMENT.c.state == "fetching")
        self.write(files.values(due_at=datetime.now(UTC)))

    def end_removal_claims(self) -> None:
        """What was being removed when its process died may be removed again: five minutes later otherwise."""
        self.write(update(FILE_REMOVAL).values(claimed_at=None))

    def look_up_now(self) -> None:
        """What is to be asked of the providers is asked at once: up to a minute later otherwise."""
        self.write(update(DELIVERY).where(DELIVERY.c.look_up_at.is_not(None)).values(look_up_at=datetime.now(UTC)))

    def write(self, change: Update) -> None:
        """Change the hub's database behind its back."""
        with self._database() as db, db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            tx.execute(change)

    def read(self, query: Select[Any]) -> list[Row[Any]]:
        """Look into the hub's database."""
        with self._database() as db, db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
            return list(tx.all(query))

    @contextmanager
    def _database(self) -> Iterator[Database]:
        loaded = load(
            _env_file=None, database_url=self.database_url or None, data_dir=self.folder / "data", secret_key=SECRET_KEY
        )
        db = Database(loaded.database_dsn, loaded.sqlite_path)
        yield db
        db.dispose()

    # --- killing it -------------------------------------------------------------------------------------

    def arm(self, name: str) -> None:
        """Let the next process that reaches the failpoint die there."""
        self.failpoint.with_suffix(".fired").unlink(missing_ok=True)
        draft = self.folder / "failpoint.draft"
        draft.write_text(name)
        draft.rename(self.failpoint)

    def fired(self) -> bool:
        return self.failpoint.with_suffix(".fired").exists()

    def disarm(self) -> None:
        self.failpoint.unlink(missing_ok=True)

    def children(self, word: str) -> list[psutil.Process]:
        """Running processes of the hub whose command line has `word` in it."""
        found = []
        for process in psutil.Process(self.processes[-1].pid).children(recursive=True):
            try:
                if word in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found
