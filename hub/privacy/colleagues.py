"""What an export keeps to itself: a person's data are theirs, the names and the presence of those who answer are not.

Whoever answers is called what end users may call them: their alias, else the organization. Of a decision who gets a
conversation only its rule and what it asked for are told; who else was there, and why it was not they, is left out.
What people wrote, the person or those who answered, stays as it was written.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from hub.db import organizations, users
from hub.db.session import Tx
from hub.db.users import Called

_OF_DECISIONS: Final = frozenset({"reason", "best", "counts", "sticky"})
"""What `hub.routing.policy.digest` writes about operators."""
_WORDS_OF_THE_HUB: Final = ("audit", "cases", "mentions", "notices", "kept_answers", "errands")
"""Places of the document where names of users stand within sentences and answers of the hub."""

Walk = Callable[[dict[str, Any]], dict[str, Any]]


def without_colleagues(tx: Tx, document: Mapping[str, Any], own_names: Iterable[str]) -> dict[str, Any]:
    """Return an export's document as it may leave the hub. `own_names`: the person's, which stay wherever they are."""
    colleagues = _Colleagues(
        organizations.get_own(tx).name, users.list_called(tx), list(_signed(document)), set(own_names)
    )
    covered: dict[str, Any] = _walk(document, colleagues.cover)
    hidden: dict[str, Any] = {place: colleagues.hide(covered[place]) for place in _WORDS_OF_THE_HUB if place in covered}
    named = [{**each, "name": colleagues.shown(each["id"])} for each in document["recipients"]["users"]]
    return {**covered, **hidden, "recipients": {**covered["recipients"], "users": named}}


class _Colleagues:
    """The users of an organization, and what a person may call them."""

    def __init__(
        self, organization: str, known: list[Called], signed: list[tuple[str, str]], own_names: set[str]
    ) -> None:
        self._organization = organization
        self._aliases = {each.id: each.alias for each in known}
        names = [(each.id, name) for each in known for name in (each.name, f"{each.first_name} {each.surname}".strip())]
        self._shown = {
            name: self.shown(user_id) for user_id, name in (*names, *signed) if name and name not in own_names
        }
        longest_first = sorted(self._shown, key=len, reverse=True)
        bounded = [rf"(?<!\w){re.escape(each)}(?!\w)" for each in longest_first]
        self._pattern = re.compile("|".join(bounded) or r"(?!)")

    def shown(self, user_id: str | None) -> str:
        return self._aliases.get(user_id or "", "") or self._organization

    def hide(self, value: Any) -> Any:
        """Return a value of JSON with every name in it replaced."""
        match value:
            case str():
                return self._pattern.sub(lambda found: self._shown[found[0]], value)
            case dict():
                return {name: self.hide(each) for name, each in value.items()}
            case list():
                return [self.hide(each) for each in value]
            case _:
                return value

    def cover(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return one object of the document as it may be told."""
        if "rule" in row and "reason" in row:
            row = {name: each for name, each in row.items() if name not in _OF_DECISIONS}
        if row.get("author_type") == "user":
            row = {**row, "author_name": self.shown(row.get("author_id"))}
        if row.get("direction") == "activity":
            row = {**row, "text": "" if _is_handing(row) else self.hide(row.get("text", ""))}
        return row


def _is_handing(row: Mapping[str, Any]) -> bool:
    """Whether an activity line tells whose a conversation is: who was there or away, and who was not."""
    return any("user_id" in part or "decision" in part for part in row.get("parts") or () if isinstance(part, dict))


def _signed(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Who signed with which name: they may be called otherwise by now."""
    for each in document["messages"]:
        if each["author_type"] == "user":
            yield each["author_id"], each["author_name"]
    for each in document["audit"]:
        if each.get("actor_type") in {"user", "token"}:
            yield each["actor_id"], each["actor_name"]


def _walk(value: Any, cover: Walk) -> Any:
    """Return JSON with every object in it covered, the inner ones first."""
    match value:
        case Mapping():
            return cover({name: _walk(each, cover) for name, each in value.items()})
        case list():
            return [_walk(each, cover) for each in value]
        case _:
            return value
