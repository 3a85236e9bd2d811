"""X-Twilio-Signature: base64 HMAC-SHA1 with the account's auth token (facts C1; as twilio's RequestValidator).

Signed is the URL as Twilio has it (no fragment: that part only tunes Twilio's own connection), followed by every form
field, sorted by name, each distinct value once, nothing trimmed. Other bodies are covered by their sha256 in the query.
"""

import hashlib
import json
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from hub.channels.signatures import base64_hmac_sha1
from hub.channels.twilio.form import pairs, read
from hub.crypto import same
from hub.types import Forged, Verdict, Verified, WebhookRequest, WebhookSecret

HEADER = "x-twilio-signature"
_FORM = "application/x-www-form-urlencoded"
_DEFAULT_PORTS = {"https": 443, "http": 80}


def verify(request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Verdict:
    """Check a request against every candidate token."""
    signature = request.headers.get(HEADER, "")
    if not signature:
        return Forged("the X-Twilio-Signature header is missing")
    body_hash = _body_hash(request)
    if body_hash is not None and not same(hashlib.sha256(request.body).hexdigest(), body_hash):
        return Forged("the body is not the one whose sha256 Twilio put into the URL")
    fields = b"" if body_hash is not None else signed_fields(request.body)
    for secret in secrets:
        for url in url_forms(request.public_url):
            if base64_hmac_sha1(secret.value, url.encode() + fields, signature):
                return Verified(secret)
    return Forged(
        "the signature does not fit: the auth token of the provider account was rotated, "
        "or HUB_PUBLIC_URL is not the address Twilio was given"
    )


def signed_fields(body: bytes) -> bytes:
    """Return the part of the signed text that comes from a form body."""
    return b"".join(name + value for name, value in sorted(set(pairs(body))))


def url_forms(url: str) -> tuple[str, ...]:
    """Return the URL as it is, without port and with the scheme's own: Twilio is inconsistent about ports."""
    parts = urlsplit(url)
    host = parts.netloc.removesuffix(f":{parts.port}") if parts.port else parts.netloc
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 443)
    netlocs = (parts.netloc, host, f"{host}:{port}")
    return tuple(dict.fromkeys(parts._replace(netloc=netloc).geturl() for netloc in netlocs))


def account_sid(request: WebhookRequest) -> str:
    """Return the account a request claims to come from, "" when it names none."""
    if _body_hash(request) is None:
        return read(request.body).fields.get("AccountSid", "")
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        return ""
    sid = found.get("AccountSid") if isinstance(found, dict) else None
    return sid if isinstance(sid, str) else ""


def _body_hash(request: WebhookRequest) -> str | None:
    """Return the sha256 that stands in the URL for a body that is no form; None for a form."""
    if request.headers.get("content-type", "").startswith(_FORM):
        return None
    return next(iter(parse_qs(urlsplit(request.public_url).query).get("bodySHA256", [])), None)
