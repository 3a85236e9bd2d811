"""What a failed send means. Judged by code and subcode, never by text. Source: providers.md B6."""

from dataclasses import replace

import httpx

from hub.channels.meta.graph import GraphError
from hub.errors import HubError, Invalid, Unavailable, UnsupportedContent
from hub.types import FailureKind, Level, Reach, SendFailure

_TOO_MANY = 429
_TOKEN_ERROR = 190
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
_REFUSED = "Meta refuses the page's token; connect the page again with a token of that page"
_UNREACHABLE = "Meta could not be reached; try again, and ask the platform to check its Graph address if it stays so"

_PLATFORM = SendFailure(FailureKind.TRY_LATER, "Meta has a temporary problem")
# "unknown" and "internal" say nothing of whether the message went out before; echo and look-up do
_UNKNOWN = SendFailure(FailureKind.UNCERTAIN, "Meta has a problem and does not say whether the message went out")
_WINDOW = SendFailure(FailureKind.WINDOW, "the person's last message is more than 24 hours old", reach=Reach.RECIPIENT)
_TOO_LATE = SendFailure(
    FailureKind.WINDOW,
    "the person's last message is more than 7 days old, or Meta has not granted the human-agent permission",
    reach=Reach.RECIPIENT,
)
_ELSEWHERE = SendFailure(
    FailureKind.WINDOW,
    "another app of the page answers this person now; take the conversation over in the page's inbox",
    reach=Reach.RECIPIENT,
)
_UNAVAILABLE = SendFailure(
    FailureKind.RECIPIENT, "the person does not receive messages of this page", reach=Reach.RECIPIENT
)
_NO_SUCH_USER = SendFailure(
    FailureKind.RECIPIENT,
    "this page knows no such person; many at once: the token is another page's",
    reach=Reach.RECIPIENT,
)
_RESTRICTED = SendFailure(
    FailureKind.SENDER, "Meta restricted the page from sending", level=Level.RESTRICTED, reach=Reach.SENDER
)
_TOKEN = SendFailure(
    FailureKind.CREDENTIALS, "the page's token is no longer valid; connect the page again", reach=Reach.SENDER
)
_CHECKPOINT = SendFailure(
    FailureKind.CREDENTIALS,
    "Facebook wants the person who connected the page to sign in there; let them, then connect the page again",
    reach=Reach.SENDER,
)
_PERMISSION = SendFailure(
    FailureKind.CREDENTIALS, "the app lacks a permission on the page; connect the page again", reach=Reach.SENDER
)
_APP_NOT_LIVE = SendFailure(
    FailureKind.CREDENTIALS,
    "the platform's app is not approved for messages; the platform must bring it through Meta's review",
    reach=Reach.APP,
)
_PAGE_GONE = SendFailure(
    FailureKind.CREDENTIALS,
    "the page is gone or the app has no access to it; connect the page again",
    reach=Reach.SENDER,
)
_CONTENT = SendFailure(FailureKind.CONTENT, "Meta refused the content of the message")
_TOO_LARGE = SendFailure(FailureKind.CONTENT, "the file is too large for Messenger; send a smaller one")
_EMPTY = SendFailure(FailureKind.CONTENT, "Messenger sends no empty message; write some text")
_PAGE_RATE = SendFailure(
    FailureKind.RATE_LIMITED, "the page sends too fast for Meta", level=Level.RATE_LIMITED, reach=Reach.SENDER
)
_APP_RATE = SendFailure(
    FailureKind.RATE_LIMITED, "the app makes too many calls for Meta", level=Level.RATE_LIMITED, reach=Reach.APP
)

