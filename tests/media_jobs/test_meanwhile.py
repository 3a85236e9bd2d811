"""What happens to a file's row and bytes while a job is at them: nothing is left that no row names, nothing is lost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread

import pytest

from hub.access.files import get_file
from hub.channels.fetching import Fetched
from hub.db import file_removals
from hub.filing import fetching, keeping, removing
from hub.media.scanning import Clean, Undecided, Verdict
from hub.queue import JOB_TIMEOUTS
from hub.types import JournalEvent, MessageDeleted, Person, Sender
from tests.media_jobs.stage import PICTURE, MediaStage

CARLA = Person("500", name="Carla")


def once_at(monkeypatch: pytest.MonkeyPatch, module: object, name: str, act: Callable[[], object]) -> None:
    """Do something where a job comes to a failpoint for the first time."""
    came: list[str] = []

    def reach(here: str) -> None:
        came.append(here)
        if here == name and came.count(name) == 1:
            act()

    monkeypatch.setattr(module, "reach", reach)


def drop_rows(stage: MediaStage) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        file_removals.remove_files(tx, [row.id for row in stage.attachments()])


def test_a_file_whose_message_is_taken_back_while_it_comes_is_not_kept(
    stage: MediaStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = stage.channel()
    stage.send_picture(channel)
    stage.fetch()
    drop_rows(stage)
    stage.send_picture(channel, "photo-2", external_id="500:77")

    async def taken_back(_source: str, _event: JournalEvent, _sender: Sender, _limit: int) -> Fetched:
        stage.hear(channel, MessageDeleted("500:77", CARLA))
        return Fetched(PICTURE)

    monkeypatch.setattr(stage.with_files(), "download", taken_back)
    stage.fetch()
    assert (stage.attachments(), len(stage.removals())) == ([], 1), "equal bytes are to go, and nobody needs them"
    stage.remove()
    assert (stage.stored(), stage.removals()) == ([], [])


@pytest.mark.parametrize("verdict", [Clean(), Undecided("clamd does not answer")])
def test_bytes_that_were_put_away_for_a_row_that_went_meanwhile_go_too(
    stage: MediaStage, monkeypatch: pytest.MonkeyPatch, verdict: Verdict
) -> None:
    stage.send_picture(stage.channel())
    stage.scanner.verdicts.append(verdict)

    def erased() -> None:
        drop_rows(stage)
        stage.remove()
        assert stage.removals() == []

    once_at(monkeypatch, keeping, "media.before_store", erased)
    stage.fetch()
    stage.remove()
    assert (stage.stored(), stage.removals()) == ([], [])


def test_bytes_that_come_back_while_they_are_removed_are_removed_again(
    stage: MediaStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.send_picture(stage.channel())
    removed, put = Event(), Event()
    remover = Thread(target=stage.remove)

    def erased() -> None:
        drop_rows(stage)
        remover.start()
        assert removed.wait(20)

    def wait_for_the_bytes() -> None:
        removed.set()
        assert put.wait(20)

    once_at(monkeypatch, keeping, "media.before_store", erased)
    once_at(monkeypatch, removing, "media.after_remove", wait_for_the_bytes)
    stage.fetch()
    assert len(stage.stored()) == 1
    put.set()
    remover.join(20)
    assert (stage.stored(), stage.removals()) == ([], [])


def test_two_removals_of_the_same_bytes_do_not_meet(stage: MediaStage, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = stage.channel()
    stage.send_picture(channel)
    stage.fetch()
    drop_rows(stage)
    stage.send_picture(channel, "photo-2")

    def another_job_and_the_same_bytes() -> None:
        assert not removing.remove(stage.services, stage.org.id), "somebody is at it"
        stage.fetch()

    once_at(monkeypatch, removing, "media.before_remove", another_job_and_the_same_bytes)
    stage.remove()
    stage.clock.forward(minutes=1)
    stage.fetch()
    [file] = stage.attachments()
    assert get_file(stage.services, stage.operator, file.id).body == PICTURE


def test_files_that_take_long_to_scan_do_not_outlast_the_job(stage: MediaStage) -> None:
    channel = stage.channel()
    for number in range(4):
        stage.send_picture(channel, f"photo-{number}", PICTURE + bytes([number]))

    class SlowScanner:
        def scan(self, body: bytes) -> Verdict:
            assert body
            stage.clock.forward(seconds=59)
            return Clean()

    stage.services = replace(stage.services, scanner=SlowScanner())
    runs: list[timedelta] = []
    while not runs or runs[-1] > timedelta():
        began = stage.clock()
        stage.fetch()
        runs.append(stage.clock() - began)
    longest_of_one = timedelta(seconds=180)
    assert max(runs) <= timedelta(seconds=JOB_TIMEOUTS[fetching.QUEUE]) - longest_of_one + timedelta(seconds=59)
    assert len(runs) > 2, "they did not fit into one run"
    assert [(row.state, row.attempts) for row in stage.attachments()] == [("ready", 1)] * 4
