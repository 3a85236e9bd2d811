"""What a channel kind can do, and how its senders fare."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hub.types.parts import MediaKind


@dataclass(frozen=True, slots=True)
class MediaRule:
    """Files of one kind that can be sent: at most `max_bytes`, of the `types` (`image/jpeg`, `audio/*`; () any)."""

    max_bytes: int
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ButtonRule:
    """Answers that can be offered: how many, and characters of a label. `numbered`: they go out as a numbered text."""

    most: int
    label_limit: int
    numbered: bool = False


class Reactions(StrEnum):
    """Which reactions we can put on a message: none, some of the platform's own list, or any emoji."""

    NONE = "none"
    LISTED = "listed"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What can be said on a channel kind, with its limits.

    text_limit            characters of one message
    splits_text           a longer text goes out as several messages; else it is refused
    media                 the kinds of files that can be sent
    caption_limit         characters of a text that goes with files; 0: the text is a message of its own
    files_per_message     files in one message (an album, a mail); more go out as further messages
    mixed_files           they may be of any kinds together; else pictures and videos, or one kind
    location, contact     can be said as such
    reply_to              an answer can name the message it answers; `references`: and earlier ones of its thread
    reactions, reaction_list  which reactions we can put on the person's messages
    edits, deletions      of our own messages
    buttons               answers we can offer
    typing, seen          can be shown to the person
    templates             approved templates can be sent
    receipts              the provider says what arrived; `read_receipts`: also what was read
    media_by_link         the provider fetches our files by a link; else it takes the bytes
    reply_window          seconds after the person's last message in which we may answer freely; None: always
    late_window           seconds in which a person of ours may still answer with the platform's tag for that
    lawful_after_window   what may still be done when it is closed, one phrase each
    address_family        kinds of one family share addresses: equal ones are one person ("phone")
    sends_per_second      what one sender may send; `to_one_per_second` to one person
    parallel_sends        calls that may be under way at once for one sender
    look_up_after         seconds after which a send without an answer can be looked up; None: it cannot
    """

    text_limit: int
    splits_text: bool = False
    media: Mapping[MediaKind, MediaRule] = field(default_factory=dict)
    caption_limit: int = 0
    files_per_message: int = 1
    mixed_files: bool = False
    location: bool = False
    contact: bool = False
    reply_to: bool = False
    references: bool = False
    reactions: Reactions = Reactions.NONE
    reaction_list: tuple[str, ...] = ()
    edits: bool = False
    deletions: bool = False
    buttons: ButtonRule | None = None
    typing: bool = False
    seen: bool = False
    templates: bool = False
    media_by_link: bool = False
    receipts: bool = False
    read_receipts: bool = False
    reply_window: int | None = None
    late_window: int | None = None
    lawful_after_window: tuple[str, ...] = ()
    polls: bool = False
    recovers: bool = False
    address_family: str | None = None
    sends_per_second: float = 30.0
    to_one_per_second: float | None = None
    parallel_sends: int = 1
    look_up_after: float | None = None


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A message template as the provider keeps it. `status` "approved" can be sent; `variables`: names in order."""

    external_id: str
    name: str
    language: str
    text: str
    variables: tuple[str, ...]
    category: str
    status: str


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One value that connecting a channel asks for. `name` is its key in the API's `credentials`."""

    name: str
    label: str
    secret: bool = True


@dataclass(frozen=True, slots=True)
class ChannelSetting:
    """A setting that channels of one kind have. `choices`: its values, the usual one first."""

    name: str
    label: str
    choices: tuple[bool | str, ...]


@dataclass(frozen=True, slots=True)
class SenderProfile:
    """Who the provider says a credential belongs to. `credentials`: more to keep with those that were given."""

    address: str
    name: str
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)


class HealthState(StrEnum):
    OK = "ok"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Health:
    """What a probe of a sender found. `problems` name cause and mend, one sentence each."""

    state: HealthState
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sender that somebody who signed in at the provider may connect: a page they manage."""

    address: str
    name: str
    credentials: Mapping[str, str] = field(repr=False)
