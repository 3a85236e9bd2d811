"""The hub as processes: what dies comes back on the same ports; nothing outlives its supervisor; one hub a folder."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx
import psutil
import pytest

from hub.channels.egress import configured_hosts
from hub.errors import Misconfigured
from hub.processes import demo_settings, embedded, supervisor
from hub.processes.programs import HUB_PROGRAMS
from hub.queue import Queue, find_embedded_queue
from hub.sandbox import seeds
from hub.settings import load
from workers import schedule

ROOT = Path(__file__).parent.parent
T = TypeVar("T")

# `hub up` with one small program in place of the hub's own
SUPERVISE = """
import sys
from hub import settings
from hub.processes import supervisor
from hub.processes.programs import Program
loaded = settings.load(_env_file=None, data_dir=sys.argv[1])
lock = supervisor.take_data_dir(loaded.data_dir)
program = Program("sleeper", ("-c", "import time; time.sleep(600)"))
supervisor.become(supervisor.write_config(loaded, [program]), lock)
"""

LANE = """
import sys
from workers import lane
lane.run([tuple(hand.split("+")) for hand in sys.argv[2:] or ["intake"]], sys.argv[1])
"""


def until(find: Callable[[], T], seconds: float = 10.0) -> T:
    """Return the first truthy answer; fail when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


@dataclass(frozen=True)
class Supervised:
    process: subprocess.Popen[bytes]
    data_dir: Path

    def child(self, word: str) -> psutil.Process | None:
        """The running child whose command line has `word` in it."""
        for child in psutil.Process(self.process.pid).children():
            try:
                if any(word in part for part in child.cmdline()) and "launch.py" not in " ".join(child.cmdline()):
                    return child
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
        return None

    def queue(self) -> Queue:
        found = find_embedded_queue(self.data_dir)
        assert found is not None
        return Queue(found.url)


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    process = python("-c", SUPERVISE, str(tmp_path))
    running = Supervised(process, tmp_path)
    until(lambda: running.child("valkey-server") and running.child("time.sleep"))
    until(running.queue().ping)
    yield running
    process.kill()
    process.wait()


def python(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL)


def a_taken_port() -> socket.socket:
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    return taken


def test_a_killed_program_is_back_within_two_seconds(supervised: Supervised) -> None:
    first = until(lambda: supervised.child("time.sleep"))
    first.kill()
    until(lambda: (again := supervised.child("time.sleep")) and again.pid != first.pid, seconds=2.5)


def test_a_killed_queue_comes_back_on_its_port_with_what_it_held(supervised: Supervised) -> None:
    queue = supervised.queue()
    queue.redis.set("kept", "yes")
    before = supervised.data_dir.joinpath("queue.json").read_text()
    # what everysec promises: a second later it is in the file; the write itself happens at once
    until(lambda: supervised.child("valkey-server")).kill()
    until(lambda: not queue.ping())
    until(queue.ping)
    assert queue.redis.get("kept") == b"yes"
    assert supervised.data_dir.joinpath("queue.json").read_text() == before


def test_everything_dies_with_the_supervisor(supervised: Supervised) -> None:
    children = psutil.Process(supervised.process.pid).children()
    supervised.process.kill()
    _, alive = psutil.wait_procs(children, timeout=5)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_of_it_cleanly(supervised: Supervised, number: signal.Signals) -> None:
    children = psutil.Process(supervised.process.pid).children()
    supervised.process.send_signal(number)
    assert supervised.process.wait(timeout=10) == 0
    assert not any(child.is_running() for child in children)


def test_a_second_hub_on_a_data_directory_in_use_is_refused(supervised: Supervised) -> None:
    with pytest.raises(Misconfigured, match="in use by another"):
        supervisor.take_data_dir(supervised.data_dir)


def test_the_lock_ends_with_the_supervisor(supervised: Supervised) -> None:
    supervised.process.kill()
    supervised.process.wait()
    os.close(supervisor.take_data_dir(supervised.data_dir))


def test_the_queue_is_closed_to_who_does_not_know_its_password(supervised: Supervised) -> None:
    kept = json.loads(supervised.data_dir.joinpath("queue.json").read_text())
    assert not Queue(f"redis://127.0.0.1:{kept['port']}/0").ping()
    assert supervised.data_dir.joinpath("queue.json").stat().st_mode & 0o077 == 0
    assert supervised.data_dir.joinpath("queue", "valkey.conf").stat().st_mode & 0o077 == 0


