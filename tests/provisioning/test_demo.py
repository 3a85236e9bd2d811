"""The demo, built on a served hub and the sandbox: all five channels, customers who write, and a second start."""

import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
import uvicorn

from hub.db import organizations, senders
from hub.db.session import PlatformWork
from hub.demo import building, memory, playing, story
from hub.demo.building import API, Stage
from hub.demo.calls import Json, Server, until
from hub.demo.story import Answers, Writes
from hub.errors import Unavailable
from hub.filing import fetching
from hub.inbound import drain
from hub.outbound import deliver, errands
from hub.settings import Settings
from hub.web.app import create_app
from hub.wiring import Services
from tests.provisioning.conftest import Sandbox, free_port

WAIT = 30.0


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"public_url": None, "host": "127.0.0.1", "port": free_port()})


@pytest.fixture
def served(services: Services) -> Iterator[Services]:
    """The hub's web on its port, and somebody who does the workers' jobs."""
    settings = services.settings
    config = uvicorn.Config(create_app(services), host=settings.host, port=settings.port, log_config=None, ws="none")
    server, stop = uvicorn.Server(config), threading.Event()
    threads = [
        threading.Thread(target=server.run, daemon=True),
        threading.Thread(target=_work, args=(services, stop), daemon=True),
    ]
    for thread in threads:
        thread.start()
    until(lambda: server.started, "the web", WAIT)
    yield services
    # the web closes the queue's connections when it ends: the jobs end before it
    stop.set()
    threads[1].join(WAIT)
    server.should_exit = True
    threads[0].join(WAIT)


def _work(services: Services, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
            known = senders.list_unreleased(tx, list(services.adapters))
            everybody = [each.id for each in organizations.list_organizations(tx, 10, None)]
        for sender_id, _delivery in known:
            for job in (drain.drain, deliver.drain, errands.run):
                # two that met in the database: as in a lane, the next look does it
                with suppress(Unavailable):
                    job(services, sender_id)
        for organization_id in everybody:
            fetching.fetch(services, organization_id)


@contextmanager
def staged(services: Services, sandbox: Sandbox) -> Iterator[Stage]:
    """One start of the demo."""
    providers, url = Server(sandbox.url), services.settings.base_url
    kept = memory.recall(services.settings)
    stage = Stage(Server(url, kept.token), providers, providers.get("/control/seeds"), url, kept)
    yield stage
    stage.hub.close()
    providers.close()


def test_the_demo_has_five_channels_with_customers_and_answers_and_is_found_again(
    served: Services, sandbox: Sandbox
) -> None:
    with staged(served, sandbox) as stage:
        first = stage.memory
        channels = building.build(stage)
        assert sorted(channels) == sorted(served.adapters)
        assert {channel["health"]["state"] for channel in stage.hub.items(f"{API}/channels")} == {"ok"}
        playing.play(stage, channels)
        memory.mark_told(served.settings, stage.memory)
        check_conversations(stage.hub.items(f"{API}/conversations"))
        until(lambda: all(each["state"] != "fetching" for each in files(stage)), "the files", WAIT)
        check_files(files(stage))
    until(lambda: all(map(arrived(sandbox).__contains__, answers())), "the answers on the phones", WAIT)
    with staged(served, sandbox) as again:
        assert (again.memory.token, again.memory.told) == (first.token, True)
        assert building.build(again) == channels
        assert len(again.hub.items(f"{API}/users")) == 1 + len(story.OPERATORS)
        assert len(again.hub.items(f"{API}/platform/numbers")) == 2
        check_conversations(again.hub.items(f"{API}/conversations"))


def check_conversations(found: list[Json]) -> None:
    assert sorted(each["contact"]["name"] for each in found) == sorted(one.name for one in story.DIALOGUES)
    assert {each["group"]["name"] for each in found} == {"Sales", "Support"}
    assert all(each["assignee"] for each in found)


def answers() -> set[str]:
    """Return the texts that stand on a phone as the story has them."""
    said = [turn for dialogue in story.DIALOGUES for turn in dialogue.turns if isinstance(turn, Answers)]
    return {turn.text for turn in said if turn.text and not turn.buttons}


def files(stage: Stage) -> list[Json]:
    """Return the parts of the demo's messages that are files."""
    talks = [f"{API}/conversations/{each['id']}/messages" for each in stage.hub.items(f"{API}/conversations")]
    return [part for talk in talks for each in stage.hub.items(talk) for part in each["parts"] if "state" in part]


def check_files(found: list[Json]) -> None:
    assert found
    assert {each["state"] for each in found} == {"ready"}
    wanted = {kind for dialogue in story.DIALOGUES for turn in dialogue.turns
              if isinstance(turn, Writes | Answers) for kind in turn.files}  # fmt: skip
    assert {each["type"] for each in found} == wanted


def arrived(sandbox: Sandbox) -> str:
    """Return what the customers' phones show of the hub, all in one: a mail has more in it than the answer."""
    return "\n".join(bubble["text"] for bubble in httpx.get(f"{sandbox.url}/control/outbox").json()["items"])


def test_what_the_demo_remembers_is_for_its_owner_only_and_never_printed(services: Services) -> None:
    kept = memory.recall(services.settings)
    file = Path(services.settings.data_dir) / "demo.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert kept.token not in repr(kept)
    assert kept.password not in repr(kept)


def test_waiting_ends_with_what_was_waited_for() -> None:
    started = time.monotonic()
    with pytest.raises(Unavailable, match="the moon"):
        until(lambda: None, "the moon", 0.05)
    assert time.monotonic() - started < 5
