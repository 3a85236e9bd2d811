"""docs/numbers.md: the prose of parts/numbers.md, with the diagrams, limits and tables that the code goes by."""

import re
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from pathlib import Path

from hub.numbers.policy.diagrams import diagrams
from hub.numbers.policy.obstacles import OBSTACLES
from hub.numbers.policy.remedies import REMEDIES
from hub.numbers.policy.signals import FORBIDS, OPENS
from hub.types.bans import Act

_PROSE = Path(__file__).parent / "parts" / "numbers.md"
_MARK = re.compile(r"^\{\{([\w ]+)\}\}$", re.MULTILINE)
_ACTS: Mapping[Act, str] = {
    Act.UNASKED: "messages that nobody asked for",
    Act.REPLIES: "answers",
    Act.ADDING_SENDERS: "further senders in the business account",
}


def numbers_page() -> str:
    """Return the page. Raises KeyError for a mark in the prose that nothing fills."""
    made: dict[str, Callable[[], str]] = {
        **{f"diagram {name}": _diagram(text) for name, text in diagrams().items()},
        "levels": _levels,
        "remedies": _remedies,
        "obstacles": _obstacles,
        "limits": _limits,
    }
    return _MARK.sub(lambda found: made[found[1]](), _PROSE.read_text(encoding="utf-8"))


def _diagram(text: str) -> Callable[[], str]:
    return lambda: f"```mermaid\n{text}\n```"


def _levels() -> str:
    rows = []
    for level, acts in FORBIDS.items():
        opening = OPENS.get(level)
        opens = f"from {opening.confidence} on, after {opening.after:g} s" if opening else "never"
        rows.append((f"`{level}`", ", ".join(_ACTS[act] for act in Act if act in acts) or "nothing", opens))
    return _table(("level", "it forbids", "it opens a case"), rows)


def _remedies() -> str:
    rows = (
        (f"`{kind}`", each.words, _listed(each.levels), "any" if len(each.reaches) > 6 else _listed(each.reaches))
        for kind, each in REMEDIES.items()
    )
    return _table(("remedy", "is", "against", "reaching"), rows)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(word.replace("_", " ") for word in words))


def _obstacles() -> str:
    rows = ((f"`{code}`", each.text, each.mender, each.takes, each.stops) for code, each in OBSTACLES.items())
    return _table(("code", "is", "whose", "takes", "stops"), rows)


def _limits() -> str:
    return "```toml\n" + files("hub.numbers.policy").joinpath("limits.toml").read_text(encoding="utf-8") + "```"


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    head = tuple(head)
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
