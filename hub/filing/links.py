"""Links by which a provider that takes no bytes fetches a file of ours: signed, and good for a few hours only.

The link names the file's own id and when it ends; nothing of an organization or a person can be read from it.
"""

import base64
import binascii
import hmac
import struct
from datetime import UTC, datetime, timedelta

from hub.crypto import DataKey
from hub.db import attachments
from hub.db.session import PlatformWork
from hub.errors import NotFound
from hub.filing.reading import File, open_file
from hub.types import FileState
from hub.wiring import Services

LINKS_LAST = timedelta(hours=4)
"""So long a provider may keep a message that waits for its turn."""
_LABEL = "media links"
_MAC_BYTES = 16
_ID_BYTES = 26
_UNKNOWN = "there is no such file, or its link has ended"


def make_link(services: Services, attachment_id: str) -> str:
    """Return a URL at which anybody can fetch a file for a while. Call it in no transaction."""
    ends = int((services.clock() + LINKS_LAST).timestamp())
    said = struct.pack("!Q", ends) + attachment_id.encode()
    signed = _mac(services.vault.platform(), said) + said
    return f"{services.settings.base_url}/media/{base64.urlsafe_b64encode(signed).decode().rstrip('=')}"


def open_link(services: Services, token: str) -> File:
    """Return the file of a link. Raises NotFound for a link that is not ours or has ended."""
    attachment_id = _read(services, token)
    with services.db.platform_reading(PlatformWork.LINE) as tx:
        organization_id = attachments.organization_of(tx, attachment_id)
    if organization_id is None:
        raise NotFound(_UNKNOWN)
    with services.db.reading(organization_id) as tx:
        found = attachments.list_files(tx, [attachment_id])
    if not found or found[0].view.state is not FileState.READY:
        raise NotFound(_UNKNOWN)
    return open_file(services, organization_id, found[0])


def _read(services: Services, token: str) -> str:
    try:
        signed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise NotFound(_UNKNOWN) from None
    mac, said = signed[:_MAC_BYTES], signed[_MAC_BYTES:]
    if len(said) != 8 + _ID_BYTES or not hmac.compare_digest(mac, _mac(services.vault.platform(), said)):
        raise NotFound(_UNKNOWN)
    (ends,) = struct.unpack("!Q", said[:8])
    if datetime.fromtimestamp(ends, UTC) <= services.clock():
        raise NotFound(_UNKNOWN)
    return said[8:].decode("ascii", "replace")


def _mac(key: DataKey, said: bytes) -> bytes:
    return hmac.digest(key.derive(_LABEL), said, "sha256")[:_MAC_BYTES]
