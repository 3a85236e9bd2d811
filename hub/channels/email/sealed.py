"""Mails that are signed or encrypted (S/MIME, OpenPGP): the sentence that says so, and parts that say nothing else."""

from typing import Final

from hub.channels.email.parameters import Parameterised
from hub.types import Unsupported

CONTROL_PARTS: Final = frozenset({"application/pgp-encrypted", "application/applefile"})
"""Parts that hold nothing for a person: the version line of OpenPGP, the resource fork of a Mac."""

_OPAQUE: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SIGNATURES: Final = {
    "application/pgp-signature": "OpenPGP",
    "application/pkcs7-signature": "S/MIME",
    "application/x-pkcs7-signature": "S/MIME",
}
_INLINE: Final = "-----BEGIN PGP MESSAGE-----"
_MEND: Final = "the hub cannot open it. Ask for the text without encryption, or open the file elsewhere"


def note_of(content_type: Parameterised) -> Unsupported | None:
    """Return the sentence that a part's type calls for."""
    kind, parameters = content_type.value, content_type.parameters
    if kind == "multipart/encrypted":
        return Unsupported("encrypted", f"This mail is encrypted (OpenPGP); {_MEND}")
    if kind in _OPAQUE and parameters.get("smime-type", "").lower() == "signed-data":
        return Unsupported("signed", "The text of this mail lies inside its S/MIME signature; open the file elsewhere")
    if kind in _OPAQUE:
        return Unsupported("encrypted", f"This mail is encrypted (S/MIME); {_MEND}")
    way = _SIGNATURES.get(kind)
    return Unsupported("signed", f"This mail is signed ({way}); the hub did not check the signature") if way else None


def note_of_text(text: str) -> Unsupported | None:
    """Return the sentence that a text calls for which is encrypted in itself."""
    if _INLINE not in text[:100_000]:
        return None
    return Unsupported("encrypted", f"A part of this mail is encrypted (OpenPGP); {_MEND}")
