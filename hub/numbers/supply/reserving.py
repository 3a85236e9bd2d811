"""Numbers that are put aside for an offer in a ban: nobody else gets them, and they are not given back."""

from hub.db import reserved_numbers
from hub.db.session import Tx
from hub.errors import Conflict


def check_not_reserved(tx: Tx, number_id: str, case_id: str | None = None) -> None:
    """Raise Conflict for a number, locked, that is put aside for another case than this one.

    case_id  the case that works on the number; None: somebody does by hand, who gets none that is put aside
    """
    held = reserved_numbers.list_reserved(tx).get(number_id)
    if held is not None and held.case_id != case_id:
        raise Conflict("the number is put aside for an offer in a ban; take another one, or wait until it is decided")
