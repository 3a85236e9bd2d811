"""What a look at a page found, in the codes of ban detection (providers.md B5, B6, F)."""

from hub.channels.facebook.errors import classify, code_of_look, in_our_words
from hub.channels.facebook.subscription import drift
from hub.channels.facebook.tokens import App
from hub.channels.looking import TIMEOUT, Eye, seen, unseen
from hub.channels.meta.graph import Graph, GraphError
from hub.errors import Invalid
from hub.types import FailureKind, Sender
from hub.types.bans import Drift, DriftKind, Look

WELL = "page/ok"
_CODES = {DriftKind.TOKEN: "190", DriftKind.PERMISSION: "10"}
"""Meta's errors to whoever would send with such a token: its description of the token says the same in other words."""
_SERVER_ERRORS = range(500, 600)


async def look(graph: Graph, app: App, sender: Sender, eye: Eye) -> Look:
    """Ask whose token it is, what it allows, and whether the page still sends us its events. Never raises."""
    try:
        found = await drift(graph, app, sender)
    except Exception as error:  # noqa: BLE001 - a look reports whatever stopped it
        return _of_error(eye, error)
    code = next((_CODES[each.kind] for each in found if each.kind in _CODES), WELL)
    return seen([eye.saw(code)], online=code == WELL, drift=found)


def _of_error(eye: Eye, error: Exception) -> Look:
    told = in_our_words(error)
    if not isinstance(error, GraphError):
        return unseen([eye.saw(TIMEOUT)], told.detail)
    if error.status in _SERVER_ERRORS:
        return unseen([eye.saw(str(error.status))], told.detail)
    code, failure = code_of_look(error), classify(error)
    if not code:
        return unseen([eye.saw(TIMEOUT)], told.detail)
    if failure.kind is FailureKind.RATE_LIMITED:
        return unseen([eye.saw(code, error.said, wait=error.retry_after)], told.detail)
    refused = [Drift(DriftKind.TOKEN, told.detail)] if isinstance(told, Invalid) else []
    return seen([eye.saw(code, error.said)], online=False, drift=refused, problems=[] if refused else [failure.detail])
