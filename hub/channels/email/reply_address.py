"""Signed reply addresses: `reply+<conversation id><16 characters of MAC>@<reply domain>`.

The MAC only routes: it proves that the hub once wrote to this conversation, never who is writing now (facts 1.6).
Servers fold case, so everything is compared in lower case; some refuse a plus, so `r-<token>@` is read as well.
"""

import base64
import hmac
import re
from collections.abc import Callable, Iterable

from hub.crypto import DataKey, same

_ID = 26
_MAC = 16
_TOKEN = re.compile(rf"(?:reply\+|r-)([0-9a-hjkmnp-tv-z]{{{_ID}}})([a-z2-7]{{{_MAC}}})@([a-z0-9.-]{{1,253}})")


class ReplyAddresses:
    """Makes and reads the signed addresses of one platform. `domain` "" makes none and recognises none.

    They are signed with the platform's data key, so they outlive every rotation of the secret key.
    """

    def __init__(self, platform_key: Callable[[], DataKey], domain: str) -> None:
        self._platform_key = platform_key
        self._domain = domain.strip().lower()

    def make(self, conversation_id: str) -> str:
        """Return the reply address of a conversation (local part of 48 characters); "" without a reply domain."""
        if not self._domain:
            return ""
        token = conversation_id.lower()
        return f"reply+{token}{self._mac(token)}@{self._domain}"

    def conversation(self, texts: Iterable[str]) -> str | None:
        """Return the id of the conversation whose genuine reply address stands in one of the texts, else None."""
        if not self._domain:
            return None
        for text in texts:
            for match in _TOKEN.finditer(text.lower()):
                if match[3].rstrip(".") == self._domain and same(self._mac(match[1]), match[2]):
                    return match[1].upper()
        return None

    def _mac(self, token: str) -> str:
        digest = hmac.digest(self._platform_key().derive("mail reply address"), token.encode(), "sha256")[:10]
        return base64.b32encode(digest).decode().lower()
