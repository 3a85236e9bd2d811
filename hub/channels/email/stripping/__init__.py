"""What a person wrote in a mail, without the history below, above and between.

| file | holds |
| --- | --- |
| `reply.py` | `strip`: the order of things |
| `lines.py` | a text as lines, each looked at once |
| `marks.py` · `attribution.py` | the lines that history begins with |
| `quotes.py` · `signatures.py` · `ours.py` | what is taken off: quotations, tails, our own words |
| `words.py` · `labels.py` · `taglines.py` | the words of mail programs, by language |
"""

from hub.channels.email.stripping.reply import Stripped, Why, strip
from hub.channels.email.stripping.words import SEPARATORS

SEPARATOR = SEPARATORS["en"]
"""Top line of every mail we send: what stands below it in an answer is history."""

__all__ = ["SEPARATOR", "SEPARATORS", "Stripped", "Why", "strip"]
