"""How the platforms sign, written from their rules and not from the hub's verifiers."""

import base64
import hashlib
import hmac
from collections.abc import Iterable


def meta_signature(app_secret: str, body: bytes) -> str:
    """Return the value of X-Hub-Signature-256 over the raw body."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def appsecret_proof(app_secret: str, access_token: str) -> str:
    """Return the proof that a caller of the Graph API knows the app secret."""
    return hmac.new(app_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()


def twilio_signature(auth_token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """Return the value of X-Twilio-Signature: URL, then every distinct name and value in order, no separators."""
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def mailgun_signature(signing_key: str, timestamp: str, token: str) -> str:
    """Return Mailgun's `signature`: it covers time and token, never the content."""
    return hmac.new(signing_key.encode(), (timestamp + token).encode(), hashlib.sha256).hexdigest()
