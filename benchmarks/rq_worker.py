"""The baseline of draining: RQ's simple worker with one job a message. `python -m benchmarks.rq_worker SENDER JOBS`."""

import json
import sys
import time
from collections.abc import Callable

from rq import Queue, SimpleWorker

from benchmarks.jobs import handle_one, nothing
from hub.queue import connect, queue_url
from workers.services import services


def main(sender_id: str, jobs: int) -> None:
    """Print the messages a second that one worker handles so, and the empty jobs a second it runs."""
    handled = _per_second(handle_one, sender_id, jobs)
    print(json.dumps({"handled": handled, "empty": _per_second(nothing, sender_id, jobs)}))


def _per_second(job: Callable[[str], None], sender_id: str, jobs: int) -> float:
    connection = connect(queue_url(services().settings))
    queue = Queue("baseline", connection=connection)
    queue.enqueue_many([Queue.prepare_data(job, args=(sender_id,), result_ttl=0) for _ in range(jobs)])
    worker = SimpleWorker([queue], connection=connection)
    began = time.perf_counter()
    worker.work(burst=True, logging_level="ERROR")
    return jobs / (time.perf_counter() - began)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
