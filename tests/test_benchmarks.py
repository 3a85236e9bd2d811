"""Each benchmark runs through at its shortest, so that none rots. What they measure is for `make bench` to judge."""

import json
from collections.abc import Callable

import pytest

from benchmarks.__main__ import BENCHMARKS
from benchmarks.figures import HEADINGS, Figure, table
from benchmarks.payloads import Targets, number_in, text_of
from benchmarks.scale import SHORTEST, Scale

_TARGETS = Targets("CHANNEL", "secret", "110000000000001", "app secret", persons=3)


@pytest.mark.parametrize("benchmark", BENCHMARKS.values(), ids=BENCHMARKS.keys())
def test_a_benchmark_prints_figures_with_their_targets(benchmark: Callable[[Scale], list[Figure]]) -> None:
    figures = benchmark(SHORTEST)
    assert figures
    assert figures[0].baseline
    assert figures[0].target
    printed = table(figures).splitlines()
    assert len(printed) == len(figures) + 1
    assert printed[0].split() == " ".join(HEADINGS).split()


def test_a_missed_target_is_printed_as_missed() -> None:
    assert "MISSED" in table([Figure("speed", "1/s", "9/s", 0.11, "ratio >= 0.5", met=False)])


def test_every_webhook_of_the_load_is_another_event() -> None:
    requests = [_TARGETS.request(number) for number in range(100)]
    assert len(set(requests)) == len(requests)
    bodies = [json.loads(request.split(b"\r\n\r\n", 1)[1]) for request in requests]
    assert sum("update_id" in body for body in bodies) == sum("entry" in body for body in bodies)


def test_the_number_of_a_message_is_read_back_from_its_text() -> None:
    assert number_in(text_of(417)) == 417