_BY_SUBCODE: dict[int, SendFailure] = {
    1893063: _RESTRICTED,
    2534122: _RESTRICTED,
    2534029: _RESTRICTED,
}
_BY_PAIR: dict[tuple[int, int], SendFailure] = {
    (4, 2018022): _PAGE_RATE,
    (10, 2018065): _WINDOW,
    (10, 2018278): _WINDOW,
    (10, 2534022): _WINDOW,
    (10, 2018108): _UNAVAILABLE,
    # general knowledge, not confirmed
    (10, 2018300): _ELSEWHERE,
    (200, 1545041): _UNAVAILABLE,
    (551, 1545041): _UNAVAILABLE,
    (100, 2018001): _NO_SUCH_USER,
    (100, 2018109): _TOO_LARGE,
    (100, 2018034): _EMPTY,
    (100, 2018032): _CONTENT,
    (100, 2018047): _PLATFORM,
    (100, 2018048): _PLATFORM,
    (190, 459): _CHECKPOINT,
    (190, 490): _CHECKPOINT,
    (200, 2018028): _APP_NOT_LIVE,
    (10, 2018028): _APP_NOT_LIVE,
    (2, 2018344): _PERMISSION,
}
_BY_CODE: dict[int, SendFailure] = {
    -1: _UNKNOWN,
    1: _UNKNOWN,
    2: _PLATFORM,
    1200: _PLATFORM,
    4: _APP_RATE,
    17: _APP_RATE,
    32: _PAGE_RATE,
    613: _PAGE_RATE,
    80006: _PAGE_RATE,
    10: _PERMISSION,
    551: _UNAVAILABLE,
    368: _RESTRICTED,
    100: _CONTENT,
    10303: _CONTENT,
    190: _TOKEN,
    230: _TOKEN,
    3: _PAGE_GONE,
    33: _PAGE_GONE,
    803: _PAGE_GONE,
    **dict.fromkeys(range(200, 230), _PERMISSION),
    **dict.fromkeys(range(231, 300), _PERMISSION),
}
# what refuses the tag of a late answer, and would stop the whole page for an answer in time
_OF_THE_TAG = (_PERMISSION, _WINDOW)


def classify(error: Exception) -> SendFailure:
    """Say what an exception of `send` means. Never raises; what is not known may have been sent."""
    if isinstance(error, UnsupportedContent):
        return SendFailure(FailureKind.CONTENT, error.detail)
    if isinstance(error, _NOT_SENT):
        return SendFailure(FailureKind.TRY_LATER, "Meta could not be reached")
    if isinstance(error, GraphError):
        return replace(_known(error), code=_code(error), retry_after=error.retry_after, text=error.said)
    return SendFailure(FailureKind.UNCERTAIN, "the connection broke after the message left; it may have arrived")


def in_our_words(error: Exception) -> HubError:
    """Return what a call that is no send failed of: Invalid when the token is to blame, else Unavailable."""
    if isinstance(error, GraphError) and classify(error).kind in {FailureKind.CREDENTIALS, FailureKind.CONTENT}:
        return Invalid(_REFUSED)
    return Unavailable(_UNREACHABLE)


_TOLD = frozenset({FailureKind.CREDENTIALS, FailureKind.SENDER, FailureKind.RATE_LIMITED})


def code_of_look(error: GraphError) -> str:
    """Return the code of a look that Meta refused, as ban detection knows it; "" when it says nothing of the page.

    A subcode that nobody knows says no more than its code.
    """
    code, subcode = error.code, error.subcode
    if code is None or _known(error).kind not in _TOLD:
        return ""
    told = subcode is not None and (code == _TOKEN_ERROR or (code, subcode) in _BY_PAIR or subcode in _BY_SUBCODE)
    return f"{code}/{subcode}" if told else str(code)


def _known(error: GraphError) -> SendFailure:
    code, subcode = error.code, error.subcode
    by_pair = _BY_PAIR.get((code, subcode)) if code is not None and subcode is not None else None
    by_code = _BY_CODE.get(code) if code is not None else None
    by_subcode = _BY_SUBCODE.get(subcode) if subcode is not None else None
    found = by_subcode or by_pair or by_code or _by_status(error)
    return _TOO_LATE if error.late and found in _OF_THE_TAG else found


def _by_status(error: GraphError) -> SendFailure:
    if error.status == _TOO_MANY:
        return _PAGE_RATE
    refused = httpx.codes.is_client_error(error.status) or httpx.codes.is_redirect(error.status)
    if refused and error.code is None:
        return SendFailure(FailureKind.TRY_LATER, "something between the hub and Meta refused the call")
    if refused:
        return _CONTENT
    return SendFailure(FailureKind.UNCERTAIN, "the answer was not Meta's; the message may have arrived")


def _code(error: GraphError) -> str:
    if error.code is None:
        return str(error.status)
    return f"{error.code}/{error.subcode}" if error.subcode is not None else str(error.code)
