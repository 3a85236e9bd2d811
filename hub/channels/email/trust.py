"""Whether somebody whom the hub trusts vouches for a mail's author: the service that received it, by its verdict.

A signed reply address says nothing about who writes (facts 1.6). A second From, or a second verdict, is one that the
author brought along.
"""

import re
from typing import Final

from hub.channels.email.envelope import Envelope, Form
from hub.channels.email.headers import Headers
from hub.channels.email.parameters import parameterised

_COMMENT = re.compile(r"\([^()]{0,500}\)")
_RESULT = re.compile(r"\s*([a-z0-9-]{1,20})\s*=\s*([a-z]{1,20})(.*)", re.DOTALL)
_PROPERTY = re.compile(r"([a-z]{1,20}\.[a-z]{1,20})\s*=\s*\"?([^\s;\"]{1,320})")
_DMARC_PROPERTY: Final = "header.from"
_DKIM_PROPERTIES: Final = ("header.d", "header.i")


class Trust:
    """Reads verdicts. `authserv_id`: the name under which the organization's own mail server signs its verdicts."""

    def __init__(self, authserv_id: str) -> None:
        self._authserv_id = authserv_id.strip().lower()

    def vouches(self, headers: Headers, envelope: Envelope, address: str) -> bool:
        """Tell whether the domain of the author's address is proven."""
        domain = address.rpartition("@")[2]
        if len(headers.all("from")) != 1 or "." not in domain:
            return False
        if envelope.form is Form.SES:
            return envelope.verdict == "pass"
        if envelope.form is Form.MIME:
            return self._by_own_server(headers, domain)
        return _by_mailgun(headers, domain)

    def _by_own_server(self, headers: Headers, domain: str) -> bool:
        """RFC 8601: only the topmost verdict counts, since servers put theirs above what came with the mail."""
        found = headers.first("authentication-results")
        if not self._authserv_id or not found:
            return False
        name, *results = _COMMENT.sub(" ", found.lower()).split(";")
        if (name.split() or [""])[0] != self._authserv_id:
            return False
        return any(_passed(result, domain) for result in results)


def _passed(result: str, domain: str) -> bool:
    found = _RESULT.fullmatch(result)
    if found is None or found[2] != "pass":
        return False
    properties = dict(_PROPERTY.findall(found[3]))
    if found[1] == "dmarc":
        return str(properties.get(_DMARC_PROPERTY, "")).rpartition("@")[2] == domain
    if found[1] == "dkim":
        signers = [properties[name].rpartition("@")[2] for name in _DKIM_PROPERTIES if name in properties]
        return bool(signers) and all(_aligned(domain, signer) for signer in signers)
    return False


def _by_mailgun(headers: Headers, domain: str) -> bool:
    """Mailgun found a valid DKIM signature, and every signature is of the very domain the mail says it is from."""
    verdicts = [value.strip().lower() for value in headers.all("x-mailgun-dkim-check-result")]
    signers = [parameterised("dkim;" + value).parameters.get("d", "") for value in headers.all("dkim-signature")]
    return verdicts == ["pass"] and bool(signers) and all(_aligned(domain, signer.lower()) for signer in signers)


def _aligned(domain: str, signer: str) -> bool:
    return "." in signer and (domain == signer or domain.endswith("." + signer))
