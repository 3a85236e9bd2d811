"""Caps that hold before a mail is parsed: the standard library's header and MIME parsers can be hung by 10 KB.

Measured and listed in the e-mail facts, section 1.4. Everything in this folder works on bytes within these caps, in
linear time; what lies beyond them is not read, and the operator is told.
"""

from enum import StrEnum

MAX_RAW = 36 << 20
MAX_HEADER_BLOCK = 64 << 10
MAX_HEADER = 8 << 10
MAX_PARTS = 500
MAX_NESTING = 30
MAX_TEXT = 150_000
"""Characters of a mail's text that are shown."""
MAX_HTML = 300_000
"""Characters of a page that are read."""
MAX_HTML_ELEMENTS = 2_500
"""Elements of a page that are laid out, at about 40 µs each; of one with more the text is read without its layout."""
MAX_HTML_NESTING = 150
MAX_FORM_FIELDS = 2_000
MAX_ID = 250
"""Characters of a Message-ID; a longer one counts as none."""


class Excess(StrEnum):
    """Which cap a mail breaks, in the operator's words."""

    RAW = "it is larger than 36 MiB"
    HEADER_BLOCK = "its headers are longer than 64 KiB"
    HEADER = "one of its headers is longer than 8 KiB"
    PARTS = "it has more than 500 parts"
    NESTING = "its parts are nested deeper than 30 levels"


class OverCaps(Exception):  # noqa: N818 - a finding, not an error of ours
    """Raised while a mail is walked; never leaves this folder."""

    def __init__(self, excess: Excess) -> None:
        super().__init__(excess.value)
        self.excess = excess
