"""Whether a conversation may be shown and answered: its channel may be suspended (B6), its contact restricted (F20)."""

from hub.access.permissions import Permission, allows
from hub.db import suspension
from hub.db.session import Tx
from hub.db.suspension import Standing
from hub.errors import Conflict, NotFound
from hub.types import Actor

_UNKNOWN = "there is no such conversation"


def require_shown(tx: Tx, actor: Actor, conversation_id: str) -> None:
    """Raise NotFound unless the conversation may be shown, saying why where the actor may know it."""
    standing = suspension.find_standing(tx, conversation_id)
    if standing is None or not standing.shown:
        raise hidden(actor, standing)


def hidden(actor: Actor, standing: Standing | None) -> NotFound:
    """Return the error for a conversation that is not there or not to be shown."""
    if standing is None:
        return NotFound(_UNKNOWN)
    if standing.suspended is not None:
        return NotFound(_of_channel(standing))
    # that somebody asked for it is itself about the person: those who handle such requests may know
    if allows(actor, Permission.HANDLE_PRIVACY):
        return NotFound("this contact is restricted: nothing of them is shown until the restriction is lifted")
    return NotFound(_UNKNOWN)


def require_answerable(tx: Tx, actor: Actor, conversation_id: str) -> Standing:
    """Return the channel a conversation is answered on. Raises NotFound, Conflict when nothing may be sent there."""
    standing = suspension.find_standing(tx, conversation_id)
    if standing is None:
        raise NotFound(_UNKNOWN)
    if not standing.shown:
        raise Conflict(hidden(actor, standing).detail if standing.suspended is not None else _RESTRICTED)
    return standing


_RESTRICTED = "nothing may be written to this contact or about them now: they are restricted"


def _of_channel(standing: Standing) -> str:
    return (
        f"{standing.channel_name} is suspended: {standing.suspended}; "
        "its conversations are kept and come back when the suspension is lifted"
    )
