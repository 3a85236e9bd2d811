"""Reading a mail again with what we had sent: lines that are provably ours are history, whatever quotes them."""

from collections.abc import Sequence
from dataclasses import replace

from hub.channels.email.stripping import strip
from hub.types import FullText, MessageReceived, Part, Text


def reread(event: MessageReceived, sent: Sequence[str]) -> MessageReceived:
    """Return the mail with its text stripped of ours too; the full text is kept, and nothing else changes."""
    shown = next((part for part in event.parts if isinstance(part, Text)), None)
    if shown is None or not sent:
        return event
    full = next((part.text for part in event.parts if isinstance(part, FullText)), shown.text)
    # what was cut already stays cut: of an HTML mail its containers, which the full text does not show
    text = strip(shown.text, sent=sent, subject=event.topic or "").text
    if text == shown.text or not text.strip():
        return event
    rest = tuple(part for part in event.parts if not isinstance(part, Text | FullText))
    parts: tuple[Part, ...] = (Text(text), FullText(full), *rest)
    return replace(event, parts=parts)
