"""What a look at a bot found, in the codes of ban detection (providers.md A7, F). That a frozen bot answers is [K]."""

from telegram.error import InvalidToken

from hub.channels.looking import TIMEOUT, Eye, seen, unseen
from hub.channels.telegram.client import BotApiError
from hub.channels.telegram.errors import FROZEN, TOO_MANY, classify
from hub.types.bans import Drift, DriftKind, Look

WELL = "getMe/ok"
REFUSED = "getMe/401"
_SERVER_ERRORS = range(500, 600)


def of_refused_token(eye: Eye, why: str) -> Look:
    """Return a look that ended in Telegram's refusal of the token, which it words as 401 or 404."""
    return seen([eye.saw(REFUSED)], online=False, drift=[Drift(DriftKind.TOKEN, why)])


def of_error(eye: Eye, error: Exception, why: str, refused: str) -> Look:
    """Return a look that ended in an error. `why`: words for no answer, `refused` for a refused token."""
    if isinstance(error, InvalidToken):
        return of_refused_token(eye, refused)
    failure = classify(error)
    if failure.code == FROZEN:
        return seen([eye.saw(FROZEN, failure.text)], online=False, problems=[failure.detail])
    if isinstance(error, BotApiError) and error.status == TOO_MANY:
        return unseen([eye.saw(str(TOO_MANY), wait=error.retry_after)], why)
    if isinstance(error, BotApiError) and error.status in _SERVER_ERRORS:
        return unseen([eye.saw(str(error.status))], why)
    return unseen([eye.saw(TIMEOUT)], why)
