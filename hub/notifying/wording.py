"""The words of the hub's mails, in English and German."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.types import MessageView

_MOST_QUOTED = 20
ENGLISH, GERMAN = "en", "de"


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and text of a mail."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as a mail repeats it. `files`: how many hang on it."""

    text: str
    files: int


_ANSWER = {
    ENGLISH: (
        "{name} has answered you",
        "{name} has answered you on {channel}:",
        "You can answer by replying to this mail; it reaches the same conversation.",
        "({count} files: you find them on {channel})",
    ),
    GERMAN: (
        "{name} hat Ihnen geantwortet",
        "{name} hat Ihnen über {channel} geantwortet:",
        "Sie können auf diese Mail antworten; sie kommt in derselben Unterhaltung an.",
        "({count} Dateien: Sie finden sie in {channel})",
    ),
}
_WAITING = {
    ENGLISH: ("{contact} is waiting for an answer", "{contact} has been waiting on {channel} for {minutes} minutes."),
    GERMAN: ("{contact} wartet auf Antwort", "{contact} wartet in {channel} seit {minutes} Minuten."),
}
_UNTAKEN = {
    ENGLISH: (
        "Nobody has taken the conversation with {contact}",
        "{contact} has been waiting on {channel} for {minutes} minutes, and nobody has taken the conversation.",
    ),
    GERMAN: (
        "Niemand hat das Gespräch mit {contact} übernommen",
        "{contact} wartet in {channel} seit {minutes} Minuten, und niemand hat das Gespräch übernommen.",
    ),
}
_TRANSCRIPT = {
    ENGLISH: ("Transcript: {contact} on {channel}", "What was said on {channel}, times in {zone}:"),
    GERMAN: ("Verlauf: {contact} in {channel}", "Was in {channel} gesagt wurde, Zeiten in {zone}:"),
}


def answer_letter(name: str, channel: str, said: Sequence[Said], *, by_mail: bool) -> Letter:
    """Tell a person what was answered. Their language is not known, so the frame is in both; an answer that an
    operator sends by mail stands alone.
    """
    body = "\n\n".join(_repeated(each, channel) for each in said[-_MOST_QUOTED:])
    if by_mail:
        return Letter(_both(_ANSWER, 0).format(name=name), body)
    head = _both(_ANSWER, 1).format(name=name, channel=channel)
    return Letter(_both(_ANSWER, 0).format(name=name), f"{head}\n\n{body}\n\n{_both(_ANSWER, 2)}")


def _both(words: Mapping[str, tuple[str, ...]], at: int) -> str:
    return " / ".join((words[ENGLISH][at], words[GERMAN][at]))


def _repeated(said: Said, channel: str) -> str:
    files = _both(_ANSWER, 3).format(count=said.files, channel=channel) if said.files else ""
    return "\n".join(each for each in (said.text, files) if each)


def waiting_letter(language: str, contact: str, channel: str, minutes: int, link: str) -> Letter:
    """Tell an operator that somebody waits."""
    return _of_wait(_WAITING, language, contact, channel, minutes, link)


def untaken_letter(language: str, contact: str, channel: str, minutes: int, link: str) -> Letter:
    """Tell a supervisor that nobody has taken a conversation."""
    return _of_wait(_UNTAKEN, language, contact, channel, minutes, link)


def _of_wait(
    forms: Mapping[str, tuple[str, str]], language: str, contact: str, channel: str, minutes: int, link: str
) -> Letter:
    subject, text = forms.get(language, forms[ENGLISH])
    words = {"contact": contact, "channel": channel, "minutes": minutes}
    return Letter(subject.format(**words), f"{text.format(**words)}\n\n{link}")


def transcript_letter(language: str, contact: str, channel: str, zone: str, messages: Sequence[MessageView]) -> Letter:
    """Write a conversation down; notes and activity lines stay inside."""
    subject, head = _TRANSCRIPT.get(language, _TRANSCRIPT[ENGLISH])
    words = {"contact": contact, "channel": channel, "zone": zone}
    lines = [_line(each, ZoneInfo(zone)) for each in messages]
    return Letter(subject.format(**words), "\n\n".join([head.format(**words), *lines]))


def _line(message: MessageView, zone: ZoneInfo) -> str:
    return f"{_time(message.position, zone)} {message.author.name}:\n{_content(message)}"


def _time(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _content(message: MessageView) -> str:
    files = [str(part.get("name") or part["type"]) for part in message.parts if "attachment_id" in part]
    return "\n".join([message.text, *(f"[{name}]" for name in files)]).strip() or "-"
