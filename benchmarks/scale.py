"""How much each benchmark does: the full length that the targets are about, and the shortest that still runs it all."""

import os
from dataclasses import dataclass

DATABASES = ("SQLite", "PostgreSQL")


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts and seconds of one run.

    seconds      of load for acknowledgements, and again for their baseline
    sustained    seconds of load while workers drain (BENCH_SECONDS)
    warm_up      requests that are sent first and not measured
    messages     that one worker drains
    persons      who write them
    jobs         RQ's simple worker runs for the baseline
    sending      seconds that sending takes at the targeted rate
    stream       webhooks sent to measure the way to the operator's stream
    idle         seconds `hub up` is left alone before its memory is read
    erased       messages of the person who is erased
    among        all messages of the hub then
    banned_few, banned_many   people of a banned sender
    decisions    of routing in each of five rounds
    waiting      conversations in a line when somebody comes online; few and many of them beside
    databases    it is measured on
    """

    seconds: float
    sustained: float
    warm_up: int
    messages: int
    persons: int
    jobs: int
    sending: float
    stream: int
    idle: float
    erased: int
    among: int
    banned_few: int
    banned_many: int
    decisions: int
    waiting: int
    waiting_few: int
    waiting_many: int
    databases: tuple[str, ...] = DATABASES


FULL = Scale(
    seconds=8.0,
    sustained=float(os.environ.get("BENCH_SECONDS", "60")),
    warm_up=1000,
    messages=10_000,
    persons=1000,
    jobs=1000,
    sending=20.0,
    stream=1000,
    idle=10.0,
    erased=10_000,
    among=1_000_000,
    banned_few=1_000,
    banned_many=100_000,
    decisions=2000,
    waiting=10_000,
    waiting_few=1000,
    waiting_many=100_000,
)
SHORTEST = Scale(
    seconds=0.3,
    sustained=0.5,
    warm_up=64,
    messages=40,
    persons=5,
    jobs=5,
    sending=0.3,
    stream=10,
    idle=0.0,
    erased=50,
    among=500,
    banned_few=20,
    banned_many=200,
    decisions=20,
    waiting=40,
    waiting_few=20,
    waiting_many=60,
    databases=("SQLite",),
)
