"""Which conversations the list shows: the visitor's choice, carried in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from hub.conversations.reading import ConversationQuery
from hub.web.language import marked
from hub.web.visits import Visit

_HELD = "held"
TABS = ("mine", "unassigned", "all")
STATUSES = (
    ("open", marked("status|Open")),
    ("closed", marked("Closed")),
    ("any", marked("Open and closed")),
    (_HELD, marked("status|With held messages")),
)
SORTS = (("newest", marked("Newest first")), ("waiting", marked("Waiting longest")), ("priority", marked("Priority")))

_ASSIGNEES: dict[str, str | None] = {"mine": "me", "unassigned": "none", "all": None}
_EMPTY = {
    "mine": (
        marked("Nothing is assigned to you"),
        marked("Look at Unassigned: what waits there is free to take."),
    ),
    "unassigned": (
        marked("Nothing waits"),
        marked("Every conversation has somebody. New ones appear here by themselves."),
    ),
    "all": (
        marked("No conversation yet"),
        marked("When a customer writes on a connected channel, the conversation appears here."),
    ),
}
_NO_MATCH = (marked("Nothing matches"), marked("Change the search, the status or the tab to see more."))


@dataclass(frozen=True, slots=True)
class Choice:
    """What the visitor chose; every value is one of the lists above, `q` is free text."""

    tab: str
    status: str
    sort: str
    q: str

    @property
    def query(self) -> str:
        """The choice as the query of an address."""
        return urlencode({"tab": self.tab, "status": self.status, "sort": self.sort, "q": self.q})

    @property
    def empty(self) -> tuple[str, str]:
        """Title and hint of an empty list."""
        return _NO_MATCH if self.q or self.status != "open" else _EMPTY[self.tab]

    def conversations(self, limit: int, cursor: str | None) -> ConversationQuery:
        return ConversationQuery(
            status=None if self.status in ("any", _HELD) else self.status,
            assignee=_ASSIGNEES[self.tab],
            q=self.q or None,
            held=self.status == _HELD,
            sort=self.sort,
            limit=limit,
            cursor=cursor,
        )


def choice_of(visit: Visit, usual_tab: str) -> Choice:
    """Return the choice in the address; what it does not name, or names wrongly, is the usual."""
    return Choice(
        tab=_among(TABS, visit.query("tab"), usual_tab),
        status=_among([value for value, _ in STATUSES], visit.query("status"), "open"),
        sort=_among([value for value, _ in SORTS], visit.query("sort"), "newest"),
        q=visit.query("q").replace("\x00", "").strip()[:200],
    )


def _among(allowed: Sequence[str], value: str, usual: str) -> str:
    return value if value in allowed else usual
