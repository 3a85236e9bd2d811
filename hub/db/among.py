"""One of very many ids, given as one parameter: an IN with a thousand of them costs more to write than to run."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, Column, ColumnElement, Text, any_, func, literal, select

from hub.db.session import Tx


def among(tx: Tx, column: Column[Any], ids: Collection[str]) -> ColumnElement[bool]:
    """The condition that a column is one of `ids`."""
    if tx.is_sqlite:
        given = func.json_each(literal(json.dumps(list(ids)), Text)).table_valued("value", name="given")
        return column.in_(select(given.c.value))
    return column == any_(literal(list(ids), ARRAY(Text)))
