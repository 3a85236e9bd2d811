"""`hub demo` as somebody starts it: real processes, five phones, an inbox in Chromium, and a clean end."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from hub.demo import calls
from hub.processes.demo_settings import ADDRESSES, SANDBOX_HOST, SANDBOX_PORT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
T = TypeVar("T")
Json = dict[str, Any]
READY, WAIT, PHOTO = 150.0, 30.0, {"kind": "image"}
PLACE = {"latitude": 54.3233, "longitude": 10.1228, "name": "Harbour", "address": "Hafen 1, Kiel"}


def until(find: Callable[[], T | None], what: str, seconds: float = WAIT) -> T:
    return calls.until(find, what, seconds)


@dataclass(frozen=True)
class Demo:
    """A running demo: its process, its hub and its phones over HTTP; `known` are ids of messages of the story."""

    process: subprocess.Popen[bytes]
    log: Path
    url: str
    password: str
    hub: httpx.Client
    phones: httpx.Client
    known: set[str]

    def talk(self, name: str) -> str:
        found = self.hub.get("/conversations", params={"limit": 50}).json()["items"]
        return next(str(each["id"]) for each in found if each["contact"]["name"] == name)

    def said(self, talk: str) -> list[Json]:
        newest = {"limit": 100, "newest": True}
        return list(self.hub.get(f"/conversations/{talk}/messages", params=newest).json()["items"])

    def heard(self, talk: str, what: str) -> Json:
        """Wait for a customer's message that has a part of this type, with its files fetched."""
        return until(lambda: self._with(talk, "inbound", what), f"the {what}")

    def told(self, talk: str, what: str, **said: Any) -> Json:
        """Answer over the API; wait until it has left."""
        answer = self.hub.post(f"/conversations/{talk}/messages", json=said)
        assert answer.status_code == 202, answer.text
        return until(lambda: self._with(talk, "outbound", what), f"the {what} that was sent")

    def _with(self, talk: str, direction: str, what: str) -> Json | None:
        for each in reversed(self.said(talk)):
            parts = [part for part in each["parts"] if part["type"] == what]
            left = each["direction"] == "inbound" or each["status"] in {"sent", "delivered", "read"}
            if each["id"] not in self.known and each["direction"] == direction and parts and left:
                return each if all(part.get("state", "ready") == "ready" for part in parts) else None
        return None

    def play(self, act: str, **body: Any) -> Json:
        answer = self.phones.post(f"/control/customer/{act}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def bubbles(self, channel: str, person: str) -> list[Json]:
        return list(self.phones.get("/control/outbox", params={"channel": channel, "person": person}).json()["items"])

    def upload(self) -> list[Json]:
        body = self.phones.get("/control/samples/image", params={"variant": 1}).content
        made = self.hub.post("/uploads", files={"file": ("shop.jpg", body, "image/jpeg")}).json()
        return [{"upload_id": made["id"]}]


def _taken(address: tuple[str, int]) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(address) == 0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, once it says that it is ready. Its sandbox has ports of its own, so one runs at a time."""
    if any(_taken(address) for address in ADDRESSES):
        pytest.skip("another demo runs on this machine; mend: stop it")
    folder = tmp_path_factory.mktemp("demo")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "log"
    command = [
        sys.executable,
        "-c",
        "import hub.cli; hub.cli.main()",
        "demo",
        "--port",
        str(port),
        "--data",
        str(folder / "data"),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        until(lambda: "The demo is ready" in log.read_text(), "the demo", READY)
        kept = json.loads((folder / "data" / "demo.json").read_text())
        url, phones = f"http://127.0.0.1:{port}", f"http://{SANDBOX_HOST}:{SANDBOX_PORT}"
        bearer = {"Authorization": f"Bearer {kept['token']}"}
        with (
            httpx.Client(base_url=f"{url}/api/v1", headers=bearer, timeout=30) as hub,
            httpx.Client(base_url=phones, timeout=30) as sandbox,
        ):
            made = Demo(process, log, url, kept["password"], hub, sandbox, set())
            talks = hub.get("/conversations").json()["items"]
            made.known.update(each["id"] for talk in talks for each in made.said(talk["id"]))
            yield made
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


@pytest.fixture
def page(demo: Demo, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(base_url=demo.url, locale="en", reduced_motion="reduce")
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/login")
    page.locator("[name=email]").fill("owner@demo.example")
    page.locator("[name=password]").fill(demo.password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_selector("body[data-live=yes]")
    yield page
    context.close()
    assert faults == []


def show(page: Page, talk: str) -> None:
    page.goto(f"/inbox/{talk}?tab=all&status=any")
    page.wait_for_selector("body[data-live=yes]")


def test_telegram_takes_album_voice_place_button_and_reaction_both_ways(demo: Demo, page: Page) -> None:
    talk, phone = demo.talk("Tara Lindqvist"), {"channel": "telegram", "person": "tara"}
    show(page, talk)
    demo.play("send", **phone, media=[PHOTO] * 3, album=True, text="Three more")
    album = demo.heard(talk, "image")
    assert [part["type"] for part in album["parts"] if "state" in part] == ["image"] * 3
    expect(page.locator(".entry.inbound .album.of-3")).to_have_count(1)
    demo.play("send", **phone, media=[{"kind": "voice"}])
    demo.play("send", **phone, location=PLACE)
    expect(page.locator(".entry.inbound", has_text="Harbour")).to_be_visible()
    expect(page.locator(".entry.inbound audio")).to_have_count(2)
    demo.told(talk, "buttons", text="Which colour?", buttons=[{"label": "Red"}, {"label": "Blue"}])
    asked = demo.bubbles("telegram", "tara")[-1]
    [offered] = [part for part in asked["parts"] if part["type"] == "buttons"]
    demo.play("send", **phone, press={**offered["options"][1], "message_id": asked["id"]})
    assert demo.heard(talk, "button_press")["parts"][-1]["label"] == "Blue"
    demo.play("react", **phone, message_id=asked["id"], emoji="👍")
    expect(page.locator(".entry.outbound", has_text="Which colour?").locator(".reactions")).to_contain_text("👍")
    demo.told(talk, "location", location=PLACE)
    demo.told(talk, "image", text="Ours", attachments=demo.upload() + demo.upload())
    assert [part["type"] for part in demo.bubbles("telegram", "tara")[-1]["parts"]] == ["image", "image"]
    demo.hub.post(f"/messages/{album['id']}/react", json={"emoji": "🔥"}).raise_for_status()
    until(lambda: reacted(demo, phone, album), "our reaction on the phone")


def reacted(demo: Demo, phone: Json, message: Json) -> bool:
    """Tell whether our reaction to a customer's message is done at the platform."""
    [seen] = [each for each in demo.said(message["conversation_id"]) if each["id"] == message["id"]]
    return any(each["by"] == "user" and each.get("state") == "done" for each in seen["reactions"])


def test_messenger_takes_photo_sticker_choice_and_reaction_both_ways(demo: Demo, page: Page) -> None:
    talk, phone = demo.talk("Felix Moreau"), {"channel": "facebook", "person": "felix"}
    show(page, talk)
    demo.play("send", **phone, media=[PHOTO, PHOTO], album=True)
    expect(page.locator(".entry.inbound .album.of-2")).to_have_count(1)
    demo.play("send", **phone, media=[{"kind": "voice"}])
    voice = demo.heard(talk, "audio")
    demo.told(talk, "buttons", text="Which size?", buttons=[{"label": "Small"}, {"label": "Large"}])
    asked = demo.bubbles("facebook", "felix")[-1]
    [offered] = [part for part in asked["parts"] if part["type"] == "buttons"]
    demo.play("send", **phone, press={**offered["options"][0], "message_id": asked["id"]})
    assert demo.heard(talk, "button_press")["parts"][-1]["label"] == "Small"
    demo.play("react", **phone, message_id=asked["id"], emoji="😢")
    expect(page.locator(".entry.outbound", has_text="Which size?").locator(".reactions")).to_contain_text("😢")
    demo.told(talk, "image", attachments=demo.upload())
    assert [part["type"] for part in demo.bubbles("facebook", "felix")[-1]["parts"]] == ["image"]
    demo.hub.post(f"/messages/{voice['id']}/react", json={"emoji": "👍"}).raise_for_status()
    until(lambda: reacted(demo, phone, voice), "our reaction on the phone")


def test_whatsapp_takes_photo_voice_place_and_a_templates_button_both_ways(demo: Demo, page: Page) -> None:
    talk, phone = demo.talk("Wanda Okafor"), {"channel": "whatsapp", "person": "wanda"}
    show(page, talk)
    for said in ({"media": [PHOTO]}, {"media": [{"kind": "voice"}]}, {"location": PLACE}):
        demo.play("send", **phone, **said)
    expect(page.locator(".entry.inbound", has_text="Harbour")).to_be_visible()
    expect(page.locator(".entry.inbound audio")).to_have_count(2)
    demo.told(talk, "location", location=PLACE)
    demo.told(talk, "image", attachments=demo.upload())
    until(lambda: [part["type"] for part in demo.bubbles("whatsapp", "wanda")[-1]["parts"]] == ["image"], "the photo")
    channel = demo.said(talk)[-1]["channel_id"]
    known = demo.hub.get(f"/channels/{channel}/templates").json()["items"]
    [asking] = [each for each in known if each["name"] == "lieferung"]
    values = dict.fromkeys(asking["variables"], "Montag")
    demo.told(talk, "template", template={"id": asking["id"], "values": values})
    asked = demo.bubbles("whatsapp", "wanda")[-1]
    [offered] = [part for part in asked["parts"] if part["type"] == "buttons"]
    demo.play("send", **phone, press={**offered["options"][0], "message_id": asked["id"]})
    assert demo.heard(talk, "button_press")["parts"][-1]["label"] == "Ja, passt"


def test_mail_takes_attachments_and_history_both_ways(demo: Demo, page: Page) -> None:
    demo.told(talk := demo.talk("Erika Jansen"), "image", text="Like this?", attachments=demo.upload())
    until(lambda: demo.bubbles("email", "erika")[-1]["parts"][-1]["name"] == "shop.jpg", "the photo")
    demo.play("send", channel="email", person="erika", text="Just like that", media=[PHOTO, {"kind": "file"}])
    show(page, talk)
    expect(page.locator(".entry.inbound", has_text="Just like that").locator(".picture")).to_have_count(1)
    answer = demo.heard(talk, "file")
    assert answer["text"] == "Just like that"
    assert {part["type"] for part in answer["parts"]} == {"text", "full_text", "image", "file"}


def test_text_goes_both_ways_by_sms_and_nothing_was_logged_as_an_error(demo: Demo) -> None:
    talk = demo.talk("Samir Haddad")
    demo.play("send", channel="sms", person="samir", text="One more thing")
    until(lambda: demo.said(talk)[-1]["text"] == "One more thing", "the SMS")
    demo.told(talk, "text", text="Yes?")
    assert demo.bubbles("sms", "samir")[-1]["text"] == "Yes?"
    assert re.findall(r"(?m)^.*(?:Traceback|\[error|\"level\": \"error).*$", demo.log.read_text()) == []


def test_it_ends_when_it_is_asked_to(demo: Demo) -> None:
    os.kill(demo.process.pid, signal.SIGINT)
    assert demo.process.wait(60) == 0
    assert not any(_taken(address) for address in ADDRESSES)
