"""Checking chains: no entry changed, missing, added, moved, or emptied without saying so."""

from collections.abc import Iterator
from dataclasses import dataclass

from hub.audit.chain import content_hash, entry_hash, head_mac, key_of
from hub.crypto import same
from hub.db import audit as queries
from hub.db.audit import FORGOTTEN, AuditRecord, Head
from hub.db.session import PlatformWork, Tx
from hub.errors import Invalid
from hub.wiring import Services

_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Verified:
    """What the verifier found in one chain. It is whole when `faults` is empty.

    end   `number:hash` of the newest entry, worth noting elsewhere: `expected` looks for it; `0:` before the first one
    """

    organization_id: str
    entries: int
    end: str
    faults: tuple[str, ...]


def verify(services: Services, organization_id: str | None = None) -> tuple[Verified, ...]:
    """Check one chain, or all of them: no entry changed, missing, added, moved or emptied without saying so."""
    key = key_of(services)
    with services.db.platform_reading(PlatformWork.AUDIT) as tx:
        heads = {head.organization_id: head for head in queries.list_heads(tx)}
        chains = set(heads) | queries.list_chains(tx) if organization_id is None else {organization_id}
        return tuple(_verify_chain(key, tx, chain, heads.get(chain)) for chain in sorted(chains))


def expected(services: Services, organization_id: str, end: str) -> tuple[str, ...]:
    """Return what is wrong when a chain does not hold an end that was noted before (`number:hash`). Raises Invalid.

    The one thing that shows a whole database put back to an older state, or a chain taken away with its end.
    """
    number, _, noted = end.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS and noted):
        raise Invalid("an end is written NUMBER:HASH, as `hub audit verify` prints it")
    with services.db.platform_reading(PlatformWork.AUDIT) as tx:
        found = queries.find(tx, organization_id, int(number))
    if found is None:
        return (f"entry {number}, which was noted, is not there: this is an older state of the database",)
    return () if found.hash.hex() == noted.strip() else (f"entry {number} is not the one that was noted",)


def _verify_chain(key: bytes, tx: Tx, chain: str, head: Head | None) -> Verified:
    found = _Findings(key)
    for entry in queries.walk(tx, chain):
        found.look_at(entry)
    faults = [*found.faults, *found.unexplained(), *_faults_of_end(key, head, found)]
    return Verified(chain, found.seen, f"{found.number}:{found.previous.hex()}", tuple(faults))


def _faults_of_end(key: bytes, head: Head | None, found: "_Findings") -> Iterator[str]:
    if head is None:
        # an organization from before the audit log has none: its chain begins with its first change
        yield from ("the end of the chain is missing",) if found.seen else ()
    elif not same(head.mac, head_mac(key, head)):
        yield "the end of the chain was not written by the hub"
    elif (head.number, head.hash) != (found.number, found.previous):
        yield f"the chain ends at entry {found.number}, and should at {head.number}"


class _Findings:
    """Walks a chain from its beginning and notes what does not fit."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.faults: list[str] = []
        self.seen = 0
        self.number = 0
        self.previous = b""
        self._emptied: set[int] = set()
        self._explained: set[int] = set()

    def look_at(self, entry: AuditRecord) -> None:
        self.seen += 1
        if entry.number != self.number + 1:
            self.faults.append(f"entries are missing between {self.number} and {entry.number}")
        if same(entry.hash, entry_hash(self._key, self.previous, entry)):
            self._look_at_content(entry)
        else:
            # nothing that it says is believed
            self.faults.append(f"entry {entry.number} was changed, moved or added")
        self.number, self.previous = entry.number, entry.hash

    def _look_at_content(self, entry: AuditRecord) -> None:
        if entry.content is None or entry.salt is None:
            self._emptied.add(entry.number)
        elif not same(entry.content_hash, content_hash(entry.salt, entry.content)):
            self.faults.append(f"the content of entry {entry.number} was changed")
        elif entry.action == FORGOTTEN:
            self._explained.update(entry.content["after"]["entries"])

    def unexplained(self) -> list[str]:
        """Name the entries whose content is gone without an erasure that says so."""
        return [f"the content of entry {number} is gone" for number in sorted(self._emptied - self._explained)]
