"""Amazon SNS: proving that a call comes from our topic, and confirming the topic's subscription.

A signature proves Amazon only, so the topic is pinned by a setting: a stranger's topic signs just as well. The
certificate is fetched before `verify`, from below the configured root only. Source: Amazon's page on verifying the
signatures of SNS messages (facts D3 and 1.1).
"""

import base64
import binascii
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm

from hub.channels.http import HttpFactory
from hub.errors import Unavailable
from hub.types import Forged, Secret, Verdict, Verified, WebhookRequest, WebhookSecret

NOTIFICATION: Final = "Notification"
CONFIRMATION: Final = "SubscriptionConfirmation"
_SIGNED: Final[Mapping[str, tuple[str, ...]]] = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
# the one field that a call may lack
_OPTIONAL: Final = "Subject"
_HASHES: Final[Mapping[str, type[HashAlgorithm]]] = {"1": SHA1, "2": SHA256}
_LARGEST_CERTIFICATE: Final = 16 << 10
_KEPT_SECONDS: Final = 3600.0
_MOST_KEPT: Final = 20
_WHO = WebhookSecret(Secret("amazon-sns"))


@dataclass(frozen=True, slots=True)
class Call:
    """An SNS call's fields; every value is text."""

    fields: Mapping[str, str] = field(repr=False)

    def get(self, name: str) -> str:
        """Return a field, "" when it is missing."""
        return self.fields.get(name, "")

    @property
    def signed(self) -> bytes:
        """The text that is signed: name and value of each field on lines of their own, in the order of the table."""
        names = _SIGNED.get(self.get("Type"), ())
        present = [name for name in names if name != _OPTIONAL or name in self.fields]
        return "".join(f"{name}\n{self.get(name)}\n" for name in present).encode("utf-8", "surrogatepass")


def read_call(body: bytes) -> Call | None:
    """Return the call's fields; None when the body is no SNS call."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.get("Type") not in _SIGNED:
        return None
    return Call({name: value for name, value in found.items() if isinstance(value, str)})


class Topic:
    """Our topic at SNS. `root` is SNS in the topic's region; without both settings every call counts as forged."""

    def __init__(
        self, root: str | None, arn: str, http: HttpFactory, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._root = f"{root}/" if root else ""
        self._arn = arn
        self._http = http
        self._now = now
        self._keys: dict[str, tuple[float, RSAPublicKey]] = {}

    async def prepare(self, request: WebhookRequest) -> None:
        """Fetch the certificate that `verify` needs; confirm the subscription of our own topic.

        Raises Unavailable when SNS cannot be reached: the call is not answered with success, so SNS calls again.
        """
        call = read_call(request.body)
        if call is None or self._problem(call) is not None:
            return
        address = call.get("SigningCertURL")
        if self._key(address) is None:
            await self._fetch_key(address)
        if call.get("Type") == CONFIRMATION and self._is_signed(call):
            await self._get(call.get("SubscribeURL"))

    def verify(self, request: WebhookRequest) -> Verdict:
        """Check the signature over the fields, and that they are from our topic."""
        call = read_call(request.body)
        if call is None:
            return Forged("the body is no call of Amazon SNS")
        problem = self._problem(call)
        if problem is not None:
            return Forged(problem)
        if not self._is_signed(call):
            return Forged("the signature of Amazon SNS does not fit")
        return Verified(_WHO)

    def _problem(self, call: Call) -> str | None:
        if not self._root or not self._arn:
            return "set HUB_SES_SNS_URL and HUB_SES_TOPIC_ARN to accept calls of Amazon SNS"
        if call.get("TopicArn") != self._arn:
            return "the call is from another topic than HUB_SES_TOPIC_ARN"
        named = [call.get("SigningCertURL")]
        named += [call.get("SubscribeURL")] if call.get("Type") == CONFIRMATION else []
        if not all(address.startswith(self._root) for address in named):
            return "the call names an address outside HUB_SES_SNS_URL"
        return None if call.get("SignatureVersion") in _HASHES else "the signature is of an unknown version"

    def _is_signed(self, call: Call) -> bool:
        key = self._key(call.get("SigningCertURL"))
        if key is None:
            return False
        try:
            signature = base64.b64decode(call.get("Signature"), validate=True)
            key.verify(signature, call.signed, PKCS1v15(), _HASHES[call.get("SignatureVersion")]())
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True

    def _key(self, address: str) -> RSAPublicKey | None:
        kept = self._keys.get(address)
        return kept[1] if kept and self._now() - kept[0] < _KEPT_SECONDS else None

    async def _fetch_key(self, address: str) -> None:
        pem = await self._get(address)
        try:
            key = x509.load_pem_x509_certificate(pem).public_key()
        except ValueError:
            return
        if isinstance(key, RSAPublicKey):
            if len(self._keys) >= _MOST_KEPT:
                self._keys.clear()
            self._keys[address] = (self._now(), key)

    async def _get(self, address: str) -> bytes:
        try:
            async with self._http.client() as client:
                answer = await client.get(address)
        except httpx.HTTPError:
            raise Unavailable("Amazon SNS could not be reached to check a call; it will call again") from None
        if not answer.is_success:
            raise Unavailable("Amazon SNS refused what a call of its own names; it will call again")
        return answer.content[:_LARGEST_CERTIFICATE]
