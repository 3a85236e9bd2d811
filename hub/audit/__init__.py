"""The audit log: who changed what, when, from where and why, chained so that nobody can change it unseen (K25, K26).

Each organization has a chain of its own and the platform has one. An entry's hash is keyed, covers the hash before it,
and covers its content (before, after, reason) only through a salted hash: an erasure can take a person's words away
without breaking the chain. docs/security.md says what the verifier finds and what it cannot.
"""

from hub.audit.recording import COMMAND_LINE, Change, difference, forget, forget_entries, record
from hub.audit.verifying import Verified, expected, verify
from hub.crypto import PLATFORM
from hub.db.audit import FORGOTTEN

__all__ = [
    "COMMAND_LINE",
    "FORGOTTEN",
    "PLATFORM",
    "Change",
    "Verified",
    "difference",
    "expected",
    "forget",
    "forget_entries",
    "record",
    "verify",
]
