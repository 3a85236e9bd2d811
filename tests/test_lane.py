"""Hands of one lane: no two do the same at once, whatever ends when."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from rq import SimpleWorker

from workers.lane import HandWorker, LaneWorker

JOB, QUEUE = SimpleNamespace(func_name="workers.bans.work", args=["case-1"]), SimpleNamespace()


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The jobs that were done, without a queue."""
    done: list[Any] = []
    monkeypatch.setattr(SimpleWorker, "execute_job", lambda _hand, job, _queue: done.append(job))
    yield done
    HandWorker._under_way.clear()


def hand() -> HandWorker:
    return object.__new__(HandWorker)


def do(one: HandWorker) -> None:
    one.execute_job(JOB, QUEUE)  # type: ignore[arg-type]


def test_a_hand_that_ended_leaves_the_key_to_the_one_that_took_it_since(
    done: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    give_back = HandWorker._next_of

    def give_back_and_lose_it(self: HandWorker, key: str) -> Any:
        following = give_back(self, key)
        # another hand takes the key before this one goes on
        self._under_way[key] = None
        return following

    monkeypatch.setattr(HandWorker, "_next_of", give_back_and_lose_it)
    do(hand())
    do(hand())
    assert len(done) == 1
    assert HandWorker.any_busy()


def test_what_came_meanwhile_is_done_next_and_not_once_it_is_to_stop(
    done: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(_hand: HandWorker, job: Any, _queue: Any) -> None:
        done.append(job)
        if len(done) in (1, 3):
            do(hand())
        monkeypatch.setattr(LaneWorker, "stopping", len(done) == 3)

    monkeypatch.setattr(SimpleWorker, "execute_job", meanwhile)
    do(hand())
    assert len(done) == 2
    do(hand())
    assert len(done) == 3
    assert not HandWorker.any_busy()


def test_a_job_that_breaks_gives_its_key_back(done: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any) -> None:
        do(hand())
        raise KeyboardInterrupt

    monkeypatch.setattr(SimpleWorker, "execute_job", breaks)
    with pytest.raises(KeyboardInterrupt):
        do(hand())
    assert not HandWorker.any_busy()
