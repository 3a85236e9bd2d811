"""`make bench`: run the benchmarks and print their table. `python -m benchmarks intake drain` runs only these."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from benchmarks import backlog, bans, drain, erasure, intake, memory, outbound, routing, spine, stream
from benchmarks.figures import Figure, table
from benchmarks.scale import FULL, Scale

BENCHMARKS: Mapping[str, Callable[[Scale], list[Figure]]] = {
    "intake": intake.acknowledgements,
    "sustained": intake.sustained,
    "drain": drain.handling,
    "outbound": outbound.sending,
    "spine": spine.cost,
    "stream": stream.way_to_the_operator,
    "memory": memory.idle,
    "erasure": erasure.erasing,
    "bans": bans.ledger,
    "deciding": routing.deciding,
    "backlog": backlog.filling,
}


def main(arguments: list[str]) -> int:
    """Run the chosen benchmarks, all of them when none is named. A missed target is said, not an error."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], help=", ".join(BENCHMARKS))
    names = parser.parse_args(arguments).names or list(BENCHMARKS)
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores; load client and servers share them")
    figures: list[Figure] = []
    for name in names:
        print(f"{name}: load average before it {os.getloadavg()[0]:.2f}", flush=True)
        figures += BENCHMARKS[name](FULL)
    print()
    print(table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
