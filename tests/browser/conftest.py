"""A real Chromium against a real uvicorn on a loopback port, on SQLite: pages know nothing of the database."""

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from hub.settings import Settings, load
from hub.web.app import create_app
from hub.wiring import Services, build
from tests.browser.stage import PASSWORD, Operator, Stage
from tests.conftest import SECRET_KEY
from tests.databases import Templates
from tests.world import World

CHROMIUM = Path("/usr/bin/chromium")
SCREENSHOTS = Path(__file__).parents[2] / "docs" / "screenshots"
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
_SECONDS = 10_000
# a busy machine may take longer than the five seconds that are usual
expect.set_options(timeout=30_000)
DESKTOP = (1280, 800)
PHONE = (390, 844)


# its sync interface keeps an event loop running in this thread: other tests could not start theirs
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no Chromium at {CHROMIUM}: apt-get install chromium")
        pytest.skip(f"no Chromium at {CHROMIUM}; mend: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Server:
    """One web process's worth of the hub, in a thread of this one. `stop` and `start` keep its port."""

    services: Services
    port: int
    running: uvicorn.Server | None = None
    thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        config = uvicorn.Config(
            create_app(build(self.services.settings)), port=self.port, log_level="error", timeout_graceful_shutdown=1
        )
        self.running = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.running.run, daemon=True)
        self.thread.start()
        _wait(lambda: self.running is not None and self.running.started)

    def stop(self) -> None:
        if self.running and self.thread:
            self.running.should_exit = True
            self.thread.join(timeout=15)


def _wait(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(500):
        if condition():
            return
        pause.wait(0.02)
    raise TimeoutError("the server did not start")


@pytest.fixture
def server(services: Services) -> Iterator[Server]:
    made = Server(services, services.settings.port)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def provider_urls() -> dict[str, str]:
    """Settings of providers' addresses; a test that connects channels names the sandbox's."""
    return {}


@pytest.fixture
def settings(tmp_path: Path, templates: Templates, queue_server: str, provider_urls: dict[str, str]) -> Settings:
    """A hub reached by plain http on a free port: the session cookie must come back without TLS."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(templates.sqlite, folder / "hub.db")
    return load(
        _env_file=None,
        data_dir=folder,
        secret_key=SECRET_KEY,
        redis_url=queue_server,
        port=port,
        **{
            "twilio_account_sid": "AC00000000000000000000000000000001",
            "twilio_auth_token": "twilio-token-for-tests",
            **provider_urls,
        },
    )


@pytest.fixture
def stage(services: Services, world: World) -> Stage:
    return Stage(services, world)


class Visitors:
    """Opens browsers of their own for people: cookies and drafts are not shared."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.browser = browser
        self.server = server
        self.open: list[BrowserContext] = []
        self.faults: list[str] = []

    def page(self, size: tuple[int, int] = DESKTOP, dark: bool = False, language: str = "en") -> Page:
        context = self.browser.new_context(
            base_url=self.server.url,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            locale=language,
            timezone_id="Europe/Berlin",
            reduced_motion="reduce",
        )
        context.set_default_timeout(_SECONDS)
        self.open.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda message: self._note(message.type, message.text))
        return page

    def signed_in(
        self, who: Operator, size: tuple[int, int] = DESKTOP, dark: bool = False, language: str = "en"
    ) -> Page:
        """Sign in by the form and wait until the inbox is live."""
        page = self.page(size, dark, language)
        page.goto("/login")
        page.locator("[name=email]").fill(who.email)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("form button").click()
        page.wait_for_selector("body[data-live=yes]")
        return page

    def _note(self, kind: str, text: str) -> None:
        # a refused script, style or connection is a fault of the page
        if "Content Security Policy" in text:
            self.faults.append(f"{kind}: {text}")


@pytest.fixture
def visitors(chromium: Browser, server: Server) -> Iterator[Visitors]:
    made = Visitors(chromium, server)
    yield made
    for context in made.open:
        context.close()
    assert made.faults == []


def picture(page: Page, name: str) -> None:
    """Keep a screenshot for the docs when HUB_SCREENSHOTS=1."""
    if os.environ.get("HUB_SCREENSHOTS") == "1":
        page.wait_for_load_state("load")
        page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled", caret="hide")
