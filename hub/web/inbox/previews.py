"""The line a card shows of a conversation's last message, in the reader's language."""

import re

from hub.web.inbox.blocks import CALLED
from hub.web.language import Language, fill, marked

_MORE = marked("{what} and {n} more")
_OTHERS = (marked("Live location"), marked("Message taken back"))
_STANDS_IN = re.compile(
    rf"(?P<what>{'|'.join(sorted({*CALLED.values(), *_OTHERS}, key=len, reverse=True))})"
    r"(?P<length> \(\d+:\d\d\))?(?: and (?P<n>\d+) more)?"
)


def preview(language: Language, text: str) -> str:
    """Return a preview; what the hub itself says in place of a text is translated, what people wrote is not."""
    found = _STANDS_IN.fullmatch(text)
    if found is None:
        return text
    what = language.text(found["what"]) + (found["length"] or "")
    return fill(language.text(_MORE), {"what": what, "n": found["n"]}) if found["n"] else what
