"""Twilio's form bodies, read from their bytes: Starlette's form parser would lose what is not UTF-8 or blank."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from hub.types import ChannelKind

KIND_BY_PREFIX = {"whatsapp:": ChannelKind("whatsapp")}
"""How Twilio marks the addresses of a kind. An address without a mark is a phone number on SMS."""

_UNMARKED = ChannelKind("sms")
_READ = "read"
_BEFORE_READ = frozenset({"sent", "delivered"})
_INBOUND_WORDS = frozenset({"received", "receiving"})


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a body by name (the last of equal names counts), and the names whose bytes are not UTF-8."""

    fields: Mapping[str, str]
    broken: tuple[str, ...] = ()

    @property
    def message_sid(self) -> str:
        """Twilio's id of the message ("" when there is none); older webhooks carry only its old names."""
        return _first(self.fields, ("MessageSid", "SmsMessageSid", "SmsSid"))

    @property
    def status(self) -> str:
        """Twilio's word for how far the message is, "" when the body has none.

        A channel may tell of reading by `EventType` beside the status that came before it.
        """
        word = _first(self.fields, ("MessageStatus", "SmsStatus"))
        return _READ if word in _BEFORE_READ and self.fields.get("EventType", "").lower() == _READ else word

    @property
    def is_status(self) -> bool:
        """Whether this tells about a message of ours. The word decides: an inbound location has no Body either."""
        return bool(self.status) and self.status not in _INBOUND_WORDS


def pairs(body: bytes) -> list[tuple[bytes, bytes]]:
    """Return the decoded name and value of every field in order, blank values too."""
    cut = [field.replace(b"+", b" ").partition(b"=") for field in body.split(b"&") if field]
    return [(unquote_to_bytes(name), unquote_to_bytes(value)) for name, _, value in cut]


def read(body: bytes) -> Form:
    """Read a body; never raises."""
    fields: dict[str, str] = {}
    broken = []
    for name, value in pairs(body):
        try:
            # PostgreSQL cannot keep a NUL in a text
            fields[name.decode()] = value.decode().replace("\x00", "")
        except UnicodeDecodeError:
            broken.append(name.decode("ascii", "replace"))
    return Form(fields, tuple(broken))


def place(address: str) -> tuple[ChannelKind, str]:
    """Return the channel kind of one of Twilio's addresses, and the address without its mark."""
    for prefix, kind in KIND_BY_PREFIX.items():
        if address.startswith(prefix):
            return kind, address.removeprefix(prefix)
    return _UNMARKED, address


def _first(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((fields[name] for name in names if fields.get(name)), "")
