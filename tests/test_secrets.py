"""No secret shows: a hub at its most talkative, providers that vanish, and a search of all it ever said or kept."""

import io
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.rig import HUB, KINDS, ROOT, Rig, until

PASSWORD = "a long password for the rig"
PAGES = ("/inbox", "/admin/people", "/admin/audit", "/admin/privacy", "/login")
PERSONS = {
    "telegram": "40077",
    "facebook": "9900077",
    "whatsapp": "+4915112345677",
    "sms": "+4915112345678",
    "email": "carla77@example.net",
}
COMMANDS = (
    ("doctor",),
    ("keys", "list"),
    ("audit", "list"),
    ("events", "list", "--quarantined"),
)


@dataclass
class Talkative(Rig):
    """A rig that logs everything it can."""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"HUB_LOG_LEVEL": "DEBUG"}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Talkative]:
    made = Talkative(tmp_path / "rig")
    try:
        yield made.start()
    finally:
        made.stop()


@pytest.mark.chaos
@pytest.mark.timeout(300)
def test_no_secret_is_in_any_log_answer_page_export_command_or_file(rig: Talkative) -> None:
    secrets, shown = _secrets(rig), bytearray()
    contact_id = _a_day_with_customers(rig)
    shown += _exported(rig, contact_id)
    _let_the_providers_vanish(rig)
    shown += _answers(rig) + _pages(rig, secrets) + _commands(rig)
    for file in sorted(rig.folder.rglob("*")):
        if file.is_file():
            shown += file.read_bytes()
    assert b"vanished" in shown, "the search does not see what was written"
    assert len(secrets) >= 10
    assert sorted(name for name, value in secrets.items() if _is_in(value, shown)) == []


def _secrets(rig: Talkative) -> dict[str, str]:
    """Every secret that the hub is given or gives out, by a name that may be shown."""
    seeds, token = rig.seeds, str(rig.api.headers["authorization"]).removeprefix("Bearer ")
    rotated = rig.post(f"/api/v1/channels/{rig.channels['email']}/intake-token")
    return {
        "bot token": seeds["telegram"]["bots"][0]["token"],
        "page token": seeds["facebook"]["pages"][0]["token"],
        "app secret": seeds["facebook"]["app_secret"],
        "verify token": seeds["facebook"]["verify_token"],
        "Twilio's token": seeds["twilio"]["auth_token"],
        "Mailgun's key": seeds["email"]["mailgun_signing_key"],
        "secret key": rig.environment["HUB_SECRET_KEY"],
        "API token": token,
        "intake token": rotated["intake_token"],
        "password": PASSWORD,
        "password of an invited user": _password_of_a_new_user(rig),
    }


def _password_of_a_new_user(rig: Talkative) -> str:
    password = "another long password of somebody"
    rig.post("/api/v1/users", {"email": "ben@example.com", "name": "Ben", "role": "operator", "password": password})
    return password


def _a_day_with_customers(rig: Talkative) -> str:
    """Somebody writes on each channel and is answered; return a contact."""
    contact_id = ""
    for kind in KINDS:
        rig.write_as_customer(kind, PERSONS[kind], f"hello{kind}")
        found = until(f"the message on {kind}", lambda kind=kind: rig.conversation_with(kind, f"hello{kind}"))  # type: ignore[misc]
        rig.answer(found["id"], f"answer on {kind}")
        contact_id = found["contact"]["id"]
    return contact_id


def _exported(rig: Talkative, contact_id: str) -> bytes:
    rig.post(f"/api/v1/contacts/{contact_id}/export", {"reason": "asked for"})

    def archive() -> bytes:
        answer = rig.api.get(f"/api/v1/contacts/{contact_id}/export")
        return answer.content if answer.status_code == 200 else b""

    with zipfile.ZipFile(io.BytesIO(until("the export", archive))) as opened:
        return b"".join(opened.read(name) for name in opened.namelist())


def _let_the_providers_vanish(rig: Talkative) -> None:
    """Whatever the hub tries now fails, and the errors of HTTP libraries like to quote addresses with tokens."""
    rig.sandbox.close()
    rig.processes[0].kill()
    for conversation in rig.get("/api/v1/conversations")["items"]:
        rig.answer(conversation["id"], "vanished")
    for channel_id in rig.channels.values():
        rig.api.post(f"/api/v1/channels/{channel_id}/check")


def _answers(rig: Talkative) -> bytes:
    """The answer of every route of the API that reads, and of some that refuse."""
    paths = [path for path, methods in rig.api.get("/api/v1/openapi.json").json()["paths"].items() if "get" in methods]
    ids = {"channels": list(rig.channels.values()), "conversations": _ids(rig, "conversations")}
    ids |= {name: _ids(rig, name) for name in ("contacts", "users", "groups", "tokens")}
    told = bytearray()
    for path in paths:
        if path.endswith(("/stream", "/contacts/{id}/export")):
            continue
        noun = path.removeprefix("/api/v1/").split("/")[0]
        for each in ids.get(noun, ["unknown"]) if "{" in path else [""]:
            answer = rig.api.get(path.replace("{id}", each))
            told += answer.content + str(answer.headers).encode()
    return bytes(told)


def _ids(rig: Talkative, noun: str) -> list[str]:
    return [each["id"] for each in rig.get(f"/api/v1/{noun}")["items"]]


def _pages(rig: Talkative, secrets: dict[str, str]) -> bytes:
    """What a signed-in browser gets; its cookie is a secret too."""
    with httpx.Client(base_url=str(rig.api.base_url), timeout=30, follow_redirects=False) as browser:
        signed_in = browser.post("/login", data={"email": "owner@example.com", "password": PASSWORD})
        assert signed_in.status_code == 303
        secrets["session"] = browser.cookies["hub_session"]
        found = [browser.get(page) for page in PAGES]
        found += [browser.get(f"/inbox?conversation={each}") for each in _ids(rig, "conversations")]
        assert {answer.status_code for answer in found} <= {200, 303}
        return b"".join(answer.content for answer in found)


def _commands(rig: Talkative) -> bytes:
    said = bytearray()
    for command in COMMANDS:
        arguments = [HUB, *command, "--data", str(rig.folder / "data")]
        done = subprocess.run(arguments, cwd=ROOT, env=rig.environment, capture_output=True, timeout=60, check=False)
        assert b"No such option" not in done.stderr, done.stderr
        said += done.stdout + done.stderr
    return bytes(said)


def _is_in(secret: str, shown: bytearray) -> bool:
    return any(form.encode() in shown for form in (secret, quote(secret, safe=""), secret.encode().hex()))
