"""What is kept of a decision: at most 2 kB of JSON, whatever the names."""

import json
from collections.abc import Iterator
from typing import Any, Final

from hub.routing.policy.model import Decision, Ranked
from hub.routing.policy.needs import write_needs

MOST_BYTES: Final = 2000
_WIDTHS: Final = ((240, 1200, 300), (80, 800, 200), (36, 600, 120), (12, 400, 80))
"""Bytes of a name, of the reason, of everything else that people wrote: the first that fit are taken."""


def digest_of(decision: Decision) -> dict[str, Any]:
    """Return who got it by which rule and why, what kept how many out, the ten best and the needs: at most 2,000 bytes.

    Names, then reasons are shortened where it would be more. What is left out is kept nowhere: deciding again gives the
    list of now, with whoever is there now and as busy as they are now.
    """
    for names, reason, rest in _WIDTHS:
        digest = _digest(decision, names, reason, rest)
        if _size(digest) <= MOST_BYTES:
            return digest
    return next(each for each in _shorter(digest) if _size(each) <= MOST_BYTES)


def _digest(decision: Decision, names: int, reason: int, rest: int) -> dict[str, Any]:
    return {
        "rule": decision.rule,
        "reason": _cut(decision.reason, reason),
        "counts": dict(decision.counts),
        "best": [_ranked(each, names) for each in decision.best],
        "sticky": _cut(decision.sticky, rest),
        "needs": _cut(write_needs(decision.needs), rest),
        "closed": decision.closed,
    }


def _ranked(ranked: Ranked, width: int) -> dict[str, Any]:
    entry = {"user_id": ranked.user_id, "name": _cut(ranked.name, width), "free": ranked.free}
    return {**entry, "why_not": ranked.why_not} if ranked.why_not else entry


def _shorter(digest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same with ever fewer of the best."""
    best = digest.get("best", [])
    for count in reversed(range(len(best) + 1)):
        yield {**digest, "best": best[:count]}


def _cut(text: str, most: int) -> str:
    """Return the beginning of a text that takes at most so many bytes of JSON, with … where something is left out."""
    if _size(text) <= most:
        return text
    kept, room = [], most - _size("…")
    for sign in text:
        room -= _size(sign) - len('""')
        if room < 0:
            break
        kept.append(sign)
    return "".join(kept) + "…"


def _size(value: object) -> int:
    """Bytes of JSON in which every sign beyond ASCII is escaped: the longest way to write it."""
    return len(json.dumps(value))
