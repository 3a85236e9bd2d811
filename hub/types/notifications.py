"""The hub's own mails: what they are, and why they are sent."""

from enum import StrEnum


class What(StrEnum):
    """What a mail of ours is. UNTAKEN tells supervisors of somebody whom nobody has taken, BAN admins of a ban case."""

    ANSWER = "answer"
    WAITING = "waiting"
    UNTAKEN = "untaken"
    TRANSCRIPT = "transcript"
    BAN = "ban"


class Trigger(StrEnum):
    """Why somebody is told by mail. BY_MAIL: an operator sends an answer so; ASKED_FOR: somebody asked for it."""

    WINDOW_CLOSED = "window_closed"
    UNREACHABLE = "unreachable"
    SENDER_HELD = "sender_held"
    UNREAD = "unread"
    BY_MAIL = "by_mail"
    WAITING = "waiting"
    UNTAKEN = "untaken"
    ASKED_FOR = "asked_for"
