"""Reading an address card (vCard 2.1 to 4.0, RFC 6350) as far as a thread shows it: name, telephones, mails."""

import quopri
import re
from collections.abc import Iterator

from hub.types import ContactCard

_LONGEST = 64 * 1024
_MOST = 20
_FOLDED = re.compile(r"\r?\n[ \t]")
_SOFT_BREAK = re.compile(r"=\r?\n")
_ESCAPED = re.compile(r"\\([\\,;nN])")


def read_card(body: bytes) -> ContactCard | None:
    """Return what the first card of a file says; None when it says nothing. Never raises."""
    name, phones, emails = "", [], []
    for field, value in _fields(body[:_LONGEST].decode("utf-8", "replace")):
        match field:
            case "FN" if not name:
                name = value
            case "TEL" if value:
                phones.append(value.removeprefix("tel:"))
            case "EMAIL" if value:
                emails.append(value)
            case "END":
                break
            case _:
                pass
    if not (name or phones or emails):
        return None
    return ContactCard(name, tuple(phones[:_MOST]), tuple(emails[:_MOST]))


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """Yield (property, value); groups and parameters are left out."""
    whole = _FOLDED.sub("", _SOFT_BREAK.sub("", text) if "QUOTED-PRINTABLE" in text.upper() else text)
    for line in whole.splitlines():
        label, colon, value = line.partition(":")
        if not colon:
            continue
        named, *parameters = label.split(";")
        if any("QUOTED-PRINTABLE" in each.upper() for each in parameters):
            value = quopri.decodestring(value.encode()).decode("utf-8", "replace")
        yield named.rpartition(".")[2].strip().upper(), _plain(value)


def _plain(value: str) -> str:
    unescaped = _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], value)
    return " ".join("".join(each if each.isprintable() else " " for each in unescaped).split())[:200]
