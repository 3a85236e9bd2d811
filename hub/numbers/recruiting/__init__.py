"""Winning the people of a banned sender for the new one: the ledger, invitations, claims, held messages, publishing."""

from hub.db.held_messages import HeldMessage
from hub.numbers.recruiting.claims import confirm, deny, undo
from hub.numbers.recruiting.held import (
    count_held,
    discard_held,
    discard_rest,
    list_held,
    send_held,
)
from hub.numbers.recruiting.inviting import (
    INVITE_JOB,
    invite_due,
    resume_invitations,
    start_inviting,
    stop_invitations,
    stop_inviting,
    wake_inviting,
)
from hub.numbers.recruiting.ledger import build_ledger
from hub.numbers.recruiting.publishing import Published, draw_png, draw_svg, publish
from hub.numbers.recruiting.rehearsing import rehearse, rehearse_anywhere
from hub.numbers.recruiting.unasked_people import Unasked, list_unasked
from hub.numbers.recruiting.views import PersonView, RecipientView, list_recipients

__all__ = [
    "INVITE_JOB",
    "HeldMessage",
    "PersonView",
    "Published",
    "RecipientView",
    "Unasked",
    "build_ledger",
    "confirm",
    "count_held",
    "deny",
    "discard_held",
    "discard_rest",
    "draw_png",
    "draw_svg",
    "invite_due",
    "list_held",
    "list_recipients",
    "list_unasked",
    "publish",
    "rehearse",
    "rehearse_anywhere",
    "resume_invitations",
    "send_held",
    "start_inviting",
    "stop_invitations",
    "stop_inviting",
    "undo",
    "wake_inviting",
]
