"""docs/channels.md: what can be said on each channel kind, out of the adapters' capabilities."""

from collections.abc import Callable, Sequence
from dataclasses import fields

from hub.channels.registry import _CLASSES
from hub.types import Capabilities, MediaKind, MediaRule, Reactions

_HEAD = """\
# What each channel can say

Generated from the adapters' capabilities by `make docs`, and checked by `make check`. How a channel is connected stands
in [channels/README.md](channels/README.md), what comes in from each platform on the kind's own page.

What a channel cannot say is refused with 422 and a reason before anything is stored or sent. An answer of several
pieces (a text and three files where the channel takes one file a message) becomes several messages, each with its own
fate.

"""
_NO, _YES = "no", "yes"
_MIB = 1 << 20
_HOUR = 3600
_DAYS = 2 * 86400


def _yes(value: object) -> str:
    return _YES if value else _NO


def _seconds(value: float | None) -> str:
    if value is None:
        return _NO
    if value >= _DAYS:
        return f"{value / 86400:g} days"
    return f"{value / 3600:g} h" if value >= _HOUR else f"{value:g} s"


def _number(value: float | None) -> str:
    return f"{value:,g}" if value else _NO


def _files(rules: Capabilities) -> str:
    return str(rules.files_per_message) if rules.media else _NO


def _window(rules: Capabilities) -> str:
    return _seconds(rules.reply_window) if rules.reply_window else "always"


def _media(kind: MediaKind) -> Callable[[Capabilities], str]:
    return lambda rules: _rule(rules.media.get(kind))


def _rule(rule: MediaRule | None) -> str:
    if rule is None:
        return _NO
    types = ", ".join(rule.types) if rule.types else "any type"
    return f"{rule.max_bytes / _MIB:g} MiB; {types}"


def _buttons(rules: Capabilities) -> str:
    if rules.buttons is None:
        return _NO
    way = "as a numbered text" if rules.buttons.numbered else "yes"
    return f"{way}, {rules.buttons.most} of {rules.buttons.label_limit} characters"


def _reactions(rules: Capabilities) -> str:
    match rules.reactions:
        case Reactions.NONE:
            return _NO
        case Reactions.ANY:
            return "any emoji"
        case Reactions.LISTED:
            return f"{len(rules.reaction_list)} emojis"


def _receipts(rules: Capabilities) -> str:
    if not rules.receipts:
        return _NO
    return "delivered, read" if rules.read_receipts else "delivered"


_ROWS: tuple[tuple[str, tuple[str, ...], Callable[[Capabilities], str]], ...] = (
    ("characters of a text", ("text_limit",), lambda rules: f"{rules.text_limit:,}"),
    ("a longer text is split", ("splits_text",), lambda rules: _yes(rules.splits_text)),
    *((kind.value.replace("_", " "), ("media",), _media(kind)) for kind in MediaKind),
    ("files in one message", ("files_per_message",), _files),
    ("of mixed kinds", ("mixed_files",), lambda rules: _yes(rules.mixed_files)),
    ("characters beside files", ("caption_limit",), lambda rules: _number(rules.caption_limit)),
    ("files go by a link", ("media_by_link",), lambda rules: _yes(rules.media_by_link)),
    ("location", ("location",), lambda rules: _yes(rules.location)),
    ("contact card", ("contact",), lambda rules: _yes(rules.contact)),
    ("answer to a message", ("reply_to",), lambda rules: _yes(rules.reply_to)),
    ("it names earlier ones too", ("references",), lambda rules: _yes(rules.references)),
    ("reactions", ("reactions", "reaction_list"), _reactions),
    ("editing, taking back", ("edits", "deletions"), lambda rules: f"{_yes(rules.edits)}, {_yes(rules.deletions)}"),
    ("answers offered", ("buttons",), _buttons),
    ("typing, seen shown", ("typing", "seen"), lambda rules: f"{_yes(rules.typing)}, {_yes(rules.seen)}"),
    ("templates", ("templates",), lambda rules: _yes(rules.templates)),
    ("receipts", ("receipts", "read_receipts"), _receipts),
    ("free answers for", ("reply_window",), _window),
    ("a person's answers for", ("late_window",), lambda rules: _seconds(rules.late_window)),
    ("lawful after that", ("lawful_after_window",), lambda rules: "; ".join(rules.lawful_after_window) or _NO),
    ("messages a second", ("sends_per_second",), lambda rules: f"{rules.sends_per_second:g}"),
    ("to one person", ("to_one_per_second",), lambda rules: _number(rules.to_one_per_second)),
    ("calls at once", ("parallel_sends",), lambda rules: str(rules.parallel_sends)),
    ("an unanswered send is looked up after", ("look_up_after",), lambda rules: _seconds(rules.look_up_after)),
    ("can be polled", ("polls",), lambda rules: _yes(rules.polls)),
    ("missed messages are listed", ("recovers",), lambda rules: _yes(rules.recovers)),
    ("addresses shared with", ("address_family",), lambda rules: rules.address_family or _NO),
)  # fmt: skip


def channels_page() -> str:
    """Return the matrix. Raises ValueError when a capability has no row."""
    shown = {name for _, names, _ in _ROWS for name in names}
    missing = {field.name for field in fields(Capabilities)} - shown
    if missing:
        raise ValueError(f"capabilities without a row in docs/capability_matrix.py: {', '.join(sorted(missing))}")
    kinds = list(_CLASSES)
    return (
        _HEAD
        + "\n".join([*_header([kind.label for kind in kinds]), *_lines([kind.capabilities for kind in kinds])])
        + "\n"
    )


def _header(labels: Sequence[str]) -> tuple[str, str]:
    return "| | " + " | ".join(labels) + " |", "| --- |" + " --- |" * len(labels)


def _lines(rules: Sequence[Capabilities]) -> list[str]:
    return [f"| {what} | " + " | ".join(show(each) for each in rules) + " |" for what, _, show in _ROWS]
