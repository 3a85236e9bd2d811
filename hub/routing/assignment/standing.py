"""Who stands in the lines when somebody else is routed: whoever comes now does not pass them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from hub.db import routing_lines
from hub.db.routing_lines import Head, Line
from hub.db.session import Tx
from hub.routing.policy.choosing import obstacle_of
from hub.routing.policy.model import Group, Operator
from hub.routing.policy.needs import read_needs, required_of
from hub.types import Strategy


class Standing:
    """The first of each line, looked up once and only where it matters: it costs the same however many wait.

    `lines` are all lines that there are; `first_of` gives the first of one, None where nobody stands in it.
    """

    def __init__(self, lines: Callable[[], Sequence[Line]], first_of: Callable[[Line], Head | None]) -> None:
        self._list_lines = lines
        self._first_of = first_of
        self._lines: Sequence[Line] | None = None
        self._heads: dict[Line, Head | None] = {}

    def is_before(self, head: Head, operator: Operator, groups: Mapping[str, Group]) -> bool:
        """Whether anybody stands before `head` whom this operator, who is there with a free slot, could serve."""
        if self._lines is None:
            self._lines = self._list_lines()
        heads = (self._head(each) for each in self._lines if could_serve(operator, each, groups))
        return any(each is not None and each < head for each in heads)

    def _head(self, line: Line) -> Head | None:
        if line not in self._heads:
            self._heads[line] = self._first_of(line)
        return self._heads[line]


def standing_in(tx: Tx, now: datetime, beside: Collection[str]) -> Standing:
    """Return who stands in the organization's lines beside the conversations that are being routed."""

    def first_of(line: Line) -> Head | None:
        return next(iter(routing_lines.list_heads(tx, line.group_id, line.needs, now, 1, beside)), None)

    return Standing(lambda: routing_lines.list_lines(tx), first_of)


def could_serve(operator: Operator, line: Line, groups: Mapping[str, Group]) -> bool:
    """Whether routing could give an operator somebody of a line now."""
    group = groups.get(line.group_id)
    if group is None or group.strategy is Strategy.MANUAL or operator.user_id not in group.members:
        return False
    return obstacle_of(operator, required_of(read_needs(line.needs), group.rules)) is None
