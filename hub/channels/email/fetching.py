"""The bytes of a mail's files: they lie in the journal row that brought the mail, nothing is fetched from anywhere."""

from hub.channels.email.content import Content
from hub.channels.email.envelope import unwrap
from hub.channels.email.files import find_file
from hub.channels.email.forms import BadForm
from hub.channels.email.guard import OverCaps
from hub.channels.email.parse import content_of
from hub.channels.fetching import Fetched, Gone, TooLarge
from hub.types import JournalEvent


def read_file(source: str, event: JournalEvent, limit: int) -> Fetched:
    """Return a file by its source (see `files.File`). Raises Gone when the row holds it no more, TooLarge."""
    file = find_file(_content(event).files, source)
    if file is None:
        raise Gone("the mail that brought the file has had its time")
    if file.size > limit:
        raise _too_large(limit)
    body = file.body
    if len(body) > limit:
        raise _too_large(limit)
    return Fetched(body, file.content_type, file.name)


def _content(event: JournalEvent) -> Content:
    try:
        return content_of(*unwrap(event.body))
    except (ValueError, RecursionError, OverCaps, BadForm):
        raise Gone("the mail that brought the file has had its time") from None


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the file is larger than {limit // 1_000_000 or 1} MB", limit=limit)
