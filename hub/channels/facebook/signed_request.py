"""Meta's word about a person who used the sign-in: they took the app's access back, or want their data deleted.

It comes as a form with one field, `signed_request`: signature and JSON, both base64url, with a dot between them.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence
from urllib.parse import parse_qs

from hub.channels.facebook.webhook import plain_id
from hub.channels.notices import AccessWithdrawn, DeletionAsked, Notice
from hub.crypto import same
from hub.types import Forged, JsonObject, Verdict, Verified, WebhookRequest, WebhookSecret

DEAUTHORIZE = "/webhooks/facebook/deauthorize"
DATA_DELETION = "/webhooks/facebook/data-deletion"
PATHS = frozenset({DEAUTHORIZE, DATA_DELETION})
_FIELD = "signed_request"
_ALGORITHM = "HMAC-SHA256"
_CODE_LENGTH = 20


def verify(request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Verdict:
    """Check signature and algorithm; the signature covers the JSON as it came, still in base64url."""
    signature, _, payload = _signed(request).partition(".")
    if not signature or not payload:
        return Forged(f"the form has no {_FIELD}")
    for secret in secrets:
        if secret.value and same(_encoded(_digest(secret.value, payload)), signature.rstrip("=")):
            if str(_content(payload).get("algorithm")).upper() != _ALGORITHM:
                return Forged(f"{_FIELD} names another algorithm than {_ALGORITHM}")
            return Verified(secret)
    return Forged(f"{_FIELD} was not made with HUB_FACEBOOK_APP_SECRET")


def read(request: WebhookRequest, app_secret: str) -> Notice | None:
    """Return what a verified request says; None when it names nobody."""
    payload = _signed(request).partition(".")[2]
    subject = plain_id(_content(payload).get("user_id"))
    if subject is None:
        return None
    if request.path == DEAUTHORIZE:
        return AccessWithdrawn(subject)
    return DeletionAsked(subject, code_of(request, app_secret))


def code_of(request: WebhookRequest, app_secret: str) -> str:
    """Return the confirmation code: the same when the request comes again, and nobody can work it out from it."""
    payload = _signed(request).partition(".")[2]
    digest = _digest(app_secret, f"confirmation code of {payload}")
    return base64.b32encode(digest).decode()[:_CODE_LENGTH]


def _signed(request: WebhookRequest) -> str:
    found = parse_qs(request.body.decode("latin-1"), keep_blank_values=True).get(_FIELD, [""])
    return found[-1] if found[-1].isascii() else ""


def _digest(secret: str, payload: str) -> bytes:
    return hmac.digest(secret.encode(), payload.encode(), hashlib.sha256)


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _content(payload: str) -> JsonObject:
    try:
        found = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
