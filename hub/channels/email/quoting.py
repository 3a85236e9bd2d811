"""What the person wrote, without the history below it. Line by line, linear; no pattern sees more than 400 characters.

Better to show too much than to lose a word: only what is certainly history is cut, the full text is kept beside it,
and when nothing would be left everything is shown (facts 2.4).
"""

SEPARATOR = "-- Please reply above this line --"
"""Top line of every mail we send: what stands below it in an answer is history."""

_MAX_LINE = 400
_MAX_LINES = 5_000
_MAX_SIGNATURE = 20
# (how the line begins, the word it contains): the attribution of English and German mail programs
_ATTRIBUTIONS = (("on ", " wrote"), ("am ", " schrieb"), ("am ", "geschrieben"))
_ORIGINALS = ("original message", "ursprüngliche nachricht", "original-nachricht", "weitergeleitete nachricht")
# Outlook's header block: the first line's label, and labels of which two must follow
_BLOCK_STARTS = ("from:", "von:")
_BLOCK_LABELS = ("sent:", "date:", "to:", "subject:", "gesendet:", "datum:", "an:", "betreff:", "cc:")


def stripped(full: str) -> str:
    """Return the text above the history and the signature; `full` itself when nothing else would be left."""
    lines = full.split("\n")
    if len(lines) > _MAX_LINES:
        return full
    kept = _above_history(lines)
    kept = _without_quoted_tail(kept)
    kept = _without_signature(kept)
    return "\n".join(kept).strip() or full


def _above_history(lines: list[str]) -> list[str]:
    for at, line in enumerate(lines):
        probe = line[:_MAX_LINE].strip()
        if probe == SEPARATOR or _is_original(probe) or _is_block(lines, at):
            return _without_attribution(lines[:at])
    return lines


def _is_original(probe: str) -> bool:
    return probe.startswith("---") and probe.endswith("---") and probe.strip("- ").lower() in _ORIGINALS


def _is_block(lines: list[str], at: int) -> bool:
    if not _label(lines[at]).startswith(_BLOCK_STARTS):
        return False
    following = [_label(line) for line in lines[at + 1 : at + 6]]
    return sum(line.startswith(_BLOCK_LABELS) for line in following) >= 2


def _label(line: str) -> str:
    return line[:_MAX_LINE].strip().replace("*", "").lower()


def _without_quoted_tail(lines: list[str]) -> list[str]:
    end = len(lines)
    quoted = False
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        quoted = quoted or bool(lines[end - 1].strip())
        end -= 1
    return _without_attribution(lines[:end]) if quoted else lines


def _without_attribution(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and not lines[end - 1].strip(" \t_-"):
        end -= 1
    # mail programs wrap the attribution when the address is long
    for size in (1, 2, 3):
        if size <= end and _is_attribution(" ".join(lines[end - size : end])):
            return lines[: end - size]
    return lines[:end]


def _is_attribution(text: str) -> bool:
    probe = text[:_MAX_LINE].strip().lower()
    if not probe.endswith(":"):
        return False
    return any(probe.startswith(start) and word in probe for start, word in _ATTRIBUTIONS)


def _without_signature(lines: list[str]) -> list[str]:
    for at in range(max(0, len(lines) - _MAX_SIGNATURE - 1), len(lines)):
        if lines[at] == "-- ":
            return lines[:at]
    return lines