def test_a_port_that_another_program_took_is_given_up(tmp_path: Path) -> None:
    with a_taken_port() as taken:
        tmp_path.joinpath("queue.json").write_text(json.dumps({"port": taken.getsockname()[1], "password": "p" * 48}))
        embedded.prepare(tmp_path)
        found = find_embedded_queue(tmp_path)
        assert found is not None
        assert found.port != taken.getsockname()[1]


def test_the_port_is_the_same_at_every_start(tmp_path: Path) -> None:
    embedded.prepare(tmp_path)
    first = find_embedded_queue(tmp_path)
    embedded.prepare(tmp_path)
    assert find_embedded_queue(tmp_path) == first


def test_a_queue_that_outlived_its_supervisor_is_replaced(tmp_path: Path) -> None:
    orphan = subprocess.Popen(embedded.prepare(tmp_path))
    found = find_embedded_queue(tmp_path)
    assert found is not None
    until(Queue(found.url).ping)
    embedded.prepare(tmp_path)
    assert orphan.wait(timeout=5) == 0
    assert find_embedded_queue(tmp_path) == found


def test_a_taken_port_is_named() -> None:
    with a_taken_port() as taken, pytest.raises(Misconfigured, match=f"port {taken.getsockname()[1]} .* is taken"):
        supervisor.check_port(*taken.getsockname(), "choose another")


def test_paths_with_blanks_and_signs_survive_the_configuration(tmp_path: Path) -> None:
    odd = tmp_path / 'a b;c %d "e"'
    running = Supervised(python("-c", SUPERVISE, str(odd)), odd)
    try:
        until(lambda: running.child("time.sleep") and odd.joinpath("queue.json").exists())
        until(running.queue().ping)
    finally:
        running.process.terminate()
        running.process.wait(timeout=10)


def test_the_procfile_names_what_hub_up_starts() -> None:
    lines = dict(line.split(": ", 1) for line in ROOT.joinpath("Procfile").read_text().splitlines())
    assert lines.pop("release") == "hub migrate"
    started = {program.name: f"python {' '.join(program.arguments)}" for program in HUB_PROGRAMS}
    worker = started.pop("worker")
    assert lines == started | {"worker": worker.removesuffix(" --clock"), "scheduler": "python -m workers.schedule"}
    assert worker.endswith(" --clock")


def test_the_demo_settings_are_the_sandbox_s_own() -> None:
    environment = demo_settings.environment()
    assert {
        "HUB_FACEBOOK_APP_ID": seeds.APP_ID,
        "HUB_FACEBOOK_APP_SECRET": seeds.APP_SECRET,
        "HUB_FACEBOOK_VERIFY_TOKEN": seeds.APP_VERIFY_TOKEN,
        "HUB_TWILIO_ACCOUNT_SID": seeds.ACCOUNT_SID,
        "HUB_TWILIO_AUTH_TOKEN": seeds.ACCOUNT_TOKEN,
        "HUB_MAILGUN_SIGNING_KEY": seeds.MAILGUN_SIGNING_KEY,
        "HUB_MAIL_REPLY_DOMAIN": seeds.MAIL_REPLY_DOMAIN,
        "HUB_MAIL_FROM": seeds.MAILBOX,
    }.items() <= environment.items()


def test_in_the_demo_no_provider_is_a_real_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in demo_settings.environment().items():
        monkeypatch.setenv(name, value)
    settings = load(_env_file=None, data_dir=tmp_path)
    assert set(configured_hosts(settings)) == {("127.0.0.1", 8010), ("127.0.0.1", 8025)}


def test_the_scheduler_stays_small() -> None:
    heavy = ("twilio", "telegram", "sqlalchemy", "hub.channels", "hub.db", "starlette")
    code = f"import sys, workers.schedule; sys.exit(', '.join(m for m in {heavy} if m in sys.modules) or 0)"
    assert python("-c", code).wait(timeout=30) == 0


def test_the_command_line_imports_no_process_it_starts() -> None:
    started = ("hub.web", "workers", "hub.sandbox")
    code = f"import sys, hub.cli; sys.exit(', '.join(m for m in {started} if m in sys.modules) or 0)"
    assert python("-c", code).wait(timeout=30) == 0


