"""Opt-outs survive an erasure: whoever asked not to be written to is not written to as a new person either.

They are enforced where the line makes new identities (`hub.forgotten`).
"""

from hub.db import opt_outs
from hub.db.person import PersonRecord
from hub.db.session import Tx
from hub.forgotten import OPTED_OUT, UNREACHABLE, Hashes
from hub.wiring import Services


def keep(services: Services, tx: Tx, person: PersonRecord, hashes: Hashes) -> int:
    """Keep what a person does not want as keyed hashes of their addresses; return how many there are."""
    unwanted = [each for each in person.addresses if each.unreachable]
    for each in unwanted:
        address_hash = hashes.of_address(each.kind, each.scope, each.address)
        reason = OPTED_OUT if each.opted_out else UNREACHABLE
        opt_outs.keep(tx, each.kind, address_hash, reason, services.clock())
    return len(unwanted)
