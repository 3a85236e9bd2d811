"""Parts: what one message holds, in both directions and on every channel: the unified form of all content."""

from dataclasses import dataclass
from enum import StrEnum


class MarkKind(StrEnum):
    """How a stretch of text is set off."""

    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKE = "strike"
    SPOILER = "spoiler"
    CODE = "code"
    PRE = "pre"
    QUOTE = "quote"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Mark:
    """A set-off stretch of a text: characters (code points) `start` up to `end`; `url` of a LINK only."""

    kind: MarkKind
    start: int
    end: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """What the person wrote, as plain text; `marks` say what of it is set off."""

    text: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class FullText:
    """The whole text of which `Text` is the stripped form (a mail with its quoted history)."""

    text: str


class MediaKind(StrEnum):
    """What a file is shown as. CONTACT is a vCard."""

    IMAGE = "image"
    VIDEO = "video"
    VIDEO_NOTE = "video_note"
    ANIMATION = "animation"
    AUDIO = "audio"
    VOICE = "voice"
    STICKER = "sticker"
    CONTACT = "contact_file"
    FILE = "file"


class FileState(StrEnum):
    """How a file stands: under way to us, here, or why it will not come."""

    FETCHING = "fetching"
    READY = "ready"
    FAILED = "failed"
    GONE = "gone"
    TOO_LARGE = "too_large"
    INFECTED = "infected"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Media:
    """A file.

    source         inbound: what the adapter's `download` finds it by, never shown; outbound: the attachment's id
    content_type   as the platform says; believed only after the bytes were looked at
    size           bytes, as the platform says; duration in seconds; None: not said
    alt            what stands in for it in one line (a sticker's emoji, the text of an image)
    problem        why it cannot be fetched, in our words; then `source` is empty
    """

    kind: MediaKind
    source: str
    name: str = ""
    content_type: str = ""
    size: int | None = None
    width: int | None = None
    height: int | None = None
    duration: int | None = None
    alt: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Location:
    """A place, degrees of WGS 84. `live`: the person shares their position for a while."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""
    live: bool = False


@dataclass(frozen=True, slots=True)
class ContactCard:
    """Somebody's address card. `own`: the platform vouches that it is the author's."""

    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    own: bool = False


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A press of a button or a choice of a list. `payload`: what we had put behind it, or the platform's own."""

    label: str
    payload: str = ""


@dataclass(frozen=True, slots=True)
class Referral:
    """By which way the person came: a link (`ref` is our start parameter), an advertisement, a shop."""

    source: str
    ref: str = ""
    title: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """What the message answers, as far as the platform quotes it and the hub does not know that message."""

    text: str
    author: str = ""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The message is not the person's own. `origin`: whose, as far as said; `often`: passed on many times."""

    origin: str = ""
    often: bool = False


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something the hub cannot show yet. `what` is the provider's word, `summary` one line for the operator."""

    what: str
    summary: str


# --- what only we say -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Button:
    """An answer offered to the person. `payload` comes back with the press, where the channel carries one."""

    label: str
    payload: str = ""


@dataclass(frozen=True, slots=True)
class Buttons:
    """Answers offered under a text."""

    options: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """An approved message template with its values. `external_id`: the provider's; `values`: variable → text."""

    external_id: str
    name: str
    language: str
    values: tuple[tuple[str, str], ...] = ()


Part = (
    Text
    | FullText
    | Media
    | Location
    | ContactCard
    | ButtonPress
    | Referral
    | Quote
    | Forwarded
    | Unsupported
    | Buttons
    | Template
)