def test_a_refusal_is_one_line_without_a_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import hub.cli; hub.cli.main()", "worker", "--data", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "HUB_PORT": "none"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("hub: HUB_PORT ")
    assert done.stderr.count("\n") == 1


def test_a_timed_job_waits_for_its_time_and_is_tried_again_when_the_queue_is_away(queue_server: str) -> None:
    timed = schedule.Timed(60, "workers.upkeep.expire")
    present = Queue(queue_server)
    present.redis.flushdb()
    due = schedule.wake_if_due(timed, now=100.0, due=100.0, queue=present)
    assert due == 160.0
    assert schedule.wake_if_due(timed, now=130.0, due=due, queue=present) == 160.0
    assert present.redis.llen("rq:queue:upkeep") == 1
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        absent = Queue(f"redis://127.0.0.1:{probe.getsockname()[1]}/0")
        assert schedule.wake_if_due(timed, now=160.0, due=due, queue=absent) == 161.0


def test_hub_up_becomes_ready_heals_and_stops(tmp_path: Path) -> None:
    port = a_free_port()
    process = python("-c", "import hub.cli; hub.cli.main()", "up", "--port", str(port), "--data", str(tmp_path))
    up = Supervised(process, tmp_path)
    try:
        until(lambda: answers_ready(port), seconds=60)
        worker = until(lambda: up.child("workers.main"))
        worker.children()[0].kill()
        psutil.wait_procs([worker], timeout=10)
        assert until(lambda: up.child("workers.main")).pid != worker.pid
        until(lambda: answers_ready(port), seconds=60)
        process.terminate()
        assert process.wait(timeout=12) == 0
    finally:
        process.kill()
        process.wait()


def answers_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def a_free_port() -> int:
    with a_taken_port() as taken:
        return int(taken.getsockname()[1])


def test_a_lane_outlives_an_outage_of_the_queue_and_ends_when_told(supervised: Supervised, tmp_path: Path) -> None:
    queue, mark = supervised.queue(), tmp_path / "mark"
    lane = python("-c", LANE, queue.url)
    try:
        until(lambda: queue.workers_alive() == {"intake"})
        until(lambda: supervised.child("valkey-server")).kill()
        until(lambda: not queue.ping())
        until(queue.ping)
        queue.wake("intake", "tests.test_processes.leave_mark", str(mark))
        until(mark.exists)
        assert lane.poll() is None
        lane.terminate()
        assert lane.wait(timeout=5) == 0
    finally:
        lane.kill()
        lane.wait()


def test_a_lane_finishes_its_job_before_it_stops(queue_server: str, tmp_path: Path) -> None:
    queue, mark = Queue(queue_server), tmp_path / "mark"
    queue.redis.flushdb()
    lane = python("-c", LANE, queue_server)
    try:
        queue.wake("intake", "tests.test_processes.leave_two_marks", str(mark))
        until(mark.exists)
        lane.terminate()
        assert lane.wait(timeout=5) == 0
        assert mark.read_text() == "begun and ended"
    finally:
        lane.kill()
        lane.wait()


def test_a_queue_that_never_empties_does_not_keep_a_lane_from_the_next_one(queue_server: str, tmp_path: Path) -> None:
    queue, mark = Queue(queue_server), tmp_path / "mark"
    queue.redis.flushdb()
    queue.wake("intake", "tests.test_processes.go_on_until", f"{queue_server} {mark}")
    queue.wake("routing", "tests.test_processes.leave_mark", str(mark))
    lane = python("-c", LANE, queue_server, "intake+routing")
    try:
        until(mark.exists)
    finally:
        lane.kill()
        lane.wait()


def go_on_until(key: str) -> None:
    """As a drain with a backlog: woken again before it ends."""
    url, mark = key.split()
    queue = Queue(url)
    queue.clear("tests.test_processes.go_on_until", key)
    if not Path(mark).exists():
        queue.wake("intake", "tests.test_processes.go_on_until", key)
    queue.close()


def leave_mark(path: str) -> None:
    Path(path).touch()


def leave_two_marks(path: str) -> None:
    Path(path).write_text("begun")
    time.sleep(1)  # the work that the signal arrives in
    Path(path).write_text("begun and ended")
