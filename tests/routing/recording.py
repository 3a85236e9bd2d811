"""Decisions written down as JSON when they are made, and made again from what was written.

`python -m tests.routing.recording FILE` decides again what a file holds, in a process whose hashes are others.
"""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from hub.routing.assignment import router
from hub.routing.policy.choosing import BEST
from hub.routing.policy.deciding import decide
from hub.routing.policy.digest import MOST_BYTES, digest_of
from hub.routing.policy.model import Decision, Question, Setup


@dataclass(frozen=True)
class Asked:
    """All that a decision is made of."""

    setup: Setup
    question: Question
    now: datetime


_FORM = TypeAdapter(Asked)


@dataclass
class Recording:
    """What was decided since the last look, as text; and every so many of all of it, for another process."""

    step: list[bytes] = field(default_factory=list)
    kept: list[tuple[bytes, dict[str, Any]]] = field(default_factory=list)
    count: int = 0
    every: int = 50

    def decide(self, setup: Setup, question: Question, now: datetime, most: int = BEST) -> Decision:
        """In place of `decide`."""
        asked = _FORM.dump_json(Asked(setup, question, now))
        decision = decide(setup, question, now, most)
        assert decision.reason
        self.step.append(asked)
        if self.count % self.every == 0:
            self.kept.append((asked, digest_of(decision)))
        self.count += 1
        return decision

    def digests(self) -> list[dict[str, Any]]:
        """What is decided again, from the texts alone, since the last time."""
        found = [decided_again(each) for each in self.step]
        self.step.clear()
        return found


def decided_again(asked: bytes) -> dict[str, Any]:
    """Return the digest of a decision made from its text."""
    read = _FORM.validate_json(asked)
    digest = digest_of(decide(read.setup, read.question, read.now))
    assert len(json.dumps(digest)) <= MOST_BYTES
    return digest


def recorded(monkeypatch: pytest.MonkeyPatch) -> Recording:
    """Have every decision of routing written down from now on."""
    recording = Recording()
    monkeypatch.setattr(router, "decide", recording.decide)
    return recording


def same_elsewhere(recording: Recording, folder: Path) -> None:
    """Decide what was kept in another process: nothing hangs on what this one has in its memory."""
    file = folder / "decisions"
    file.write_text("".join(json.dumps([asked.decode(), digest]) + "\n" for asked, digest in recording.kept))
    command = [sys.executable, "-m", __name__, str(file)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={"PYTHONHASHSEED": "4711"})
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == len(recording.kept) > 0


def main(file: Path) -> int:
    """Return how many decisions were the same; raise AssertionError at the first that was not."""
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    for asked, digest in lines:
        # whatever the order in which people and groups are named
        assert decided_again(json.dumps(json.loads(asked), sort_keys=True).encode()) == digest, asked
    return len(lines)


if __name__ == "__main__":
    sys.stdout.write(str(main(Path(sys.argv[1]))))
