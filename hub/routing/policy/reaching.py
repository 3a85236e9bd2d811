"""Whether a rule takes all that a later one asks for, so that the later one never decides anything."""

from collections.abc import Collection, Mapping, Sequence

from hub.routing.policy.words import has_word, plain
from hub.types import Conditions, FieldCondition


def takes_all(earlier: Conditions, later: Conditions, kinds: Mapping[str, str]) -> bool:
    """Whether whatever meets the later conditions meets the earlier ones too. `kinds`: channel → its kind.

    False where it cannot be told by the conditions alone, as of two different times.
    """
    return (
        _within(later.channel_ids, earlier.channel_ids)
        and _within_kinds(earlier, later, kinds)
        and _within(later.languages, earlier.languages)
        and _within(later.payloads, earlier.payloads)
        and _within(later.topics, earlier.topics)
        and earlier.returning in (None, later.returning)
        and all(_is_implied(each, later.fields) for each in earlier.fields)
        and _within_words(later.keywords, earlier.keywords)
        and earlier.time in (None, later.time)
    )


def _within(later: Collection[str], earlier: Collection[str]) -> bool:
    return not earlier or (bool(later) and set(later) <= set(earlier))


def _within_kinds(earlier: Conditions, later: Conditions, kinds: Mapping[str, str]) -> bool:
    """Naming channels of a kind asks for the kind, too."""
    of_channels = {kinds.get(each, "") for each in later.channel_ids}
    return _within(later.kinds, earlier.kinds) or _within(of_channels, earlier.kinds)


def _is_implied(wanted: FieldCondition, later: Sequence[FieldCondition]) -> bool:
    values = {plain(each) for each in wanted.values}
    return any(each.field == wanted.field and {plain(value) for value in each.values} <= values for each in later)


def _within_words(later: Sequence[str], earlier: Sequence[str]) -> bool:
    """A text with the phrase “cancel my order” has the word “cancel”."""
    wanted = [plain(each) for each in earlier]
    return not earlier or (bool(later) and all(any(has_word(plain(each), word) for word in wanted) for each in later))
