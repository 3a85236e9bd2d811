"""Codes of invitations: made from the organization's key, so that a second invitation can name the same one.

Only the digest of a code is kept beside the message it stands in.
"""

import hmac
import secrets
from datetime import datetime
from typing import Final

from hub.crypto import DataKey
from hub.db import claims
from hub.db.recipients import RecipientRecord
from hub.db.session import Tx
from hub.numbers.policy.codes import IssuedCode, digest_of, issue, new_code
from hub.numbers.winning import CODES

_DRAW: Final = 16
"""Bytes of a draw: so many more than a code needs that no code is likelier than another."""


def code_for(tx: Tx, key: bytes, recipient: RecipientRecord, now: datetime) -> tuple[str, IssuedCode]:
    """Return the code to write to somebody now, and what is to be kept of it.

    It is the one they were sent before, unless that was used, is another's too, or can be told no more.
    """
    code = _own(key, recipient)
    digest = digest_of(key, recipient.case_id, code)
    known = recipient.code
    if known is not None and known.digest == digest and known.used_at is None:
        return code, issue(key, recipient.case_id, recipient.id, code, now)
    if known is not None or claims.has_code(tx, recipient.case_id, digest):
        code = new_code(secrets.randbelow)
    return code, issue(key, recipient.case_id, recipient.id, code, now)


def _own(key: bytes, recipient: RecipientRecord) -> str:
    """The code that only this key makes for this person, by draws that nobody without it can repeat."""
    drawn = iter(range(1_000))

    def below(most: int) -> int:
        said = f"draw|{recipient.case_id}|{recipient.id}|{next(drawn)}".encode()
        return int.from_bytes(hmac.digest(key, said, "sha256")[:_DRAW], "big") % most

    return new_code(below)


def key_of(key: DataKey) -> bytes:
    """Return what codes of an organization are made and signed with."""
    return key.derive(CODES)
