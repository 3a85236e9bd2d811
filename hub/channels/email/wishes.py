"""A person who wants no more mails, or wants them again, and says nothing else: one word as subject or text."""

from typing import Final

from hub.channels.email.content import Content
from hub.types import MessageReceived, ReachabilityChanged, Text

_MAX_LENGTH: Final = 80
_NO_MORE: Final = frozenset(
    {
        *(
            "unsubscribe",
            "unsubscribe me",
            "please unsubscribe",
            "unsubscribe please",
            "no more mails",
            "no more emails",
        ),
        *("abbestellen", "bitte abbestellen", "keine mails mehr", "keine e-mails mehr", "bitte keine mails mehr"),
        *("désabonner", "me désabonner", "désinscription", "cancelar suscripción", "darme de baja", "disiscrivimi"),
        *("annulla iscrizione", "uitschrijven", "avregistrera mig", "odhlásit odběr", "wypisz mnie", "отписаться"),
    }
)
"""Clear in any mail that says nothing else."""
_NO_MORE_AS_SUBJECT: Final = _NO_MORE | {"stop", "remove", "remove me", "abmelden", "austragen", "opt out", "opt-out"}
"""An answer may well be "stop": these count as the subject of a mail without other text."""
_AGAIN_AS_SUBJECT: Final = frozenset({"subscribe", "resubscribe", "start", "opt in", "opt-in", "wieder anmelden"})


def wish_of(message: MessageReceived, content: Content) -> ReachabilityChanged | None:
    """Return what a mail wishes that says one of these words and nothing beside it."""
    text = _plain(next((part.text for part in message.parts if isinstance(part, Text)), ""))
    topic = _plain(message.topic or "")
    if content.files or (text and text not in _NO_MORE_AS_SUBJECT | _AGAIN_AS_SUBJECT):
        return None
    if text in _NO_MORE or topic in _NO_MORE_AS_SUBJECT:
        return ReachabilityChanged(
            message.author, reachable=False, reason="asked for no more mails", opted_out=True, code="unsubscribed"
        )
    if topic in _AGAIN_AS_SUBJECT:
        return ReachabilityChanged(message.author, reachable=True, reason="asked for mails again", opted_out=True)
    return None


def _plain(text: str) -> str:
    return " ".join(text[: _MAX_LENGTH * 2].lower().split()).strip(" .!,;:\"'*_")[:_MAX_LENGTH]
