"""How much groups and rules may say. Every door reads these; `checking_limits` refuses what is beyond them."""

from typing import Final

_WEEK: Final = 7 * 24 * 3600

LONGEST_NAME: Final = 200
"""Characters of a group's or a rule's name, as its column takes them."""

LONGEST_TOPIC: Final = 200
LONGEST_TEXT: Final = 1000
"""Characters of an automatic answer, and of the question that a choice asks."""

LONGEST_WORD: Final = 100
"""Characters of a word or phrase that a rule asks for, of a contact's field, and of a choice's option."""

MOST_WORDS: Final = 200
"""Entries of one list of a rule's conditions."""

MOST_FIELDS: Final = 20
MOST_OPTIONS: Final = 20
MOST_RULES: Final = 200
MOST_INTERVALS: Final = 20
"""Of one day."""

MOST_DAYS: Final = 400
"""Closed days of some hours, and as many with hours of their own."""

LEAST_WAIT: Final = 1
LONGEST_WAIT: Final = _WEEK
"""Seconds until a conversation is handed over, supervisors are told, a customer has chosen."""

LONGEST_SLOT: Final = _WEEK // 60
"""Minutes that a conversation takes a slot after its last message."""
