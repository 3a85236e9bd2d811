"""The queue: wake-ups are coalesced, none is lost, and its absence never raises."""

import socket
from collections.abc import Iterator

import pytest
from redis import Redis
from rq import SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from hub.errors import Misconfigured
from hub.queue import JOB_TIMEOUT, Queue, find_embedded_queue, queue_url
from hub.settings import Settings, load

JOB = "workers.upkeep.sweep"


@pytest.fixture
def queue(queue_server: str) -> Iterator[Queue]:
    built = Queue(queue_server)
    built.redis.flushdb()
    yield built
    built.close()


def waiting(queue: Queue, name: str) -> list[Job]:
    ids = [raw.decode() for raw in queue.redis.lrange(f"rq:queue:{name}", 0, -1)]
    return [Job.fetch(job_id, connection=queue.redis, serializer=JSONSerializer) for job_id in ids]


def an_absent_queue() -> Queue:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Queue(f"redis://127.0.0.1:{port}/0")


def test_a_wake_up_becomes_one_job_that_carries_only_its_key(queue: Queue) -> None:
    assert queue.wake("intake", JOB, "sender-1")
    (job,) = waiting(queue, "intake")
    assert (job.func_name, list(job.args), dict(job.kwargs)) == (JOB, ["sender-1"], {})
    assert (job.timeout, job.result_ttl) == (JOB_TIMEOUT, 0)


def test_a_second_wake_up_joins_the_one_that_waits(queue: Queue) -> None:
    assert queue.wake("intake", JOB, "sender-1")
    assert queue.wake("intake", JOB, "sender-1")
    assert len(waiting(queue, "intake")) == 1


def test_after_the_job_cleared_its_flag_the_next_wake_up_is_a_new_job(queue: Queue) -> None:
    queue.wake("intake", JOB, "sender-1")
    queue.clear(JOB, "sender-1")
    queue.wake("intake", JOB, "sender-1")
    assert len(waiting(queue, "intake")) == 2


def test_many_keys_are_woken_together_and_only_those_that_do_not_wait(queue: Queue) -> None:
    queue.wake("delivery", JOB, "b")
    assert queue.wake_many("delivery", JOB, ["a", "b", "c"])
    assert sorted(job.args[0] for job in waiting(queue, "delivery")) == ["a", "b", "c"]


def test_a_wake_flag_ends_by_itself_when_its_job_is_lost(queue: Queue) -> None:
    queue.wake("intake", JOB, "sender-1")
    assert 0 < queue.redis.ttl(f"wake:{JOB}:sender-1") <= 5


def test_a_worker_runs_what_was_woken(queue: Queue) -> None:
    queue.wake("intake", "tests.test_queue.note", "sender-1")
    worker = SimpleWorker(["intake"], connection=Redis.from_url(queue.url), serializer=JSONSerializer)
    worker.work(burst=True, logging_level="WARNING")
    assert NOTED == ["sender-1"]


def test_an_absent_queue_is_told_not_raised() -> None:
    queue = an_absent_queue()
    assert not queue.wake("intake", JOB, "sender-1")
    assert not queue.notify("organization-1")
    assert not queue.ping()
    assert not queue.beat(["intake"])
    assert queue.workers_alive() == frozenset()
    queue.clear(JOB, "sender-1")


def test_a_live_worker_is_seen_for_fifteen_seconds(queue: Queue) -> None:
    queue.beat(["intake", "routing"])
    assert queue.workers_alive() == {"intake", "routing"}
    (key,) = queue.redis.keys("hub:workers:*")
    assert 10 < queue.redis.ttl(key) <= 15


def test_a_notice_reaches_who_listens(queue: Queue) -> None:
    with queue.redis.pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe("hub:notices:organization-1")
        assert listener.get_message(timeout=5) is None  # the subscription itself
        queue.notify("organization-1")
        message = listener.get_message(timeout=5)
    assert message is not None
    assert message["channel"] == b"hub:notices:organization-1"


def test_without_any_queue_the_sentence_names_both_ways_to_have_one(plain: Settings) -> None:
    with pytest.raises(Misconfigured, match=r"HUB_REDIS_URL.*hub up"):
        queue_url(plain)


def test_the_embedded_queue_is_found_by_its_file(plain: Settings) -> None:
    plain.data_dir.joinpath("queue.json").write_text('{"port": 23456, "password": "abc"}')
    assert queue_url(plain) == "redis://:abc@127.0.0.1:23456/0"


def test_a_broken_queue_file_is_named(plain: Settings) -> None:
    plain.data_dir.joinpath("queue.json").write_text("{")
    with pytest.raises(Misconfigured, match=r"queue\.json"):
        find_embedded_queue(plain.data_dir)


@pytest.fixture
def plain(tmp_path: object) -> Settings:
    return load(_env_file=None, data_dir=tmp_path)


NOTED: list[str] = []


def note(key: str) -> None:
    NOTED.append(key)
