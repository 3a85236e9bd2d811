"""What a look at a number and its account found, in the codes of ban detection (facts C5, C8, F)."""

from collections.abc import Mapping

from hub.channels.looking import TIMEOUT, Eye, seen, unseen
from hub.channels.twilio.errors import classify
from hub.errors import HubError
from hub.types.bans import Drift, DriftKind, Look, SignalSource

ACTIVE = "account/active"
REFUSED = "account/refused"
ACCOUNTS: Mapping[str, str] = {"active": ACTIVE, "suspended": "account/suspended", "closed": "account/closed"}
"""Codes of the words that an account's status can be."""
INACTIVE = frozenset({"10001", "20005", "20010", "90010"})
"""Twilio's errors to any call of an account that is not active: they are signals as they are."""
BUSY = "20429"
_UNAUTHENTICATED = "20003"
_CLIENT_ERROR, _TOO_MANY, _SERVER_ERROR, _LAST_STATUS = 400, 429, 500, 599


def of_account(eye: Eye, status: str) -> Look:
    """Return what the status of an account means. A word that is not known says nothing to ban detection."""
    code = ACCOUNTS.get(status)
    signals = [eye.saw(code, source=SignalSource.ACCOUNT)] if code else []
    if code == ACTIVE:
        return seen(signals, online=None)
    return seen(signals, online=None, problems=[f"the Twilio account is {status}; settle that in Twilio's console"])


def of_error(eye: Eye, error: Exception, source: SignalSource = SignalSource.PROBE) -> Look:
    """Return what a look found that ended in an error. `source`: ACCOUNT when the account itself was asked."""
    if isinstance(error, HubError):
        return seen([], online=None, problems=[error.detail])
    failure, status = classify(error), _status(error)
    if status is None:
        return unseen([eye.saw(TIMEOUT, source=source)], failure.detail)
    if status >= _SERVER_ERROR:
        return unseen([eye.saw(str(status), source=source)], failure.detail)
    if status == _TOO_MANY:
        return unseen([eye.saw(BUSY, wait=failure.retry_after, source=source)], failure.detail)
    if failure.code in INACTIVE:
        return seen([eye.saw(failure.code, failure.text, source=source)], online=None, problems=[failure.detail])
    if failure.code == _UNAUTHENTICATED or source is SignalSource.ACCOUNT:
        refused = eye.saw(REFUSED, failure.text, source=SignalSource.ACCOUNT)
        return seen([refused], online=None, drift=[Drift(DriftKind.TOKEN, failure.detail)])
    return seen([], online=None, problems=[failure.detail])


def _status(error: Exception) -> int | None:
    """Return the HTTP status of Twilio's refusal; None when the error is something else."""
    status = getattr(error, "status", None)
    return status if isinstance(status, int) and _CLIENT_ERROR <= status <= _LAST_STATUS else None
