"""Wherever the power goes while a file is brought in or removed: the next run ends it, and nothing is left over."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hub.access.files import Upload, upload
from hub.db import file_removals
from hub.db.tables.core import ATTACHMENT
from hub.failpoints import FAILPOINTS
from hub.filing import fetching, keeping, removing
from tests.media_jobs.stage import PICTURE, MediaStage

BRINGING_IN = [name for name in FAILPOINTS if name.startswith("media.") and not name.endswith("remove")]
REMOVING = [name for name in FAILPOINTS if name.startswith("media.") and name.endswith("remove")]


class PowerCut(BaseException):
    """Nothing catches it: what comes behind it does not happen."""


@contextmanager
def power_cut_at(name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Cut the power where the code reaches a failpoint for the first time; yield the points it came to."""
    reached: list[str] = []

    def reach(here: str) -> None:
        reached.append(here)
        if here == name and reached.count(name) == 1:
            raise PowerCut(name)

    with monkeypatch.context() as patching:
        for module in (fetching, keeping, removing):
            patching.setattr(module, "reach", reach)
        yield reached


@pytest.mark.parametrize("name", BRINGING_IN)
def test_a_file_comes_in_once(stage: MediaStage, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    conversation = stage.send_picture(stage.channel())
    with power_cut_at(name, monkeypatch), pytest.raises(PowerCut):
        stage.fetch()
    stage.clock.forward(minutes=10)
    stage.fetch()
    part = stage.parts(conversation)[0]
    assert (part["state"], len(stage.stored()), len(stage.attachments())) == ("ready", 1, 1)
    assert len(stage.with_files().asked) == (2 if name == "media.before_store" else 1)


@pytest.mark.parametrize("name", REMOVING)
def test_a_file_goes(stage: MediaStage, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    stage.send_picture(stage.channel())
    stage.fetch()
    _drop_rows(stage)
    with power_cut_at(name, monkeypatch), pytest.raises(PowerCut):
        stage.remove()
    assert not removing.remove(stage.services, stage.org.id), "whoever claimed it may be at it still"
    stage.clock.forward(minutes=5, seconds=1)
    stage.remove()
    assert (stage.stored(), stage.removals()) == ([], [])


def test_a_file_that_comes_again_while_it_is_removed_waits_and_stays(
    stage: MediaStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = stage.channel()
    stage.send_picture(channel)
    stage.fetch()
    _drop_rows(stage)
    conversation = stage.send_picture(channel, "photo-2")
    with power_cut_at("media.before_remove", monkeypatch), pytest.raises(PowerCut):
        stage.remove()
    # the removal is under way: the same bytes may go any moment
    stage.fetch()
    assert stage.parts(conversation)[-2]["state"] == "fetching"
    stage.clock.forward(minutes=5, seconds=1)
    stage.remove()
    stage.fetch()
    assert stage.parts(conversation)[-2]["state"] == "ready"
    assert len(stage.stored()) == 1


def test_a_removal_that_was_not_begun_is_taken_back_by_a_file_that_needs_it(stage: MediaStage) -> None:
    channel = stage.channel()
    stage.send_picture(channel)
    stage.fetch()
    _drop_rows(stage)
    stage.send_picture(channel, "photo-2")
    stage.fetch()
    stage.remove()
    assert (len(stage.stored()), stage.removals()) == (1, [])


def test_one_of_two_rows_with_the_same_bytes_may_go(stage: MediaStage) -> None:
    channel = stage.channel()
    stage.send_picture(channel, "photo-1")
    stage.send_picture(channel, "photo-2")
    stage.fetch()
    first, second = stage.attachments()
    with stage.services.db.transaction(stage.org.id) as tx:
        file_removals.remove_files(tx, [first.id])
    stage.remove()
    assert (len(stage.stored()), stage.removals()) == (1, [])
    with stage.services.db.transaction(stage.org.id) as tx:
        file_removals.remove_files(tx, [second.id])
    stage.remove()
    assert (stage.stored(), stage.removals()) == ([], [])


def test_an_upload_that_was_cut_off_leaves_nothing_that_no_row_knows(
    stage: MediaStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(_key: str, _body: bytes) -> None:
        raise PowerCut

    with monkeypatch.context() as patching:
        patching.setattr(type(stage.services.storage), "put", lambda _self, key, body: cut(key, body))
        with pytest.raises(PowerCut):
            upload(stage.services, stage.operator, Upload("a.png", "image/png", PICTURE))
    [row] = stage.attachments()
    assert (row.state, row.message_id, stage.stored()) == ("fetching", None, [])
    made = upload(stage.services, stage.operator, Upload("a.png", "image/png", PICTURE))
    assert (made.content_type, made.kind, made.width) == ("image/png", "image", 3)


def test_bytes_that_lie_in_the_database_move_to_the_storage(stage: MediaStage) -> None:
    stage.send_picture(stage.channel())
    stage.fetch()
    [file] = stage.stored()
    sealed = file.read_bytes()
    file.unlink()
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(ATTACHMENT.update().values(body=sealed, storage_key=None))
    removing.wake(stage.services)
    assert stage.services.queue.redis.exists(f"wake:{removing.MOVE_JOB}:{stage.org.id}")
    removing.move_bodies(stage.services, stage.org.id)
    [row] = stage.attachments()
    assert (row.body, [each.read_bytes() for each in stage.stored()]) == (None, [sealed])


def _drop_rows(stage: MediaStage) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        file_removals.remove_files(tx, [row.id for row in stage.attachments()])
