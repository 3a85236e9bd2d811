"""What a benchmark measured, beside its baseline and its target, and the table they are printed as."""

from collections.abc import Sequence
from dataclasses import dataclass

HEADINGS = ("figure", "hub", "baseline", "ratio", "target", "")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `baseline` comes from the same run, None where the target needs none."""

    what: str
    hub: str
    baseline: str
    ratio: float | None
    target: str
    met: bool

    def cells(self) -> tuple[str, ...]:
        """The line as text, in the order of `HEADINGS`."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        return self.what, self.hub, self.baseline, ratio, self.target, "met" if self.met else "MISSED"


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as aligned columns."""
    rows = [HEADINGS, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines)
